"""Grade every frame by every alarm rule. Shapes: n frames, K inputs, R rules."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from models.alarms.rules import EXTREME_SCALE2, EXTREMES, FRAME_RULES, NEWS2, SENSORS, SPO2_LOW, SPO2_LOW_SCALE2, Rule
from models.scores.news2 import MISSING, PARAMETERS, Totals
from models.vitals import IMPLAUSIBLE, INCONSISTENT, OFF
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
EXTREME: Final = 32
"""Added to a grade beyond the rule's extreme. Such a grade counts without any delay."""

_SENSOR_INPUTS: Final = tuple(f"{short}_off" for short, _ in SENSORS)
_DERIVED: Final = tuple(
    dict.fromkeys(rule.input for rule in FRAME_RULES if rule.input not in (*NUMERICS, *_SENSOR_INPUTS, "news2_band"))
)
INPUTS: Final = (
    *NUMERICS,
    *_SENSOR_INPUTS,
    *_DERIVED,
    "news2_band",
    "news2_partial",
    "news2_total",
    "unresponsive",
    "spo2_scale2",
)
"""The names of the K columns of `inputs`."""

_SPO2_INPUT: Final = INPUTS.index("spo2_percent")
_MONITORED: Final = [
    PARAMETERS.index(name) for name in ("respiratory_rate_per_min", "spo2_percent", "systolic_mmhg", "heart_rate_bpm")
]
_SENSOR_COLUMNS: Final = [NUMERICS.index(name) for _, name in SENSORS]
_SENSORS: Final = slice(len(NUMERICS), len(NUMERICS) + len(SENSORS))
_BAND, _PARTIAL, _TOTAL, _UNRESPONSIVE, _SCALE2 = (
    INPUTS.index(name) for name in ("news2_band", "news2_partial", "news2_total", "unresponsive", "spo2_scale2")
)

_COLUMNS: Final = [INPUTS.index(rule.input) for rule in FRAME_RULES]
_COLUMN: Final = np.array(_COLUMNS)
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
_CLEARLY: Final = np.array(
    [
        sign * (2 * rule.clear - rule.levels[0].limit) if rule.input in (*NUMERICS, "shock_index") else 0.0
        for rule, sign in zip(FRAME_RULES, _SIGNS, strict=True)
    ]
)
_SPO2_RULE: Final = FRAME_RULES.index(SPO2_LOW)
_NEWS2_RULE: Final = FRAME_RULES.index(NEWS2)
_CONDITIONS: Final = [rule.condition for rule in FRAME_RULES]
_EXTREME_RULES: Final = [_CONDITIONS.index(one.condition) for one in EXTREMES]
_EXTREME_LIMITS: Final = _SIGNS[_EXTREME_RULES] * [one.beyond for one in EXTREMES]
_SPO2_EXTREME: Final = _EXTREME_RULES.index(_SPO2_RULE)
_RESPONSIVE_LEVEL: Final = 1  # of the rule on NEWS2: medium

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
    signs: Mapping[str, npt.NDArray[np.float64]] | None = None,
) -> npt.NDArray[np.float64]:
    """Lay side by side the K columns that the rules look at.

    A NEWS2 is partial here when one of the four parameters that a monitor measures is missing. Consciousness, oxygen
    and temperature do not count for that: they are missing in most feeds, and an alarm that waited for them would never
    end.

    Args:
        values: float64 [n, 9], what the frame brought, in the order of NUMERICS.
        flags: uint8 [n, 9], those of `models.vitals` for this very frame. A sensor whose number is implausible is
            neither on nor off.
        points: int8 [n, 7], the points of NEWS2.
        totals: the totals of those points.
        scale2: bool [n]; true where a prescriber set the 88-92 % target.
        signs: float64 [n] of inputs by name, where more is known than these say: 1 there, 0 not there.

    Returns:
        float64 [n, K], columns as in INPUTS; NaN means unknown.
    """
    result = np.full((len(values), len(INPUTS)), np.nan)
    result[:, : len(NUMERICS)] = values
    if signs is None:
        sensors = flags[:, _SENSOR_COLUMNS]
        sent = ((sensors & OFF) > 0) | (~np.isnan(values[:, _SENSOR_COLUMNS]) & (sensors & _UNUSABLE == 0))
        result[:, _SENSORS] = np.where(sent, (sensors & OFF) > 0, np.nan)
    for name, sign in (signs or {}).items():
        result[:, INPUTS.index(name)] = sign
    result[:, _BAND] = totals.band
    result[:, _PARTIAL] = (points[:, _MONITORED] == MISSING).any(axis=1)
    result[:, _TOTAL] = totals.total
    result[:, _UNRESPONSIVE] = 0.0
    result[:, _SCALE2] = scale2
    return result


