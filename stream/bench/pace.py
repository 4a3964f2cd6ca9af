"""How fast a consumer group gets on: what it has committed, looked at from outside, the same way for every system."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient

from stream.broker.connection import Connection
from stream.broker.offsets import committed_offsets
from stream.settings import Settings

_LOOK_S: Final = 0.02
_FEWEST_COMMITS: Final = 3


class Mark(NamedTuple):
    """At a moment: frames committed, and the processor time that the system had taken."""

    at_s: float
    frames: int
    cpu_s: float


class Pace(NamedTuple):
    """Frames committed between two moments, and what they took."""

    frames: int
    wall_s: float
    cpu_s: float

    @property
    def frames_per_s(self) -> float:
        """The rate."""
        return self.frames / self.wall_s

    @property
    def cpu_us_per_frame(self) -> float:
        """Processor time of the system's process for a frame, all threads."""
        return self.cpu_s / self.frames * 1e6


class StalledError(Exception):
    """A system did not get to the end of the records in time."""


class Committed:
    """Asks the broker how many records of vitals a group has committed."""

    def __init__(self, admin: AIOKafkaAdminClient, group: str) -> None:
        self._admin = admin
        self._group = group

    async def __call__(self) -> int:
        """The sum over partitions; 0 while the group is not there yet."""
        offsets = await committed_offsets(self._admin, self._group)
        return sum(offset for partition, offset in offsets.items() if partition.topic == "vitals")


@asynccontextmanager
async def committed_by(settings: Settings, group: str) -> AsyncIterator[Committed]:
    """A question that can be asked again and again."""
    admin = AIOKafkaAdminClient(**Connection.of(settings).for_aiokafka())
    await admin.start()
    try:
        yield Committed(admin, group)
    finally:
        await admin.close()


async def follow(
    committed: Callable[[], Awaitable[int]],
    total: int,
    cpu_s: Callable[[], float],
    within_s: float,
    on_first: Callable[[], None] = lambda: None,
) -> list[Mark]:
    """A mark for every commit that is seen until `total` records are committed; `on_first` is called with the first.

    Raises StalledError after `within_s`.
    """
    deadline_s = time.monotonic() + within_s
    marks: list[Mark] = []
    while True:
        mark = Mark(time.monotonic(), await committed(), cpu_s())
        if mark.frames > (marks[-1].frames if marks else 0):
            marks.append(mark)
            if len(marks) == 1:
                on_first()
        if mark.frames >= total:
            return marks
        if mark.at_s > deadline_s:
            message = f"{mark.frames} of {total} records after {within_s:.0f} s"
            raise StalledError(message)
        await asyncio.sleep(_LOOK_S)


def pace(marks: Sequence[Mark]) -> Pace:
    """The pace from the first commit to the last but one. Raises StalledError when there are too few.

    A commit tells of work that lies a little back, the same little at each of these two, so it cancels out. At the last
    one it does not: there the system has waited, with everything done, for the next moment to commit.
    """
    if len(marks) < _FEWEST_COMMITS:
        message = f"{len(marks)} commits are too few to tell a pace: take more frames"
        raise StalledError(message)
    first, last = marks[0], marks[-2]
    return Pace(last.frames - first.frames, last.at_s - first.at_s, last.cpu_s - first.cpu_s)
