"""Rank transform: each feature to the normal score of its rank in the training data, by stored quantiles.

Shapes: B patients (or rows), F features, K knots.
"""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtri

KNOTS: Final = 32
_BEYOND: Final = float(np.finfo(np.float32).max)  # pads the knots of a feature with few distinct values


def fit_ranks(features: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return knots [F, K], strictly rising before their padding, and their normal scores [F, K].

    features [N, F]; NaN is left out. Ties share the middle of their ranks. A feature without any value has score 0.
    """
    width = features.shape[1]
    knots, scores = np.full((width, KNOTS), _BEYOND, np.float32), np.zeros((width, KNOTS), np.float32)
    for at in range(width):
        known = np.sort(features[:, at][~np.isnan(features[:, at])])
        if not len(known):
            continue
        picked = np.unique(known[np.linspace(0, len(known) - 1, KNOTS).round().astype(int)])
        middle = (np.searchsorted(known, picked, "left") + np.searchsorted(known, picked, "right")) / (2 * len(known))
        knots[at, : len(picked)] = picked
        scores[at, : len(picked)] = ndtri(np.clip(middle, 0.001, 0.999))
        scores[at, len(picked) :] = scores[at, len(picked) - 1]
    return knots, scores


def to_scores(values: torch.Tensor, knots: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    """Return the normal scores [B, F] of values [B, F], linear between the knots [F, K]; 0 where a value is NaN."""
    columns = values.T.contiguous()  # [F, B], as one sorted search over all features asks for
    right = torch.searchsorted(knots, columns).clamp_(1, knots.shape[1] - 1)
    left = right - 1
    low, high = knots.gather(1, left), knots.gather(1, right)
    share = ((columns - low) / (high - low)).clamp_(0, 1)
    below, above = scores.gather(1, left), scores.gather(1, right)
    return torch.nan_to_num(below + share * (above - below), nan=0.0).T
