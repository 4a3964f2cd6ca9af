"""What the rows in which NEWS2 is published say of the conditions that only inform. Pure. Shapes: k such rows."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from models.alarms import information
from models.alarms.grading import FIRST_LEVEL, UNKNOWN
from models.alarms.information import INFORMATION, VASOACTIVE
from models.alarms.rules import Rule
from models.scores import mews, news2, sepsis_criteria
from models.watch.columns import Floats, Ints
from models.watch.frames import Rows
from models.watch.state import COLUMNS, PatientState

LABORATORY_MS: Final = {
    "wbc_10e3_per_ul": 24 * 3_600_000,
    "paco2_mmhg": 6 * 3_600_000,
    "lactate_mmol_per_l": 6 * 3_600_000,
}
"""How old a result may be and still count. Ours: blood is counted daily; gases and lactate, where they matter, are
taken every few hours."""
_PRESSURE_S: Final = 900.0
_MEAN: Final = COLUMNS.index("mean_arterial_mmhg")
_MAX_AGE_MS: Final = np.full(len(COLUMNS), round(1000 * _PRESSURE_S), np.int64)
for _name, _age_s in news2.MAX_AGE_S.items():
    _MAX_AGE_MS[COLUMNS.index(_name)] = round(1000 * _age_s)


class Saying(NamedTuple):
    """What a row says of a condition."""

    at: int
    rule: Rule
    grade: int
    value: float


def sayings(states: Sequence[PatientState], rows: Rows, at: Sequence[int]) -> list[Saying]:
    """What rows say of conditions that are there, or may begin, by row and then by condition."""
    if not at:
        return []
    chosen = np.array(at, np.int64)
    patient, now_ms = rows.patient[chosen], rows.now_ms[chosen]
    old = now_ms[:, None] - rows.current_ms[chosen] > _MAX_AGE_MS
    values = np.where(old, np.nan, rows.current[chosen])
    lactate, paco2, wbc = (
        _results(states, name, patient, now_ms) for name in ("lactate_mmol_per_l", "paco2_mmhg", "wbc_10e3_per_ul")
    )
    vasoactive = np.array(
        [any(not VASOACTIVE.isdisjoint(drug.ingredients) for drug in state.drugs.values()) for state in states], bool
    )[patient]
    of_rule = {
        "mews": information.bounds(mews.points(values), mews.MOST),
        "sirs": information.bounds(sepsis_criteria.sirs(values, paco2, wbc), (1, 1, 1, 1)),
        "qsofa": information.bounds(sepsis_criteria.qsofa(values), (1, 1, 1)),
    }
    failing = information.circulatory_failure(values[:, _MEAN], lactate, vasoactive)
    of_rule["circulatory_failure"] = failing, failing
    found: list[Saying] = []
    for rule in INFORMATION:
        number = values[:, COLUMNS.index(rule.input)] if rule.input in COLUMNS else None
        value, greatest = of_rule[rule.input] if number is None else (number, number)
        grades = information.grades(rule, value, greatest)
        running = np.array([rule.condition in state.episodes for state in states], bool)
        running[patient[grades >= FIRST_LEVEL]] = True
        found += [
            Saying(at[place], rule, int(grades[place]), float(value[place]))
            for place in np.flatnonzero(running[patient] & (grades != UNKNOWN)).tolist()
        ]
    return sorted(found, key=lambda one: one.at)


def _results(states: Sequence[PatientState], analyte: str, patient: Ints, now_ms: Ints) -> Floats:
    """The results [k] of an analyte that are young enough."""
    known = [state.labs.get(analyte, (np.nan, 0)) for state in states]
    value, sampled_ms = (np.array(column) for column in zip(*known, strict=True))
    return np.where(now_ms - sampled_ms[patient] > LABORATORY_MS[analyte], np.nan, value[patient])
