"""The teacher: boosted trees on the same features, asked only about patients that they have not seen.

Shapes: N rows, P stays, F features.
"""

from collections.abc import Iterator
from typing import Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

FOLDS: Final = 5
QUIET_SHARE: Final = 0.4  # of the stays without sepsis, drawn anew for each fold and weighted up: the rest adds little
_SETTINGS: Final = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 300,
    "feature_fraction": 0.2,
    "bagging_fraction": 0.5,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
}


def teach(
    features: NDArray[np.floating],
    gain: NDArray[np.float64],
    start: NDArray[np.int64],
    fold: NDArray[np.int64],
    rounds: int,
    seed: int,
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield, fold by fold, the fold and the log odds [N] of trees that were grown without it.

    features [N, F]; gain [N] what an alarm is worth more than silence; start [P + 1]; fold [P], -1 for stays that no
    tree may see. The trees learn the sign of the gain, each row weighted by its size, so that log odds of 0 is where
    the alarm begins to pay.
    """
    septic = np.logical_or.reduceat(gain > 0, start[:-1])
    hours = np.diff(start)
    generator = np.random.default_rng(seed)
    for held_out in range(FOLDS):
        drawn = septic | (generator.random(len(fold)) < QUIET_SHARE)
        rows = np.repeat((fold >= 0) & (fold != held_out) & drawn, hours)
        scale = np.repeat(np.where(septic, 1.0, 1.0 / QUIET_SHARE), hours)
        data = lightgbm.Dataset(
            features[rows].astype(np.float32),
            gain[rows] > 0,
            weight=(np.abs(gain) * scale)[rows],
            params={"max_bin": _SETTINGS["max_bin"], "verbose": -1},
        )
        trees = lightgbm.train({**_SETTINGS, "seed": seed}, data, rounds)
        yield held_out, _predict(trees, features)


def _predict(trees: lightgbm.Booster, features: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the log odds [N], a piece at a time: the features may lie on disk at half precision."""
    pieces = range(0, len(features), 100_000)
    told = [trees.predict(features[at : at + 100_000].astype(np.float32), raw_score=True) for at in pieces]
    return np.concatenate(told).astype(np.float32)
