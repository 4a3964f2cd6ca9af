"""Frames in columns, and what each of them means once those before it are known.

Shapes: n frames of P patients, 11 columns as in `state.COLUMNS`. All of a micro-batch is worked on at once; the results
do not depend on how a stream was cut into micro-batches (a property test holds that).
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from models import vitals
from models.scores import news2
from models.watch.state import COLUMNS, PatientState
from schemas.vitals import NUMERICS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_PATIENT_STRIDE: Final = 1 << 43
"""More than any event time in ms: keeps one patient's running maximum out of the next one's."""
_SCORED: Final = np.array([COLUMNS.index(name) for name in news2.PARAMETERS])
_MAX_AGE_MS: Final = np.array([round(1000 * news2.MAX_AGE_S[name]) for name in news2.PARAMETERS], np.int64)
_OXYGEN, _CONSCIOUSNESS = COLUMNS.index("on_oxygen"), COLUMNS.index("consciousness")
SCORE_EVERY_MS: Final = 900_000
"""A score is published when it changes, and once in every quarter of an hour of event time: silence means silence."""


class Frames(NamedTuple):
    """A micro-batch in order of arrival: whose frame [n] (an index into the states), when [n] in ms, what [n, 11]."""

    patient: Ints
    time_ms: Ints
    values: Floats

    def part(self, rows: slice) -> Self:
        """Some of the frames."""
        return type(self)(self.patient[rows], self.time_ms[rows], self.values[rows])


class Rows(NamedTuple):
    """Frames sorted by patient, each patient's stored state as a first row (`first`). m = P + n rows.

    patient   [m]      index into the states
    first     [m]      the row is the stored state, not a frame
    frame     [m]      which frame it is, in order of arrival; -1 for the stored state
    now_ms    [m]      the newest event time that the patient has seen so far
    time_ms   [m]      the frame's own
    current   [m, 11]  the latest valid values, each at most as old as `current_ms` says
    current_ms[m, 11]
    applied   [m, 11]  the values that this frame brought and that are newer than what was known; NaN elsewhere
    flags     [m, 9]   of models.vitals, for this frame
    late      [m]      older than the newest by more than the allowed lateness
    doubled   [m]      brought values, none of them new
    points    [m, 7]   NEWS2 points at `now_ms`; MISSING for a patient known to be too young for the score
    totals             of the points
    scored    [m]      the score is to be published; never for a patient known to be too young for it
    """

    patient: Ints
    first: Bools
    frame: Ints
    now_ms: Ints
    time_ms: Ints
    current: Floats
    current_ms: Ints
    applied: Floats
    flags: vitals.Flags
    late: Bools
    doubled: Bools
    points: news2.Points
    totals: news2.Totals
    scored: Bools


def _running_max(values: Ints, patient: Ints) -> Ints:
    """The running maximum of each patient's rows; `values` are times in ms, not negative, one or more columns."""
    offset = patient * _PATIENT_STRIDE
    if values.ndim > 1:
        offset = offset[:, None]
    return np.maximum.accumulate(values + offset, axis=0) - offset


def follow(states: Sequence[PatientState], frames: Frames, lateness_ms: int) -> Rows:
    """Carry each patient's values through the frames and score them. See `Rows`."""
    owners = np.arange(len(states))
    patient = np.concatenate([owners, frames.patient])
    order = np.argsort(patient, kind="stable")
    patient = patient[order]
    first = order < len(states)

    cleaned, flags = vitals.clean(frames.values[:, : len(NUMERICS)])
    brought = np.concatenate([cleaned, frames.values[:, len(NUMERICS) :]], axis=1)
    known = np.array([state.value for state in states])
    known_ms = np.array([state.value_ms for state in states])
    newest_ms = np.array([state.newest_ms for state in states], np.int64)

    time_ms = np.concatenate([newest_ms, frames.time_ms])[order]
    values = np.concatenate([known, brought])[order]
    valid = ~np.isnan(values)
    value_ms = np.where(first[:, None], np.concatenate([known_ms, np.zeros_like(brought, np.int64)])[order], 0)
    value_ms = np.where(first[:, None], value_ms, np.where(valid, time_ms[:, None], 0))

    # A value counts if it is newer than every value of that column before it; the state's row opens each patient.
    before = np.roll(_running_max(value_ms, patient), 1, axis=0)
    fresh = valid & ~first[:, None] & (value_ms > before)
    source = np.where(fresh | first[:, None], np.arange(len(order))[:, None], 0)
    source = np.maximum.accumulate(source, axis=0)
    columns = np.arange(values.shape[1])
    current, current_ms = values[source, columns], value_ms[source, columns]

    now_ms = _running_max(time_ms, patient)
    previous_ms = np.where(first, now_ms, np.roll(now_ms, 1))
    late = ~first & (time_ms < previous_ms - lateness_ms)
    doubled = ~first & valid.any(axis=1) & ~fresh.any(axis=1) & (time_ms <= previous_ms)

    young = np.array([state.stay.too_young_for_news2 for state in states])[patient]
    points = _points(states, patient, current, current_ms, now_ms)
    points[young] = news2.MISSING
    changed = (points != np.roll(points, 1, axis=0)).any(axis=1)
    quarter = now_ms // SCORE_EVERY_MS
    scored = ~first & ~young & (changed | (quarter != np.roll(quarter, 1)))
    flags_all = np.concatenate([np.zeros((len(states), flags.shape[1]), np.uint8), flags])[order]
    applied = np.where(fresh, values, np.nan)
    totals = news2.total(points)
    return Rows(
        patient=patient,
        first=first,
        frame=np.where(first, -1, order - len(states)),
        now_ms=now_ms,
        time_ms=time_ms,
        current=current,
        current_ms=current_ms,
        applied=applied,
        flags=flags_all,
        late=late,
        doubled=doubled,
        points=points,
        totals=totals,
        scored=scored,
    )


def _points(
    states: Sequence[PatientState], patient: Ints, current: Floats, current_ms: Ints, now_ms: Ints
) -> news2.Points:
    """NEWS2 points of every row, from the values that are young enough for it."""
    scored = current[:, _SCORED]
    scored = np.where(now_ms[:, None] - current_ms[:, _SCORED] > _MAX_AGE_MS, np.nan, scored)
    usable = np.full_like(current, np.nan)
    usable[:, _SCORED] = scored
    scale2 = np.array([state.stay.spo2_scale == 2 for state in states])[patient]  # noqa: PLR2004 - the scale's name

    def index(column: int) -> npt.NDArray[np.int8]:
        return np.where(np.isnan(usable[:, column]), -1, np.nan_to_num(usable[:, column])).astype(np.int8)

    return news2.points(usable[:, : len(NUMERICS)], index(_OXYGEN), index(_CONSCIOUSNESS), scale2)
