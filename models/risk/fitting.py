"""Fits what stands between score and output, on patients that trained nothing: threshold, calibration, abstention.

Shapes: N rows.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.risk.decision import Decision

MISCOVERAGE: Final = 0.2  # ours: at 0.1 the model would abstain in every other hour
_STEPS: Final = 400  # candidate thresholds, at equal shares of the rows
_SMOOTHED: Final = 15  # neighbours that a candidate's utility is averaged over: few septic stays make a ragged curve


def fit_decision(score: NDArray[np.float32], label: NDArray[np.int8], gain: NDArray[np.float64]) -> Decision:
    """Return the decision for scores [N] of hours with these labels [N] and gains of an alarm over silence [N]."""
    platt = LogisticRegression(C=np.inf).fit(score[:, None], label)
    septic, others = score[label == 1], score[label == 0]
    lowest_septic = float(np.quantile(septic, MISCOVERAGE, method="lower"))
    highest_other = float(np.quantile(others, 1 - MISCOVERAGE, method="higher"))
    return Decision(
        threshold=best_threshold(score, gain),
        slope=float(platt.coef_[0, 0]),
        offset=float(platt.intercept_[0]),
        miscoverage=MISCOVERAGE,
        surely_not=lowest_septic,
        surely_septic=highest_other,
    )


def best_threshold(score: NDArray[np.float32], gain: NDArray[np.float64]) -> float:
    """Return the threshold over which alarms gain most in sum, by a smoothed curve."""
    order = np.argsort(-score, kind="stable")
    won = np.cumsum(gain[order])
    at = np.linspace(0, len(score) - 1, _STEPS + 1).astype(int)[1:]
    smooth = np.convolve(np.pad(won[at], _SMOOTHED // 2, mode="edge"), np.full(_SMOOTHED, 1 / _SMOOTHED), "valid")
    return float(score[order][at[int(np.argmax(smooth))]])
