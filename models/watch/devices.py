"""Which moment of the ward each frame belongs to: devices whose clocks differ, jump, or lose frames. Pure.

Every device stamps by its own clock, and nobody sets them all. A frame's stamp is taken for its moment as long as its
numbers follow on those of the same column. Where a device goes on stamping behind numbers that are known already, its
clock was set back, or lies behind that of another device: its frames are worth as much as before, so they are moved to
the ward's time by a constant offset. So is a device that only lags far behind all others, steadily.

Nearly all frames come in order from the only device of their patient; those are placed in one go, the others one by
one. Shapes: n frames sorted by patient, in order of arrival; 11 columns as in `state.COLUMNS`, 9 measured.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.vitals import NUMERICS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

STEADY_FRAMES: Final = 3
STEADY_MS: Final = 10_000
"""A lag is a skewed clock when it was there in so many frames and for so long, without a break. Ours: two frames may be
late one after the other, and a sick patient's alarms should stand in the right order soon."""
JUMP_MS: Final = 5_000
"""From so much on the jump of a clock is told. Ours: less is what setting a clock by the network corrects."""
SETTLED_MS: Final = 600_000
"""A clock that jumped and has run for so long since then is no news any more. Ours."""
RESENT_MS: Final = 2_000
RESENT_SHARE: Final = 0.2
"""How far the stamp of a frame that was sent twice may lie from where its running number puts it: ours."""
STREAM_MS: Final = 60_000
"""A device streams a number when it shows one at least so often; only then another device's can contradict it."""
SHOWN_FOR: Final = 3
SHOWN_AT_LEAST_MS: Final = 5_000
"""A number counts as shown for so many of its device's intervals, and at least for so long. Ours."""


class Shown(NamedTuple):
    """What a device last showed: which vital sign, its number, when by the ward's clock, how long after the one before."""

    field: str
    value: float
    now_ms: int
    every_ms: int


class Device(NamedTuple):
    """One device of a patient. Times are its own stamps in ms unless they say `now`.

    offset_ms  is added to its stamps to give the ward's time
    newest_ms, sequence, every_ms  of its newest frame: stamp, running number (-1: none), time since the one before
    behind_ms  stamp of the last frame, if its numbers lay behind what was known; 0 else
    lags, least_lag_ms, lagging_from_ms  frames that lay far behind the ward's time without a break, by how much at
               least, and the stamp of the first
    columns    bit mask: of these columns it has told the newest number
    skew_ms    by how much its clock is told to be wrong; 0 where nothing is told
    jumped_now_ms  when its clock last jumped, by the ward's clock; 0 where it is no news
    shown      what it shows, of patients with several devices
    """

    offset_ms: int = 0
    newest_ms: int = 0
    sequence: int = -1
    every_ms: int = 0
    behind_ms: int = 0
    lags: int = 0
    least_lag_ms: int = 0
    lagging_from_ms: int = 0
    columns: int = 0
    skew_ms: int = 0
    jumped_now_ms: int = 0
    shown: tuple[Shown, ...] = ()


class ClockNews(NamedTuple):
    """A device's clock is found to be wrong, or runs with the others again; `row` of the sorted frames, `now_ms` then."""

    patient: int
    row: int
    device: str
    skew_ms: int
    now_ms: int


class Arrived(NamedTuple):
    """Frames sorted by patient; what a device module has to know of them. `told`, `values`: [n, 11] and [n, 9]."""

    patient: Ints
    time_ms: Ints
    device: Ints
    sequence: Ints
    told: Bools
    values: Floats
    devices: Sequence[str]


class Before(NamedTuple):
    """Of each patient before these frames: the ward's time [P], when each column's newest number was measured [P, 11]."""

    now_ms: Ints
    told_ms: Ints


