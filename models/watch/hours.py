"""The hours that the risk model steps through: which closed, which forecast is due, with what row of inputs.

An hour closes when the patient's event time passes its end; a closed hour without any frame is a row of NaN. Between,
every `every_ms` of event time a provisional forecast is due on what the open hour holds so far. Shapes: m rows as in
`frames.Rows`.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models.watch.columns import Bools, Floats, Ints, row_before
from models.watch.frames import Rows
from models.watch.state import BIN_COLUMNS, Bin, PatientState

HOUR_MS: Final = 3_600_000
LONGEST_GAP_HOURS: Final = 48
"""Ours: after so long without a frame the stay is taken for a new one, and the risk model starts afresh."""


class Due(NamedTuple):
    """A forecast that is due.

    row [40] the risk model's inputs, NaN where nothing was measured; `at` is the row of `frames.Rows` that made it due.
    """

    closed: bool
    hour: int
    time_ms: int
    row: npt.NDArray[np.float32]
    at: int


class Segments(NamedTuple):
    """Stretches of rows within one patient, one open hour and one forecast interval; sums of the vital signs in each.

    start [s], end [s] (one past), total [s, 8], measured [s, 8] (how many values), opens [s]: the hour changed at the
    start, due [s]: a provisional forecast is due at its last row
    """

    start: Ints
    end: Ints
    total: Floats
    measured: Ints
    opens: Bools
    due: Bools


def segments(states: list[PatientState], rows: Rows, every_ms: int) -> Segments:
    """Cut the rows where an hour closes and after each frame that makes a provisional forecast due."""
    origin = np.array([state.origin_ms for state in states], np.int64)[rows.patient]
    hour = (rows.now_ms - origin) // HOUR_MS
    opens = ~rows.first & (hour != row_before(hour))
    slot = rows.now_ms // every_ms
    due = ~rows.first & ~opens & (slot != row_before(slot))

    brought, replaced = rows.applied[:, BIN_COLUMNS], rows.replaced[:, BIN_COLUMNS]
    in_open_hour = ((rows.time_ms - origin) // HOUR_MS == hour)[:, None] & ~np.isnan(brought)
    corrects = in_open_hour & ~np.isnan(replaced)  # the value that it corrects is in the sum already
    values = np.where(in_open_hour, brought, 0.0) - np.where(corrects, replaced, 0.0)

    starts = np.flatnonzero(rows.first | opens | row_before(due))
    ends = np.append(starts[1:], len(hour))
    return Segments(
        start=starts,
        end=ends,
        total=np.add.reduceat(values, starts, axis=0),
        measured=np.add.reduceat((in_open_hour & ~corrects).astype(np.int64), starts, axis=0),
        opens=opens[starts],
        due=due[ends - 1],
    )


def hour_of(state: PatientState, now_ms: int) -> int:
    """The hour that is open at `now_ms`, 1 is the first."""
    return (now_ms - state.origin_ms) // HOUR_MS + 1


def inputs(state: PatientState, bin_: Bin, hour: int) -> npt.NDArray[np.float32]:
    """The risk model's row [40] for an hour: mean vital signs, latest laboratory values, what admission said."""
    stay = state.stay
    mean = np.where(bin_.count > 0, bin_.total / np.maximum(bin_.count, 1), np.nan)
    sex_male = np.nan if stay.sex is None else float(stay.sex == "male")
    micu, sicu = (np.nan, np.nan) if stay.unit is None else (float(stay.unit == "micu"), float(stay.unit == "sicu"))
    statics = [stay.age_years, sex_male, micu, sicu, stay.hours_from_hospital_to_icu, float(hour)]
    return np.concatenate([mean, bin_.labs, statics]).astype(np.float32)


def advance(state: PatientState, cut: Segments, of_patient: range, rows: Rows) -> Iterator[Due]:
    """Walk one patient's segments: fill and close hours in `state.open_bin`, yield what is due, oldest first."""
    for index in of_patient:
        start, end = int(cut.start[index]), int(cut.end[index])
        now_ms = int(rows.now_ms[start])
        if cut.opens[index]:
            yield from _close(state, int(rows.now_ms[start - 1]), now_ms, start)
        filled = state.open_bin
        if cut.measured[index].any() or cut.total[index].any():
            state.open_bin = Bin(filled.total + cut.total[index], filled.count + cut.measured[index], filled.labs)
        if cut.due[index]:
            last_ms = int(rows.now_ms[end - 1])
            hour = hour_of(state, last_ms)
            yield Due(closed=False, hour=hour, time_ms=last_ms, row=inputs(state, state.open_bin, hour), at=end - 1)


def _close(state: PatientState, before_ms: int, now_ms: int, at: int) -> Iterator[Due]:
    """Close every hour between two moments."""
    for hour in range(hour_of(state, before_ms), hour_of(state, now_ms)):
        end_ms = state.origin_ms + hour * HOUR_MS
        yield Due(closed=True, hour=hour, time_ms=end_ms, row=inputs(state, state.open_bin, hour), at=at)
        state.open_bin = Bin()


def begins_stay(newest_ms: int, time_ms: int) -> bool:
    """The first frame ever, or the first after a gap that no stay has."""
    return newest_ms == 0 or time_ms - newest_ms > LONGEST_GAP_HOURS * HOUR_MS


def start_stay(state: PatientState, now_ms: int, arrived_ms: int) -> None:
    """Hour 1 begins now, or when admission says; nothing of an earlier stay is left in the risk model."""
    admitted_ms = state.stay.admitted_ms
    recent = admitted_ms is not None and 0 <= now_ms - admitted_ms <= LONGEST_GAP_HOURS * HOUR_MS
    state.origin_ms = admitted_ms if recent and admitted_ms is not None else now_ms
    state.newest_ms = now_ms
    state.heard_ms = state.arrived_ms = arrived_ms
    forget_measurements(state)


def forget_measurements(state: PatientState) -> None:
    """Nothing that an earlier stay's devices have shown counts any more, nor what was forecast from it."""
    blank = PatientState()
    state.value, state.value_ms = blank.value, blank.value_ms
    state.told_ms, state.seen_ms, state.every_ms = blank.told_ms, blank.seen_ms, blank.every_ms
    state.fault, state.points = blank.fault, blank.points
    state.devices = {}
    state.begun_s = {}
    state.open_bin = Bin()
    state.waiting = []
    state.risk = None
