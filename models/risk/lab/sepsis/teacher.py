"""The teachers of the sepsis model: boosted trees that learn whether an alarm is worth more than silence.

Shapes: N rows, P stays, F features.
"""

from typing import Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.risk.lab.sepsis.utility import alarm_gain
from models.risk.lab.stays import Stays
from models.risk.lab.trees import TeacherSeed, Trees, grow

# Chosen on folds of the training part: few features for each tree and large leaves, as septic stays are few. Utility of
# the out-of-fold answers, hospitals A / B: first kind 0.414 / 0.410, second 0.422 / 0.415, their mean 0.421 / 0.415;
# AUROC 0.819 / 0.863, 0.824 / 0.867 and 0.824 / 0.867. Trees that regress the gain had 0.01 to 0.04 less utility,
# trees with random cuts 0.003 to 0.007 less (two folds of five). Neither better nor worse: the mean of four groups of
# trees that each missed two folds, 0.423 / 0.415 and 0.826 / 0.867; a quarter of all quiet hours, in half the time;
# trees for the first two days alone; a wider label than the utility's. With networks taught by labels: + 0.002 at best.
KINDS: Final = (
    Trees(600, 15, 0.05, 0.13, 0.5, 300, 5.0, by_columns=True),
    Trees(400, 31, 0.04, 0.065, 0.6, 500, 10.0, by_columns=True),
)
_QUIET_SHARE: Final = 0.4  # of the stays without sepsis, drawn anew for each fold and weighted up: the rest adds little


def grow_teacher(
    kind: Trees, table: NDArray[np.floating], stays: Stays, seen: NDArray[np.bool_], seed: TeacherSeed
) -> lightgbm.Booster:
    """Grow trees on the features [N, F] of the stays that may be seen [P].

    They learn the sign of an alarm's gain, each row weighted by its size, so that log odds of 0 is where the alarm
    begins to pay.
    """
    gain = alarm_gain(np.asarray(stays.label), stays.start)
    septic = np.logical_or.reduceat(gain > 0, stays.start[:-1])
    chance = seed.run * 1000 + seed.kind
    drawn = septic | (np.random.default_rng((chance, seed.fold)).random(len(stays)) < _QUIET_SHARE)
    rows = np.repeat(seen & drawn, stays.hours)
    scale = np.repeat(np.where(septic, 1.0, 1.0 / _QUIET_SHARE), stays.hours)
    return grow(kind, table[rows], gain[rows] > 0, chance, (np.abs(gain) * scale)[rows])
