"""Requirements of the figures of the mortality model, its threshold and its calibration."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from models.risk.lab.fitting import MISCOVERAGE
from models.risk.lab.mortality.figures import (
    DEFINITIONS,
    NOT_OF_POINTS,
    OF_ABSTENTION,
    graded_stays,
    measure,
)
from models.risk.lab.mortality.fitting import balanced_threshold, fit_decision


def drawn(stays: int, seed: int = 0) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Outcomes that follow their risks."""
    generator = np.random.default_rng(seed)
    risk = generator.beta(1, 5, stays).astype(np.float32)
    return (generator.random(stays) < risk).astype(np.int8), risk


def test_the_figures_are_those_of_their_definitions() -> None:
    died = np.array([1, 1, 0, 0, 0, 0], np.int8)
    risk = np.array([0.9, 0.2, 0.6, 0.1, 0.1, 0.1], np.float32)
    found = measure(graded_stays(died, risk, risk > 0.5, risk > 0.8), resamples=10)
    assert set(found) == {one.name for one in DEFINITIONS}
    value = {name: figure.value for name, figure in found.items()}
    assert value["sensitivity"] == 0.5
    assert value["precision"] == 0.5
    assert value["event_1"] == 0.5
    assert value["abstained"] == pytest.approx(1 / 6)
    assert value["brier"] == pytest.approx((0.01 + 0.64 + 0.36 + 0.03) / 6)
    assert value["brier_skill"] == pytest.approx(1 - value["brier"] / (2 / 9))
    assert value["observed_to_expected"] == pytest.approx(1.0)
    assert value["ece"] == pytest.approx((0.1 + 0.8 + 0.6 + 0.3) / 6)
    assert value["auroc"] == 7 / 8
    assert value["auprc"] == pytest.approx((1 + 2 / 3) / 2)


@pytest.mark.parametrize(("over", "expected"), [(1, 0.25), (4, 0.5), (8, 0.25)])
def test_the_score_of_event_1_is_the_lesser_of_sensitivity_and_precision(over: int, expected: float) -> None:
    died = np.array([1, 0, 1, 0, 0, 0, 0, 0, 1, 1], np.int8)
    risk = np.linspace(1, 0, 10, dtype=np.float32)
    assert measure(graded_stays(died, risk, np.arange(10) < over), resamples=1)["event_1"].value == expected


def test_areas_are_exact_and_intervals_hold_what_other_patients_would_give() -> None:
    died, risk = drawn(1500)
    found = measure(graded_stays(died, risk))
    assert found["auroc"].value == pytest.approx(roc_auc_score(died, risk))
    assert found["auprc"].value == pytest.approx(average_precision_score(died, risk))
    others = [roc_auc_score(*drawn(1500, seed)) for seed in range(1, 200)]
    width = np.quantile(others, 0.975) - np.quantile(others, 0.025)
    assert found["auroc"].high - found["auroc"].low == pytest.approx(width, rel=0.35)
    assert found["auroc"].low < np.mean(others) < found["auroc"].high


def test_what_the_stays_do_not_define_is_no_number() -> None:
    risk = np.array([0.2, 0.4], np.float32)
    found = measure(graded_stays(np.zeros(2, np.int8), risk, risk > 0.5), resamples=5)
    for name in ("auroc", "auprc", "sensitivity", "precision", "event_1"):
        assert np.isnan(found[name].value)
    assert found["brier"].value == pytest.approx(0.1)


def test_of_points_and_of_who_never_abstains_there_is_no_figure_of_what_they_do_not_say() -> None:
    forecasts, names = graded_stays(*drawn(50)), {one.name for one in DEFINITIONS}
    assert set(measure(forecasts, NOT_OF_POINTS, resamples=2)) == {"auroc", "auprc"}
    assert names - set(measure(forecasts, OF_ABSTENTION, resamples=2)) == {"abstained"}


def test_the_threshold_lets_as_many_stays_over_it_as_died() -> None:
    died, score = drawn(400)
    over = score > balanced_threshold(score, died)
    assert over.sum() == died.sum()
    told = measure(graded_stays(died, score, over), resamples=1)
    assert told["sensitivity"].value == told["precision"].value == told["event_1"].value


def test_calibration_and_coverage_hold_on_other_stays() -> None:
    generator = np.random.default_rng(1)
    score = generator.normal(size=(20_000, 3)).astype(np.float32)
    truth = 1 / (1 + np.exp(-(1.5 * score.mean(axis=1) - 1)))
    died = (generator.random(20_000) < truth).astype(np.int8)
    decision = fit_decision(score[::2], died[::2])
    fresh, outcome = score[1::2], died[1::2]
    risk = decision.probability(fresh)
    assert abs(risk.mean() - outcome.mean()) < 0.02
    assert (fresh[outcome == 1] >= decision.surely_not).mean() > 1 - MISCOVERAGE - 0.02
    assert (fresh[outcome == 0] <= decision.surely_septic).mean() > 1 - MISCOVERAGE - 0.02
