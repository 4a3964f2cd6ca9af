"""Frames in columns, and what each of them means once those before it are known.

Shapes: n frames of P patients, 11 columns as in `state.COLUMNS`. All of a micro-batch is worked on at once; the results
do not depend on how a stream was cut into micro-batches (a property test holds that). When a frame was measured, by the
ward's clock, `devices` says; what is new in it, `columns`.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from models import vitals
from models.misread_units import faults
from models.scores import news2
from models.scores.oxygen import Breathing, breathing
from models.watch import devices
from models.watch.clocks import ClockNews, Device
from models.watch.columns import (
    Before,
    Bools,
    Columns,
    Floats,
    Ints,
    Order,
    follow_columns,
    latest,
    row_before,
    running_max,
)
from models.watch.state import COLUMNS, PatientState
from schemas.vitals import NUMERICS

_SCORED: Final = np.array([COLUMNS.index(name) for name in news2.PARAMETERS])
_MAX_AGE_MS: Final = np.array([round(1000 * news2.MAX_AGE_S[name]) for name in news2.PARAMETERS], np.int64)
_OXYGEN, _CONSCIOUSNESS = COLUMNS.index("on_oxygen"), COLUMNS.index("consciousness")
_OXYGEN_PARAMETER: Final = news2.PARAMETERS.index("on_oxygen")
SCORE_EVERY_MS: Final = 900_000
"""A score is published when it changes, and once in every quarter of an hour of event time: silence means silence."""


class Frames(NamedTuple):
    """A micro-batch in order of arrival.

    patient     [n]      whose: an index into the states
    time_ms     [n]      when, as the device stamped it
    values      [n, 11]  what
    arrived_ms  [n]      when the record came; rows of a block before the last as much earlier as they were measured
    device      [n]      an index into `devices`, the names; "" is a device without one
    sequence    [n]      the device's running number, -1 without one
    """

    patient: Ints
    time_ms: Ints
    values: Floats
    arrived_ms: Ints
    device: Ints
    sequence: Ints
    devices: tuple[str, ...] = ("",)

    def part(self, rows: slice) -> Self:
        """Some of the frames."""
        return type(self)(
            self.patient[rows],
            self.time_ms[rows],
            self.values[rows],
            self.arrived_ms[rows],
            self.device[rows],
            self.sequence[rows],
            self.devices,
        )


class Rows(NamedTuple):
    """Frames sorted by patient, each patient's stored state as a first row (`first`). m = P + n rows.

    patient   [m]      index into the states
    first     [m]      the row is the stored state, not a frame
    frame     [m]      which frame it is, in order of arrival; -1 for the stored state
    now_ms    [m]      the newest event time that the patient has seen so far
    arrived_ms[m]      when the latest frame so far arrived
    heard_ms  [m]      when the frame that brought `now_ms` arrived
    due_ms    [m]      timers that were due by this moment have run out before the row is looked at
    time_ms   [m]      the frame's own time, by the ward's clock
    current   [m, 11]  the latest valid values, each at most as old as `current_ms` says
    current_ms[m, 11]
    told      [m, 11]  the frame says something new of the column: a number, also one that can't be used, or that the
                       sensor is off; `told_ms` when the newest was measured, `seen_ms` the ward's time when it came
    told_ms   [m, 11]
    seen_ms   [m, 11]
    gap_ms    [m, 11]  since the number before it in the column, -1 before the first of a stay; of a patient with
                       several devices, since that device's
    paced_ms  [m, 11]  likewise between the two numbers before this one; -1 before there were two
    every_ms  [m, 11]  between the newest two numbers of the column; -1 before there were two
    stale     [m, 9]   a number that is older than the newest of its column, or is of the same moment in a stream
    applied   [m, 11]  the values that this frame brought and that are newer than what was known; NaN elsewhere
    replaced  [m, 11]  the value that an applied one corrects; NaN elsewhere
    graded    [m, 9]   what alarms look at: applied, stale and doubtful numbers of this frame; NaN elsewhere
    flags     [m, 9]   of models.vitals, for this frame
    fault     [m, 9]   what is wrong with the newest number of each column (models/misread_units.py); 0: nothing
    zero      [m, 9]   it says 0
    late      [m]      older than the newest by more than the allowed lateness
    doubled   [m]      brought values, none of them new
    lost      [m]      so many frames of the device are missing before it; -1 where that is not known
    points    [m, 7]   NEWS2 points at `now_ms`; MISSING for a patient known to be too young for the score
    totals             of the points
    scored    [m]      the score is to be published; never for a patient known to be too young for it
    oxygen             whether the patient breathes supplemental oxygen, and since when that is known
    others             rows [r] while another device shows a number; its lowest and highest in each column [r, 9]
    clocks             devices whose clocks are found to be wrong, or right again; `row` is one of these rows
    devices   [P]      of each patient, after the frames
    """

    patient: Ints
    first: Bools
    frame: Ints
    now_ms: Ints
    arrived_ms: Ints
    heard_ms: Ints
    due_ms: Ints
    time_ms: Ints
    current: Floats
    current_ms: Ints
    told: Bools
    told_ms: Ints
    seen_ms: Ints
    gap_ms: Ints
    paced_ms: Ints
    every_ms: Ints
    stale: Bools
    applied: Floats
    replaced: Floats
    graded: Floats
    flags: vitals.Flags
    fault: Ints
    zero: Bools
    late: Bools
    doubled: Bools
    lost: Ints
    points: news2.Points
    totals: news2.Totals
    scored: Bools
    oxygen: Breathing
    others: tuple[Ints, Floats, Floats]
    clocks: list[ClockNews]
    devices: list[dict[str, Device]]


ON_ITS_WAY_MS: Final = 2_000
"""So long a frame may be on its way before a timer that it would have stopped runs out. Ours; it is part of when timers
run out, so that it makes no difference whether a tick or the next frame notices."""


def follow(states: Sequence[PatientState], frames: Frames, lateness_ms: int) -> Rows:
    """Carry each patient's values through the frames and score them. See `Rows`."""
    count = len(states)
    patient = np.concatenate([np.arange(count), frames.patient])
    order = np.argsort(patient, kind="stable")
    patient, first = patient[order], order < count
    by_patient = order[~first] - count
    measured = slice(len(NUMERICS))

    def arranged(of_state: npt.NDArray[np.generic], of_frames: npt.NDArray[np.generic]) -> npt.NDArray[Any]:
        return np.concatenate([of_state, of_frames])[order]

    cleaned, flags, doubtful = vitals.clean(frames.values[:, measured])
    sent = ~np.isnan(frames.values)
    placed = _place(states, frames, by_patient, sent, cleaned, lateness_ms)
    sent[by_patient[placed.resent]] = False
    times = _times(states, frames, order, Order(patient, first), placed.at_ms)

    before = _before(states)
    brought = np.concatenate([cleaned, frames.values[:, len(NUMERICS) :]], axis=1)
    values = arranged(before.value, brought)
    told = arranged(np.zeros((count, len(COLUMNS)), bool), sent)
    seen = follow_columns(before, values, told, times.time_ms, times.now_ms, Order(patient, first))
    place_of = np.flatnonzero(~first)
    gap_ms, paced_ms = _own_paces(placed.paces, place_of, seen)

    nothing = np.full((count, len(NUMERICS)), np.nan)
    graded = np.where(told[:, measured], values[:, measured], np.nan)
    if not np.isnan(doubtful).all():
        graded = np.where(np.isnan(graded) & told[:, measured], arranged(nothing, doubtful), graded)
    fault = arranged(np.array([state.fault for state in states]), faults(frames.values[:, measured], flags))

    oxygen = breathing(seen.current, seen.current_ms)
    others = (place_of[placed.others[0]], *placed.others[1:])
    scale2 = np.array([state.stay.spo2_scale == 2 for state in states])[patient]  # noqa: PLR2004 - the scale's name
    points = _points(scale2, seen.current, seen.current_ms, times.now_ms, oxygen, others)
    young = np.array([state.stay.too_young_for_news2 for state in states])[patient]
    for at, state in zip(np.flatnonzero(first).tolist(), states, strict=True):
        if state.points is not None:  # what another device shows beside the latest frame is not in the values
            points[at] = state.points
    points[young] = news2.MISSING
    changed = (points != row_before(points)).any(axis=1)
    quarter = times.now_ms // SCORE_EVERY_MS
    return Rows(
        patient=patient,
        first=first,
        frame=np.where(first, -1, order - count),
        now_ms=times.now_ms,
        arrived_ms=times.arrived_ms,
        heard_ms=times.heard_ms,
        due_ms=_due(first, times.now_ms, times.arrived_ms, times.heard_ms),
        time_ms=times.time_ms,
        current=seen.current,
        current_ms=seen.current_ms,
        told=seen.told,
        told_ms=seen.told_ms,
        seen_ms=seen.seen_ms,
        gap_ms=gap_ms,
        paced_ms=paced_ms,
        every_ms=seen.every_ms,
        stale=(told & ~seen.told & ~seen.same)[:, measured],
        applied=seen.applied,
        replaced=seen.replaced,
        graded=graded,
        flags=arranged(np.zeros((count, len(NUMERICS)), np.uint8), flags),
        fault=fault[latest(seen.told[:, measured], first), np.arange(len(NUMERICS))],
        zero=arranged(nothing, frames.values[:, measured]) == 0,
        late=~first & (times.time_ms < times.previous_ms - lateness_ms),
        doubled=seen.valid.any(axis=1) & ~(seen.counts & ~seen.same).any(axis=1) & (times.time_ms <= times.previous_ms),
        lost=_of_frames(placed.lost, first, -1),
        points=points,
        totals=news2.total(points),
        scored=~first & ~young & (changed | (quarter != row_before(quarter))),
        oxygen=oxygen,
        others=others,
        clocks=[one._replace(row=int(place_of[one.row])) for one in placed.news],
        devices=placed.devices,
    )


