"""Make a network's scores mean what they say: temperature, conformal quantile, threshold, calibration error."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.metrics import roc_curve

Floats = NDArray[np.float64]
BINS: Final = 10


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Turn logits [..., C] into probabilities [..., C]; a temperature above 1 makes them humbler."""
    scaled = logits / temperature
    raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    out: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return out


def fit_temperature(logits: Floats, targets: NDArray[np.intp]) -> float:
    """Find the temperature with the least log loss of logits [N, C] (Guo et al. 2017, arXiv 1706.04599)."""
    rows = np.arange(len(targets))

    def loss(log_temperature: float) -> float:
        chosen = softmax(logits, math.exp(log_temperature))[rows, targets]
        return float(-np.log(np.clip(chosen, 1e-12, None)).mean())

    return math.exp(float(minimize_scalar(loss, bounds=(-2.5, 2.5), method="bounded").x))


def conformal_quantile(probabilities: Floats, targets: NDArray[np.intp], error: float) -> float:
    """Find q so that {classes with probability >= 1 - q} misses the truth in at most `error` of new images.

    Split conformal prediction (Angelopoulos and Bates 2021, arXiv 2107.07511, section 1). 1.0 when N is too small.
    """
    count = len(targets)
    scores = np.sort(1 - probabilities[np.arange(count), targets])
    rank = math.ceil((count + 1) * (1 - error))
    return 1.0 if rank > count else float(scores[rank - 1])


def is_ambiguous(probabilities: Floats, quantile: float) -> NDArray[np.bool_]:
    """Say for each row [N, C] whether its conformal set holds no class or several."""
    ambiguous: NDArray[np.bool_] = (probabilities >= 1 - quantile).sum(axis=-1) != 1
    return ambiguous


def youden_threshold(scores: Floats, positive: NDArray[np.bool_]) -> float:
    """Find the score [N] with the greatest sensitivity + specificity - 1 (Youden 1950)."""
    false_rate, true_rate, thresholds = roc_curve(positive, scores)
    return float(min(thresholds[np.argmax(true_rate - false_rate)], 1.0))


def calibration_error(probabilities: Floats, targets: NDArray[np.intp]) -> float:
    """Expected calibration error of the most probable class, 10 equal bins (Guo et al. 2017)."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    weight = np.bincount(bins, minlength=BINS)
    gap = np.bincount(bins, confidence - right, minlength=BINS)
    return float(np.abs(gap).sum() / max(weight.sum(), 1))
