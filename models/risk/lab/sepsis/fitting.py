"""Fits what stands between score and output of the sepsis model, on patients that trained nothing.

Shapes: N rows, P stays.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.decision import Decision
from models.risk.lab.fitting import MISCOVERAGE, calibrated

CONFIDENCE: Final = 0.9  # ours: how sure the coverage shall be, over which patients happen to have calibrated it
_RESAMPLES: Final = 200
_SEED: Final = 2019
_STEPS: Final = 400  # candidate thresholds, at equal shares of the rows
_SMOOTHED: Final = 15  # neighbours that a candidate's utility is averaged over: few septic stays make a ragged curve


def fit_decision(
    score: NDArray[np.float32], label: NDArray[np.int8], gain: NDArray[np.float64], stay: NDArray[np.int64]
) -> Decision:
    """Return the decision for scores [N] of hours with these labels [N] and gains of an alarm over silence [N].

    stay [N] says whose hour each is: hours of one patient are no independent witnesses of the coverage.
    """
    septic, others = label == 1, label == 0
    return calibrated(
        score,
        label,
        threshold=best_threshold(score, gain),
        surely_not=covering(score[septic], stay[septic]),
        surely_septic=-covering(-score[others], stay[others]),
    )


def covering(score: NDArray[np.float32], stay: NDArray[np.int64]) -> float:
    """Return the score under which lie at most MISCOVERAGE of the hours of stays like these, with CONFIDENCE.

    The quantile of the scores [N], drawn to the safe side by as much as it varies over resamples of the stays.
    """
    order = np.argsort(score, kind="stable")
    rising = score[order]
    owner = np.unique(stay[order], return_inverse=True)[1]
    stays = int(owner.max()) + 1
    generator = np.random.default_rng(_SEED)
    quantiles = np.empty(_RESAMPLES)
    for number in range(_RESAMPLES):
        below = np.cumsum(np.bincount(generator.integers(stays, size=stays), minlength=stays)[owner])
        quantiles[number] = rising[np.searchsorted(below, MISCOVERAGE * below[-1])]
    return float(np.quantile(quantiles, 1 - CONFIDENCE))


def best_threshold(score: NDArray[np.float32], gain: NDArray[np.float64]) -> float:
    """Return the threshold over which alarms gain most in sum, by a smoothed curve."""
    order = np.argsort(-score, kind="stable")
    won = np.cumsum(gain[order])
    at = np.linspace(0, len(score) - 1, _STEPS + 1).astype(int)[1:]
    smooth = np.convolve(np.pad(won[at], _SMOOTHED // 2, mode="edge"), np.full(_SMOOTHED, 1 / _SMOOTHED), "valid")
    return float(score[order][at[int(np.argmax(smooth))]])