class _Times(NamedTuple):
    """See `Rows`; `previous_ms` is `now_ms` before the row."""

    time_ms: Ints
    now_ms: Ints
    previous_ms: Ints
    arrived_ms: Ints
    heard_ms: Ints


def _times(states: Sequence[PatientState], frames: Frames, order: Ints, rows: Order, at_ms: Ints) -> _Times:
    patient, first = rows.patient, rows.first
    time_ms = np.empty(len(order), np.int64)
    time_ms[first], time_ms[~first] = [state.newest_ms for state in states], at_ms
    now_ms = running_max(time_ms, patient)
    previous_ms = np.where(first, now_ms, row_before(now_ms))
    known_ms = np.array([state.arrived_ms for state in states], np.int64)
    arrived_ms = running_max(np.concatenate([known_ms, frames.arrived_ms])[order], patient)
    heard_ms = arrived_ms.copy()
    heard_ms[first] = [state.heard_ms for state in states]
    return _Times(time_ms, now_ms, previous_ms, arrived_ms, heard_ms[latest(now_ms > previous_ms, first)])


def _before(states: Sequence[PatientState]) -> Before:
    return Before(*(np.array([getattr(state, name) for state in states]) for name in Before._fields))


def _of_frames(values: Ints, first: Bools, absent: int) -> Ints:
    """The frames' values, in rows; `absent` in those of the stored states."""
    result = np.full(len(first), absent, np.int64)
    result[~first] = values
    return result


