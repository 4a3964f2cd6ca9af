"""Which moment of the ward each frame belongs to: devices whose clocks differ, jump, or lose frames.

Every device stamps by its own clock, and nobody sets them all. Nearly all frames come in order from the only device of
their patient; those are placed in one go, the others one by one (`models/watch/clocks.py`). Shapes: n frames of P
patients, sorted by patient, in order of arrival; 11 columns as in `state.COLUMNS`, 9 measured.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models.watch.clocks import SETTLED_MS, ClockNews, Clocks, Device, Seen, Stamped
from models.watch.columns import row_before
from schemas.vitals import NUMERICS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Arrived(NamedTuple):
    """Frames sorted by patient; what this module has to know of them. `told` [n, 11], `values` [n, 9]."""

    patient: Ints
    time_ms: Ints
    arrived_ms: Ints
    device: Ints
    sequence: Ints
    told: Bools
    values: Floats
    devices: Sequence[str]


class Before(NamedTuple):
    """What is known of each patient before these frames.

    now_ms    [P]      the ward's time
    told_ms   [P, 11]  when each column's newest number was measured, and
    every_ms  [P, 11]  how long that was after the one before
    """

    now_ms: Ints
    told_ms: Ints
    every_ms: Ints


class Paces(NamedTuple):
    """How far apart a device's own numbers come, of patients with several devices.

    rows   [q]     which frames
    gap_ms [q, 9]  since its number before, -1 for the first; UNTOLD where the frame tells nothing new of the column
    paced_ms [q, 9] between the two numbers before this one, -1 before there were two
    """

    rows: Ints
    gap_ms: Ints
    paced_ms: Ints


UNTOLD: Final = -2


class Placed(NamedTuple):
    """Where the frames belong.

    at_ms    [n] the ward's time of each frame
    resent   [n] it was sent before: it says nothing
    lost     [n] so many frames of its device are missing before it; -1 where it carries no running number
    others   rows while another device shows a number, and its lowest and highest in each column [r, 9]
    paces    of devices beside others
    news     of the clocks, in the order of the rows
    devices  of each patient, afterwards
    """

    at_ms: Ints
    resent: Bools
    lost: Ints
    others: tuple[Ints, Floats, Floats]
    paces: Paces
    news: list[ClockNews]
    devices: list[dict[str, Device]]


def place(known: Sequence[dict[str, Device]], before: Before, frames: Arrived, limit_ms: int) -> Placed:
    """Find the ward's time of each frame; `limit_ms` is by how much a clock may differ before that is told."""
    placing = _Placing(frames, limit_ms)
    starts = np.searchsorted(frames.patient, np.arange(len(known) + 1))
    plain = _in_order(known, before, frames, starts, limit_ms)
    after = placing.in_order(known, plain, starts)
    for patient in np.flatnonzero(~plain & (starts[:-1] < starts[1:])).tolist():
        rows = range(int(starts[patient]), int(starts[patient + 1]))
        after[patient] = placing.one_by_one(patient, known[patient], before, rows)
    return placing.placed(after)


def _in_order(
    known: Sequence[dict[str, Device]], before: Before, frames: Arrived, starts: Ints, limit_ms: int
) -> Bools:
    """Which patients have a single device, whose frames come in order and follow on each other [P]."""
    single = np.zeros(len(known), bool)
    if len(frames.patient) == 0:
        return single
    first = starts[frames.patient]
    names = frames.devices
    offset = np.zeros(len(known), np.int64)
    firsts = frames.device[np.minimum(starts[:-1], len(frames.device) - 1)].tolist()
    for patient, (devices, device) in enumerate(zip(known, firsts, strict=True)):
        name = names[device]
        single[patient] = not devices or (len(devices) == 1 and name in devices)
        offset[patient] = devices[name].offset_ms if name in devices else 0
        single[patient] &= offset[patient] >= 0
    moved = offset[frames.patient]
    at_ms = frames.time_ms + moved
    previous = row_before(at_ms)
    opening = np.arange(len(at_ms)) == first
    previous[opening] = before.now_ms[frames.patient[opening]]
    wrong = (at_ms < previous) | (frames.device != frames.device[first])
    wrong |= (frames.sequence < 0) != (frames.sequence[first] < 0)
    wrong |= (moved > 0) & (at_ms > previous + limit_ms)
    wrong |= frames.time_ms > frames.arrived_ms + limit_ms
    single[frames.patient[wrong]] = False
    return single & (starts[:-1] < starts[1:])


