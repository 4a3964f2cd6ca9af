"""Admission, change, discharge: what belongs to which stay, by event time, in whatever order the news comes. Pure.

A record of an earlier stay that comes late changes nothing of the present one. A new stay begins from nothing, but who
is monitored while he is registered goes on being watched: an alarm that is on stays on.
"""

from dataclasses import replace
from typing import Any, Final

from models.alarms.rules import NEWS2
from models.watch.bounds import MOST_ALLERGIES, allergies_within
from models.watch.closing import Steps, close, close_all
from models.watch.hours import HOUR_MS, forget_measurements
from models.watch.state import Bin, PatientState, Stay
from schemas.patients import PatientRecord

SEEN_SINCE_MS: Final = 30_000
"""A discharge so much older than the newest frame is not of this stay: the patient has been seen since. Ours, as late
as a frame may be. Alarms at an empty bed are a nuisance; those of a patient who is here must not end."""
GONE_MS: Final = HOUR_MS
"""Who was not seen for so long before an admission had left, though no discharge came. Ours."""


def of_record(state: PatientState, event: PatientRecord) -> tuple[PatientState, Steps]:
    """The state after a record, and the alarm steps that it makes.

    A record that does not begin a stay changes what it says, and only that: HL7 v2 can't say all of it.
    """
    at_ms = round(event.time.timestamp() * 1000)
    if at_ms < state.began_ms or at_ms <= state.earlier_ms:
        return _counted(state, "stay-earlier"), []
    if event.status == "discharged":
        return _discharged(state, event, at_ms)
    if event.status == "updated":
        left_ms = 0 if at_ms >= state.left_ms else state.left_ms  # a discharge that was cancelled
        return _said(replace(state, left_ms=left_ms), event, state.stay)
    if at_ms == state.began_ms:  # the same admission, perhaps with more to say
        return _said(state, event, Stay())
    after, ended = _admitted(state, event, at_ms)
    after, steps = _said(replace(after, began_ms=at_ms, left_ms=0), event, Stay())
    return after, ended + steps


def _discharged(state: PatientState, event: PatientRecord, at_ms: int) -> tuple[PatientState, Steps]:
    if at_ms < state.newest_ms - SEEN_SINCE_MS:
        return _counted(state, "discharge-late"), []
    after, steps = _said(state, event, state.stay)
    after, ended = close_all(replace(after, left_ms=at_ms, device_alarms={}), max(at_ms, state.newest_ms) / 1000)
    return after, steps + ended


def _admitted(state: PatientState, event: PatientRecord, at_ms: int) -> tuple[PatientState, Steps]:
    """The state without what an earlier stay has left in it."""
    if not state.newest_ms:
        return state, []
    here = not state.left_ms and at_ms - state.newest_ms <= GONE_MS
    if here and not state.began_ms:  # the first admission of who is monitored already
        return state, []
    earlier_ms = state.left_ms or min(state.newest_ms, at_ms - 1)
    after = replace(
        state,
        earlier_ms=earlier_ms,
        labs={name: lab for name, lab in state.labs.items() if lab[1] > earlier_ms},
        drugs={order: drug for order, drug in state.drugs.items() if drug.time_s * 1000 > earlier_ms},
        device_alarms={key: one for key, one in state.device_alarms.items() if one.time_s * 1000 > earlier_ms},
        episodes=dict(state.episodes),
        waiting=[],
        risk=None,
        open_bin=Bin(),
    )
    if here or at_ms <= state.newest_ms:  # his hours begin anew; what is known of how he is stays
        admitted = event.admitted_to_icu_at
        after.origin_ms = at_ms if admitted is None else round(admitted.timestamp() * 1000)
        after.origin_ms = min(after.origin_ms, after.newest_ms)
        return after, []
    after, ended = close_all(after, at_ms / 1000)
    forget_measurements(after)
    after.newest_ms = after.heard_ms = after.arrived_ms = after.origin_ms = 0
    return after, ended


def _said(state: PatientState, event: PatientRecord, before: Stay) -> tuple[PatientState, Steps]:
    """The state with what the record says of the stay."""
    admitted = event.admitted_to_icu_at
    said: dict[str, Any] = {
        "admitted_ms": None if admitted is None else round(admitted.timestamp() * 1000),
        "hours_from_hospital_to_icu": event.hours_from_hospital_to_icu,
        "age_years": event.age_years,
        "sex": event.sex,
        "weight_kg": event.weight_kg,
        "is_pregnant": event.is_pregnant,
        "unit": event.unit,
        "spo2_scale": event.spo2_scale,
    }
    allergies = _allergies(before.allergies if event.allergies is None else event.allergies, event)
    said["allergies"] = None if allergies is None else allergies_within(allergies)
    stay = replace(before, **{name: value for name, value in said.items() if value is not None})
    after = replace(state, stay=stay)
    if len(allergies or ()) > MOST_ALLERGIES:
        after = _counted(after, "allergies-dropped")
    if not stay.too_young_for_news2:
        return after, []
    return close(after, NEWS2, event.time.timestamp())


def _allergies(known: tuple[str, ...] | None, event: PatientRecord) -> tuple[str, ...] | None:
    """What is known after additions and removals; to remove from a list that is not known leaves it unknown."""
    added, removed = event.allergies_added or (), event.allergies_removed or ()
    if known is None and not added:
        return None
    kept = tuple(one for one in known or () if one not in removed)
    return (*kept, *(one for one in dict.fromkeys(added) if one not in kept))


def _counted(state: PatientState, why: str) -> PatientState:
    return replace(state, flagged={**state.flagged, why: state.flagged.get(why, 0) + 1})
