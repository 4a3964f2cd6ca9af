"""Truth of the forecasts, made from the stays: does the event come within the horizon, where it is not there now.

Shapes: N rows, P stays, E events, Y heads.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.deterioration.events import CARRIED_H, HEADS, present
from models.risk.lab.sepsis.baselines import carry_forward
from models.risk.lab.stays import Stays

Bools = NDArray[np.bool_]
_HOURS_IN_ICU: Final = -1  # the place of the clock among the inputs


@dataclass(frozen=True)
class Truth:
    """What is asked and what came, both [N, Y].

    asked  the event is not there now, which is known, and the whole horizon lies within the record, with at least one
           hour in which the event could be told
    came   the event is there in one of the hours of the horizon
    """

    asked: Bools
    came: Bools


def truth_of(stays: Stays) -> Truth:
    """Make the truth of every row of stays without missing hours (see `on_every_hour`)."""
    now = present(carry_forward(stays, CARRIED_H))
    stay, row = stays.stay_of_row, np.arange(len(stays.columns))
    last = np.repeat(stays.start[1:] - 1, stays.hours)
    asked, came = np.zeros((len(stay), len(HEADS)), np.bool_), np.zeros((len(stay), len(HEADS)), np.bool_)
    for at, head in enumerate(HEADS):
        there = (now.there & now.known)[:, head.event]
        known = now.known[:, head.event]
        came[:, at] = _within(there, stay, head.horizon_h)
        whole = row + head.horizon_h <= last
        asked[:, at] = ~there & known & whole & _within(known, stay, head.horizon_h)
    return Truth(asked, came)


def _within(event: Bools, stay: NDArray[np.int64], hours: int) -> Bools:
    """Tell [N] whether the event [N] is there in one of the next hours of the same stay."""
    soon = np.zeros(len(event), np.bool_)
    for ahead in range(1, hours + 1):
        soon[:-ahead] |= event[ahead:] & (stay[ahead:] == stay[:-ahead])
    return soon


def on_every_hour(stays: Stays) -> Stays:
    """Return the stays with a row for each hour from first to last; one that was missing has nothing measured."""
    missing = stays.missing_before
    if not missing.any():
        return stays
    step = missing + 1
    step[0] = 1
    place = np.cumsum(step) - 1  # where each row comes to stand
    rows = int(place[-1]) + 1
    source = np.maximum.accumulate(_scattered(np.arange(len(place)), place, rows))
    inserted = np.ones(rows, np.bool_)
    inserted[place] = False
    columns = stays.columns[source]
    series = sum(one.kind != "static" for one in stays.inputs)
    columns[inserted, :series] = np.nan
    hour = stays.iculos[source] + (np.arange(rows) - place[source]).astype(np.float32)
    columns[:, _HOURS_IN_ICU] = hour
    return replace(
        stays,
        columns=columns,
        label=None if stays.label is None else stays.label[source],
        iculos=hour,
        start=np.append(place[stays.start[:-1]], rows),
        impossible=stays.impossible[source] & ~inserted[:, None],
    )


def _scattered(values: NDArray[np.int64], place: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    spread = np.zeros(size, np.int64)
    spread[place] = values
    return spread
