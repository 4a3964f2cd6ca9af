"""From the topics to the ward that the board shows: all admissions, some hours of what lasts, a moment of the rest."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from stream.settings import Settings
from stream.subscriber.listen import Listener, listening
from stream.subscriber.read import readable
from stream.subscriber.ward import Ward

LASTING: Final = ("scores", "forecasts", "alerts", "suggestions", "lesion-reports", "ward-status")
_VITALS_BEFORE: Final = timedelta(minutes=2)


class Reading:
    """The ward, and when the last record of any kind came."""

    def __init__(self) -> None:
        self.ward = Ward()
        self.heard: datetime | None = None

    async def follow(self, settings: Settings, hours: float, stop: asyncio.Event) -> None:
        """Read until `stop`; raises ListenError where the broker or a topic is not there."""
        now = datetime.now(UTC)
        async with (
            listening(settings, ("patients",), from_beginning=True) as patients,
            listening(settings, LASTING, since=now - timedelta(hours=hours)) as lasting,
            listening(settings, ("vitals",), since=now - _VITALS_BEFORE) as vitals,
            asyncio.TaskGroup() as tasks,
        ):
            for listener in (patients, lasting, vitals):
                tasks.create_task(self._take(listener, stop))

    async def _take(self, listener: Listener, stop: asyncio.Event) -> None:
        async for record in listener.records(stop):
            self.heard = datetime.now(UTC)
            self.ward.see(record.topic, readable(record.topic, record.value))
