"""Rules that need no training, as what the sepsis model is compared with: the clock, and NEWS2.

Shapes: N rows, P stays.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.forecasting import Forecasts
from models.risk.lab.stays import Stays
from models.risk.plausible import COLUMNS
from models.scores import news2
from schemas.vitals import NUMERICS

CLOCK_H: Final = 50
"""Hours in the ICU from which the clock alone alarms; no clinical rule, but what the 2019 score can be won with."""

CARRIED_H: Final = 6
"""How long NEWS2 takes a value for current here: rows are hourly; its table has 1 to 4 points seen every 6 hours."""

_ROOM_AIR: Final = 0.21


def rules(stays: Stays) -> Iterator[tuple[str, Forecasts]]:
    """Yield each rule's name and alarms; the risk is the hour or the score, and no probability."""
    yield f"clock from {CLOCK_H} h", _rule(stays.iculos, stays.iculos >= CLOCK_H)
    score = news2_scores(stays)
    for threshold in (news2.SCORE_MEDIUM, news2.SCORE_HIGH):
        yield f"NEWS2 from {threshold} points", _rule(score, score >= threshold)


def news2_scores(stays: Stays) -> NDArray[np.float32]:
    """Partial NEWS2 of each hour, [N]: known points alone; consciousness is in no column, and scale 2 is never set."""
    carried = carry_forward(stays, CARRIED_H)
    columns = {
        "respiratory_rate_per_min": "Resp",
        "spo2_percent": "O2Sat",
        "systolic_mmhg": "SBP",
        "heart_rate_bpm": "HR",
        "temperature_celsius": "Temp",
    }
    values = np.full((len(carried), len(NUMERICS)), np.nan)
    for name, column in columns.items():
        values[:, NUMERICS.index(name)] = carried[:, COLUMNS.index(column)]
    fio2 = carried[:, COLUMNS.index("FiO2")]
    oxygen = np.where(np.isnan(fio2), -1, fio2 > _ROOM_AIR).astype(np.int8)
    unknown = np.full(len(carried), -1, dtype=np.int8)
    points = news2.points(values, oxygen, unknown, np.zeros(len(carried), dtype=bool))
    return news2.total(points).total.astype(np.float32)


def carry_forward(stays: Stays, hours: int) -> NDArray[np.float32]:
    """Each column's last value that is at most `hours` hours old, [N, 40]; NaN where there is none."""
    row = np.arange(len(stays.columns))[:, None]
    measured = np.where(np.isnan(stays.columns), -1, row)
    last = np.maximum.accumulate(measured, axis=0)
    first = np.repeat(stays.start[:-1], stays.hours)[:, None]
    known = last >= first
    age = stays.iculos[:, None] - stays.iculos[np.where(known, last, row)]
    carried = np.take_along_axis(stays.columns, np.where(known, last, row), axis=0)
    return np.where(known & (age <= hours), carried, np.float32(np.nan))


def _rule(score: NDArray[np.float32], alarm: NDArray[np.bool_]) -> Forecasts:
    return Forecasts(score, alarm, np.zeros(len(alarm), dtype=bool))
