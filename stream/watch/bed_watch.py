"""Looks for silent beds, also for those that were silent before this worker began: Redis keeps when each was heard."""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping

from structlog import get_logger

from stream.state.client import StateUnavailableError
from stream.state.heard_beds import HeardBeds
from stream.watch.silence import FORGOTTEN_S, Bed, SilentBeds

log = get_logger()


async def nobody(_: Collection[str]) -> None:
    """Nobody wants to know which beds became ours."""


def where_it_was(_: str, partition: int) -> int:
    """For whoever knows of no partition but that in which a bed was heard."""
    return partition


class BedWatch:
    """Hands the beds from worker to worker. `partitions` are ours now; times are monotonic here, wall time in Redis.

    `on_learnt` is told the patients of partitions that became ours. `home` gives the partition that a patient belongs
    to, of one who was heard in another: whoever has that one watches the bed, and nobody else.
    """

    def __init__(
        self,
        beds: SilentBeds,
        index: HeardBeds,
        partitions: Callable[[], Collection[int]],
        *,
        on_learnt: Callable[[Collection[str]], Awaitable[None]] = nobody,
        home: Callable[[str, int], int] = where_it_was,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._beds = beds
        self._index = index
        self._partitions = partitions
        self._on_learnt = on_learnt
        self._home = home
        self._clock = clock
        self._steady = steady
        self._learnt: frozenset[int] = frozenset()
        self._error: str | None = None

    async def look(self) -> None:
        """Learn of beds that became ours, keep what was heard since the last look, tell of silence.

        Redis comes first, since to tell may have to wait for the broker. What Redis could not do is done next time.
        """
        try:
            await self._learn()
            await self._keep()
            self._told(None)
        except StateUnavailableError as error:
            self._told(str(error))  # the beds that we hear are watched all the same
        await self._beds.look(self._steady())

    def _told(self, error: str | None) -> None:
        """Log a change: Redis may be there for the states and yet refuse this, to a user with the rights of before."""
        if error != self._error:
            self._error = error
            log.warning("beds-handed-on-again" if error is None else "beds-not-handed-on", error=error)

    async def _learn(self) -> None:
        ours = frozenset(self._partitions())
        if self._beds.complete and ours == self._learnt:
            return
        now_s, steady_s = self._clock(), self._steady()
        heard = await self._index.load(ours, now_s - FORGOTTEN_S)
        heard = await self._at_home(heard, now_s)
        if ours == frozenset(self._partitions()):  # else they were taken away meanwhile
            beds = {
                name: Bed(place, steady_s - max(0.0, now_s - at_s))
                for name, (place, at_s) in heard.items()
                if place in ours
            }
            self._beds.expect(beds, steady_s)
            await self._on_learnt(beds.keys())
            self._learnt = ours

    async def _at_home(self, heard: Mapping[str, tuple[int, float]], now_s: float) -> dict[str, tuple[int, float]]:
        """These beds under the partitions that they belong to, also in Redis: partitions may have been added."""
        homes = {name: (self._home(name, place), at_s) for name, (place, at_s) in heard.items()}
        times_s: defaultdict[int, dict[str, float]] = defaultdict(dict)
        left: defaultdict[int, list[str]] = defaultdict(list)
        for name, (home, at_s) in homes.items():
            if home != heard[name][0]:
                times_s[home][name] = at_s
                left[heard[name][0]].append(name)
        if left:
            await self._index.note(times_s, left, now_s - FORGOTTEN_S)
        return homes

    async def _keep(self) -> None:
        heard, gone = self._beds.changes()
        if not heard and not gone:
            return
        now_s, steady_s = self._clock(), self._steady()
        times_s: defaultdict[int, dict[str, float]] = defaultdict(dict)
        for patient, bed in heard.items():
            times_s[bed.partition][patient] = now_s - (steady_s - bed.heard_s)
        left: defaultdict[int, list[str]] = defaultdict(list)
        for patient, partition in gone.items():
            left[partition].append(patient)
        try:
            await self._index.note(times_s, left, now_s - FORGOTTEN_S)
        except StateUnavailableError:
            self._beds.change_again({patient: bed.partition for patient, bed in heard.items()} | gone)
            raise
