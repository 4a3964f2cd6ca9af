"""The cost of a step is measured as it is said."""

import pytest

from models.risk.lab.speed import PATIENTS, measure
from tests.builders.risk_stays import HeartRateModel


def test_the_cost_of_a_step_is_measured_for_each_number_of_patients() -> None:
    found = list(measure(HeartRateModel()))
    assert tuple(one.patients for one in found) == PATIENTS
    for one in found:
        assert 0 < one.step_ms < one.window_ms
        assert one.patients_per_s == pytest.approx(one.patients / one.step_ms * 1000)
