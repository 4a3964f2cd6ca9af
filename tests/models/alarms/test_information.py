"""MEWS, SIRS, qSOFA and circulatory failure: both sides of every edge, told in silence, not ended by what lacks."""

import numpy as np
import pytest

from models.alarms.grading import BETWEEN, FIRST_LEVEL, UNKNOWN, WELL
from models.alarms.information import INFORMATION, VASOACTIVE, circulatory_failure, grades
from models.scores import mews, sepsis_criteria
from models.scores.news2 import LEVELS
from models.watch.information import LABORATORY_MS
from models.watch.outputs import moment
from models.watch.state import COLUMNS
from schemas.labs import LabResults
from schemas.therapy import Medication
from tests.builders.bedside import Bed, bed, stream
from tests.builders.watch_frames import START_MS, Sent
from tests.builders.watch_frames import WELL as WELL_FRAME

ROWS = {rule.condition: rule for rule in INFORMATION}
# fmt: off
MEWS_CELLS: dict[str, list[tuple[float, float, int]]] = {  # first and last value of every cell, and its points
    "systolic_mmhg": [(40, 70, 3), (71, 80, 2), (81, 100, 1), (101, 199, 0), (200, 250, 2)],
    "heart_rate_bpm": [(20, 40, 2), (41, 50, 1), (51, 100, 0), (101, 110, 1), (111, 129, 2), (130, 200, 3)],
    "respiratory_rate_per_min": [(2, 8, 2), (9, 14, 0), (15, 20, 1), (21, 29, 2), (30, 50, 3)],
    "temperature_celsius": [(30, 34.9, 2), (35.0, 38.4, 0), (38.5, 41, 2)],
}
# fmt: on


def a_row(**known: float) -> np.ndarray:
    return np.array([[known.get(name, np.nan) for name in COLUMNS]])


@pytest.mark.parametrize("name", MEWS_CELLS)
def test_every_cell_of_mews_on_both_of_its_edges(name: str) -> None:
    for low, high, points in MEWS_CELLS[name]:
        for value in (low, high):
            found = mews.points(a_row(**{name: value}))[0]
            assert np.nansum(found) == points
            assert np.isnan(found).sum() == 4
    levels = [np.nansum(mews.points(a_row(consciousness=at))) for at in range(len(LEVELS))]
    assert dict(zip(LEVELS, levels, strict=True)) == {
        "alert": 0,
        "confusion": 1,
        "voice": 1,
        "pain": 2,
        "unresponsive": 3,
    }


@pytest.mark.parametrize(
    ("fulfilled", "known", "paco2", "wbc"),
    [
        (0, {"temperature_celsius": 38.0}, np.nan, np.nan),
        (1, {"temperature_celsius": 38.1}, np.nan, np.nan),
        (0, {"temperature_celsius": 36.0}, np.nan, np.nan),
        (1, {"temperature_celsius": 35.9}, np.nan, np.nan),
        (0, {"heart_rate_bpm": 90.0}, np.nan, np.nan),
        (1, {"heart_rate_bpm": 91.0}, np.nan, np.nan),
        (0, {"respiratory_rate_per_min": 20.0}, np.nan, np.nan),
        (1, {"respiratory_rate_per_min": 21.0}, np.nan, np.nan),
        (0, {}, 32.0, np.nan),
        (1, {}, 31.9, np.nan),
        (0, {}, np.nan, 12.0),
        (1, {}, np.nan, 12.1),
        (0, {}, np.nan, 4.0),
        (1, {}, np.nan, 3.9),
    ],
)
def test_both_sides_of_every_criterion_of_sirs(
    fulfilled: int, known: dict[str, float], paco2: float, wbc: float
) -> None:
    found = sepsis_criteria.sirs(a_row(**known), np.array([paco2]), np.array([wbc]))[0]
    assert (np.nansum(found), np.isnan(found).sum()) == (fulfilled, 3)


@pytest.mark.parametrize(
    ("fulfilled", "known"),
    [
        (0, {"respiratory_rate_per_min": 21.0}),
        (1, {"respiratory_rate_per_min": 22.0}),
        (0, {"systolic_mmhg": 101.0}),
        (1, {"systolic_mmhg": 100.0}),
        (0, {"consciousness": 0.0}),
        (1, {"consciousness": 1.0}),
    ],
)
def test_both_sides_of_every_criterion_of_qsofa(fulfilled: int, known: dict[str, float]) -> None:
    found = sepsis_criteria.qsofa(a_row(**known))[0]
    assert (np.nansum(found), np.isnan(found).sum()) == (fulfilled, 2)


@pytest.mark.parametrize(
    ("mean", "lactate", "vasoactive", "failing"),
    [
        (65.0, 2.0, False, 1.0),
        (66.0, 2.0, False, 0.0),
        (65.0, 1.9, False, 0.0),
        (90.0, 2.0, True, 1.0),
        (np.nan, 2.0, True, 1.0),
        (np.nan, 2.0, False, np.nan),
        (65.0, np.nan, True, np.nan),
    ],
)
def test_circulatory_failure_needs_lactate_and_a_low_pressure_or_what_holds_it_up(
    mean: float,
    lactate: float,
    vasoactive: bool,  # noqa: FBT001 - a case
    failing: float,
) -> None:
    found = circulatory_failure(np.array([mean]), np.array([lactate]), np.array([vasoactive]))
    np.testing.assert_array_equal(found, [failing])


