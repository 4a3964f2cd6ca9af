"""The one way to advance a patient: states, frames or an event, a model and times in; next states and records out.

The live watch path, the rehearsal, the evaluation of alarms and the tests all go through here; nobody else writes this
sequence. Pure: what comes in stays as it is.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from models.alarms.settings import inactive_of
from models.watch import records_out
from models.watch.forecast import Forecaster, Forecasts, catch_up, forecast, postpone
from models.watch.frames import ON_ITS_WAY_MS, Frames
from models.watch.hours import Due
from models.watch.react import Reaction, react, until_new_stays
from models.watch.records_out import RecordOut
from models.watch.state import PatientState, time_at
from schemas.wire import Wire


class Timing(NamedTuple):
    """How late a frame may be before it is only kept, and how often a provisional forecast is due: event time in ms."""

    lateness_ms: int
    forecast_every_ms: int


class Advanced(NamedTuple):
    """What follows from a micro-batch.

    states     of the patients, in the order of those that came in
    said       the records that go out, in order
    reactions  what it was made from, for whoever measures the rules
    due        patients for whom a forecast was due, in each step of the risk model
    failed     how many of them the risk model failed; error: the class of its last error
    """

    states: list[PatientState]
    said: list[RecordOut]
    reactions: list[Reaction]
    due: list[int]
    failed: int = 0
    error: str | None = None


def advance_frames(
    names: Sequence[str], states: Sequence[PatientState], frames: Frames, model: Forecaster | None, timing: Timing
) -> Advanced:
    """Advance patients by frames in order of arrival; `frames.patient` are places in `names` and `states`.

    Scores and alarms come before forecasts. Without a model, or where it fails, the closed hours wait in the state.
    """
    done = Advanced(list(states), [], [], [])
    for part in until_new_stays(states, frames):
        done = _part(names, done, frames.part(part), model, timing, part.start)
    return done


def advance_event(
    name: str, state: PatientState, event: Wire, arrived_ms: int | None = None
) -> tuple[PatientState, list[RecordOut]]:
    """Advance a patient by an event that is not a frame; what was due when it arrived comes first.

    Raises KeyError for one that has no place here.
    """
    said: list[RecordOut] = []
    if arrived_ms is not None:
        state, said = advance_clock(name, state, arrived_ms)
    after, more = records_out.of_event(name, state, event, arrived_ms)
    return after, said + more


def advance_clock(name: str, state: PatientState, now_ms: int) -> tuple[PatientState, list[RecordOut]]:
    """Let time pass until the clock shows `now_ms`, nothing having come: what is due by then happens at its moment.

    The clock is the one by which frames arrive, and must show no more than the time up to which all that arrived was
    worked on. The state that comes back is the same object where nothing was due.
    """
    return records_out.of_clock(name, state, time_at(state, now_ms) - ON_ITS_WAY_MS)


def next_due_ms(state: PatientState) -> int | None:
    """What the clock will show when `advance_clock` next has something to do if nothing comes; None: nothing."""
    due_ms = records_out.next_due_ms(state)
    if due_ms is None or not state.heard_ms:
        return None
    return state.heard_ms + due_ms - state.newest_ms + ON_ITS_WAY_MS


def _part(
    names: Sequence[str], done: Advanced, frames: Frames, model: Forecaster | None, timing: Timing, start: int
) -> Advanced:
    """Advance by frames among which nobody begins a second stay; `start` is the place of the first in the batch."""
    reaction = react(done.states, frames, timing.lateness_ms, timing.forecast_every_ms)
    states, said = records_out.of_frames(names, reaction)
    due = _with_backlog(states, reaction)
    patients = sum(map(bool, due))
    made = Forecasts(postpone(states, due), []) if model is None or not patients else forecast(model, states, due)
    inactive = {
        at: inactive_of(state.settings, state.turned_off)
        for at, state in enumerate(done.states)
        if state.settings or state.turned_off
    }
    states, raised = records_out.of_forecasts(names, made.states, reaction, inactive, made.made, model)
    said += raised
    return Advanced(
        states,
        [*done.said, *(one._replace(source=start + one.source) for one in said)],
        [*done.reactions, reaction],
        [*done.due, *([patients] if patients else [])],
        done.failed + made.failed,
        made.error or done.error,
    )


def _with_backlog(states: Sequence[PatientState], reaction: Reaction) -> list[list[Due]]:
    """What is due of each patient, with the closed hours before it that a failing model left behind."""
    first_frame = np.searchsorted(reaction.rows.patient, np.arange(len(states))) + 1
    return [
        [*catch_up(state, int(first_frame[at])), *dues] if dues else []
        for at, (state, dues) in enumerate(zip(states, reaction.due, strict=True))
    ]
