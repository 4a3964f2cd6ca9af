"""Rank transform: each feature to the normal score of its rank in the training data, by stored quantiles.

Shapes: B patients (or rows), F features, K knots. Between two knots the score is linear, beyond the outer ones flat:
K + 1 pieces for each feature, each an intercept and a slope.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtri

KNOTS: Final = 32
_BEYOND: Final = float(np.finfo(np.float32).max)  # pads the knots of a feature with few distinct values
_OUTER: Final = 0.001  # ranks closer to 0 or 1 than this are taken as this


@dataclass(frozen=True)
class Ranks:
    """The transform's numbers: knots [F, K], rising; intercepts and slopes [F, K + 1] of the pieces between them."""

    knots: NDArray[np.float32]
    intercepts: NDArray[np.float32]
    slopes: NDArray[np.float32]


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


def to_scores(
    values: torch.Tensor, knots: torch.Tensor, intercepts: torch.Tensor, slopes: torch.Tensor
) -> torch.Tensor:
    """Return the normal scores [B, F] of values [B, F]; 0 where a value is NaN."""
    columns = values.T.contiguous()  # [F, B], as one sorted search over all features asks for
    piece = torch.searchsorted(knots, columns)  # int64, as gather asks for
    scores = torch.addcmul(intercepts.gather(1, piece), slopes.gather(1, piece), columns)
    return scores.nan_to_num_(nan=0.0).T
