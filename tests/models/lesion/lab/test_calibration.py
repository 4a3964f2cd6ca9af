"""Calibration is fitted as its sources say, on scores whose truth is known."""

import numpy as np
import pytest

from models.lesion.calibration import softmax
from models.lesion.lab.calibration import calibration_error, conformal_quantile, fit_scale, youden_threshold


def test_temperature_undoes_overconfidence() -> None:
    chance = np.random.default_rng(0)
    honest = chance.normal(size=(4000, 3)) * 2
    targets = np.array([chance.choice(3, p=row) for row in softmax(honest)])
    scale = fit_scale(honest * 3, targets)
    assert scale.temperature == pytest.approx(3, rel=0.1)
    assert calibration_error(scale.probabilities(honest * 3), targets) < 0.03
    assert calibration_error(softmax(honest * 3), targets) > 0.05


def test_offsets_undo_a_class_made_too_rare() -> None:
    chance = np.random.default_rng(0)
    honest = chance.normal(size=(4000, 2)) * 2
    targets = np.array([chance.choice(2, p=row) for row in softmax(honest)])
    scale = fit_scale(honest - [0, 1.5], targets)
    assert scale.offsets[1] - scale.offsets[0] == pytest.approx(1.5, abs=0.2)


def test_few_images_hold_the_offsets_near_nothing() -> None:
    scale = fit_scale(np.zeros((2, 2)), np.zeros(2, dtype=np.intp))
    assert abs(scale.offsets[0] - scale.offsets[1]) < 1


@pytest.mark.parametrize("error", [0.05, 0.1, 0.2])
def test_the_conformal_set_holds_the_truth_as_often_as_promised(error: float) -> None:
    chance = np.random.default_rng(1)
    probabilities = softmax(chance.normal(size=(8000, 4)) * 2)
    targets = np.array([chance.choice(4, p=row) for row in probabilities])
    quantile = conformal_quantile(probabilities[:4000], targets[:4000], error)
    held = probabilities[4000:][np.arange(4000), targets[4000:]] >= 1 - quantile
    assert held.mean() == pytest.approx(1 - error, abs=0.02)


def test_the_conformal_rank_is_that_of_the_paper() -> None:
    # 9 scores 0.1 .. 0.9, error 0.2: rank ceil(10 * 0.8) = 8
    probabilities = np.array([[1 - s, s] for s in np.arange(1, 10) / 10])
    assert conformal_quantile(probabilities, np.zeros(9, dtype=np.intp), 0.2) == pytest.approx(0.8)


def test_too_few_images_promise_nothing() -> None:
    assert conformal_quantile(np.array([[0.9, 0.1]]), np.zeros(1, dtype=np.intp), 0.1) == 1.0


def test_the_threshold_lies_midway_between_what_can_be_parted() -> None:
    scores = np.array([0.1, 0.2, 0.3, 0.7, 0.8])
    assert youden_threshold(scores, scores > 0.5) == pytest.approx(0.5)


def test_the_threshold_of_mixed_scores_gives_the_best_youden_index() -> None:
    scores = np.array([0.1, 0.4, 0.5, 0.6, 0.9])
    positive = np.array([False, True, False, True, True])
    assert youden_threshold(scores, positive) == pytest.approx(0.55)  # 2 of 3 positive, 2 of 2 negative


def test_calibration_error_of_a_known_case() -> None:
    probabilities = np.array([[0.75, 0.25]] * 4)
    assert calibration_error(probabilities, np.array([0, 0, 0, 1])) == pytest.approx(0)
    assert calibration_error(probabilities, np.array([1, 1, 1, 1])) == pytest.approx(0.75)
