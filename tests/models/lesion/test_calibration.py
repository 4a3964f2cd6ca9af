"""A fitted calibration is applied as its sources say."""

import numpy as np

from models.lesion.calibration import is_ambiguous, softmax


def test_probabilities_sum_to_one_and_huge_scores_do_not_overflow() -> None:
    np.testing.assert_allclose(softmax(np.array([[1e4, 0.0], [-1e4, 0.0]])), [[1, 0], [0, 1]])


def test_it_abstains_between_two_classes_and_when_none_is_likely() -> None:
    probabilities = np.array([[0.9, 0.05, 0.05], [0.45, 0.45, 0.1], [0.34, 0.33, 0.33]])
    assert is_ambiguous(probabilities, 0.6).tolist() == [False, True, True]  # in from 0.4 on
    assert is_ambiguous(probabilities, 0.3).tolist() == [False, True, True]  # in from 0.7 on