def _own_paces(paces: devices.Paces, place_of: Ints, seen: Columns) -> tuple[Ints, Ints]:
    """Gap and pace of the columns; beside other devices each one's numbers are judged by its own cadence."""
    if not len(paces.rows):
        return seen.gap_ms, seen.paced_ms
    result = []
    for of_column, own in ((seen.gap_ms, paces.gap_ms), (seen.paced_ms, paces.paced_ms)):
        changed = of_column.copy()
        rows, measured = place_of[paces.rows], slice(own.shape[1])
        changed[rows, measured] = np.where(own == devices.UNTOLD, changed[rows, measured], own)
        result.append(changed)
    return result[0], result[1]


def _place(
    states: Sequence[PatientState],
    frames: Frames,
    by_patient: Ints,
    sent: Bools,
    cleaned: Floats,
    lateness_ms: int,
) -> devices.Placed:
    """The frames, sorted by patient, at the ward's time."""
    arrived = devices.Arrived(
        frames.patient[by_patient],
        frames.time_ms[by_patient],
        frames.arrived_ms[by_patient],
        frames.device[by_patient],
        frames.sequence[by_patient],
        sent[by_patient],
        cleaned[by_patient],
        frames.devices,
    )
    before = devices.Before(
        np.array([state.newest_ms for state in states], np.int64),
        np.array([state.told_ms for state in states]),
        np.array([state.every_ms for state in states]),
    )
    return devices.place([state.devices for state in states], before, arrived, lateness_ms)