_UNUSABLE: Final = np.uint8(IMPLAUSIBLE | INCONSISTENT)


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
        int8 [n, R] in the order of FRAME_RULES: UNKNOWN, WELL, BETWEEN, or FIRST_LEVEL and more, to which AT_LEAST or
        EXTREME may be added. A patient on SpO2 scale 2 is graded by SPO2_LOW_SCALE2, in the column of SPO2_LOW. A
        partial NEWS2 counts as a lower bound where it reaches a level, and as unknown where it reaches none. Who does
        not answer raises the score's alarm at medium priority, whatever the sum is.
    """
    signed = inputs[:, _COLUMNS] * _SIGNS
    grades = _graded(signed, _CLEAR, _LIMITS)
    beyond = signed[:, _EXTREME_RULES] > _EXTREME_LIMITS
    scale2 = inputs[:, _SCALE2] > 0
    if scale2.any():
        spo2 = -inputs[scale2, _SPO2_INPUT]
        limits = tuple(np.array(-level.limit) for level in SPO2_LOW_SCALE2.levels)
        grades[scale2, _SPO2_RULE] = _graded(spo2, np.array(-SPO2_LOW_SCALE2.clear), limits)
        beyond[scale2, _SPO2_EXTREME] = spo2 > -EXTREME_SCALE2.beyond
    if beyond.any():
        for at, column in enumerate(_EXTREME_RULES):
            grades[beyond[:, at], column] += np.int8(EXTREME)
    news2 = grades[:, _NEWS2_RULE]
    unresponsive = inputs[:, _UNRESPONSIVE] > 0
    news2[unresponsive] = np.maximum(news2[unresponsive], FIRST_LEVEL + _RESPONSIVE_LEVEL)
    partial = np.where(news2 >= FIRST_LEVEL, news2 + np.int8(AT_LEAST), np.int8(UNKNOWN))
    grades[:, _NEWS2_RULE] = np.where(inputs[:, _PARTIAL] > 0, partial, news2)
    return grades


def grade_by(rule: Rule, values: npt.NDArray[np.float64], *, scale2: bool) -> npt.NDArray[np.int8]:
    """Grade values [n] by a rule on limits with a first limit of its own, as `grade` does by those of the table."""
    sign = 1.0 if rule.direction == "above" else -1.0
    signed = sign * values
    limits = tuple(np.array(sign * level.limit) for level in rule.levels)
    grades = _graded(signed, np.array(sign * rule.clear), limits)
    extremes = (EXTREME_SCALE2,) if scale2 and rule.condition == SPO2_LOW.condition else EXTREMES
    for one in extremes:
        if one.condition == rule.condition:
            grades[signed > sign * one.beyond] += np.int8(EXTREME)
    return grades


def clearly_well_by(rule: Rule, values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Whether values [n] lie clearly beyond the clear limit of such a rule; see `clearly_well`."""
    sign = 1.0 if rule.direction == "above" else -1.0
    well: npt.NDArray[np.bool_] = sign * values <= sign * (2 * rule.clear - rule.levels[0].limit)
    return well


def clearly_well(inputs: npt.NDArray[np.float64], rule: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether a value lies as far beyond the clear limit as that lies beyond the first limit.

    A single number that is well but near its limit is no end of what is measured once in hours: the next one decides.
    Of NEWS2, whose bands have no such distance, at most CLEARLY_WELL_SCORE points.

    Args:
        inputs: float64 [s, K] of the rows that are asked for.
        rule: int64 [s], by which rule; its place in FRAME_RULES.

    Returns:
        bool [s].
    """
    value = inputs[np.arange(len(rule)), _COLUMN[rule]]
    well: npt.NDArray[np.bool_] = value * _SIGNS[rule] <= _CLEARLY[rule]
    scale2 = (inputs[:, _SCALE2] > 0) & (rule == _SPO2_RULE)
    well[scale2] = value[scale2] >= 2 * SPO2_LOW_SCALE2.clear - SPO2_LOW_SCALE2.levels[0].limit
    score = rule == _NEWS2_RULE
    well[score] = inputs[score, _TOTAL] <= CLEARLY_WELL_SCORE
    return well


CLEARLY_WELL_SCORE: Final = 2
"""Ours: as far below the score that calls a clinician (5) as a single parameter can raise it."""


def grade_forecast(*, alarm: bool | None) -> int:
    """Return the grade of `rules.SEPSIS_RISK` after a forecast; `alarm` is None where the model abstained."""
    if alarm is None:
        return UNKNOWN
    return FIRST_LEVEL if alarm else WELL
