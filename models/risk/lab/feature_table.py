"""Features of whole stays, made by the very steps that the live path takes, hour by hour over all stays at once.

Shapes: N rows, P stays, I inputs, F features.
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.features import Floats, RunningFeatures
from models.risk.lab.stays import Stays

Rows = NDArray[np.int64]

_LARGEST: Final = 60_000.0  # what half precision holds; a ratio beyond it is taken as this


def feature_table(
    features: RunningFeatures, stays: Stays, on_hour: Callable[[int], None] = lambda _: None
) -> NDArray[np.float16]:
    """Return the features [N, F] of every row; half precision holds the digits that the inputs have."""
    table = np.empty((len(stays.columns), len(features.names)), np.float16)
    for hour, (rows, described) in enumerate(unroll(features, stays.columns, stays.start), start=1):
        table[rows] = described.clip(-_LARGEST, _LARGEST)
        on_hour(hour)
    return table


def unroll(features: RunningFeatures, columns: Floats, start: Rows) -> Iterator[tuple[Rows, Floats]]:
    """Yield, hour by hour, the rows [B] that stays of this length reach and their features [B, F].

    columns [N, I] raw values, start [P + 1] the first row of each stay. Row t of a stay sees its rows up to t alone.
    """
    order = np.argsort(-np.diff(start), kind="stable")
    first, hours = start[:-1][order], np.diff(start)[order]
    state = features.blank(len(order))
    for hour in range(int(hours[0]) if len(hours) else 0):
        going = int(np.searchsorted(-hours, -hour, side="left"))  # stays with more than `hour` rows lie in front
        rows = first[:going] + hour
        state = features.advance(state[:going], columns[rows])
        yield rows, features.describe(state)
