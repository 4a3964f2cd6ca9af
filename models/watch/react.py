"""What follows from a micro-batch of frames: scores, steps of alarms, forecasts that are due, and the next states.

Pure: the states that come in stay as they are. Shapes as in `frames`: n frames, m rows, P patients.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from models import vitals
from models.alarms.episodes import Step
from models.alarms.rules import Rule
from models.watch import closing, hours
from models.watch.alarming import AlarmStep, CareStep, alarms
from models.watch.columns import Bools, Ints
from models.watch.frames import Frames, Rows, follow
from models.watch.hours import Due
from models.watch.state import PatientState

_FLAG_NAMES: Final = (
    ("off", vitals.OFF),
    ("implausible", vitals.IMPLAUSIBLE),
    ("suspect", vitals.SUSPECT),
    ("inconsistent", vitals.INCONSISTENT),
)


class Reaction(NamedTuple):
    """What follows. `states` are the next states, in the order of those that came in.

    scored  the rows whose score is to be published...
    nth     ...and of how many scores of the same patient and moment each comes after
    """

    states: list[PatientState]
    rows: Rows
    scored: list[int]
    nth: list[int]
    alarms: list[AlarmStep]
    due: list[list[Due]]  # of each patient, oldest first
    cared: list[CareStep]  # what became of settings


def react(states: Sequence[PatientState], frames: Frames, lateness_ms: int, forecast_every_ms: int) -> Reaction:
    """Work on frames in order of arrival, among which nobody begins a second stay (see `until_new_stays`)."""
    after, left = _begin_stays(states, frames)
    rows = follow(after, frames, lateness_ms)
    _keep(after, rows)
    opening = np.searchsorted(rows.patient, np.arange(len(after))) + 1  # the row of each patient's first frame
    steps = [AlarmStep(patient, int(opening[patient]), rule, step) for patient, rule, step in left]
    made, cared = alarms(after, rows)
    steps += made
    cut = hours.segments(after, rows, forecast_every_ms)
    bounds = np.searchsorted(rows.patient[cut.start], np.arange(len(after) + 1))
    due = [
        list(hours.advance(state, cut, range(bounds[index], bounds[index + 1]), rows))
        for index, state in enumerate(after)
    ]
    _count_flags(after, rows)
    scored = np.flatnonzero(rows.scored).tolist()
    return Reaction(after, rows, scored, _count_scores(after, rows, scored), steps, due, cared)


def until_new_stays(states: Sequence[PatientState], frames: Frames) -> list[slice]:
    """Cut the frames where a patient who was already seen among them comes back after a gap that no stay has.

    The parts are to be worked on one after the other, each from the states that all of the one before has left.
    """
    if not _long_gaps(states, frames):
        return [slice(0, len(frames.patient))]
    newest = {index: state.newest_ms for index, state in enumerate(states)}
    seen: set[int] = set()
    cuts = [0]
    for row, (patient, time_ms) in enumerate(zip(frames.patient.tolist(), _moments(frames).tolist(), strict=True)):
        if patient in seen and hours.begins_stay(newest[patient], time_ms):
            cuts.append(row)
            seen.clear()
        seen.add(patient)
        newest[patient] = max(newest[patient], time_ms)
    cuts.append(len(frames.patient))
    return [slice(start, end) for start, end in pairwise(cuts)]


def _long_gaps(states: Sequence[PatientState], frames: Frames) -> bool:
    """Whether any patient's frames are so far apart that a stay may lie between them."""
    newest_ms = np.array([state.newest_ms for state in states], np.int64)
    earliest_ms = np.where(newest_ms > 0, newest_ms, np.iinfo(np.int64).max)
    time_ms = _moments(frames)
    np.minimum.at(earliest_ms, frames.patient, time_ms)
    return bool((time_ms - earliest_ms[frames.patient] > hours.LONGEST_GAP_HOURS * hours.HOUR_MS).any())


def _begin_stays(
    states: Sequence[PatientState], frames: Frames
) -> tuple[list[PatientState], list[tuple[int, Rule, Step]]]:
    """Copies of the states, those that begin a stay with these frames set to its start; and what ends with that."""
    copies = [state.copied() for state in states]
    left: list[tuple[int, Rule, Step]] = []
    moments = _moments(frames)
    patients, first = np.unique(frames.patient, return_index=True)
    for patient, row in zip(patients.tolist(), first.tolist(), strict=True):
        now_ms = int(moments[row])
        if hours.begins_stay(copies[patient].newest_ms, now_ms):
            copies[patient], ended = closing.close_all(copies[patient], now_ms / 1000)
            left += [(patient, rule, step) for rule, step in ended]
            hours.start_stay(copies[patient], now_ms, int(frames.arrived_ms[row]))
    return copies, left


def _moments(frames: Frames) -> Ints:
    """When each frame was measured at the latest: a clock that is ahead begins no stay."""
    return np.minimum(frames.time_ms, frames.arrived_ms)


def _keep(states: list[PatientState], rows: Rows) -> None:
    """Write into the states what is known after each patient's last row."""
    last = np.searchsorted(rows.patient, np.arange(len(states)), side="right") - 1
    of_rows = (rows.current, rows.current_ms, rows.told_ms, rows.seen_ms, rows.every_ms, rows.fault, rows.points)
    columns = [one[last] for one in of_rows]
    times = zip(*(one[last].tolist() for one in (rows.now_ms, rows.heard_ms, rows.arrived_ms)), strict=True)
    for patient, (state, (now_ms, heard_ms, arrived_ms)) in enumerate(zip(states, times, strict=True)):
        # Copies, since a row of an array keeps all of it in memory for as long as the patient is.
        state.value, state.value_ms, state.told_ms, state.seen_ms, state.every_ms, state.fault, state.points = (
            one[patient].copy() for one in columns
        )
        state.newest_ms, state.heard_ms, state.arrived_ms = now_ms, heard_ms, arrived_ms
        state.devices = rows.devices[patient]


def _count_scores(states: list[PatientState], rows: Rows, scored: Sequence[int]) -> list[int]:
    """Of each score, how many of the same moment came before it; counted in the states."""
    nth = []
    for at in scored:
        state, now_ms = states[int(rows.patient[at])], int(rows.now_ms[at])
        if state.scored_ms != now_ms:
            state.scored_ms, state.scores = now_ms, 0
        nth.append(state.scores)
        state.scores += 1
    return nth


def _count_flags(states: list[PatientState], rows: Rows) -> None:
    """Count what was noticed, in the states: nothing is dropped without a trace."""
    marks: dict[str, Bools] = {"late": rows.late, "doubled": rows.doubled}
    marks["corrected"] = np.any(~np.isnan(rows.replaced), axis=1)
    marks.update((name, np.any(rows.flags & bit, axis=1)) for name, bit in _FLAG_NAMES)
    for name, mark in marks.items():
        for patient in rows.patient[mark & ~rows.first].tolist():
            _count(states[patient], name, 1)
    for at in np.flatnonzero(rows.lost > 0).tolist():
        _count(states[int(rows.patient[at])], "lost", int(rows.lost[at]))


def _count(state: PatientState, name: str, count: int) -> None:
    state.flagged[name] = state.flagged.get(name, 0) + count
