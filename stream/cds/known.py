"""Facts of a patient from the live state and from what the call brings: of each thing the newest counts. Pure."""

from collections.abc import Iterable
from datetime import datetime

from models.treatment.facts import Facts, Measured
from models.watch import events
from models.watch.frames import known_total
from models.watch.state import PatientState, time_at
from models.watch.suggest import facts
from schemas.wire import Wire


def known(state: PatientState | None, records: Iterable[Wire], now: datetime) -> tuple[Facts, float]:
    """Return what the rules may look at, and the patient's time in seconds.

    A patient's time goes on from the newest frame, since a feed may lie behind the clock.
    """
    now_ms = round(now.timestamp() * 1000)
    after = PatientState() if state is None else state
    patient_ms = time_at(after, now_ms) if after.heard_ms else now_ms
    for record in records:
        after, _ = events.apply(after, record, lambda *_: None)
    return facts(after, after.value, after.value_ms, _news2(after, patient_ms)), patient_ms / 1000


def _news2(state: PatientState, now_ms: int) -> Measured | None:
    if not state.heard_ms or state.stay.too_young_for_news2:
        return None
    return Measured(float(known_total(state.value, state.value_ms, now_ms, state.stay.spo2_scale)), now_ms / 1000)