@pytest.mark.parametrize(
    ("condition", "edges"),
    [
        ("mews", {5: FIRST_LEVEL, 4: BETWEEN, 3: WELL}),
        ("sirs", {2: FIRST_LEVEL, 1: WELL}),
        ("qsofa", {2: FIRST_LEVEL, 1: WELL}),
        ("circulatory-failure", {1: FIRST_LEVEL, 0: WELL}),
        ("diastolic-low", {40: FIRST_LEVEL, 41: BETWEEN, 44: BETWEEN, 45: WELL}),
        ("diastolic-high", {120: FIRST_LEVEL, 119: BETWEEN, 111: BETWEEN, 110: WELL}),
        ("mean-arterial-high", {130: FIRST_LEVEL, 129: BETWEEN, 121: BETWEEN, 120: WELL}),
        ("etco2-high", {60: FIRST_LEVEL, 59: BETWEEN, 56: BETWEEN, 55: WELL}),
    ],
)
def test_what_is_missing_of_a_sum_begins_nothing_and_ends_nothing(condition: str, edges: dict[int, int]) -> None:
    rule = ROWS[condition]
    for value, grade in edges.items():
        known = np.array([float(value)])
        assert int(grades(rule, known, known)[0]) == grade
        if rule.direction == "above":  # a sum, of which a point may be missing
            missing = int(grades(rule, known, known + 1)[0])
            assert missing == (grade if grade == FIRST_LEVEL or value + 1 <= rule.clear else UNKNOWN)
    assert rule.informs
    assert grades(rule, np.array([np.nan]), np.array([np.nan])) == [UNKNOWN]


@pytest.mark.parametrize(
    ("condition", "measured"),
    [
        ("diastolic-low", {"diastolic_mmhg": 38.0}),
        ("diastolic-high", {"diastolic_mmhg": 125.0, "mean_arterial_mmhg": 128.0, "systolic_mmhg": 150.0}),
        ("mean-arterial-high", {"mean_arterial_mmhg": 131.0, "systolic_mmhg": 180.0}),
        ("etco2-high", {"etco2_mmhg": 62.0}),
    ],
)
def test_what_only_informs_is_told_in_silence_and_calls_nobody(condition: str, measured: dict[str, float]) -> None:
    of = bed(stream(WELL_FRAME | measured, 0, 60), until_s=8000)
    assert {one.signal for one in of.alerts(condition)} == {"off"}
    assert [(one.phase, one.inactivation, one.recipients) for one in of.alerts(condition)] == [("start", None, 1)]


def a_result(sampled_s: float, **results: float) -> LabResults:
    return LabResults.model_validate({"patient": "p-1", "time": moment(START_MS + round(sampled_s * 1000))} | results)


def phases(of: Bed, condition: str) -> list[str]:
    assert {one.signal for one in of.alerts(condition)} <= {"off"}
    return [one.phase for one in of.alerts(condition)]


SICK = WELL_FRAME | {"respiratory_rate_per_min": 24.0, "systolic_mmhg": 98.0, "heart_rate_bpm": 112.0}


def test_scores_are_told_when_they_begin_and_when_they_are_over_and_never_sound() -> None:
    of = bed(stream(SICK, 0, 60), stream(WELL_FRAME, 60, 120))
    assert phases(of, "qsofa") == phases(of, "sirs") == phases(of, "mews") == ["start", "end"]
    assert "qSOFA is 2 (limit 2)" in of.alerts("qsofa")[0].text


@pytest.mark.parametrize(("older_ms", "begins"), [(0, ["start"]), (1, [])])
def test_a_lactate_counts_as_long_as_it_is_young(older_ms: int, begins: list[str]) -> None:
    age_s = (LABORATORY_MS["lactate_mmol_per_l"] + older_ms) / 1000
    of = bed([Sent(0, 0, WELL_FRAME)]).event(a_result(10 - age_s, lactate_mmol_per_l=2.5), 5)
    of.frames([Sent(0, 10, SICK | {"mean_arterial_mmhg": 62.0, "diastolic_mmhg": 45.0})])
    assert phases(of, "circulatory-failure") == begins


def medication(drug: str, status: str, after: float) -> Medication:
    return Medication.model_validate(
        {
            "patient": "p-1",
            "time": moment(START_MS + round(after * 1000)),
            "order": "o-1",
            "drug": drug,
            "status": status,
        }
    )


def test_a_vasopressor_with_a_high_lactate_is_circulatory_failure_until_it_is_stopped() -> None:
    of = bed([Sent(0, 0, WELL_FRAME)]).event(a_result(0, lactate_mmol_per_l=2.5), 5)
    of.event(medication("norepinephrine", "active", 6), 6).frames([Sent(0, 10, SICK)])
    assert phases(of, "circulatory-failure") == ["start"]
    of.event(medication("norepinephrine", "stopped", 11), 11).frames([Sent(0, 20, WELL_FRAME)])
    assert phases(of, "circulatory-failure") == ["start", "end"]


@pytest.mark.parametrize("drug", sorted(VASOACTIVE))
def test_every_vasoactive_drug_is_known_by_the_name_that_an_order_gives_it(drug: str) -> None:
    of = bed([Sent(0, 0, WELL_FRAME)]).event(a_result(0, lactate_mmol_per_l=2.5), 5)
    of.event(medication(drug, "active", 6), 6).frames([Sent(0, 10, SICK)])
    assert phases(of, "circulatory-failure") == ["start"]


def test_a_patient_without_any_of_it_has_no_word_of_it() -> None:
    of = bed(stream(WELL_FRAME, 0, 2000, 10.0))
    assert [phases(of, condition) for condition in ROWS] == [[]] * len(ROWS)
