"""Facts of a patient from the live state and from what the call brings: of each thing the newest counts. Pure."""

from collections.abc import Iterable
from datetime import datetime

from models.plan.plan import facts_at
from models.treatment.facts import Facts
from models.watch import events
from models.watch.state import PatientState, time_at
from schemas.wire import Wire


def known(state: PatientState | None, records: Iterable[Wire], now: datetime) -> tuple[Facts, float]:
    """Return what the rules may look at, and the patient's time in seconds.

    A patient's time goes on from the newest frame, since a feed may lie behind the clock.
    """
    now_ms = round(now.timestamp() * 1000)
    after = PatientState() if state is None else state
    now_s = (time_at(after, now_ms) if after.heard_ms else now_ms) / 1000
    for record in records:
        after, _ = events.apply(after, record, lambda *_: None)
    return facts_at(after, now_s), now_s
