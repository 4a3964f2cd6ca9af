"""How bad each condition is in each row, and whether anything will confirm it. Shapes: m rows, R rules, K inputs."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models.alarms import grading
from models.alarms.own_limits import with_limit
from models.alarms.rules import NEWS2, SENSORS, SPOT_AFTER_S, Rule
from models.alarms.settings import in_force
from models.scores.news2 import MISSING, PARAMETERS
from models.vitals import IMPLAUSIBLE, INCONSISTENT, SUSPECT
from models.watch.columns import Bools, Floats, Ints
from models.watch.frames import Rows
from models.watch.signs import signs
from models.watch.state import COLUMNS, PatientState
from schemas.vitals import NUMERICS

Grades = npt.NDArray[np.int8]

_RULES: Final = grading.rules_for(scale2=False)
NEWS2_RULE: Final = _RULES.index(NEWS2)
INPUT_OF: Final = np.array([grading.INPUTS.index(rule.input) for rule in _RULES])
_DELAY_MS: Final = np.array([round(1000 * rule.delay_s) for rule in _RULES], np.int64)
_CLEAR_MS: Final = np.array([round(1000 * rule.clear_delay_s) for rule in _RULES], np.int64)
_SPOT_MS: Final = round(1000 * SPOT_AFTER_S)
_SOURCES: Final = [[NUMERICS.index(name) for name in rule.paced_by] for rule in _RULES]
_SOURCE_OF: Final = np.array([sources[0] if sources else 0 for sources in _SOURCES])
_SEVERAL: Final = [rule for rule, sources in enumerate(_SOURCES) if len(sources) > 1]
_OWN: Final = [at for at, rule in enumerate(_RULES) if rule.input in NUMERICS]
_OWN_COLUMN: Final = [NUMERICS.index(_RULES[at].input) for at in _OWN]
_IS_OWN: Final = np.array([rule.input in NUMERICS for rule in _RULES])
_COLUMN_OF: Final = np.array([NUMERICS.index(rule.input) if rule.input in NUMERICS else 0 for rule in _RULES])
_OFF: Final = [at for at, rule in enumerate(_RULES) if rule.input in {f"{short}_off" for short, _ in SENSORS}]
_PARAMETERS: Final = [COLUMNS.index(name) for name in PARAMETERS]
_CONSCIOUSNESS: Final = COLUMNS.index("consciousness")
_RESPONDS_TO_VOICE: Final = 2  # of models.scores.news2.LEVELS: from here on not to all that is said, or to less
_BAND, _UNRESPONSIVE = grading.INPUTS.index("news2_band"), grading.INPUTS.index("unresponsive")
_MEDIUM: Final = grading.FIRST_LEVEL + 1
_ETCO2: Final = NUMERICS.index("etco2_mmhg")
_BITS: Final = 1 << np.arange(len(PARAMETERS))
_PLACE: Final = {rule.condition: place for place, rule in enumerate(_RULES)}
_SCALE2: Final = 2


class OwnLimit(NamedTuple):
    """Rows [k] of one patient for which a rule, the one at `place`, has a first limit of its own: that of `rule`."""

    rows: Ints
    place: int
    rule: Rule
    scale2: bool


class Graded(NamedTuple):
    """How bad each condition is in each row.

    inputs   [m, K]  what the rules look at
    grades   [m, R]  see `grading`; UNKNOWN where a row says nothing new of the condition
    gone     [m, R]  the condition is that a stream's number has not come for long: that needs no further delay
    score    [m]     the grade of NEWS2 as if no parameter were missing
    known    [m]     bit mask: these parameters of NEWS2 are known...
    points   [m]     ...and these have points
    carbon   [m]     the carbon dioxide that is graded is a 0
    own              where limits hold that staff have set
    """

    inputs: Floats
    grades: Grades
    gone: Bools
    score: Grades
    known: Ints
    points: Ints
    carbon: Bools
    own: list[OwnLimit]


class Sayings(NamedTuple):
    """What is known of single sayings, a row and a rule each [s].

    alone    nothing will confirm the value within the delay
    settles  nothing will confirm it within the clear delay, and it is clearly well
    doubtful the value is outside what the plausibility table lets pass
    late     the value is older than the newest of its column, or its frame far older than others
    """

    alone: Bools
    settles: Bools
    doubtful: Bools
    late: Bools


def graded(states: Sequence[PatientState], rows: Rows) -> Graded:
    """Grade every row by every rule."""
    scale2 = np.array([state.stay.spo2_scale == 2 for state in states])[rows.patient]  # noqa: PLR2004 - the scale's name
    found, gone = signs(rows)
    values = rows.graded.copy()
    # End-tidal CO2 can truly be 0: a circuit that came apart. So a stream's 0 may raise an alarm; it never ends one.
    no_carbon = rows.told[:, _ETCO2] & rows.zero[:, _ETCO2] & (rows.every_ms[:, _ETCO2] > 0)
    values[no_carbon, _ETCO2] = 0.0
    inputs = grading.inputs(values, rows.flags, rows.points, rows.totals, scale2, found)
    missing = rows.points == MISSING
    consciousness = rows.current[:, _CONSCIOUSNESS]
    unresponsive = ~missing[:, PARAMETERS.index("consciousness")] & (consciousness >= _RESPONDS_TO_VOICE)
    inputs[:, _UNRESPONSIVE] = unresponsive
    own_limits = _own_limits(states, rows)
    grades = grading.grade(inputs)
    _by_own_limits(own_limits, inputs, grades)
    _take_the_worse(inputs, grades, rows.others, own_limits)

    # A number that can't be used, or is older than what is known, may raise an alarm; it never ends one.
    unsure = np.isnan(rows.applied[:, : len(NUMERICS)]) & ~np.isnan(values)
    if unsure.any():
        own = grades[:, _OWN]
        own[unsure[:, _OWN_COLUMN] & (own < grading.FIRST_LEVEL)] = grading.UNKNOWN
        own[unsure[:, _OWN_COLUMN] & (own >= grading.EXTREME)] -= np.int8(grading.EXTREME)
        grades[:, _OWN] = own
    grades[rows.first] = grading.UNKNOWN
    grades[rows.late, NEWS2_RULE] = grading.UNKNOWN
    nothing_comes = np.zeros(grades.shape, bool)
    nothing_comes[:, _OFF] = gone
    score = np.where(inputs[:, _BAND] > 0, inputs[:, _BAND] + grading.FIRST_LEVEL - 1, grading.WELL)
    return Graded(
        inputs=inputs,
        grades=grades,
        gone=nothing_comes,
        score=np.maximum(score, unresponsive * _MEDIUM).astype(np.int8),
        known=~missing @ _BITS,
        points=(rows.points > 0) @ _BITS,
        carbon=no_carbon,
        own=own_limits,
    )


def _own_limits(states: Sequence[PatientState], rows: Rows) -> list[OwnLimit]:
    """Where limits hold that staff have set: in each patient's rows until the moment when the setting ends."""
    found = []
    for patient, state in enumerate(states):
        for one in in_force(state.settings, "limit") if state.settings else ():
            start, end = np.searchsorted(rows.patient, (patient, patient + 1)).tolist()
            held = np.flatnonzero(np.maximum.accumulate(rows.due_ms[start:end]) < one.until_ms)
            place, scale2 = _PLACE[one.condition], state.stay.spo2_scale == _SCALE2
            rule = with_limit(grading.rules_for(scale2=scale2)[place], one.limit or 0.0)
            found.append(OwnLimit(start + held, place, rule, scale2))
    return found


