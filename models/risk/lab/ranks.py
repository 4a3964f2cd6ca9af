"""Fit the rank transform to the training data. Shapes as in `models.risk.ranks`."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from models.risk.ranks import Ranks

KNOTS: Final = 32
_BEYOND: Final = float(np.finfo(np.float32).max)  # pads the knots of a feature with few distinct values
_OUTER: Final = 0.001  # ranks closer to 0 or 1 than this are taken as this


def fit_ranks(features: NDArray[np.float32]) -> Ranks:
    """Return the transform of features [N, F]; NaN is left out, ties share the middle of their ranks.

    A feature without any value scores 0 whatever comes.
    """
    width = features.shape[1]
    fitted = Ranks(
        np.full((width, KNOTS), _BEYOND, np.float32),
        np.zeros((width, KNOTS + 1), np.float32),
        np.zeros((width, KNOTS + 1), np.float32),
    )
    for at in range(width):
        known = np.sort(features[:, at][~np.isnan(features[:, at])])
        if len(known):
            _fit(fitted, at, known)
    return fitted


def _fit(fitted: Ranks, at: int, known: NDArray[np.float32]) -> None:
    """Fit one feature to its sorted known values."""
    knots = np.unique(known[np.linspace(0, len(known) - 1, KNOTS).round().astype(int)]).astype(np.float64)
    middle = (np.searchsorted(known, knots, "left") + np.searchsorted(known, knots, "right")) / (2 * len(known))
    scores = ndtri(np.clip(middle, _OUTER, 1 - _OUTER))
    inner = np.diff(scores) / np.diff(knots)
    fitted.knots[at, : len(knots)] = knots
    fitted.slopes[at, 1 : len(knots)] = inner
    fitted.intercepts[at, 0] = scores[0]
    fitted.intercepts[at, 1 : len(knots)] = scores[:-1] - inner * knots[:-1]
    fitted.intercepts[at, len(knots) :] = scores[-1]
