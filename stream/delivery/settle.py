"""The last three deeds for every run, in this order: outputs confirmed, state stored, run finished.

Runs settle in the order in which they were begun. While the broker is away the first deed waits, while Redis is away
the second does; neither keeps the next runs from being worked on, until `most` of them wait for the broker, or for a
save that is slow: Redis is away when it takes longer than its time limit.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from aiokafka import TopicPartition
from structlog import get_logger

from stream.broker.lineage import Place
from stream.delivery.sender import Delivery, Output, PublishError, Sender
from stream.state.client import StateUnavailableError
from stream.state.store import StateStore, Write

log = get_logger()

_RETRY_S: Final = 0.5


class Finishable(Protocol):
    """A run, as far as it matters here."""

    @property
    def reached(self) -> tuple[TopicPartition, Place] | None:
        """The partition, and the place that follows its last record; None where the clock was read and no record."""

    def finish(self) -> None:
        """Allow the run to be committed."""


class StateNews(Protocol):
    """Told whether Redis is away, after every attempt."""

    async def __call__(self, *, away: bool) -> None: ...  # noqa: D102


class Settlement(NamedTuple):
    """What a run left behind: outputs on their way, states to be stored.

    `all_stored` is false where a patient's state must not be stored, since a newer version's lies there: the run is
    never finished then, so that its records are read again by whoever may store it.
    """

    run: Finishable
    deliveries: Sequence[Delivery]
    writes: Mapping[str, Write]
    all_stored: bool = True


class _Confirmed(NamedTuple):
    """What is kept of a run that only waits for its states to be stored: not its records, Redis may be long away."""

    run: Finishable
    patients: list[str]
    all_stored: bool


class StateConflictError(Exception):
    """Somebody else wrote a patient's state: this worker's picture is not the true one, so it must start afresh."""


async def nobody(_: Mapping[TopicPartition, Place]) -> None:
    """Nobody wants to know how far the states are."""


class Settler:
    """Settles runs in the background. `on_state` is told when Redis comes and goes, `on_progress` after each deed.

    `on_unsendable` gives what may stand for an output that is too large, see stream.delivery.outputs.instead_of.
    `on_stored` is told how far the states in Redis are, after they were stored and before the runs are finished.
    """

    def __init__(
        self,
        sender: Sender,
        store: StateStore,
        *,
        on_state: StateNews,
        on_unsendable: Callable[[PublishError], Awaitable[Sequence[Output]]],
        on_progress: Callable[[], None],
        on_stored: Callable[[Mapping[TopicPartition, Place]], Awaitable[None]] = nobody,
        most: int = 8,
    ) -> None:
        self._sender = sender
        self._store = store
        self._on_state = on_state
        self._on_unsendable = on_unsendable
        self._on_progress = on_progress
        self._on_stored = on_stored
        self._queue: asyncio.Queue[Settlement] = asyncio.Queue(most)
        self._pending: Counter[str] = Counter()  # patient -> runs that wait with a state of theirs
        self._writes: dict[str, Write] = {}
        self._confirmed: list[_Confirmed] = []
        self._left_open = 0
        self._open: set[TopicPartition] = set()  # partitions with a run that was left open

    async def put(self, settlement: Settlement) -> None:
        """Hand over a run; waits while too many are unsettled."""
        self._pending.update(settlement.writes.keys())
        await self._queue.put(settlement)

    async def run(self) -> None:
        """Settle until cancelled. Raises StateConflictError; the worker ends then, and its successor reads again."""
        while True:
            await self._confirm_next()
            for _ in range(self._queue.qsize()):  # what waits by now is stored in one go, what comes meanwhile is not
                await self._confirm_next()
            await self._store_and_finish()

    def unsettled(self) -> set[str]:
        """The patients whose newest state is not yet stored."""
        return set(self._pending)

    def partitions_lost(self) -> None:
        """Runs that were left open are no longer ours: whoever has their partitions reads them again."""
        self._left_open = 0
        self._open.clear()

    @property
    def waiting_for_state(self) -> int:
        """Runs that only wait for Redis, or for a newer version to store their states."""
        return sum(one.run.reached is not None for one in self._confirmed) + self._left_open

    async def _confirm_next(self) -> None:
        if self._confirmed and self._queue.empty():
            return  # states that wait for Redis are tried again, even if no run comes
        settlement = await self._queue.get()
        await self._confirm(settlement.deliveries)
        for patient, write in settlement.writes.items():
            earlier = self._writes.get(patient)
            self._writes[patient] = write if earlier is None else write._replace(base=earlier.base)
        self._confirmed.append(_Confirmed(settlement.run, list(settlement.writes), settlement.all_stored))
        self._on_progress()

    async def _confirm(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            try:
                await self._sender.confirm([delivery])
            except PublishError as error:
                await self._confirm_instead(error)

    async def _confirm_instead(self, error: PublishError) -> None:
        """Send the first of what may stand for an output that is too large; raises the error where none is taken."""
        for output in await self._on_unsendable(error):
            with contextlib.suppress(PublishError):
                await self._sender.confirm(await self._sender.post([output]))
                return
        raise error

    async def _store_and_finish(self) -> None:
        try:
            await self._store_all()
            await self._tell_stored()
        except StateUnavailableError as error:
            log.warning("state-unavailable", error=str(error), patients=len(self._writes), runs=len(self._confirmed))
            await self._on_state(away=True)
            await asyncio.sleep(_RETRY_S)
            return
        await self._on_state(away=False)
        self._writes.clear()
        for run, patients, all_stored in self._confirmed:
            if all_stored or run.reached is None:
                run.finish()
            else:
                self._left_open += 1
            self._pending -= Counter(patients)
        self._confirmed.clear()
        self._on_progress()

    async def _tell_stored(self) -> None:
        """Say how far the states are. A run that must not be stored holds back what comes behind it."""
        reached: dict[TopicPartition, Place] = {}
        for run, _, all_stored in self._confirmed:
            if run.reached is None:
                continue
            tp, place = run.reached
            if not all_stored:
                self._open.add(tp)
            if tp not in self._open:
                reached[tp] = place
        if reached:
            await self._on_stored(reached)

    async def _store_all(self) -> None:
        """Store every state. One that Redis has lost is stored anew; one that we half wrote is written on."""
        refused = await self._store.save(self._writes) if self._writes else {}
        if not refused:
            return
        again: dict[str, Write] = {}
        for patient, refusal in refused.items():
            if refusal.revision != 0 and not refusal.ours:
                message = "a patient's state was written by another worker"
                raise StateConflictError(message)
            again[patient] = self._writes[patient]._replace(base=refusal.revision)
        if await self._store.save(again):
            message = "a patient's state changed while it was written"
            raise StateConflictError(message)
