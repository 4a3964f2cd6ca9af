"""Each stay has its own events, in whatever order the news comes; nobody who is here loses an alarm by it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.watch.bounds import MOST_ALLERGIES
from models.watch.hours import hour_of
from models.watch.outputs import moment
from schemas.device_alarms import DeviceAlarm
from schemas.examples import EXAMPLES
from schemas.labs import LabResults
from schemas.patients import PatientRecord
from schemas.therapy import Medication
from tests.builders.bedside import Bed, after_s, stream
from tests.builders.watch_frames import START_MS, WELL, CountingModel, Frame, Sent, advanced

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


@pytest.mark.parametrize(("behind_s", "ends"), [(29.0, True), (30.0, True), (30.001, False), (7200.0, False)])
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


def ms(after_s: float) -> int:
    return START_MS + round(1000 * after_s)


def a_lactate(after_s: float) -> LabResults:
    return LabResults.model_validate({"patient": "p-1", "time": at(after_s), "lactate_mmol_per_l": 8.0})


def an_order(after_s: float, order: str) -> Medication:
    fields = {"patient": "p-1", "time": at(after_s), "order": order, "drug": "heparin", "status": "active"}
    return Medication.model_validate(fields)


@pytest.mark.parametrize(("discharged_s", "ended_s"), [(95.0, 99.0), (HOUR_S, HOUR_S)])
def test_what_a_discharge_ends_has_ended_then_or_with_the_last_frame(discharged_s: float, ended_s: float) -> None:
    bed = discharged(admitted(0).frames(stream(SICK, 0, 100)), discharged_s, HOUR_S)
    assert {after_s(one) for one in bed.alerts(phase="end")} == {ended_s}


@pytest.mark.parametrize(("said_s", "earlier"), [(HOUR_S, True), (1.5 * HOUR_S, True), (2 * HOUR_S, False)])
def test_what_is_said_of_the_time_before_an_admission_is_of_another_stay(said_s: float, *, earlier: bool) -> None:
    bed = discharged(admitted(0).frames([Sent(0, 60.0, WELL)]), HOUR_S)
    admitted(2 * HOUR_S, bed=bed).event(a_record("updated", said_s, sex="female"), 3 * HOUR_S)
    assert bed.state.flagged.get("stay-earlier", 0) == earlier
    assert (bed.state.stay.sex == "female") is not earlier


@pytest.mark.parametrize(("said_s", "earlier"), [(HOUR_S, True), (HOUR_S + 0.001, False)])
def test_where_stays_overlap_the_earlier_one_reaches_to_its_discharge(said_s: float, *, earlier: bool) -> None:
    bed = admitted(0.5 * HOUR_S, HOUR_S + 60, discharged(admitted(0).frames([Sent(0, 60.0, WELL)]), HOUR_S))
    bed.event(a_record("updated", said_s, sex="female"), 2 * HOUR_S)
    assert bed.state.flagged.get("stay-earlier", 0) == earlier


@pytest.mark.parametrize(("said_s", "here"), [(HOUR_S - 0.001, False), (HOUR_S, True)])
def test_a_discharge_is_cancelled_by_what_is_said_of_its_moment_or_later(said_s: float, *, here: bool) -> None:
    bed = discharged(admitted(0).frames([Sent(0, 60.0, SICK)]), HOUR_S)
    bed.event(a_record("updated", said_s), HOUR_S + 60)
    assert bed.state.left_ms == (0 if here else ms(HOUR_S))


def test_who_is_admitted_again_has_not_left() -> None:
    bed = discharged(admitted(0).frames([Sent(0, 60.0, WELL)]), HOUR_S)
    assert bed.state.left_ms == ms(HOUR_S)
    assert admitted(2 * HOUR_S, bed=bed).state.left_ms == 0


@pytest.mark.parametrize(("admitted_s", "left"), [(60 + HOUR_S, False), (60 + HOUR_S + 0.001, True)])
def test_who_was_not_seen_for_an_hour_before_an_admission_had_left(admitted_s: float, *, left: bool) -> None:
    bed = admitted(admitted_s, bed=admitted(0).frames([Sent(0, 60.0, SICK)]))
    assert {round(after_s(one), 3) for one in bed.alerts("spo2-low", phase="end")} == ({admitted_s} if left else set())
    assert np.isnan(bed.state.value).all() == left
    times = (bed.state.newest_ms, bed.state.heard_ms, bed.state.arrived_ms, bed.state.origin_ms)
    assert (times == (0, 0, 0, 0)) is left


def test_the_first_admission_of_who_is_monitored_forgets_nothing() -> None:
    bed = Bed().frames([Sent(0, 60.0, WELL)]).event(a_lactate(30), 61).event(an_order(30, "o-1"), 62)
    origin_ms = bed.state.origin_ms
    admitted(90, bed=bed)
    assert (set(bed.state.labs), set(bed.state.drugs)) == ({"lactate_mmol_per_l"}, {"o-1"})
    assert (bed.state.earlier_ms, bed.state.origin_ms) == (0, origin_ms)


@pytest.mark.parametrize(("admitted_s", "earlier_s"), [(90.0, 89.999), (130.0, 99.0)])
def test_a_next_admission_of_who_is_here_forgets_what_is_older_than_it_and_than_the_last_frame(
    admitted_s: float, earlier_s: float
) -> None:
    bed = admitted(0).frames(stream(WELL, 0, 100))
    for before_s in (30.0, earlier_s, earlier_s + 0.001):
        bed.event(an_order(before_s, f"{before_s}"), 100)
    bed.event(a_lactate(earlier_s), 100)
    admitted(admitted_s, 130, bed)
    assert bed.state.earlier_ms == ms(earlier_s)
    assert (bed.state.labs, set(bed.state.drugs)) == ({}, {f"{earlier_s + 0.001}"})
    kept = admitted(admitted_s, 130, admitted(0).frames(stream(WELL, 0, 100)).event(a_lactate(earlier_s + 0.001), 100))
    assert set(kept.state.labs) == {"lactate_mmol_per_l"}


@pytest.mark.parametrize("admitted_s", [1.4 * HOUR_S, 1.5 * HOUR_S])
def test_an_admission_that_comes_after_the_first_frames_of_its_stay_ends_nothing(admitted_s: float) -> None:
    bed = discharged(admitted(0).frames([Sent(0, 60.0, WELL)]), HOUR_S).frames([Sent(0, 1.5 * HOUR_S, SICK)])
    admitted(admitted_s, 1.5 * HOUR_S, bed)
    assert ended(bed) == set()
    assert bed.sounds("spo2-low")
    assert bed.state.newest_ms == ms(1.5 * HOUR_S)


@pytest.mark.parametrize(
    ("admitted_s", "icu_s", "origin_s"), [(90.0, None, 90.0), (90.0, 50.0, 50.0), (130.0, None, 99.0)]
)
def test_the_hours_of_who_is_admitted_again_while_here_begin_anew(
    admitted_s: float, icu_s: float | None, origin_s: float
) -> None:
    icu = {} if icu_s is None else {"admitted_to_icu_at": at(icu_s)}
    bed = admitted(0).frames(stream(WELL, 0, 100)).event(a_record("admitted", admitted_s, **icu), 130)
    assert bed.state.origin_ms == ms(origin_s)


@pytest.mark.parametrize(("more", "counted"), [(0, None), (1, 1)])
def test_allergies_that_are_too_many_to_keep_are_counted(more: int, counted: int | None) -> None:
    allergies = [f"allergy {number}" for number in range(MOST_ALLERGIES + more)]
    bed = Bed().event(a_record("admitted", 0, allergies=allergies), 0)
    assert bed.state.flagged.get("allergies-dropped") == counted


@pytest.mark.parametrize("again_s", [2.5 * HOUR_S, 9 * HOUR_S])
def test_a_new_stay_has_no_forecast_behind_it_whether_the_patient_was_away_or_is_still_here(again_s: float) -> None:
    """The risk model's state after two hours, an hour that a failing model left, and one that is not full yet."""
    rows: list[Frame] = [(0, hour * HOUR_S / 2 + 60, WELL) for hour in range(5)]
    (left,) = advanced([admitted(0).state], rows, CountingModel()).states
    assert left.risk is not None
    assert left.open_bin.count.any()
    again = admitted(again_s, bed=Bed(replace(left, waiting=[(2, left.newest_ms, [72.0])]))).state
    assert again.risk is None
    assert again.waiting == []
    assert not again.open_bin.count.any()


