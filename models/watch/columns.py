"""What each row says that is new, column by column. Shapes: m rows sorted by patient, 11 columns as in `state.COLUMNS`.

Each number is judged against its own column's time: it is new when it was measured later than the newest of its column,
whatever other columns and devices have shown meanwhile.
"""

from typing import Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_Any = TypeVar("_Any", bound=np.generic)

CHARTED_MS: Final = 60_000
"""A column whose numbers come further apart than this is charted, so that a second number for one moment corrects the
first; in a stream the worse of the two counts. Ours."""
_PATIENT_STRIDE: Final = 1 << 43
"""More than any event time in ms: keeps one patient's running maximum out of the next one's."""


class Before(NamedTuple):
    """Of each patient what the stored state knows of the columns [P, 11]; see `state.PatientState`."""

    value: Floats
    value_ms: Ints
    told_ms: Ints
    seen_ms: Ints
    every_ms: Ints


class Order(NamedTuple):
    """Whose the rows are [m], and which of them are the stored states [m]."""

    patient: Ints
    first: Bools


class Columns(NamedTuple):
    """What is known of the columns in each row, and what the row adds. Each [m, 11]; see `frames.Rows`.

    valid  the row brought a usable number; counts: and that is the column's value now
    same   it is the number that was known for that very moment
    """

    current: Floats
    current_ms: Ints
    told: Bools
    told_ms: Ints
    seen_ms: Ints
    gap_ms: Ints
    paced_ms: Ints
    every_ms: Ints
    applied: Floats
    replaced: Floats
    valid: Bools
    counts: Bools
    same: Bools


def running_max(values: Ints, patient: Ints) -> Ints:
    """The running maximum of each patient's rows; `values` are times in ms, not negative, one or more columns."""
    offset = patient * _PATIENT_STRIDE
    if values.ndim > 1:
        offset = offset[:, None]
    return np.maximum.accumulate(values + offset, axis=0) - offset


def row_before(values: npt.NDArray[_Any]) -> npt.NDArray[_Any]:
    """Of each row what the row before it has, of the first one the last: `numpy.roll` at a fifth of its cost."""
    return np.concatenate([values[-1:], values[:-1]])


def latest(rows_where: Bools, first: Bools) -> Ints:
    """For each row and column the last row up to it where the mask holds; each patient's first row opens it."""
    opening = first if rows_where.ndim == 1 else first[:, None]
    count = np.arange(len(rows_where))
    source = np.where(rows_where | opening, count if rows_where.ndim == 1 else count[:, None], 0)
    return np.maximum.accumulate(source, axis=0)


def follow_columns(before: Before, values: Floats, sent: Bools, time_ms: Ints, now_ms: Ints, rows: Order) -> Columns:
    """Follow every column through the rows.

    Args:
        before: what the states know.
        values: float64 [m, 11], usable numbers, NaN elsewhere; of a first row the stored one.
        sent: bool [m, 11], the row brought a number, whether it can be used or not; never a first row.
        time_ms: int64 [m], each row's own time by the ward's clock.
        now_ms: int64 [m], the newest so far.
        rows: whose they are, and which of them are stored states.
    """
    patient, first = rows.patient, rows.first
    valid = ~np.isnan(values) & sent
    own_ms = np.where(sent, time_ms[:, None], 0)
    own_ms[first] = before.told_ms
    told_ms = running_max(own_ms, patient)
    before_ms = np.where(first[:, None], told_ms, row_before(told_ms))
    fresh = sent & (own_ms > before_ms)

    # How far apart the numbers of a column come; -1 while there are too few to say.
    passed_ms = np.where(before_ms > 0, own_ms - before_ms, -1)
    every_ms = np.where(fresh, passed_ms, 0)
    every_ms[first] = before.every_ms
    columns = np.arange(values.shape[1])
    newest = latest(fresh, first)
    every_ms = every_ms[newest, columns]
    paced_ms = np.where(first[:, None], every_ms, row_before(every_ms))
    at_once = sent & (own_ms == before_ms)  # a second number for the same moment
    corrects = at_once & valid & ((paced_ms < 0) | (paced_ms > CHARTED_MS))

    counts = (valid & fresh) | corrects
    source = newest if np.array_equal(counts, fresh) else latest(counts, first)
    value_ms = np.where(counts, time_ms[:, None], 0)
    value_ms[first] = before.value_ms
    current = values[source, columns]
    earlier = row_before(current)
    same = at_once & (earlier == values)
    seen_ms = np.where(sent, now_ms[:, None], 0)
    seen_ms[first] = before.seen_ms
    return Columns(
        current=current,
        current_ms=value_ms[source, columns],
        told=fresh | (corrects & ~same),
        told_ms=told_ms,
        seen_ms=running_max(seen_ms, patient),
        gap_ms=np.where(fresh, passed_ms, paced_ms),
        paced_ms=paced_ms,
        every_ms=every_ms,
        applied=np.where(counts & ~same, values, np.nan),
        replaced=np.where(corrects & ~same, earlier, np.nan),
        valid=valid,
        counts=counts,
        same=same,
    )
