"""Each stay has its own events, in whatever order the news comes; nobody who is here loses an alarm by it."""

from typing import Any

import pytest

from models.watch.hours import hour_of
from models.watch.outputs import moment
from schemas.labs import LabResults
from schemas.patients import PatientRecord
from tests.builders.bedside import Bed, stream
from tests.builders.watch_frames import START_MS, WELL, Sent

HOUR_S = 3600.0
SICK = WELL | {"spo2_percent": 80.0, "heart_rate_bpm": 160.0}


def at(after_s: float) -> Any:  # noqa: ANN401 - a datetime
    return moment(START_MS + round(1000 * after_s))


def a_record(status: str, after_s: float, **more: Any) -> PatientRecord:
    return PatientRecord.model_validate({"patient": "p-1", "time": at(after_s), "status": status} | more)


def admitted(after_s: float, arrived_s: float | None = None, bed: Bed | None = None) -> Bed:
    return (bed or Bed()).event(a_record("admitted", after_s), after_s if arrived_s is None else arrived_s)


def discharged(bed: Bed, after_s: float, arrived_s: float | None = None) -> Bed:
    return bed.event(a_record("discharged", after_s), after_s if arrived_s is None else arrived_s)


def ended(bed: Bed) -> set[str]:
    return {one.condition for one in bed.alerts(phase="end")}


def test_a_discharge_ends_what_is_on() -> None:
    bed = discharged(admitted(0).frames([Sent(0, 60.0, SICK)]), HOUR_S)
    assert ended(bed) == {one.condition for one in bed.alerts(phase="start")}


@pytest.mark.parametrize(("behind_s", "ends"), [(29.0, True), (31.0, False), (7200.0, False)])
def test_a_discharge_older_than_the_newest_frames_ends_nothing(behind_s: float, *, ends: bool) -> None:
    bed = discharged(admitted(0).frames([Sent(0, 8000.0, SICK)]), 8000.0 - behind_s, 8001.0)
    assert bool(ended(bed)) is ends
    assert ("discharge-late" in bed.state.flagged) is not ends


def test_a_late_discharge_of_the_stay_before_ends_nothing_of_this_one() -> None:
    bed = discharged(admitted(0).frames([Sent(0, 60.0, WELL)]), HOUR_S)
    admitted(2 * HOUR_S, bed=bed).frames([Sent(0, 2 * HOUR_S + 60, SICK)])
    discharged(bed, HOUR_S, 2.1 * HOUR_S)  # doubled
    assert ended(bed) == set()
    assert bed.state.flagged["stay-earlier"] == 1


def test_a_readmission_begins_from_nothing() -> None:
    bed = admitted(0).frames(stream(WELL, 0, 12 * HOUR_S, 600.0))
    bed.event(LabResults.model_validate({"patient": "p-1", "time": at(HOUR_S), "lactate_mmol_per_l": 8.0}), HOUR_S)
    discharged(bed, 13 * HOUR_S)
    icu = {"admitted_to_icu_at": at(20 * HOUR_S)}
    bed.event(a_record("admitted", 20 * HOUR_S, **icu), 20 * HOUR_S).frames([Sent(0, 20 * HOUR_S + 120, WELL)])
    assert hour_of(bed.state, bed.state.newest_ms) == 1
    assert bed.state.labs == {}
    assert bed.state.risk is None
    assert bed.state.stay.admitted_ms == START_MS + round(20 * HOUR_S * 1000)


def test_laboratory_results_of_the_stay_before_come_too_late() -> None:
    bed = discharged(admitted(0).frames([Sent(0, 60.0, WELL)]), HOUR_S)
    admitted(2 * HOUR_S, bed=bed)
    old = LabResults.model_validate({"patient": "p-1", "time": at(1800.0), "lactate_mmol_per_l": 8.0})
    assert bed.event(old, 2.1 * HOUR_S).state.labs == {}


def test_who_is_admitted_while_monitored_goes_on_alarming() -> None:
    late = admitted(-600, 120, Bed().frames([Sent(0, 60.0, SICK)]))
    assert late.sounds("spo2-low")
    moved = admitted(90, 100, admitted(0).frames(stream(SICK, 0, 100))).frames(stream(SICK, 101, 160))
    assert moved.sounds("spo2-low")
    assert ended(moved) == set()


def test_an_admission_after_an_hour_without_a_frame_ends_what_was_on_at_the_empty_bed() -> None:
    bed = admitted(3 * HOUR_S, bed=admitted(0).frames([Sent(0, 60.0, SICK)]))
    assert "spo2-low" in ended(bed)


def test_frames_after_a_discharge_are_watched() -> None:
    bed = discharged(admitted(0).frames([Sent(0, 60.0, WELL)]), HOUR_S).frames([Sent(0, 1.5 * HOUR_S, SICK)])
    assert bed.sounds("spo2-low")


def test_a_cancelled_discharge_leaves_the_patient_here() -> None:
    bed = discharged(admitted(0).frames([Sent(0, 60.0, SICK)]), HOUR_S)
    bed.event(a_record("updated", HOUR_S + 60), HOUR_S + 60).frames([Sent(0, HOUR_S + 120, SICK)])
    assert bed.state.left_ms == 0
    assert bed.sounds("spo2-low")
