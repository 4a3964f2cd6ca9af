"""Rank transform: each feature to the normal score of its rank in the training data, by stored quantiles.

Shapes: B patients (or rows), F features, K knots. Between two knots the score is linear, beyond the outer ones flat:
K + 1 pieces for each feature, each an intercept and a slope.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray


@dataclass(frozen=True)
class Ranks:
    """The transform's numbers: knots [F, K], rising; intercepts and slopes [F, K + 1] of the pieces between them."""

    knots: NDArray[np.float32]
    intercepts: NDArray[np.float32]
    slopes: NDArray[np.float32]


def to_scores(
    values: torch.Tensor, knots: torch.Tensor, intercepts: torch.Tensor, slopes: torch.Tensor
) -> torch.Tensor:
    """Return the normal scores [B, F] of values [B, F]; 0 where a value is NaN."""
    columns = values.T.contiguous()  # [F, B], as one sorted search over all features asks for
    piece = torch.searchsorted(knots, columns)  # int64, as gather asks for
    scores = torch.addcmul(intercepts.gather(1, piece), slopes.gather(1, piece), columns)
    return scores.nan_to_num_(nan=0.0).T
