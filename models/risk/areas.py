"""AUROC and AUPRC pooled over hours, for any weighting of the stays: sorted once, weighed a thousand times.

Shapes: N rows, P stays.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class RankedHours:
    """Hours in the order of their scores.

    Definitions as in the challenge: each hour counts by itself, equal scores are one threshold, AUROC by trapezoids,
    AUPRC piecewise constant (average precision).
    """

    def __init__(self, label: NDArray[np.int8], score: NDArray[np.float32], stay_of_row: NDArray[np.int64]) -> None:
        order = np.argsort(score, kind="stable")
        ranked = score[order]
        self._stay = stay_of_row[order]
        self._positive = np.flatnonzero(label[order] != 0)
        # Of each positive hour: where the hours with its score begin and end, among all hours and among positive ones.
        self._low = np.searchsorted(ranked, ranked[self._positive], side="left")
        self._high = np.searchsorted(ranked, ranked[self._positive], side="right")
        self._positive_low = np.searchsorted(self._positive, self._low)
        self._positive_high = np.searchsorted(self._positive, self._high)

    def areas(self, weight: Floats) -> tuple[float, float]:
        """AUROC and AUPRC when stay p counts weight[p] times; NaN where one kind of hour is absent."""
        hours = weight[self._stay]
        positive = hours[self._positive]
        below, positive_below = _running(hours), _running(positive)
        total, positives = below[-1], positive_below[-1]
        negatives = total - positives
        if positives == 0 or negatives == 0:
            return float("nan"), float("nan")
        beaten = below[self._low] - positive_below[self._positive_low]
        tied = (below[self._high] - positive_below[self._positive_high]) - beaten
        auroc = float(positive @ (beaten + tied / 2)) / (positives * negatives)
        alarmed = np.maximum(total - below[self._low], 1e-300)  # 0 only where the hour itself weighs 0
        precision = (positives - positive_below[self._positive_low]) / alarmed
        return auroc, float(positive @ precision) / positives


def _running(weights: Floats) -> Floats:
    """Cumulative sum with a leading 0."""
    sums = np.zeros(len(weights) + 1)
    np.cumsum(weights, out=sums[1:])
    return sums
