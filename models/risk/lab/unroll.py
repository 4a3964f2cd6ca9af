"""Features of whole stays, made by the very steps that the live path takes, hour by hour over all stays at once.

Shapes: N rows, P stays, I inputs, F features.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.risk.features import Floats, RunningFeatures

Rows = NDArray[np.int64]


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
