"""What is known of a patient of a running ward: the state in Redis, and the latest forecast and reports in the topics.

`known_now` is for whoever holds a store already, such as a service that answers calls: one read, a few milliseconds.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from models.plan.seen import NOTHING_SEEN, Seen, seen_of
from models.watch.state import time_at
from models.watch.stored import NO_STATE, NewerStateError, from_fields
from models.watch.suggest import latest_s
from schemas.forecasts import RiskForecast
from schemas.imaging import LesionReport
from stream.plans.known import Known
from stream.settings import Settings
from stream.state.store import StateStore
from stream.subscriber.listen import listening
from stream.subscriber.read import readable

LOOKED_BACK: Final = {"forecasts": timedelta(days=1), "lesion-reports": timedelta(days=7)}
"""So far back each is looked for. Ours: a forecast of yesterday says nothing of now, and a report that is older than a
week is in the record system."""


class UnreadableStateError(Exception):
    """A patient's state lies there and this version can't read it; the text is one sentence."""


async def known_now(store: StateStore, patient: str, now_ms: int, seen: Seen = NOTHING_SEEN) -> Known | None:
    """Return what is known of a patient when the workers' clock shows `now_ms`; None where there is no state.

    Raises:
        UnreadableStateError: a newer version wrote the state, or it is none.
        StateUnavailableError: Redis does not answer.
    """
    stored = (await store.load([patient])).get(patient)
    if stored is None:
        return None
    try:
        state = from_fields(stored.revision, stored.fields).state
    except NewerStateError as error:
        raise UnreadableStateError(str(error)) from None
    except NO_STATE:
        message = "the patient's state can't be read"
        raise UnreadableStateError(message) from None
    return Known(patient, state, latest_s(state, time_at(state, now_ms) / 1000), seen)


async def seen_lately(settings: Settings, patient: str, now: datetime) -> Seen:
    """Return the latest forecast of a patient and the reports on images, from the topics.

    Raises ListenError, KafkaError: the broker does not answer, or has no such topic.
    """
    parts = await asyncio.gather(*(_records(settings, topic, patient, now) for topic in LOOKED_BACK))
    return seen_of(record for part in parts for record in part)


async def _records(settings: Settings, topic: str, patient: str, now: datetime) -> list[RiskForecast | LesionReport]:
    """Return what a topic carries of a patient, from as far back as it is looked at."""
    found: list[RiskForecast | LesionReport] = []
    key = patient.encode()
    async with listening(settings, [topic], since=now - LOOKED_BACK[topic]) as listener:
        async for record in listener.records_to(now + timedelta(seconds=1)):
            read = readable(record.topic, record.value) if record.key == key else None
            if isinstance(read, RiskForecast | LesionReport):
                found.append(read)
    return found


def now_utc() -> datetime:
    """Return the time by this machine's clock."""
    return datetime.now(UTC)