def _due(first: Bools, now_ms: Ints, arrived_ms: Ints, heard_ms: Ints) -> Ints:
    """By which moment a timer must have been due, to run out before each row is looked at.

    Either the row's own time has passed it, or so much time has gone by until the row arrived: then a tick of the clock
    has had it run out, or would have if there had been one.
    """
    heard_before_ms = row_before(heard_ms)
    waited_ms = row_before(now_ms) + arrived_ms - heard_before_ms - ON_ITS_WAY_MS
    passed_ms = np.maximum(now_ms - 1, np.where(heard_before_ms > 0, waited_ms, 0))
    return np.where(first, 0, passed_ms)


def _points(
    scale2: Bools,
    current: Floats,
    current_ms: Ints,
    now_ms: Ints,
    oxygen: Breathing,
    others: tuple[Ints, Floats, Floats],
) -> news2.Points:
    """NEWS2 points of every row, from the values that are young enough for it; of two devices the worse one counts."""
    usable = np.full_like(current, np.nan)
    measured_ms = current_ms[:, _SCORED]
    measured_ms[:, _OXYGEN_PARAMETER] = oxygen.since_ms
    scored = current[:, _SCORED]
    scored[:, _OXYGEN_PARAMETER] = oxygen.on
    usable[:, _SCORED] = np.where(now_ms[:, None] - measured_ms > _MAX_AGE_MS, np.nan, scored)

    def scored_by(values: Floats, rows: Ints | slice) -> news2.Points:
        return news2.points(
            values,
            _index(usable[rows, _OXYGEN]),
            _index(usable[rows, _CONSCIOUSNESS]),
            scale2[rows],
        )

    points = scored_by(usable[:, : len(NUMERICS)], slice(None))
    rows, *alternatives = others
    for shown in alternatives if len(rows) else ():
        worse = np.where(np.isnan(shown), usable[rows, : len(NUMERICS)], shown)
        points[rows] = np.maximum(points[rows], scored_by(worse, rows))
    return points


def _index(values: Floats) -> npt.NDArray[np.int8]:
    return np.where(np.isnan(values), -1, np.nan_to_num(values)).astype(np.int8)


def known_points(values: Floats, value_ms: Ints, now_ms: int, spo2_scale: int) -> news2.Points:
    """The NEWS2 points [1, 7] that follow at a moment from values [11] and when they were measured [11]."""
    nobody = np.empty(0, np.int64), np.empty((0, len(NUMERICS))), np.empty((0, len(NUMERICS)))
    row, row_ms = values[None, :], value_ms[None, :]
    scale2 = np.array([spo2_scale == 2])  # noqa: PLR2004 - the scale's name
    return _points(scale2, row, row_ms, np.array([now_ms]), breathing(row, row_ms), nobody)


def known_total(values: Floats, value_ms: Ints, now_ms: int, spo2_scale: int) -> int:
    """The sum of these points."""
    return int(news2.total(known_points(values, value_ms, now_ms, spo2_scale)).total[0])