class Placed(NamedTuple):
    """Where the frames belong.

    at_ms    [n] the ward's time of each frame
    resent   [n] it was sent before: it says nothing
    lost     [n] so many frames of its device are missing before it; -1 where it carries no running number
    others   rows while another device shows a number, and its lowest and highest in each column [r, 9]
    news     of the clocks, in the order of the rows
    devices  of each patient, afterwards
    """

    at_ms: Ints
    resent: Bools
    lost: Ints
    others: tuple[Ints, Floats, Floats]
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
        told_ms = before.told_ms[patient].tolist()
        after[patient] = placing.one_by_one(patient, known[patient], int(before.now_ms[patient]), told_ms, rows)
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
    moved = offset[frames.patient]
    at_ms = frames.time_ms + moved
    previous = np.roll(at_ms, 1)
    opening = np.arange(len(at_ms)) == first
    previous[opening] = before.now_ms[frames.patient[opening]]
    wrong = (at_ms < previous) | (frames.device != frames.device[first])
    wrong |= (frames.sequence < 0) != (frames.sequence[first] < 0)
    wrong |= (moved > 0) & (at_ms > previous + limit_ms)
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
        self._lost = np.full(count, -1, np.int64)
        self._others: list[tuple[int, list[float], list[float]]] = []
        self._news: list[ClockNews] = []

    def placed(self, devices: list[dict[str, Device]]) -> Placed:
        """All that was found."""
        rows = np.array([row for row, _, _ in self._others], np.int64)
        shape = (len(rows), len(NUMERICS))
        low = np.array([low for _, low, _ in self._others], np.float64).reshape(shape)
        high = np.array([high for _, _, high in self._others], np.float64).reshape(shape)
        news = sorted(self._news, key=lambda one: one.row)
        order = np.argsort(rows, kind="stable")
        return Placed(self._at_ms, self._resent, self._lost, (rows[order], low[order], high[order]), news, devices)

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
        previous = np.roll(frames.sequence, 1)
        previous[firsts] = [device.sequence for device in before]
        self._lost[rows] = _missing(previous, frames.sequence)[rows]
        passed_ms = frames.time_ms - np.roll(frames.time_ms, 1)
        passed_ms[firsts] = [
            time_ms - (device.newest_ms or time_ms)
            for device, time_ms in zip(before, frames.time_ms[firsts].tolist(), strict=True)
        ]
        moved = np.maximum.accumulate(np.where(passed_ms > 0, np.arange(len(passed_ms)), 0))[lasts]
        every_ms = np.where((moved >= firsts) & (passed_ms[moved] > 0), passed_ms[moved], 0)
        columns = (frames.time_ms[lasts], frames.sequence[lasts], every_ms, firsts, lasts)
        for patient, name, device, stamp_ms, number, every, first, last in zip(
            patients.tolist(), names, before, *(column.tolist() for column in columns), strict=True
        ):
            if device.offset_ms:
                self._at_ms[first : last + 1] += device.offset_ms
            if device.jumped_now_ms:
                device = self._settled(patient, name, device, first, last)
            after[patient] = {
                name: device._replace(
                    newest_ms=stamp_ms,
                    sequence=number if number >= 0 else device.sequence,
                    every_ms=every or device.every_ms,
                    behind_ms=0,
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

    def one_by_one(
        self, patient: int, devices: dict[str, Device], now_ms: int, told_ms: list[int], rows: range
    ) -> dict[str, Device]:
        """Frames of several devices, or of one that does not keep its order; writes into `told_ms`."""
        known = dict(devices)
        frames = self._frames
        for row in rows:
            name = frames.devices[frames.device[row]]
            if name not in known and len(known) == 1:
                (other,) = known  # so far the only one: whatever is known came from it
                known[other] = known[other]._replace(columns=(1 << len(told_ms)) - 1)
            device = known.get(name) or Device()
            columns = np.flatnonzero(frames.told[row]).tolist()
            stamp_ms, number = int(frames.time_ms[row]), int(frames.sequence[row])
            if _was_sent_before(device, stamp_ms, number):
                self._resent[row] = True
                self._at_ms[row] = min(stamp_ms + device.offset_ms, now_ms)
                continue
            at_ms = stamp_ms + device.offset_ms
            if device.offset_ms and at_ms > now_ms + self._limit_ms and stamp_ms >= now_ms - self._limit_ms:
                if device.skew_ms:  # it was set right again
                    self._news.append(ClockNews(patient, row, name, 0, max(now_ms, stamp_ms)))
                device, at_ms = device._replace(offset_ms=0, skew_ms=0, jumped_now_ms=0), stamp_ms
            behind = bool(columns) and all(told_ms[column] > at_ms for column in columns)
            if behind and _goes_on_behind(device, stamp_ms, number):
                newest_ms = max(told_ms[column] for column in columns)
                own = all(device.columns >> column & 1 for column in columns) or len(known) <= 1
                since_ms = stamp_ms - device.behind_ms if device.behind_ms else 0
                moved_ms = max(newest_ms, now_ms if own else 0) + max(1, since_ms if own else 0) - at_ms
                device = device._replace(offset_ms=device.offset_ms + moved_ms, behind_ms=0)
                at_ms, behind = at_ms + moved_ms, False
                if moved_ms > (JUMP_MS if own else self._limit_ms):
                    device = self._tell(patient, row, name, device, moved_ms, max(now_ms, at_ms))
            elif not behind:
                lag_ms = now_ms - at_ms
                device, moved_ms = _lagging(device, stamp_ms, lag_ms, self._limit_ms)
                if moved_ms:
                    at_ms += moved_ms
                    device = self._tell(patient, row, name, device, moved_ms, max(now_ms, at_ms))
            now_ms = max(now_ms, at_ms)
            if device.jumped_now_ms and now_ms - device.jumped_now_ms >= SETTLED_MS:
                device = device._replace(jumped_now_ms=0, skew_ms=0)
                self._news.append(ClockNews(patient, row, name, 0, now_ms))
            self._at_ms[row] = at_ms
            if number >= 0:
                self._lost[row] = _missing(np.array([device.sequence]), np.array([number]))[0]
            device = _noted(device, stamp_ms, number, behind=behind)
            known[name] = device
            if not behind:
                device = self._show(row, name, known, columns, now_ms)
            for column in columns:
                if at_ms > told_ms[column]:
                    told_ms[column] = at_ms
                    if len(known) > 1:
                        _owned(known, name, column)
        return known

    def _tell(self, patient: int, row: int, name: str, device: Device, moved_ms: int, now_ms: int) -> Device:
        """The device's clock is wrong by so much: news, and remembered until it has run steadily for a while."""
        self._news.append(ClockNews(patient, row, name, moved_ms, now_ms))
        return device._replace(skew_ms=moved_ms, jumped_now_ms=now_ms)

    def _show(self, row: int, name: str, known: dict[str, Device], columns: list[int], now_ms: int) -> Device:
        """Note what this device shows, and what others show of the same columns meanwhile."""
        device = known[name]
        if len(known) == 1:
            return device
        shown = {one.field: one for one in device.shown}
        for column in columns:
            value = float(self._frames.values[row, column]) if column < len(NUMERICS) else np.nan
            if not np.isnan(value):
                field = NUMERICS[column]
                before = shown.get(field)
                shown[field] = Shown(field, value, now_ms, 0 if before is None else now_ms - before.now_ms)
        low, high = [np.nan] * len(NUMERICS), [np.nan] * len(NUMERICS)
        for seen in (seen for other, one in known.items() if other != name for seen in one.shown):
            if _still_shown(seen, now_ms):
                column = NUMERICS.index(seen.field)
                low[column] = float(np.fmin(low[column], seen.value))
                high[column] = float(np.fmax(high[column], seen.value))
        if not np.isnan(low).all():
            self._others.append((row, low, high))
        known[name] = device._replace(shown=tuple(shown.values()))
        return known[name]


def _still_shown(shown: Shown, now_ms: int) -> bool:
    """Whether a stream's number is still on its device's screen; what stands alone is only true for its moment."""
    if not 0 < shown.every_ms <= STREAM_MS:
        return False
    return now_ms - shown.now_ms <= max(SHOWN_AT_LEAST_MS, SHOWN_FOR * shown.every_ms)


def _owned(known: dict[str, Device], name: str, column: int) -> None:
    """This device has told the newest number of the column now."""
    bit = 1 << column
    for other, device in known.items():
        if bool(device.columns & bit) != (other == name):
            known[other] = device._replace(columns=device.columns ^ bit)


def _goes_on_behind(device: Device, stamp_ms: int, number: int) -> bool:
    """Whether a frame behind what is known shows that the clock is behind: the one before was too, or it is next."""
    if device.behind_ms and stamp_ms > device.behind_ms:
        return True
    return 0 <= device.sequence == number - 1 and stamp_ms < device.newest_ms


def _was_sent_before(device: Device, stamp_ms: int, number: int) -> bool:
    """Whether the running number and the stamp are those of an earlier frame, as a device counted them then."""
    if not 0 <= number < device.sequence or stamp_ms >= device.newest_ms:
        return False
    expected_ms = device.newest_ms - (device.sequence - number) * device.every_ms
    return abs(stamp_ms - expected_ms) <= RESENT_MS + RESENT_SHARE * (device.newest_ms - expected_ms)


def _lagging(device: Device, stamp_ms: int, lag_ms: int, limit_ms: int) -> tuple[Device, int]:
    """Note a frame that lies far behind the ward's time; by how much the device's frames have to be moved from now on."""
    if lag_ms <= limit_ms:
        return (device if device.lags == 0 else device._replace(lags=0)), 0
    if device.lags == 0:
        return device._replace(lags=1, least_lag_ms=lag_ms, lagging_from_ms=stamp_ms), 0
    device = device._replace(lags=device.lags + 1, least_lag_ms=min(device.least_lag_ms, lag_ms))
    if device.lags < STEADY_FRAMES or stamp_ms - device.lagging_from_ms < STEADY_MS:
        return device, 0
    moved_ms = device.least_lag_ms
    return device._replace(offset_ms=device.offset_ms + moved_ms, lags=0), moved_ms


def _missing(before: Ints, numbers: Ints) -> Ints:
    """How many running numbers were left out between each and the one before; 0 where they begin anew, -1 without one."""
    left_out = np.where((before >= 0) & (numbers > before), numbers - before - 1, 0)
    return np.where(numbers < 0, -1, left_out)


def _noted(device: Device, stamp_ms: int, number: int, *, behind: bool) -> Device:
    """The device after a frame: what it was, when, and whether it lay behind."""
    if behind:
        return device._replace(behind_ms=stamp_ms)
    passed_ms = stamp_ms - device.newest_ms if device.newest_ms else 0
    return device._replace(
        behind_ms=0,
        newest_ms=stamp_ms,
        sequence=number if number >= 0 else device.sequence,
        every_ms=passed_ms if passed_ms > 0 else device.every_ms,
    )