class _Placing:
    """The arrays of `Placed` while they fill."""

    def __init__(self, frames: Arrived, limit_ms: int) -> None:
        self._frames = frames
        self._limit_ms = limit_ms
        count = len(frames.time_ms)
        self._at_ms = frames.time_ms.copy()
        self._resent = np.zeros(count, bool)
        self._lost = np.zeros(count, np.int64)
        self._seen: list[tuple[int, Seen]] = []
        self._news: list[ClockNews] = []

    def placed(self, devices: list[dict[str, Device]]) -> Placed:
        """All that was found."""
        news = sorted(self._news, key=lambda one: one.row)
        return Placed(self._at_ms, self._resent, self._lost, self._others(), self._paces(), news, devices)

    def _others(self) -> tuple[Ints, Floats, Floats]:
        found = sorted((row, seen.others) for row, seen in self._seen if seen.others)
        low, high = np.full((2, len(found), len(NUMERICS)), np.nan)
        for at, (_, others) in enumerate(found):
            for column, (lowest, highest) in others.items():
                low[at, column], high[at, column] = lowest, highest
        return np.array([row for row, _ in found], np.int64), low, high

    def _paces(self) -> Paces:
        found = sorted((row, seen.paces) for row, seen in self._seen if seen.paces)
        gap_ms, paced_ms = np.full((2, len(found), len(NUMERICS)), UNTOLD, np.int64)
        for at, (_, paces) in enumerate(found):
            for column, (gap, paced) in paces.items():
                gap_ms[at, column], paced_ms[at, column] = gap, paced
        return Paces(np.array([row for row, _ in found], np.int64), gap_ms, paced_ms)

    def in_order(self, known: Sequence[dict[str, Device]], plain: Bools, starts: Ints) -> list[dict[str, Device]]:
        """Frames of the only device, none behind another: only running numbers have to be looked at.

        The devices of all patients; those of the others as they were.
        """
        frames = self._frames
        after = list(known)
        patients = np.flatnonzero(plain)
        firsts, lasts = starts[patients], starts[patients + 1] - 1
        names = [frames.devices[device] for device in frames.device[firsts].tolist()]
        before = [known[patient].get(name) or Device() for patient, name in zip(patients.tolist(), names, strict=True)]
        rows = plain[frames.patient]
        previous = row_before(frames.sequence)
        previous[firsts] = [device.sequence for device in before]
        self._lost[rows] = _missing(previous, frames.sequence)[rows]
        passed_ms = frames.time_ms - row_before(frames.time_ms)
        passed_ms[firsts] = [
            time_ms - (device.newest_ms or time_ms)
            for device, time_ms in zip(before, frames.time_ms[firsts].tolist(), strict=True)
        ]
        moved = np.maximum.accumulate(np.where(passed_ms > 0, np.arange(len(passed_ms)), 0))[lasts]
        every_ms = np.where((moved >= firsts) & (passed_ms[moved] > 0), passed_ms[moved], 0)
        columns = (frames.time_ms[lasts], frames.sequence[lasts], every_ms, firsts, lasts)
        for patient, name, one, stamp_ms, number, every, first, last in zip(
            patients.tolist(), names, before, *(column.tolist() for column in columns), strict=True
        ):
            if one.offset_ms:
                self._at_ms[first : last + 1] += one.offset_ms
            device = self._settled(patient, name, one, first, last) if one.jumped_now_ms else one
            after[patient] = {
                name: device._replace(
                    newest_ms=stamp_ms,
                    sequence=number if number >= 0 else device.sequence,
                    every_ms=every or device.every_ms,
                    behind_ms=0,
                    ahead=0,
                    lags=0,
                )
            }
        return after

    def _settled(self, patient: int, name: str, device: Device, first: int, last: int) -> Device:
        """The device once its clock has run steadily for long enough since it jumped."""
        due_ms = device.jumped_now_ms + SETTLED_MS
        at = first + int(np.searchsorted(self._at_ms[first : last + 1], due_ms))
        if at > last:
            return device
        self._news.append(ClockNews(patient, at, name, 0, int(self._at_ms[at])))
        return device._replace(jumped_now_ms=0, skew_ms=0)

    def one_by_one(self, patient: int, devices: dict[str, Device], before: Before, rows: range) -> dict[str, Device]:
        """Frames of several devices, or of one that does not keep its order."""
        frames = self._frames
        now_ms, told_ms = int(before.now_ms[patient]), before.told_ms[patient].tolist()
        clocks = Clocks(patient, devices, now_ms, told_ms, before.every_ms[patient].tolist(), self._limit_ms)
        own = slice(rows.start, rows.stop)
        columns = (frames.device, frames.time_ms, frames.arrived_ms, frames.sequence, frames.values)
        for row, device, stamp_ms, arrived_ms, number, values in zip(
            rows, *(column[own].tolist() for column in columns), strict=True
        ):
            told = np.flatnonzero(frames.told[row]).tolist()
            name = frames.devices[device]
            seen = clocks.take(Stamped(row, name, stamp_ms, arrived_ms, number, told, values))
            self._at_ms[row], self._resent[row], self._lost[row] = seen.at_ms, seen.resent, seen.lost
            self._seen.append((row, seen))
        self._news += clocks.news
        return clocks.devices()


def _missing(before: Ints, numbers: Ints) -> Ints:
    """How many running numbers are missing before each; 0 where they begin anew, -1 where there is none."""
    left_out = np.where((before >= 0) & (numbers > before), numbers - before - 1, 0)
    return np.where(numbers < 0, -1, left_out)
