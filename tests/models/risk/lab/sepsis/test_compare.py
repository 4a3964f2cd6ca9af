"""Results by hospital and subgroup, and comparison at equal alarm burden."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.risk.lab.forecasting import Forecasts, forecast
from models.risk.lab.report import Result
from models.risk.lab.sepsis.compare import results
from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.sepsis.figures import DEFINITIONS, EQUAL_BURDEN, OF_SETS
from models.risk.lab.sepsis.study import SEPSIS_STUDY
from models.risk.lab.stays import NoLabelsError, Stays
from tests.builders.risk_stays import HeartRateModel, a_stay, many_stays, write_psv


def silent(stays: Stays) -> Forecasts:
    rows = len(stays.iculos)
    return Forecasts(np.full(rows, 0.1, np.float32), np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool))


def measured(stays: Stays, *, subgroups: bool = False) -> list[Result]:
    return list(results("silence", stays, silent(stays), subgroups=subgroups))


def test_hospitals_are_measured_apart_and_together(tmp_path: Path) -> None:
    found = measured(many_stays(tmp_path, count=9))
    assert [(one.stratum, one.group, one.counts["patients"], one.counts["septic"]) for one in found] == [
        ("hospital_a", "all", 5, 2),
        ("hospital_b", "all", 4, 1),
        ("all", "all", 9, 3),
    ]


def test_one_hospital_alone_is_measured_once(tmp_path: Path) -> None:
    assert [one.stratum for one in measured(read_stays(write_psv(tmp_path / "here", p1=a_stay())))] == ["here"]


@pytest.mark.parametrize(
    ("known", "groups"),
    [
        ({"Age": 44.9, "Gender": 0.0, "Unit1": 1.0, "Unit2": 0.0}, {"female", "age below 45", "medical unit"}),
        ({"Age": 45.0, "Gender": 1.0, "Unit1": 0.0, "Unit2": 1.0}, {"male", "age 45 to 64", "surgical unit"}),
        ({"Age": 64.9, "Gender": 1.0, "Unit1": np.nan, "Unit2": np.nan}, {"male", "age 45 to 64", "unit unknown"}),
        ({"Age": 65.0, "Gender": 1.0, "Unit1": 0.0, "Unit2": 0.0}, {"male", "age 65 to 79", "unit unknown"}),
        ({"Age": 79.9, "Gender": np.nan, "Unit1": 0.0, "Unit2": 1.0}, {"age 65 to 79", "surgical unit"}),
        ({"Age": 80.0, "Gender": 1.0, "Unit1": 0.0, "Unit2": 1.0}, {"male", "age 80 and above", "surgical unit"}),
    ],
)
def test_a_stay_belongs_to_its_subgroups_and_to_no_others(
    tmp_path: Path, known: dict[str, float], groups: set[str]
) -> None:
    stays = read_stays(write_psv(tmp_path, p1=a_stay(3).assign(**known)))
    assert {one.group for one in measured(stays, subgroups=True)} == groups | {"all"}


def test_stays_without_labels_cannot_be_measured(tmp_path: Path) -> None:
    stays = read_stays(write_psv(tmp_path, p1=a_stay().drop(columns="SepsisLabel")))
    with pytest.raises(NoLabelsError, match="no SepsisLabel"):
        measured(stays)


def test_a_score_that_is_no_probability_has_no_calibration_and_no_sets(tmp_path: Path) -> None:
    stays = many_stays(tmp_path, count=6)
    found = next(results("score", stays, silent(stays), probabilities=False))
    assert {one.name for one in DEFINITIONS} - set(found.figures) == {
        *OF_SETS, "brier", "brier_skill", "ece", "observed_to_expected", EQUAL_BURDEN
    }  # fmt: skip


def test_against_a_rival_the_sensitivity_is_measured_at_as_many_alarm_hours(tmp_path: Path) -> None:
    stays = many_stays(tmp_path, count=30)
    told = forecast(HeartRateModel(), stays)
    # Compared with itself, a forecaster whose alarms are its highest risks detects what it detects.
    own = next(results("itself", stays, told, rival=told))
    assert own.figures[EQUAL_BURDEN].value == own.figures["stay_sensitivity"].value > 0
    # Against a rival that never alarms it may not either.
    never = next(results("against silence", stays, told, rival=silent(stays)))
    assert never.figures[EQUAL_BURDEN].value == 0
    # Without one it is not measured at all.
    assert EQUAL_BURDEN not in next(results("alone", stays, told)).figures


def test_conformal_sets_are_measured_where_there_are_any(tmp_path: Path) -> None:
    stays = many_stays(tmp_path, count=6)
    one = next(results("sets", stays, replace(silent(stays), certain=(0.2, 0.3))))
    # A risk of 0.1 lies under both bounds: every set holds "no sepsis" alone.
    assert (one.figures["coverage_septic"].value, one.figures["coverage_others"].value) == (0.0, 1.0)


def test_results_of_one_hospital_stand_together_and_all_hospitals_last(tmp_path: Path) -> None:
    found = measured(many_stays(tmp_path, count=6))
    assert [one.stratum for one in sorted([*found[::-1], *found], key=SEPSIS_STUDY.presentation.order)] == [
        "hospital_a", "hospital_a", "hospital_b", "hospital_b", "all", "all"
    ]  # fmt: skip
