"""Fit scale, conformal quantile and threshold of a network's scores, and measure its calibration error."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import roc_curve

from models.lesion.calibration import Floats, Scale, softmax

BINS: Final = 10
OFFSET_COST: Final = 1.0  # penalty on the offsets: a normal prior of standard deviation 0.7; our choice


def fit_scale(logits: Floats, targets: NDArray[np.intp]) -> Scale:
    """Find the scale with the least log loss of logits [N, C]; with few images the offsets stay near 0."""
    count, classes = logits.shape

    def loss(values: Floats) -> float:
        chosen = softmax(logits * math.exp(-values[0]) + values[1:])[np.arange(count), targets]
        return float(-np.log(np.clip(chosen, 1e-12, None)).mean() + OFFSET_COST * (values[1:] ** 2).sum() / count)

    bounds = [(-2.5, 2.5)] + [(-3.0, 3.0)] * classes
    found = minimize(loss, np.zeros(classes + 1), bounds=bounds, method="L-BFGS-B").x
    return Scale(math.exp(float(found[0])), tuple(float(offset) for offset in found[1:]))


def conformal_quantile(probabilities: Floats, targets: NDArray[np.intp], error: float) -> float:
    """Find q so that {classes with probability >= 1 - q} misses the truth in at most `error` of new images.

    Split conformal prediction (Angelopoulos and Bates 2021, arXiv 2107.07511, section 1). 1.0 when N is too small.
    """
    count = len(targets)
    scores = np.sort(1 - probabilities[np.arange(count), targets])
    rank = math.ceil((count + 1) * (1 - error))
    return 1.0 if rank > count else float(scores[rank - 1])


def youden_threshold(scores: Floats, positive: NDArray[np.bool_]) -> float:
    """Find the score [N] with the greatest sensitivity + specificity - 1 (Youden 1950), midway to the next lower one.

    Midway, since with well separated classes the lowest positive score would leave no margin for new images.
    """
    false_rate, true_rate, thresholds = roc_curve(positive, scores)
    best = min(float(thresholds[np.argmax(true_rate - false_rate)]), float(scores.max()))
    lower = scores[scores < best]
    return (best + float(lower.max())) / 2 if len(lower) else best


def calibration_error(probabilities: Floats, targets: NDArray[np.intp]) -> float:
    """Expected calibration error of the most probable class, 10 equal bins (Guo et al. 2017)."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    weight = np.bincount(bins, minlength=BINS)
    gap = np.bincount(bins, confidence - right, minlength=BINS)
    return float(np.abs(gap).sum() / max(weight.sum(), 1))