def _by_own_limits(own: Sequence[OwnLimit], inputs: Floats, grades: Grades, at: Ints | None = None) -> None:
    """Write into grades what holds by limits that staff have set; with `at`, of these rows only, in their order."""
    for one in own:
        chosen = one.rows if at is None else np.flatnonzero(np.isin(at, one.rows))
        values = inputs[chosen, INPUT_OF[one.place]]
        grades[chosen, one.place] = grading.grade_by(one.rule, values, scale2=one.scale2)


def _take_the_worse(
    inputs: Floats, grades: Grades, others: tuple[Ints, Floats, Floats], own: Sequence[OwnLimit]
) -> None:
    """Where another device shows the same column, the worse of the two is graded; writes into inputs and grades."""
    rows, *alternatives = others
    for shown in alternatives if len(rows) else ():
        told = grades[rows][:, _OWN] != grading.UNKNOWN
        instead = inputs[rows]
        instead[:, : len(NUMERICS)] = np.where(np.isnan(shown), instead[:, : len(NUMERICS)], shown)
        by_all = grading.grade(instead)
        _by_own_limits(own, instead, by_all, rows)
        worse = by_all[:, _OWN]
        for at, (rule, column) in enumerate(zip(_OWN, _OWN_COLUMN, strict=True)):
            chosen = told[:, at] & (worse[:, at] > grades[rows, rule])
            grades[rows[chosen], rule] = worse[chosen, at]
            inputs[rows[chosen], column] = instead[chosen, column]


