"""Advancing a patient: what is due when nothing comes, which frame brought what, and what a failing model leaves."""

from dataclasses import replace

import pytest

from models.watch.advance import advance_clock, advance_event, next_due_ms
from models.watch.frames import ON_ITS_WAY_MS
from models.watch.hours import LONGEST_GAP_HOURS
from models.watch.outputs import moment
from models.watch.react import until_new_stays
from models.watch.state import PatientState
from schemas.alerts import Alert
from schemas.forecasts import RiskForecast
from schemas.patients import PatientRecord
from tests.builders.bedside import Bed, after_s, stream
from tests.builders.watch_frames import START_MS, WELL, CountingModel, Frame, Sent, advanced, frames

HOUR_S = 3600.0
SICK = WELL | {"spo2_percent": 88.0}


def waiting(behind_s: float) -> PatientState:
    """A patient whose saturation has been low since second 10, by a device whose clock is behind."""
    last = Sent(0, 10 - behind_s, SICK, arrived_s=10.0)
    return Bed().frames(stream(WELL, 0, 10, skew_s=-behind_s), [last]).state


@pytest.mark.parametrize("behind_s", [0.0, 20.0])
def test_what_is_due_happens_when_the_clock_shows_what_was_named_and_not_before(behind_s: float) -> None:
    state = waiting(behind_s)
    due_ms = next_due_ms(state)
    assert due_ms == START_MS + 25_000 + ON_ITS_WAY_MS  # the delay is 15 s
    assert advance_clock("p-1", state, due_ms - 1) == (state, [])
    _, said = advance_clock("p-1", state, due_ms)
    begun = [(one.record.condition, after_s(one.record)) for one in said if isinstance(one.record, Alert)]
    assert ("spo2-low", 25 - behind_s) in begun


def test_nothing_is_due_of_who_is_well_or_was_never_heard_of() -> None:
    assert next_due_ms(Bed().frames([Sent(0, 10, WELL)]).state) is None
    assert next_due_ms(PatientState()) is None
    assert next_due_ms(replace(waiting(0.0), heard_ms=0)) is None  # as an earlier version stored it


def test_what_was_due_before_an_event_arrived_is_said_before_what_follows_from_the_event() -> None:
    fields = {"patient": "p-1", "time": moment(START_MS + 60_000), "status": "discharged"}
    left = PatientRecord.model_validate(fields)
    _, said = advance_event("p-1", waiting(0.0), left, START_MS + 60_000)
    phases = [one.record.phase for one in said if isinstance(one.record, Alert) and one.record.condition == "spo2-low"]
    assert phases == ["start", "end"]


def hours(patient: int, first_s: float) -> list[Frame]:
    """Frames that close an hour."""
    return [(patient, first_s, WELL), (patient, first_s + HOUR_S + 1, WELL)]


def test_what_a_model_failed_is_counted_over_all_stays_in_a_batch_and_its_error_is_kept() -> None:
    rows = [*hours(0, 0), *hours(0, (LONGEST_GAP_HOURS + 3) * HOUR_S)]
    broken = advanced([PatientState()], rows, CountingModel(broken=True))
    assert (broken.failed, broken.error) == (2, "ModelError")
    poison: list[Frame] = [(0, 0, WELL | {"heart_rate_bpm": 60.0}), *rows[1:]]
    once = advanced([PatientState()], poison, CountingModel(poison_bpm=60.0))
    assert (once.failed, once.error) == (1, "ModelError")
    assert advanced([PatientState()], rows, CountingModel()).error is None


def test_hours_that_are_made_up_for_come_with_the_first_frame_of_their_patient() -> None:
    states = advanced([PatientState(), PatientState()], [*hours(0, 0), *hours(1, 0)]).states
    rows: list[Frame] = [(0, 5000, WELL), (0, 5001, WELL), (1, 5002, WELL), (1, 5003, WELL)]
    done = advanced(states, rows, CountingModel())
    said = done.said
    assert done.due == [2]  # patients
    made = {(one.record.patient, one.source) for one in said if isinstance(one.record, RiskForecast)}
    assert {("p-1", 0), ("p-2", 2)} <= made
    closed = [(one.record, one.source) for one in said if isinstance(one.record, RiskForecast)]
    assert [(made.patient, at) for made, at in closed if made.kind == "closed"] == [("p-1", 0), ("p-2", 2)]


LONGEST_S = LONGEST_GAP_HOURS * HOUR_S


@pytest.mark.parametrize(
    ("moments_s", "parts"),
    [
        ([0, 0.6 * LONGEST_S, 1.2 * LONGEST_S], [(0, 3)]),  # no gap is long
        ([0, LONGEST_S, 2 * LONGEST_S + 1], [(0, 2), (2, 3)]),
        ([2 * LONGEST_S, 2 * LONGEST_S + 1, 0, 2 * LONGEST_S + 2], [(0, 4)]),  # one comes late
        ([0, 2 * LONGEST_S, 4 * LONGEST_S], [(0, 1), (1, 2), (2, 3)]),
    ],
)
def test_frames_are_cut_where_somebody_comes_back_after_a_gap_that_no_stay_has(
    moments_s: list[float], parts: list[tuple[int, int]]
) -> None:
    rows = frames([(0, at_s, WELL) for at_s in moments_s])
    assert [(part.start, part.stop) for part in until_new_stays([PatientState()], rows)] == parts


def test_whoever_was_not_seen_since_a_cut_needs_none_of_his_own() -> None:
    rows = frames([(patient, turn * 2 * LONGEST_S, WELL) for turn in range(3) for patient in range(2)])
    parts = until_new_stays([PatientState(), PatientState(newest_ms=1)], rows)
    assert [(part.start, part.stop) for part in parts] == [(0, 2), (2, 4), (4, 6)]
