"""The critical values of laboratory results: one row for each condition, graded when a result comes. Pure.

A critical value is one that a laboratory telephones, since the patient may die of it before the chart is read. Most
limits are the means of what hospitals of the United States telephone: Kost, JAMA 263 (1990) 704-707, read in the table
that Clinical Laboratory Reference 2023-24 prints from it, and rounded outwards to what laboratories report. Each row
says which are ours. Sodium has none, since no record carries it.

They sound, since nothing else says them. One result is one alarm: it needs no delay, lasts until a result of the same
analyte is well, and once acknowledged stays silent for as long as the next sample may take, unless that one is worse.
"""

from collections.abc import Sequence
from typing import Final, Literal

from models.alarms.episodes import Episode, Moved, Value, take
from models.alarms.grading import BETWEEN, FIRST_LEVEL, WELL
from models.alarms.rules import Level, Rule
from schemas.alerts import Priority

SILENCE_S: Final = 4 * 3600.0
"""How long an acknowledged critical value is silent while no result is worse. Ours: the usual interval between samples
of a patient who is being corrected."""


def _critical(
    condition: str, analyte: str, unit: str, levels: Sequence[tuple[Priority, float]], clear: float, source: str
) -> Rule:
    """A row on one analyte; which side is bad follows from the clear limit."""
    direction: Literal["below", "above"] = "below" if clear > levels[0][1] else "above"
    name, _, side = condition.rpartition("-")
    shown = unit.replace("10*3/uL", "10^9/L")
    return Rule(
        condition,
        "physiological",
        analyte,
        unit,
        direction,
        tuple(Level(*level) for level in levels),
        clear,
        0.0,
        0.0,
        f"{name} is critically {side}: {{value:.4g}} {shown} (limit {{limit:.4g}} {shown})",
        source,
        silence_s=SILENCE_S,
    )


_KOST: Final = "Kost, JAMA 1990; 263: 704"
# fmt: off
CRITICAL_VALUES: Final = (
    _critical("potassium-low", "potassium_mmol_per_l", "mmol/L", (("medium", 2.8), ("high", 2.3)), 3.0,
              f"2.8: {_KOST}; 2.3 and 3.0 ours"),
    _critical("potassium-high", "potassium_mmol_per_l", "mmol/L", (("medium", 6.2), ("high", 7.0)), 5.9,
              f"6.2: {_KOST}; 7.0 and 5.9 ours"),
    _critical("glucose-low", "glucose_mg_per_dl", "mg/dL", (("medium", 46), ("high", 36)), 70,
              f"46: {_KOST}; 36 and 70 ours"),
    _critical("glucose-high", "glucose_mg_per_dl", "mg/dL", (("medium", 484),), 400,
              f"484: {_KOST}; 400 ours"),
    _critical("lactate-high", "lactate_mmol_per_l", "mmol/L", (("medium", 4.0), ("high", 10.0)), 3.0,
              "4.0: hour-1 bundle of the Surviving Sepsis Campaign 2018, doi:10.1007/s00134-018-5085-0; 10 and 3 ours"),
    _critical("haemoglobin-low", "hemoglobin_g_per_dl", "g/dL", (("medium", 6.6), ("high", 5.0)), 7.0,
              f"6.6: {_KOST}; 5.0 and 7.0 ours"),
    _critical("platelets-low", "platelets_10e3_per_ul", "10*3/uL", (("medium", 37), ("high", 10)), 45,
              f"37: {_KOST}; 10 and 45 ours"),
)
# fmt: on


def grade_result(rule: Rule, value: float) -> int:
    """How bad a result is by a rule: as `models.alarms.grading.grade` has it."""
    sign = 1 if rule.direction == "above" else -1
    if sign * value <= sign * rule.clear:
        return WELL
    reached = sum(sign * value >= sign * level.limit for level in rule.levels)
    return FIRST_LEVEL + reached - 1 if reached else BETWEEN


def result(rule: Rule, episode: Episode | None, value: float, sampled_s: float, now_s: float) -> Moved:
    """What a result does to its condition: it counts at once, whether it is critical or well."""
    return take(rule, episode, Value(grade_result(rule, value), value, sampled_s, now_s, alone=True, settles=True))
