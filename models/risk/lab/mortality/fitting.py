"""Fits what stands between score and output of the mortality model, on patients that trained nothing.

Shapes: P stays, T hours.
"""

import numpy as np
from numpy.typing import NDArray

from models.risk.decision import Decision
from models.risk.lab.fitting import MISCOVERAGE, calibrated

Floats = NDArray[np.float32]


def fit_decision(score: Floats, died: NDArray[np.int8]) -> Decision:
    """Return the decision for scores [P, T] of stays with this outcome [P].

    Calibrated on all hours; the threshold is the one that the challenge asks for, of the last hour alone.
    """
    return calibrated(
        score.ravel(),
        np.repeat(died, score.shape[1]),
        threshold=balanced_threshold(score[:, -1], died),
        surely_not=float(np.quantile(score[died == 1], MISCOVERAGE, method="lower")),
        surely_septic=float(np.quantile(score[died == 0], 1 - MISCOVERAGE, method="higher")),
    )


def balanced_threshold(score: Floats, died: NDArray[np.int8]) -> float:
    """Return the threshold over which the lesser of sensitivity and precision is largest, between two scores.

    Both are equal where as many stays lie over the threshold as died.
    """
    ranked = np.sort(score)[::-1]
    deaths = int(died.sum())
    return float(ranked[deaths - 1 : deaths + 1].mean())
