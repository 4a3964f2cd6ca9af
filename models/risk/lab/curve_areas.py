"""AUROC and AUPRC pooled over hours: exact for the data, and in bins of scores for a thousand weightings of the stays.

Shapes: N rows, P stays, R resamples, K bins.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

Floats = NDArray[np.float64]

BINS: Final = 400  # each holds as many labelled hours; resamples by bins differ from exact ones by less than 0.001


def areas_under_curves(label: NDArray[np.int8], score: NDArray[np.float32]) -> tuple[float, float]:
    """AUROC and AUPRC of hours [N]; NaN where one kind of hour is absent.

    Definitions as in the challenge: each hour counts by itself, equal scores are one threshold, AUROC by trapezoids,
    AUPRC piecewise constant (average precision).
    """
    if label.all() or not label.any():
        return float("nan"), float("nan")
    return float(roc_auc_score(label, score)), float(average_precision_score(label, score))


class BinnedHours:
    """How many hours of each stay, and how many labelled ones, have a score in each bin, [P, K].

    Whole numbers under 2^24, so that sums in float32 are exact.
    """

    def __init__(self, label: NDArray[np.int8], score: NDArray[np.float32], stay_of_row: NDArray[np.int64]) -> None:
        positive = np.flatnonzero(label)
        edges = np.zeros(0, np.float32)  # without a labelled hour all hours share one bin
        if len(positive):
            edges = np.unique(np.quantile(score[positive], np.linspace(0, 1, BINS), method="lower"))
        bins, stays = len(edges) + 1, int(stay_of_row[-1]) + 1
        place = stay_of_row * bins + np.searchsorted(edges, score, side="right")
        counts = (np.bincount(rows, minlength=stays * bins) for rows in (place, place[positive]))
        self._hours, self._positive = (count.reshape(stays, bins).astype(np.float32) for count in counts)

    def areas_under_curves(self, weight: NDArray[np.float32]) -> tuple[Floats, Floats]:
        """AUROC and AUPRC [R] when stay p counts weight[r, p] times; NaN where one kind of hour is absent.

        Within a bin AUPRC takes the precision at its middle.
        """
        hours, positive = ((weight @ counts).astype(np.float64) for counts in (self._hours, self._positive))  # [R, K]
        others = hours - positive
        below = np.cumsum(others, axis=1) - others / 2
        above, positive_above = (each[:, ::-1].cumsum(axis=1)[:, ::-1] - each / 2 for each in (hours, positive))
        with np.errstate(divide="ignore", invalid="ignore"):
            precision = np.where(above > 0, positive_above / above, 0.0)
            auroc = (positive * below).sum(axis=1) / (positive.sum(axis=1) * others.sum(axis=1))
            auprc = (positive * precision).sum(axis=1) / positive.sum(axis=1)
        return np.where(np.isfinite(auroc), auroc, np.nan), np.where(np.isfinite(auroc), auprc, np.nan)
