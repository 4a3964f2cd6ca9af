"""What follows from a micro-batch of frames: scores, steps of alarms, forecasts that are due, and the next states.

Pure: the states that come in stay as they are. Shapes as in `frames`: n frames, m rows, P patients.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models import vitals
from models.alarms import episodes, grading
from models.alarms.episodes import Step
from models.alarms.rise import rise
from models.alarms.rules import CARRY_S, NEWS2, SPOT_AFTER_S, Rule
from models.alarms.suppression import suppress
from models.watch import closing, hours
from models.watch.frames import Bools, Floats, Frames, Rows, follow
from models.watch.hours import Due
from models.watch.state import PatientState
from schemas.vitals import NUMERICS

_CARRY_MS: Final = np.array([round(1000 * CARRY_S[name]) for name in NUMERICS], np.int64)
Grades = npt.NDArray[np.int8]
_FLAG_NAMES: Final = (
    ("off", vitals.OFF),
    ("implausible", vitals.IMPLAUSIBLE),
    ("suspect", vitals.SUSPECT),
    ("inconsistent", vitals.INCONSISTENT),
)


class AlarmStep(NamedTuple):
    """A step of an alarm and the row of `Reaction.rows` that made it."""

    patient: int
    at: int
    rule: Rule
    step: Step


class Reaction(NamedTuple):
    """What follows. `states` are the next states, in the order of those that came in."""

    states: list[PatientState]
    rows: Rows
    scored: list[int]
    alarms: list[AlarmStep]
    due: list[list[Due]]  # of each patient, oldest first


def react(states: Sequence[PatientState], frames: Frames, lateness_ms: int, forecast_every_ms: int) -> Reaction:
    """Work on frames in order of arrival, among which nobody begins a second stay (see `until_new_stays`)."""
    after, left = _begin_stays(states, frames)
    rows = follow(after, frames, lateness_ms)
    for state, last in zip(after, _last_rows(rows, len(after)), strict=True):
        state.value = rows.current[last].copy()
        state.value_ms = rows.current_ms[last].copy()
        state.newest_ms = int(rows.now_ms[last])
    opening = np.searchsorted(rows.patient, np.arange(len(after))) + 1  # the row of each patient's first frame
    alarms = [AlarmStep(patient, int(opening[patient]), rule, step) for patient, rule, step in left]
    alarms += _alarms(after, rows)
    cut = hours.segments(after, rows, forecast_every_ms)
    bounds = np.searchsorted(rows.patient[cut.start], np.arange(len(after) + 1))
    due = [
        list(hours.advance(state, cut, range(bounds[index], bounds[index + 1]), rows))
        for index, state in enumerate(after)
    ]
    _count_flags(after, rows)
    return Reaction(after, rows, np.flatnonzero(rows.scored).tolist(), alarms, due)


def until_new_stays(states: Sequence[PatientState], frames: Frames) -> list[slice]:
    """Cut the frames where a patient who was already seen among them comes back after a gap that no stay has.

    The parts are to be worked on one after the other, each from the states that all of the one before has left.
    """
    newest = {index: state.newest_ms for index, state in enumerate(states)}
    seen: set[int] = set()
    cuts = [0]
    for row, (patient, time_ms) in enumerate(zip(frames.patient.tolist(), frames.time_ms.tolist(), strict=True)):
        if patient in seen and hours.begins_stay(newest[patient], time_ms):
            cuts.append(row)
            seen.clear()
        seen.add(patient)
        newest[patient] = max(newest[patient], time_ms)
    cuts.append(len(frames.patient))
    return [slice(start, end) for start, end in pairwise(cuts)]


def _begin_stays(
    states: Sequence[PatientState], frames: Frames
) -> tuple[list[PatientState], list[tuple[int, Rule, Step]]]:
    """Copies of the states, those that begin a stay with these frames set to its start; and what ends with that."""
    copies = [
        replace(
            state,
            positions=dict(state.positions),
            counts=dict(state.counts),
            flagged=dict(state.flagged),
            episodes=dict(state.episodes),
        )
        for state in states
    ]
    left: list[tuple[int, Rule, Step]] = []
    patients, first = np.unique(frames.patient, return_index=True)
    for patient, row in zip(patients.tolist(), first.tolist(), strict=True):
        now_ms = int(frames.time_ms[row])
        if hours.begins_stay(copies[patient].newest_ms, now_ms):
            copies[patient], ended = closing.close_all(copies[patient], now_ms / 1000)
            left += [(patient, rule, step) for rule, step in ended]
            hours.start_stay(copies[patient], now_ms)
    return copies, left


def _last_rows(rows: Rows, patients: int) -> list[int]:
    return [int(end) - 1 for end in np.searchsorted(rows.patient, np.arange(patients), side="right")]


def _alarms(states: list[PatientState], rows: Rows) -> list[AlarmStep]:
    """Advance every condition that is violated or already has an episode; all others have nothing to remember."""
    inputs, grades = graded(states, rows)
    busy = np.array([bool(state.episodes) for state in states])[rows.patient]
    worth = np.flatnonzero(~rows.first & (busy | _reaches(rows, grades)))
    spot = _stands_alone(rows)
    steps: list[AlarmStep] = []
    for at in worth.tolist():
        patient = int(rows.patient[at])
        state = states[patient]
        rules = grading.rules_for(scale2=state.stay.spo2_scale == 2)  # noqa: PLR2004 - the scale's name
        now_s = float(rows.now_ms[at] / 1000)
        made: list[tuple[Rule, Step]] = []
        for column in _columns_of_interest(state, rules, grades[at]):
            rule = rules[column]
            value = float(inputs[at, grading.INPUTS.index(rule.input)])
            episode = state.episodes.pop(rule.condition, None)
            after, moved = episodes.advance(rule, episode, int(grades[at, column]), value, now_s, spot=bool(spot[at]))
            if after is not None:
                state.episodes[rule.condition] = after
            made += [(rule, step) for step in moved]
        news2 = state.episodes.get(NEWS2.condition)
        if news2 is not None and not rows.late[at]:
            state.episodes[NEWS2.condition], risen = rise(news2, int(rows.totals.total[at]), now_s)
            made += [(NEWS2, step) for step in risen]
        told = suppress(rules, state.episodes, made, now_s)
        steps += [AlarmStep(patient, at, rule, step) for rule, step in told]
    return steps


def graded(states: Sequence[PatientState], rows: Rows) -> tuple[Floats, Grades]:
    """What the rules look at in each row [m, K], and how bad each condition is in it [m, R]; see `grading`."""
    inputs = _alarm_inputs(states, rows)
    grades = grading.grade(inputs)
    grades[rows.late] = grading.UNKNOWN  # a late frame raises no alarm, and it can't end one either
    return inputs, grades


def _reaches(rows: Rows, grades: Grades) -> Bools:
    """Rows of patients who reach a level anywhere in these frames: their later rows may end what it began."""
    reaching = np.zeros(int(rows.patient.max()) + 1, bool)
    reaching[rows.patient[(grades >= grading.FIRST_LEVEL).any(axis=1) & ~rows.first]] = True
    return reaching[rows.patient]


def _columns_of_interest(state: PatientState, rules: tuple[Rule, ...], grades: Grades) -> list[int]:
    violated = set(np.flatnonzero(grades >= grading.FIRST_LEVEL).tolist())
    running = {column for column, rule in enumerate(rules) if rule.condition in state.episodes}
    return sorted(violated | running)


def _alarm_inputs(states: Sequence[PatientState], rows: Rows) -> Floats:
    age_ms = rows.now_ms[:, None] - rows.current_ms[:, : len(NUMERICS)]
    values = np.where(age_ms <= _CARRY_MS, rows.current[:, : len(NUMERICS)], np.nan)
    scale2 = np.array([state.stay.spo2_scale == 2 for state in states])[rows.patient]  # noqa: PLR2004 - the scale's name
    return grading.inputs(values, rows.flags, rows.points, rows.totals, scale2)


def _stands_alone(rows: Rows) -> Bools:
    """Frames that come so long after the one before that no stream can confirm them."""
    before_ms = np.where(rows.first, rows.now_ms, np.roll(rows.now_ms, 1))
    return rows.now_ms - before_ms > round(1000 * SPOT_AFTER_S)


def _count_flags(states: list[PatientState], rows: Rows) -> None:
    """Count what was noticed, in the states: nothing is dropped without a trace."""
    marks: dict[str, Bools] = {"late": rows.late, "doubled": rows.doubled}
    marks.update((name, np.any(rows.flags & bit, axis=1)) for name, bit in _FLAG_NAMES)
    for name, mark in marks.items():
        for patient in rows.patient[mark & ~rows.first].tolist():
            flagged = states[patient].flagged
            flagged[name] = flagged.get(name, 0) + 1
