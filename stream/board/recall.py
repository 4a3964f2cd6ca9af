"""Look further back for the latest score and forecast of beds that have none: a calm patient's may be days old."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from aiokafka.errors import KafkaError

from schemas.forecasts import EarlyWarningScore, RiskForecast
from stream.settings import Settings
from stream.subscriber.listen import ListenError, listening
from stream.subscriber.read import readable
from stream.subscriber.ward import Bed, Ward

_FIRST: Final = timedelta(hours=24)
TOPICS: Final = ("scores", "forecasts")


async def recall(settings: Settings, ward: Ward, before: datetime, oldest: datetime) -> None:
    """Fill what beds lack from records before a moment: at first of a day, then of twice the time, to `oldest`.

    A bed that has a score by then keeps it: it is newer.
    """
    until, span = before, _FIRST
    while lacking(ward) and until > oldest:
        since = max(oldest, until - span)
        try:
            fill(ward, await _latest(settings, since, until, lacking(ward)))
        except (KafkaError, ListenError, OSError, TimeoutError):
            await asyncio.sleep(1)  # the broker is away, which is told elsewhere
            continue
        until, span = since, span * 2


def lacking(ward: Ward) -> set[tuple[str, str]]:
    """Return topic and patient of every score and forecast that an occupied bed lacks."""
    return {
        (topic, bed.patient)
        for bed in ward.beds.values()
        if not bed.discharged and (bed.readings or bed.alarms)
        for topic in TOPICS
        if _known(bed, topic) is None
    }


def fill(ward: Ward, latest: Iterable[tuple[str, EarlyWarningScore | RiskForecast, datetime]]) -> None:
    """Give beds what they still lack: topic, record and when it was published."""
    for topic, record, heard in latest:
        bed = ward.beds.get(record.patient)
        if bed is not None and _known(bed, topic) is None:
            ward.apply(topic, record, heard=heard)


def _known(bed: Bed, topic: str) -> object | None:
    return bed.score if topic == "scores" else bed.risk


async def _latest(
    settings: Settings, since: datetime, until: datetime, wanted: set[tuple[str, str]]
) -> list[tuple[str, Any, datetime]]:
    """Return the latest wanted record of each patient from that time. Only those are decoded: the rest is passed."""
    found: dict[tuple[str, str], Any] = {}
    async with listening(settings, TOPICS, since=since) as listener:
        async for record in listener.records_to(until):
            name = (record.topic, (record.key or b"").decode("utf-8", "replace"))
            if name in wanted:
                found[name] = record
    decoded = ((topic, readable(topic, one.value), one.timestamp) for (topic, _), one in found.items())
    until_ms = until.timestamp() * 1000
    return [
        (topic, record, datetime.fromtimestamp(min(stamp_ms, until_ms) / 1000, until.tzinfo))
        for topic, record, stamp_ms in decoded
        if record is not None
    ]
