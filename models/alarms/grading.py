"""How bad is each condition in each frame? Shapes: n frames, K inputs, R rules."""

from typing import Final

import numpy as np
import numpy.typing as npt

from models.alarms.rules import FRAME_RULES, SPO2_LOW, SPO2_LOW_SCALE2, Rule
from models.scores.news2 import MISSING, PARAMETERS, Totals
from models.vitals import OFF
from schemas.vitals import NUMERICS

UNKNOWN: Final = -1
"""Nothing was measured: neither better nor worse."""
WELL: Final = 0
"""At or beyond the clear limit."""
BETWEEN: Final = 1
"""Past the clear limit, not yet at the first alarm limit."""
FIRST_LEVEL: Final = 2
"""A grade g >= 2 reached `rule.levels[g - 2]`."""
AT_LEAST: Final = 16
"""Added to a grade that is only a lower bound: it may raise an alarm, it never eases one."""

_SENSORS: Final = {
    "heart_rate_off": NUMERICS.index("heart_rate_bpm"),
    "spo2_off": NUMERICS.index("spo2_percent"),
    "respiratory_rate_off": NUMERICS.index("respiratory_rate_per_min"),
}
INPUTS: Final = (*NUMERICS, *_SENSORS, "news2_band", "news2_partial", "spo2_scale2")
"""The K columns of `inputs`."""

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
    """The R rules of a patient, in the order of the columns of `grade`."""
    return SCALE2_RULES if scale2 else FRAME_RULES


def inputs(
    values: npt.NDArray[np.float64],
    flags: npt.NDArray[np.uint8],
    points: npt.NDArray[np.int8],
    totals: Totals,
    scale2: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Lay the K columns beside each other that the rules look at.

    A score is partial when one of the four parameters that a monitor measures is missing; what a nurse observes is
    missing in most feeds, and a score that waited for it would never let an alarm end.

    Args:
        values: float64 [n, 9], clean, carried for rules.CARRY_S at most.
        flags: uint8 [n, 9] of this very frame.
        points: int8 [n, 7] of NEWS2.
        totals: of those points.
        scale2: bool [n]; a prescriber set the 88-92 % target.

    Returns:
        float64 [n, K], columns as in INPUTS; NaN is unknown.
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
    """Grades of values whose sign makes higher worse."""
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
        int8 [n, R] in the order of FRAME_RULES: UNKNOWN, WELL, BETWEEN, or FIRST_LEVEL and more, the last perhaps
        with AT_LEAST on top. A patient on scale 2 is graded by SPO2_LOW_SCALE2 in the column of SPO2_LOW. A partial
        NEWS2 raises what it reaches, and says nothing where it reaches no level.
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
    """The grade of `rules.SEPSIS_RISK` after a forecast; None where the model abstained."""
    if alarm is None:
        return UNKNOWN
    return FIRST_LEVEL if alarm else WELL