def sayings(rows: Rows, seen: Graded, at: Ints, rule: Ints) -> Sayings:
    """What is known of what these rows say by these rules.

    A column whose numbers come further apart than a delay is charted, not streamed: nothing will confirm one of them in
    time. The first number of a stay, and the first after a long pause, stand alone too; but no pause makes a stream's
    number enough to end an alarm.
    """
    source = _SOURCE_OF[rule]
    gap_ms, paced_ms = rows.gap_ms[at, source], rows.paced_ms[at, source]
    alone = _charted(gap_ms, paced_ms, _DELAY_MS[rule]) | (gap_ms > _SPOT_MS)
    settles = _charted(gap_ms, paced_ms, _CLEAR_MS[rule]) & ~_streamed(rows.every_ms[at, source], _CLEAR_MS[rule])
    for several in _SEVERAL:
        chosen = np.flatnonzero(rule == several)
        if len(chosen):
            told = rows.told[at[chosen]][:, _SOURCES[several]]
            gaps_ms, paces_ms, every_ms = (
                one[at[chosen]][:, _SOURCES[several]] for one in (rows.gap_ms, rows.paced_ms, rows.every_ms)
            )
            spot = _charted(gaps_ms, paces_ms, _DELAY_MS[several]) | (gaps_ms > _SPOT_MS)
            alone[chosen] = told.any(axis=1) & (spot | ~told).all(axis=1)
            charted = _charted(gaps_ms, paces_ms, _CLEAR_MS[several]) & ~_streamed(every_ms, _CLEAR_MS[several])
            settles[chosen] = told.any(axis=1) & (charted | ~told).all(axis=1)
    chosen = np.flatnonzero(rule == NEWS2_RULE)
    if len(chosen):
        alone[chosen], settles[chosen] = _score_alone(rows, at[chosen])
    well = grading.clearly_well(seen.inputs[at], rule)
    for one in seen.own:
        chosen = np.flatnonzero((rule == one.place) & np.isin(at, one.rows))
        well[chosen] = grading.clearly_well_by(one.rule, seen.inputs[at[chosen], INPUT_OF[one.place]])
    settles &= well
    own = _COLUMN_OF[rule]
    flagged = (rows.flags[at, own] & (SUSPECT | IMPLAUSIBLE | INCONSISTENT)) > 0
    flagged |= seen.carbon[at] & (own == _ETCO2)
    return Sayings(
        alone=alone | seen.gone[at, rule],
        settles=settles,
        doubtful=flagged & _IS_OWN[rule],
        late=rows.late[at] | (rows.stale[at, own] & _IS_OWN[rule]),
    )


def _score_alone(rows: Rows, at: Ints) -> tuple[Bools, Bools]:
    """Of the score: a charted parameter counts at once; while one that has a part in it is streamed, no end does."""
    told = rows.told[at][:, _PARAMETERS]
    gap_ms, paced_ms, every_ms = (one[at][:, _PARAMETERS] for one in (rows.gap_ms, rows.paced_ms, rows.every_ms))
    spot = _charted(gap_ms, paced_ms, _DELAY_MS[NEWS2_RULE]) | (gap_ms > _SPOT_MS)
    streamed = _streamed(every_ms, _CLEAR_MS[NEWS2_RULE]) & (rows.points[at] != MISSING)
    return np.any(told & spot, axis=1), np.any(told, axis=1) & ~np.any(streamed, axis=1)


def _streamed(every_ms: Ints, within_ms: Ints | np.int64) -> Bools:
    """Whether the newest two numbers of a column, of whatever devices, came within that."""
    return (every_ms > 0) & (every_ms <= within_ms)


def _charted(gap_ms: Ints, paced_ms: Ints, within_ms: Ints | np.int64) -> Bools:
    """Whether each number came longer than that after the one before, as that did; the first of all does."""
    return (gap_ms < 0) | ((gap_ms > within_ms) & ((paced_ms < 0) | (paced_ms > within_ms)))
