"""The teachers of the mortality model: boosted trees that learn the outcome at every hour of a stay.

Shapes: N rows, P stays, F features.
"""

from typing import Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.risk.lab.stays import Stays
from models.risk.lab.trees import TeacherSeed, Trees, grow

# Chosen on folds of the training part; AUROC and AUPRC at 48 h of the out-of-fold answers: first kind 0.8745 / 0.555,
# second 0.8738 / 0.555, their mean 0.8764 / 0.560; taught by the last hour alone 0.866 / 0.546.
KINDS: Final = (
    Trees(400, 15, 0.04, 0.10, 0.5, 200, 10.0),
    Trees(700, 15, 0.03, 0.05, 0.4, 100, 20.0, random_cuts=True),
)
_EVERY_H: Final = 4  # they learn from every fourth hour of a stay, as hours are alike


def grow_on_hours(
    kind: Trees, table: NDArray[np.floating], stays: Stays, seen: NDArray[np.bool_], seed: int
) -> lightgbm.Booster:
    """Grow trees on the features [N, F] of the stays that may be seen [P]; they tell the log odds of the outcome."""
    rows = np.repeat(seen, stays.hours) & (stays.iculos % _EVERY_H == 0)
    return grow(kind, table[rows], np.asarray(stays.label)[rows], seed)


def grow_teacher(
    kind: Trees, table: NDArray[np.floating], stays: Stays, seen: NDArray[np.bool_], seed: TeacherSeed
) -> lightgbm.Booster:
    """Grow the teacher of a fold; all folds and kinds of a run have the same chance."""
    return grow_on_hours(kind, table, stays, seen, seed.run + 1)