@pytest.mark.parametrize("earlier_s", [89.999, 90.001])
def test_of_a_next_stay_are_the_alarms_of_devices_that_are_newer_than_the_one_before(earlier_s: float) -> None:
    theirs = DeviceAlarm.model_validate(EXAMPLES["device-alarms"][0] | {"patient": "p-1", "time": at(earlier_s)})
    bed = admitted(0).frames(stream(WELL, 0, 100)).event(theirs, 100)
    assert len(bed.state.device_alarms) == 1
    assert len(admitted(90, 130, bed).state.device_alarms) == (1 if earlier_s > 90 else 0)


@pytest.mark.parametrize(
    "said",
    [
        {"age_years": 61.0},
        {"sex": "female"},
        {"weight_kg": 70.5},
        {"is_pregnant": True},
        {"unit": "sicu"},
        {"spo2_scale": 2},
        {"hours_from_hospital_to_icu": -2.5},
    ],
)
@pytest.mark.parametrize("status", ["admitted", "updated"])
def test_what_a_record_says_of_the_patient_is_known_and_stays_so_where_the_next_one_does_not_say_it(
    status: str, said: dict[str, Any]
) -> None:
    bed = Bed().event(a_record(status, 0, **said), 0).event(a_record("updated", 60), 60)
    assert {name: getattr(bed.state.stay, name) for name in said} == said
