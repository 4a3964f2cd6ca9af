"""The running features of whole stays in one table, for what learns from them.

Shapes: P stays, T hours, F features.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.data import Stays
from models.risk.lab.mortality.data import HOURS
from models.risk.lab.mortality.outcome import FEATURES
from models.risk.lab.unroll import unroll

_LARGEST: Final = 60_000.0  # what half precision holds; a ratio beyond it is taken as this


def describe(stays: Stays, on_hour: Callable[[int], None] = lambda _: None) -> NDArray[np.float16]:
    """Return the features [P, T, F] of every hour; half precision holds the digits that the inputs have."""
    table = np.empty((len(stays.columns), len(FEATURES.names)), np.float16)
    for hour, (rows, described) in enumerate(unroll(FEATURES, stays.columns, stays.start), start=1):
        table[rows] = described.clip(-_LARGEST, _LARGEST)
        on_hour(hour)
    return table.reshape(len(stays), HOURS, -1)
