"""Grade every frame by every alarm rule. Shapes: n frames, K inputs, R rules."""

from typing import Final

import numpy as np
import numpy.typing as npt

from models.alarms.rules import FRAME_RULES, SPO2_LOW, SPO2_LOW_SCALE2, Rule
from models.scores.news2 import MISSING, PARAMETERS, Totals
from models.vitals import OFF
from schemas.vitals import NUMERICS

UNKNOWN: Final = -1
"""Nothing was measured: the condition is neither better nor worse than before."""
WELL: Final = 0
"""The value is at or beyond the clear limit, on the good side."""
BETWEEN: Final = 1
"""The value lies between the clear limit and the first alarm limit."""
FIRST_LEVEL: Final = 2
"""A grade g of 2 or more: the value reached the level `rule.levels[g - 2]`."""
AT_LEAST: Final = 16
"""Added to a grade that is only a lower bound. Such a grade may raise an alarm and never eases one."""

_SENSORS: Final = {
    "heart_rate_off": NUMERICS.index("heart_rate_bpm"),
    "spo2_off": NUMERICS.index("spo2_percent"),
    "respiratory_rate_off": NUMERICS.index("respiratory_rate_per_min"),
}
INPUTS: Final = (*NUMERICS, *_SENSORS, "news2_band", "news2_partial", "spo2_scale2")
"""The names of the K columns of `inputs`."""

_MONITORED: Final = [
    PARAMETERS.index(name) for name in ("respiratory_rate_per_min", "spo2_percent", "systolic_mmhg", "heart_rate_bpm")
]
_SENSOR_COLUMNS: Final = list(_SENSORS.values())
_SENSOR_INPUTS: Final = slice(len(NUMERICS), len(NUMERICS) + len(_SENSORS))
_BAND, _PARTIAL, _SCALE2 = (INPUTS.index(name) for name in ("news2_band", "news2_partial", "spo2_scale2"))

_COLUMNS: Final = [INPUTS.index(rule.input) for rule in FRAME_RULES]
_SIGNS: Final = np.array([1.0 if rule.direction == "above" else -1.0 for rule in FRAME_RULES])
_CLEAR: Final = _SIGNS * [rule.clear for rule in FRAME_RULES]
_MOST_LEVELS: Final = max(len(rule.levels) for rule in FRAME_RULES)
_LIMITS: Final = tuple(
    _SIGNS
    * [
        rule.levels[level].limit if level < len(rule.levels) else sign * np.inf
        for rule, sign in zip(FRAME_RULES, _SIGNS, strict=True)
    ]
    for level in range(_MOST_LEVELS)
)
_SPO2_RULE: Final = FRAME_RULES.index(SPO2_LOW)
_NEWS2_RULE: Final = _COLUMNS.index(_BAND)

SCALE2_RULES: Final = tuple(SPO2_LOW_SCALE2 if rule is SPO2_LOW else rule for rule in FRAME_RULES)


def rules_for(*, scale2: bool) -> tuple[Rule, ...]:
    """Return the R rules that hold for a patient, in the order of the columns of `grade`."""
    return SCALE2_RULES if scale2 else FRAME_RULES


def inputs(
    values: npt.NDArray[np.float64],
    flags: npt.NDArray[np.uint8],
    points: npt.NDArray[np.int8],
    totals: Totals,
    scale2: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Lay side by side the K columns that the rules look at.

    A NEWS2 is partial here when one of the four parameters that a monitor measures is missing. Consciousness, oxygen
    and temperature do not count for that: they are missing in most feeds, and an alarm that waited for them would never
    end.

    Args:
        values: float64 [n, 9], plausible values in the order of NUMERICS, carried for rules.CARRY_S seconds at most.
        flags: uint8 [n, 9], those of `models.vitals` for this very frame, nothing carried.
        points: int8 [n, 7], the points of NEWS2.
        totals: the totals of those points.
        scale2: bool [n]; true where a prescriber set the 88-92 % target.

    Returns:
        float64 [n, K], columns as in INPUTS; NaN means unknown.
    """
    result = np.empty((len(values), len(INPUTS)))
    result[:, : len(NUMERICS)] = values
    sensors = flags[:, _SENSOR_COLUMNS]
    sent = (sensors > 0) | ~np.isnan(values[:, _SENSOR_COLUMNS])
    result[:, _SENSOR_INPUTS] = np.where(sent, (sensors & OFF) > 0, np.nan)
    result[:, _BAND] = totals.band
    result[:, _PARTIAL] = (points[:, _MONITORED] == MISSING).any(axis=1)
    result[:, _SCALE2] = scale2
    return result


def _graded(
    signed: npt.NDArray[np.float64], clear: npt.NDArray[np.float64], limits: tuple[npt.NDArray[np.float64], ...]
) -> npt.NDArray[np.int8]:
    """Grade values whose sign was chosen so that higher is worse."""
    grades = (signed > clear).astype(np.int8)
    for limit in limits:
        grades += signed >= limit
    grades[np.isnan(signed)] = UNKNOWN
    return grades


def grade(inputs: npt.NDArray[np.float64]) -> npt.NDArray[np.int8]:
    """Grade every frame by every rule.

    Args:
        inputs: float64 [n, K], columns as in INPUTS.

    Returns:
        int8 [n, R] in the order of FRAME_RULES: UNKNOWN, WELL, BETWEEN, or FIRST_LEVEL and more, to which AT_LEAST may
        be added. A patient on SpO2 scale 2 is graded by SPO2_LOW_SCALE2, in the column of SPO2_LOW. A partial NEWS2
        counts as a lower bound where it reaches a level, and as unknown where it reaches none.
    """
    grades = _graded(inputs[:, _COLUMNS] * _SIGNS, _CLEAR, _LIMITS)
    scale2 = inputs[:, _SCALE2] > 0
    if scale2.any():
        spo2 = -inputs[scale2, NUMERICS.index("spo2_percent")]
        limits = tuple(np.array(-level.limit) for level in SPO2_LOW_SCALE2.levels)
        grades[scale2, _SPO2_RULE] = _graded(spo2, np.array(-SPO2_LOW_SCALE2.clear), limits)
    news2 = grades[:, _NEWS2_RULE]
    partial = np.where(news2 >= FIRST_LEVEL, news2 + np.int8(AT_LEAST), np.int8(UNKNOWN))
    grades[:, _NEWS2_RULE] = np.where(inputs[:, _PARTIAL] > 0, partial, news2)
    return grades


def grade_forecast(*, alarm: bool | None) -> int:
    """Return the grade of `rules.SEPSIS_RISK` after a forecast; `alarm` is None where the model abstained."""
    if alarm is None:
        return UNKNOWN
    return FIRST_LEVEL if alarm else WELL
