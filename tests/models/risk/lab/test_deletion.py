"""Explanations against deletion: a true one takes the risk away with what it names, a false one does not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.risk.explanation import Driver
from models.risk.lab import deletion
from models.risk.lab.forecasting import Forecasts, forecast
from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.stays import Stays
from tests.builders.risk_stays import HeartRateModel, a_stay, many_stays, write_psv


class Explained(HeartRateModel):
    """Looks at the heart rate alone, and names an input as the driver."""

    def __init__(self, named: str) -> None:
        self.named = named

    def explain(self, state: NDArray[np.float32], bins: NDArray[np.float32], top: int = 5) -> list[list[Driver]]:
        """The named input raised the risk, the others lowered it; strongest first, whatever the sign."""
        del state, top
        others = {"heart_rate_bpm", "respiratory_rate_per_min", "age_years", "sex_male"} - {self.named}
        drivers = [Driver(name, "1", 1.0, 0.0, -2.0) for name in sorted(others)]
        return [[*drivers, Driver(self.named, "1", 1.0, 0.0, 1.0)] for _ in bins]


@pytest.fixture(scope="module")
def stays(tmp_path_factory: pytest.TempPathFactory) -> Stays:
    return many_stays(tmp_path_factory.mktemp("stays"), count=30)


def checked(stays: Stays, named: str) -> list[deletion.Deletion]:
    model = Explained(named)
    return list(deletion.check(model, stays, forecast(model, stays)))


def test_the_risk_goes_with_what_a_true_explanation_names(stays: Stays) -> None:
    nothing, one, three, five = checked(stays, "heart_rate_bpm")
    assert [each.inputs for each in (nothing, one, three, five)] == [0, 1, 3, 5]
    assert nothing.drivers.value >= 0.3  # the fake's threshold
    assert one.drivers.high < one.random.low < nothing.random.low
    assert three.drivers.value == one.drivers.value  # nothing else raised the risk


def test_the_risk_stays_where_an_explanation_names_what_did_not_matter(stays: Stays) -> None:
    nothing, one, _, _ = checked(stays, "respiratory_rate_per_min")
    assert one.drivers == nothing.drivers
    assert one.random.value < nothing.random.value


def test_what_is_not_forgotten_leaves_the_risk_that_the_evaluation_gave(tmp_path: Path) -> None:
    gaps = a_stay(5, HR=[90.0, 100.0, 200.0, 210.0, 80.0], ICULOS=[2.0, 3.0, 7.0, 8.0, 9.0])
    stays = read_stays(write_psv(tmp_path, p1=gaps, p2=a_stay(4)))
    model = Explained("heart_rate_bpm")
    told = forecast(model, stays)
    nothing = next(deletion.check(model, stays, told))
    first = int(np.argmax(told.alarm))
    assert told.alarm.any()
    assert nothing.alarms == 1
    assert nothing.drivers.value == pytest.approx(float(told.risk[first]))


def test_alarms_that_the_model_abstained_from_are_not_explained(stays: Stays) -> None:
    model = Explained("heart_rate_bpm")
    told = forecast(model, stays)
    silent = Forecasts(told.risk, told.alarm, np.ones_like(told.alarm))
    assert list(deletion.check(model, stays, silent)) == []
    assert list(deletion.check(model, stays, replace(silent, alarm=~silent.alarm & silent.alarm))) == []


def test_of_many_alarms_some_are_drawn(stays: Stays, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(stays, "heart_rate_bpm")[0].alarms > 3
    monkeypatch.setattr(deletion, "ALARMS", 3)
    assert checked(stays, "heart_rate_bpm")[0].alarms == 3
