"""Read the topics for the board: all admissions, some hours of lasting records, the latest of the rest."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from stream.settings import Settings
from stream.subscriber.listen import Listener, listening
from stream.subscriber.read import readable
from stream.subscriber.ward import Ward

LASTING: Final = ("scores", "forecasts", "alerts", "suggestions", "lesion-reports", "ward-status", "device-alarms")
_VITALS_BEFORE: Final = timedelta(minutes=2)


@asynccontextmanager
async def listeners(settings: Settings, hours: float, now: datetime) -> AsyncIterator[tuple[Listener, ...]]:
    """Subscribe to the board's topics. Raises ListenError where the broker or a topic is missing."""
    async with (
        listening(settings, ("patients",), from_beginning=True) as patients,
        listening(settings, LASTING, since=now - timedelta(hours=hours)) as lasting,
        listening(settings, ("vitals",), since=now - _VITALS_BEFORE) as vitals,
    ):
        yield patients, lasting, vitals


class WardReader:
    """The ward as read from the topics, and when the last record arrived."""

    def __init__(self) -> None:
        self.ward = Ward()
        self.heard: datetime | None = None

    async def follow(self, sources: Iterable[Listener], stop: asyncio.Event) -> None:
        """Read until `stop` is set."""
        async with asyncio.TaskGroup() as tasks:
            for source in sources:
                tasks.create_task(self._take(source, stop))

    async def _take(self, source: Listener, stop: asyncio.Event) -> None:
        async for record in source.records(stop):
            self.heard = datetime.now(UTC)
            self.ward.apply(record.topic, readable(record.topic, record.value))
