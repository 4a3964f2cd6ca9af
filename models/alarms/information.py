"""Scores, states and numbers that are told and never sound: one row each, graded whenever NEWS2 is published.

They would say what sounds already: what they are made of has limits of its own, and of the scores one calls the team,
NEWS2. So they have no part in the burden of alarms; who reads `alerts` finds when they began and ended. Of a sum
of which something is missing the least that it can be begins one, and the most ends it.
"""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from models.alarms.grading import BETWEEN, FIRST_LEVEL, UNKNOWN, WELL
from models.alarms.rules import Level, Rule

Floats = npt.NDArray[np.float64]


def _row(
    condition: str, limit: float, clear: float, text: str, source: str, *, vital: str = "", unit: str = "{score}"
) -> Rule:
    """A row on a score, or on a vital sign; which side is bad follows from the clear limit."""
    direction: Literal["below", "above"] = "below" if clear > limit else "above"
    name = vital or condition.replace("-", "_")
    levels = (Level("low", limit),)
    return Rule(condition, "physiological", name, unit, direction, levels, clear, 0.0, 0.0, text, source, informs=True)


# fmt: off
INFORMATION: Final = (
    _row("mews", 5, 3, "MEWS is {value:.0f} (limit {limit:.0f})",
         "5: Subbe 2001, doi:10.1093/qjmed/94.10.521; 3 ours"),
    _row("sirs", 2, 1, "{value:.0f} criteria of SIRS (limit {limit:.0f})",
         "Bone 1992, doi:10.1378/chest.101.6.1644"),
    _row("qsofa", 2, 1, "qSOFA is {value:.0f} (limit {limit:.0f})",
         "Singer 2016, doi:10.1001/jama.2016.0287"),
    _row("circulatory-failure", 1, 0, "lactate of 2 mmol/L or more with a mean pressure of 65 mmHg or less, or with a "
         "vasopressor or inotrope",
         "Hyland 2020, doi:10.1038/s41591-020-0789-4, without its window of 45 min: graded as often as NEWS2 is told"),
    _row("diastolic-low", 40, 45, "diastolic pressure {value:.0f} mmHg (limit {limit:.0f} mmHg)",
         "40 and 45 ours: under it the heart's own perfusion is in doubt", vital="diastolic_mmhg", unit="mm[Hg]"),
    _row("diastolic-high", 120, 110, "diastolic pressure {value:.0f} mmHg (limit {limit:.0f} mmHg)",
         "120: hypertensive crisis (ACC/AHA 2017, doi:10.1161/HYP.0000000000000065); 110 ours",
         vital="diastolic_mmhg", unit="mm[Hg]"),
    _row("mean-arterial-high", 130, 120, "mean arterial pressure {value:.0f} mmHg (limit {limit:.0f} mmHg)",
         "130 and 120 ours", vital="mean_arterial_mmhg", unit="mm[Hg]"),
    _row("etco2-high", 60, 55, "end-tidal CO2 {value:.0f} mmHg (limit {limit:.0f} mmHg)",
         "60 and 55 ours: what goes with it and kills has an alarm, a low respiratory rate",
         vital="etco2_mmhg", unit="mm[Hg]"),
)
# fmt: on
LACTATE_MMOL_PER_L: Final = 2.0
MEAN_PRESSURE_MMHG: Final = 65.0
"""The definition of circulatory failure in Hyland and others 2020 (circEWS). Recalled."""
# fmt: off
VASOACTIVE: Final = frozenset({
    "adrenaline", "dobutamine", "dopamine", "epinephrine", "levosimendan", "milrinone", "noradrenaline",
    "norepinephrine", "phenylephrine", "terlipressin", "vasopressin",
})
# fmt: on
"""Drugs that keep a circulation up. Ours, after the drugs of that definition."""


def bounds(criteria: Floats, most: Sequence[float]) -> tuple[Floats, Floats]:
    """The least and the greatest that a sum [n] can be of points [n, k] of which NaN are not known; at most `most`."""
    unknown = np.isnan(criteria)
    least = np.nansum(criteria, axis=1)
    return least, least + unknown @ np.array(most, np.float64)


def circulatory_failure(mean_mmhg: Floats, lactate: Floats, vasoactive: npt.NDArray[np.bool_]) -> Floats:
    """1 where it is there, 0 where it is not, NaN where that is not known [n]."""
    low = mean_mmhg <= MEAN_PRESSURE_MMHG
    known = ~np.isnan(lactate) & (vasoactive | ~np.isnan(mean_mmhg))
    return np.where(known, (lactate >= LACTATE_MMOL_PER_L) & (vasoactive | low), np.nan)


def grades(rule: Rule, least: Floats, greatest: Floats) -> npt.NDArray[np.int8]:
    """Grade what values [n] are at least and at most by a row: it is well only if it is whatever is missing."""
    sign = 1.0 if rule.direction == "above" else -1.0
    found = np.where(least == greatest, BETWEEN, UNKNOWN)
    found = np.where(sign * greatest <= sign * rule.clear, WELL, found)
    return np.where(sign * least >= sign * rule.levels[0].limit, FIRST_LEVEL, found).astype(np.int8)
