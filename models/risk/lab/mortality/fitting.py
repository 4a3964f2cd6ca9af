"""Fits what stands between score and output, on patients that trained nothing: threshold, calibration, abstention.

Shapes: P stays, T hours.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.risk.decision import Decision
from models.risk.lab.fitting import MISCOVERAGE

Floats = NDArray[np.float32]


def fit_decision(score: Floats, died: NDArray[np.int8]) -> Decision:
    """Return the decision for scores [P, T] of stays with this outcome [P].

    Calibrated on all hours; the threshold is the one that the challenge asks for, of the last hour alone.
    """
    outcome = np.repeat(died, score.shape[1])
    platt = LogisticRegression(C=np.inf).fit(score.reshape(-1, 1), outcome)
    lowest_dead = float(np.quantile(score[died == 1], MISCOVERAGE, method="lower"))
    highest_living = float(np.quantile(score[died == 0], 1 - MISCOVERAGE, method="higher"))
    return Decision(
        threshold=balanced_threshold(score[:, -1], died),
        slope=float(platt.coef_[0, 0]),
        offset=float(platt.intercept_[0]),
        miscoverage=MISCOVERAGE,
        surely_not=lowest_dead,
        surely_septic=highest_living,
    )


def balanced_threshold(score: Floats, died: NDArray[np.int8]) -> float:
    """Return the threshold over which the lesser of sensitivity and precision is largest, between two scores.

    Both are equal where as many stays lie over the threshold as died.
    """
    ranked = np.sort(score)[::-1]
    deaths = int(died.sum())
    return float(ranked[deaths - 1 : deaths + 1].mean())
