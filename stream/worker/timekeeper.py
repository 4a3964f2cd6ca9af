"""Wall-clock time for the watch path: timers run out without a frame, and a sign of life goes out every few seconds."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from structlog import get_logger

from stream.delivery.logbook import LogBook, Read
from stream.observability.status import Status

log = get_logger()

TICK_S: Final = 1.0
BEAT_S: Final = 2.0
"""Ours: with the looks at the logs between them, a third of what a subscriber waits before it says that a worker is not
heard (stream/subscriber/watching.py)."""


@runtime_checkable
class Ticking(Protocol):
    """A path that lets time pass for its patients; the watch path is one."""

    @property
    def ticking(self) -> bool:
        """What the clock has brought about is not settled yet."""

    async def tick(self, now_s: float, caught_up: Callable[[], Mapping[TopicPartition, bool]]) -> datetime | None:
        """Let time pass; what the clock of arrival shows."""

    async def expect(self, patients: Collection[str]) -> None:
        """Fetch the states of patients whose partition became ours."""


class Reading(Protocol):
    """The app, as far as it matters here."""

    @property
    def assigned(self) -> bool:
        """The group has given us our share."""

    def partitions(self, topic: str) -> set[int]:
        """The partitions of a topic that are ours now."""

    def assignment(self) -> set[TopicPartition]:
        """All partitions that are ours now."""

    def buffered(self) -> set[TopicPartition]:
        """Those of which runs were read that are not begun."""

    async def reads(self) -> Mapping[TopicPartition, Read]:
        """How far each was read."""


class Timekeeper:
    """Ticks the watch path by the time of the latest look at the broker's logs."""

    def __init__(self, app: Reading, path: Ticking, book: LogBook, status: Status) -> None:
        self._app = app
        self._path = path
        self._book = book
        self._status = status
        self._up_to: datetime | None = None
        self._beaten_s = 0.0

    async def keep(self) -> None:
        """Tick until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            if self._app.assigned:
                with contextlib.suppress(KafkaError, TimeoutError, OSError):
                    await self.tick()
                await self.beat()

    async def beat(self) -> None:
        """Give a sign of life, if one is due and the broker has answered since the last one: none may lie in wait."""
        looked_s, _ = self._book.looked()
        if looked_s is not None and looked_s - self._beaten_s >= BEAT_S:
            self._beaten_s = looked_s
            await self._status.beat(sorted(self._app.partitions("vitals")), self._up_to)

    async def tick(self) -> None:
        """Tick once, if the logs were looked at and all of our partitions are known."""
        looked_s, ends = self._book.looked()
        if looked_s is None:
            return
        reads = await self._app.reads()

        def caught_up() -> dict[TopicPartition, bool]:
            """Asked when no run is being worked on: what is in the agent's hands by then was worked on."""
            buffered = self._app.buffered()
            return {tp: _is_read(tp, reads, ends) and tp not in buffered for tp in self._app.assignment()}

        self._up_to = await self._path.tick(looked_s, caught_up)

    async def stop(self) -> None:
        """Say that this worker watches nothing any more."""
        await self._status.beat([], self._up_to)


def _is_read(tp: TopicPartition, reads: Mapping[TopicPartition, Read], ends: Mapping[TopicPartition, int]) -> bool:
    return tp in reads and tp in ends and reads[tp].position >= ends[tp]
