"""Areas in bins of scores agree with exact ones, and are told only where both kinds of hours are there."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from models.risk.lab.curve_areas import BinnedHours, areas_under_curves


def scored(
    seed: int, stays: int = 40, hours: int = 25
) -> tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    label = (rng.random(stays * hours) < 0.1).astype(np.int8)
    score = (rng.normal(size=stays * hours) + label).astype(np.float32)
    return label, score, np.repeat(np.arange(stays), hours)


@pytest.mark.parametrize("decimals", [1, 6])
def test_binned_areas_agree_with_exact_ones_for_any_weighting_of_the_stays(decimals: int) -> None:
    label, score, stay_of_row = scored(3, stays=400)
    score = score.round(decimals)
    weights = np.stack([np.ones(400), np.random.default_rng(1).integers(0, 4, 400)]).astype(np.float32)
    auroc, auprc = BinnedHours(label, score, stay_of_row).areas_under_curves(weights)
    for row, weight in enumerate(weights):
        each = weight[stay_of_row]
        assert auroc[row] == pytest.approx(roc_auc_score(label, score, sample_weight=each), abs=1e-3)
        # A bin's middle stands for its threshold: with whole tenths as scores that is only roughly so.
        margin = 1e-3 if decimals > 1 else 2e-2
        assert auprc[row] == pytest.approx(average_precision_score(label, score, sample_weight=each), abs=margin)


def test_areas_need_both_kinds_of_hours() -> None:
    for label in (np.zeros(3, np.int8), np.ones(3, np.int8)):
        assert np.isnan(areas_under_curves(label, np.ones(3, np.float32))).all()
        binned = BinnedHours(label, np.ones(3, np.float32), np.zeros(3, np.int64))
        assert np.isnan(binned.areas_under_curves(np.ones((1, 1), np.float32))).all()
