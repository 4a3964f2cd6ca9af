"""The rules: points and hours as by hand, values carried no longer than said."""

from pathlib import Path

import numpy as np

from models.risk.lab.sepsis.baselines import carry_forward, news2_scores, rules
from models.risk.lab.sepsis.data import read_stays
from models.risk.plausible import COLUMNS
from tests.builders.risk_stays import a_stay, write_psv

HR = COLUMNS.index("HR")


def test_a_value_is_carried_within_its_stay_for_as_long_as_said_and_no_longer(tmp_path: Path) -> None:
    nothing = np.nan
    stays = read_stays(
        write_psv(
            tmp_path,
            p1=a_stay(5, HR=[80.0, nothing, nothing, nothing, 90.0]),
            p2=a_stay(3, HR=[nothing, 70.0, nothing], ICULOS=[1.0, 2.0, 5.0]),
        )
    )
    carried = carry_forward(stays, hours=2)[:, HR]
    np.testing.assert_array_equal(carried, [80, 80, 80, nothing, 90, nothing, 70, nothing])


def test_the_clock_alarms_from_hour_fifty_on(tmp_path: Path) -> None:
    stays = read_stays(write_psv(tmp_path, p1=a_stay(3, ICULOS=[49.0, 50.0, 51.0])))
    name, found = next(rules(stays))
    assert name == "clock from 50 h"
    assert found.alarm.tolist() == [False, True, True]


def test_news2_adds_the_points_that_are_known_and_alarms_at_its_two_thresholds(tmp_path: Path) -> None:
    # Row 1: nothing but a normal heart rate. Row 2: 24 breaths (2), 93 % (2), 100 mmHg (2), 112 beats (2), air (0).
    # Row 3: oxygen too (2).
    known = {
        "HR": [80.0, 112.0, 112.0],
        "Resp": [np.nan, 24.0, 24.0],
        "O2Sat": [np.nan, 93.0, 93.0],
        "SBP": [np.nan, 100.0, 118.0],
        "FiO2": [np.nan, 0.21, 0.4],
        "Temp": [np.nan, 37.0, 37.0],
    }
    stays = read_stays(write_psv(tmp_path, p1=a_stay(3).assign(**known)))
    assert news2_scores(stays).tolist() == [0, 8, 8]
    found = dict(rules(stays))
    assert found["NEWS2 from 5 points"].alarm.tolist() == [False, True, True]
    assert found["NEWS2 from 7 points"].alarm.tolist() == [False, True, True]
