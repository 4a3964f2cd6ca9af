"""Throughput of a consumer group, measured by its committed offsets in the same way for every system."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient

from stream.broker.connection import Connection
from stream.broker.offsets import committed_offsets
from stream.settings import Settings

_POLL_S: Final = 0.02
_FEWEST_COMMITS: Final = 3


class Mark(NamedTuple):
    """Frames committed and processor time used at a moment."""

    at_s: float
    frames: int
    cpu_s: float


class Pace(NamedTuple):
    """Frames committed between two moments, and the time that they took."""

    frames: int
    wall_s: float
    cpu_s: float

    @property
    def frames_per_s(self) -> float:
        """Frames per second."""
        return self.frames / self.wall_s

    @property
    def cpu_us_per_frame(self) -> float:
        """Processor time of the system's process per frame, over all threads, in microseconds."""
        return self.cpu_s / self.frames * 1e6


class StalledError(Exception):
    """A system did not reach the end of the records in time."""


class Committed:
    """Asks the broker how many records of vitals a group has committed."""

    def __init__(self, admin: AIOKafkaAdminClient, group: str) -> None:
        self._admin = admin
        self._group = group

    async def __call__(self) -> int:
        """Return the sum over partitions; 0 while the group does not exist yet."""
        offsets = await committed_offsets(self._admin, self._group)
        return sum(offset for partition, offset in offsets.items() if partition.topic == "vitals")


@asynccontextmanager
async def committed_by(settings: Settings, group: str) -> AsyncIterator[Committed]:
    """Open a connection for asking what a group has committed."""
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
    """Return a mark for every observed commit until `total` records are committed; call `on_first` at the first one.

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
        await asyncio.sleep(_POLL_S)


def pace(marks: Sequence[Mark]) -> Pace:
    """Return the pace between the first commit and the last but one. Raises StalledError when there are too few.

    A commit lags behind the work, by the same amount at each of these two, so the lag cancels out. At the last commit
    it does not: there everything was done, and the system only waited until the next commit was due.
    """
    if len(marks) < _FEWEST_COMMITS:
        message = f"{len(marks)} commits are too few to tell a pace: take more frames"
        raise StalledError(message)
    first, last = marks[0], marks[-2]
    return Pace(last.frames - first.frames, last.at_s - first.at_s, last.cpu_s - first.cpu_s)
