"""Boosted trees on the running features: the teachers of the recurrent networks, and baselines beside them.

Shapes: n rows, F features.
"""

from dataclasses import dataclass
from typing import NamedTuple

import lightgbm
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Trees:
    """One kind of boosted trees.

    random_cuts  limits are drawn at random, not sought: other mistakes than those of another kind
    by_columns   histograms are built column by column, which is quicker where each tree reads few of the features; it
                 changes sums in their last digits, and so the trees
    """

    rounds: int
    leaves: int
    rate: float
    feature_share: float
    row_share: float
    smallest_leaf: int
    shrinkage: float
    random_cuts: bool = False
    by_columns: bool = False


class TeacherSeed(NamedTuple):
    """What a teacher's chance hangs on: the run's seed, the number of its kind, and the fold that it has not seen."""

    run: int
    kind: int
    fold: int


def grow(
    kind: Trees,
    features: NDArray[np.floating],
    truth: NDArray[np.bool_] | NDArray[np.int8],
    seed: int,
    weight: NDArray[np.float64] | None = None,
) -> lightgbm.Booster:
    """Grow trees on rows of features [n, F] that tell the log odds of the truth [n], each row by its weight [n]."""
    settings = {
        "objective": "binary",
        "learning_rate": kind.rate,
        "num_leaves": kind.leaves,
        "feature_fraction": kind.feature_share,
        "bagging_fraction": kind.row_share,
        "bagging_freq": 1,
        "min_data_in_leaf": kind.smallest_leaf,
        "lambda_l2": kind.shrinkage,
        "extra_trees": kind.random_cuts,
        "max_bin": 63,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": kind.by_columns,
        "force_row_wise": not kind.by_columns,
        "verbose": -1,
    }
    data = lightgbm.Dataset(features.astype(np.float32), truth, weight=weight, params=settings)
    return lightgbm.train(settings, data, kind.rounds)


def log_odds(trees: lightgbm.Booster, features: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return what trees say of rows of features [n, F], [n]."""
    return np.asarray(trees.predict(features.astype(np.float32), raw_score=True), np.float32)
