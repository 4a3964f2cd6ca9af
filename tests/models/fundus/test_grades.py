"""Five grades, referable retinopathy and oedema are probabilities that agree with each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.fundus.grades import calibrated
from models.fundus.weights import Curve

PLAIN = tuple(Curve(slope=1, offset=0) for _ in range(5))


@given(arrays(np.float64, (3, 5), elements=st.floats(-1000, 1000)))
def test_grades_are_probabilities_and_referable_is_the_sum_of_the_referable_ones(log_odds: np.ndarray) -> None:
    scores = calibrated(log_odds, PLAIN)
    assert (scores.grades >= 0).all()
    assert scores.grades.sum(1) == pytest.approx(1)
    assert scores.grades[:, 2:].sum(1) == pytest.approx(scores.referable, abs=1e-9)
    assert ((scores.oedema >= 0) & (scores.oedema <= 1)).all()
    assert ((scores.expected_grade() >= 0) & (scores.expected_grade() <= 4)).all()


def test_each_threshold_of_the_grade_counts_and_oedema_is_apart() -> None:
    scores = calibrated(np.array([[9.0, 9, -9, -9, 9], [9, 9, 9, 9, -9]]), PLAIN)
    assert scores.grades.argmax(1).tolist() == [2, 4]
    assert scores.oedema.round().tolist() == [1, 0]


def test_where_a_higher_grade_seems_likelier_than_a_lower_one_the_lower_counts() -> None:
    scores = calibrated(np.array([[-9.0, 9, 9, 9, 0]]), PLAIN)
    assert scores.referable[0] == pytest.approx(0, abs=1e-3)
    assert scores.grades[0].argmax() == 0


def test_the_curves_are_applied() -> None:
    curves = (*PLAIN[:4], Curve(slope=2, offset=-1))
    assert calibrated(np.array([[0, 0, 0, 0, 0.5]]), curves).oedema[0] == pytest.approx(0.5)
