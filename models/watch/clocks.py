"""The ward's time of one patient's frames, one by one: of several devices, or of one whose clock does not run steadily.

A frame's stamp is taken for its moment as long as its numbers follow on those of the same column. Where a device goes
on stamping behind numbers that are known already, its clock was set back, or lies behind that of another device: its
frames are worth as much as before, so they are moved to the ward's time by a constant offset. So is a device that only
lags far behind all others, steadily. A stamp far ahead of the frame's arrival counts as of the arrival: nothing is
measured in the future, and whatever comes next must not count as old.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from schemas.vitals import NUMERICS

STEADY_FRAMES: Final = 3
STEADY_MS: Final = 10_000
"""A lag is a skewed clock when it was there in so many frames and for so long, without a break. Ours: two frames may be
late one after the other, and a sick patient's alarms should stand in the right order soon."""
AHEAD_FRAMES: Final = 2
"""A clock that is ahead is told once so many frames in a row were. Ours: a single one is a slip."""
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
MOST_DEVICES: Final = 16
"""So many devices of a patient are remembered, those that were heard last. Ours: more than stand at an intensive care
bed (monitor, ventilator, oximeter, dialysis, chart), and few enough for a name that changes with every frame."""


class Shown(NamedTuple):
    """When a device last sent a number of a vital sign, by the ward's clock, and how long after the one before.

    value  what it shows; None while that can't be used, and while no other device is there to contradict it
    """

    field: str
    value: float | None
    at_ms: int
    every_ms: int


class Device(NamedTuple):
    """One device of a patient. Times are its own stamps in ms unless they say `now`.

    offset_ms  is added to its stamps to give the ward's time
    newest_ms, sequence, every_ms  of its newest frame: stamp, running number (-1: none), time since the one before
    behind_ms  stamp of the last frame, if its numbers lay behind what was known; 0 else
    ahead      so many frames in a row were stamped far ahead of their arrival
    lags, least_lag_ms, lagging_from_ms  frames that lay far behind the ward's time without a break, by how much at
               least, and the stamp of the first
    columns    bit mask: of these columns it has told the newest number
    skew_ms    by how much its clock is told to be behind (ahead, if negative); 0 where nothing is told
    jumped_now_ms  when its clock last jumped, by the ward's clock; 0 where it is no news
    shown      what it shows, of patients with several devices
    """

    offset_ms: int = 0
    newest_ms: int = 0
    sequence: int = -1
    every_ms: int = 0
    behind_ms: int = 0
    ahead: int = 0
    lags: int = 0
    least_lag_ms: int = 0
    lagging_from_ms: int = 0
    columns: int = 0
    skew_ms: int = 0
    jumped_now_ms: int = 0
    shown: tuple[Shown, ...] = ()


class ClockNews(NamedTuple):
    """A device's clock is found to be wrong, or right again, at `row` of the sorted frames and `now_ms` by the ward."""

    patient: int
    row: int
    device: str
    skew_ms: int
    now_ms: int


class Stamped(NamedTuple):
    """One frame: its device, stamp, arrival and running number; which columns it tells, and their usable values [9]."""

    row: int
    name: str
    stamp_ms: int
    arrived_ms: int
    number: int
    columns: Sequence[int]
    values: Sequence[float]


class Seen(NamedTuple):
    """Where a frame belongs.

    lost     so many running numbers are missing before it, -1 where it has none
    paces    by column: the time since its device's number before, and between the two before; -1 where there is none
    others   by column: the lowest and the highest number that other devices show
    """

    at_ms: int
    resent: bool
    lost: int
    paces: dict[int, tuple[int, int]]
    others: dict[int, tuple[float, float]]


class Clocks:
    """One patient's devices. `known`, `now_ms` and `told_ms` (by column) are what was known before, then what is."""

    def __init__(
        self,
        patient: int,
        known: dict[str, Device],
        now_ms: int,
        told_ms: list[int],
        every_ms: Sequence[int],
        limit_ms: int,
    ) -> None:
        self.known = dict(known)
        self.news: list[ClockNews] = []
        self._patient = patient
        self._now_ms = now_ms
        self._told_ms = told_ms
        self._limit_ms = limit_ms
        if len(known) == 1:  # whatever is known came from it
            ((name, device),) = known.items()
            shown = tuple(
                Shown(field, None, told_ms[column], max(every_ms[column], 0))
                for column, field in enumerate(NUMERICS)
                if told_ms[column]
            )
            self.known[name] = device._replace(shown=shown)

    def take(self, one: Stamped) -> Seen:
        """Find a frame's moment, and remember what it says of its device."""
        if one.name not in self.known:
            self._meet(one.name)
        device = self.known[one.name]
        if _was_sent_before(device, one.stamp_ms, one.number):
            at_ms = min(one.stamp_ms + device.offset_ms, self._now_ms)
            return Seen(at_ms, resent=True, lost=-1, paces={}, others={})
        device, at_ms, behind = self._moment(device, one)
        self._now_ms = max(self._now_ms, at_ms)
        if device.jumped_now_ms and self._now_ms - device.jumped_now_ms >= SETTLED_MS:
            device = device._replace(jumped_now_ms=0, skew_ms=0)
            self._tell(one, 0)
        lost = _missing(device.sequence, one.number)
        device, paces = self._show(_noted(device, one, behind=behind), one, at_ms)
        self.known[one.name] = device
        for column in one.columns:
            if at_ms > self._told_ms[column]:
                self._told_ms[column] = at_ms
                self._own(one.name, column)
        others = {} if behind or len(self.known) == 1 else self._others(one.name)
        return Seen(at_ms, resent=False, lost=lost, paces=paces if len(self.known) > 1 else {}, others=others)

    def devices(self) -> dict[str, Device]:
        """All devices as they are to be remembered; what the only one shows follows from the columns."""
        if len(self.known) > 1:
            return self.known
        return {name: device._replace(shown=(), columns=0) for name, device in self.known.items()}

    def _meet(self, name: str) -> None:
        if len(self.known) == 1:
            (other,) = self.known
            self.known[other] = self.known[other]._replace(columns=(1 << len(self._told_ms)) - 1)
        if len(self.known) == MOST_DEVICES:
            del self.known[min(self.known, key=lambda known: self.known[known].newest_ms + self.known[known].offset_ms)]
        self.known[name] = Device()

    def _moment(self, device: Device, one: Stamped) -> tuple[Device, int, bool]:
        """The device, the frame's moment by the ward's clock, and whether it lies behind what is known."""
        device, at_ms = self._not_ahead(device, one)
        device, at_ms = self._set_right(device, one, at_ms)
        if one.columns and all(self._told_ms[column] > at_ms for column in one.columns):
            if not _goes_on_behind(device, one):
                return device, at_ms, True
            return (*self._set_back(device, one, at_ms), False)
        device, moved_ms = _lagging(device, one.stamp_ms, self._now_ms - at_ms, self._limit_ms)
        if moved_ms:
            at_ms += moved_ms
            device = device._replace(skew_ms=moved_ms)
            self._tell(one, moved_ms)
        return device, at_ms, False

    def _not_ahead(self, device: Device, one: Stamped) -> tuple[Device, int]:
        """Hold a stamp that is far ahead of its arrival; a steady one keeps its intervals as far as that allows."""
        if one.stamp_ms <= one.arrived_ms + self._limit_ms:
            if device.ahead:
                if device.skew_ms:  # also one told to be behind: what moved it gave way to the stamp far ahead
                    self._tell(one, 0)
                device = device._replace(offset_ms=max(device.offset_ms, 0), ahead=0, skew_ms=0, jumped_now_ms=0)
            return device, one.stamp_ms + device.offset_ms
        at_ms = one.stamp_ms + device.offset_ms if device.ahead else one.arrived_ms
        if not one.arrived_ms <= at_ms <= one.arrived_ms + self._limit_ms:
            at_ms = one.arrived_ms
        device = device._replace(offset_ms=at_ms - one.stamp_ms, ahead=min(device.ahead + 1, AHEAD_FRAMES))
        if device.ahead == AHEAD_FRAMES and device.skew_ms >= 0:
            device = device._replace(skew_ms=device.offset_ms, jumped_now_ms=0)
            self._tell(one, device.skew_ms, max(self._now_ms, at_ms))
        return device, at_ms

    def _set_right(self, device: Device, one: Stamped, at_ms: int) -> tuple[Device, int]:
        """A clock that lay behind was set right: its stamps are the ward's time again."""
        lay_behind = device.offset_ms > 0 and at_ms > self._now_ms + self._limit_ms
        if not lay_behind or one.stamp_ms < self._now_ms - self._limit_ms:
            return device, at_ms
        if device.skew_ms:
            self._tell(one, 0, max(self._now_ms, one.stamp_ms))
        return device._replace(offset_ms=0, skew_ms=0, jumped_now_ms=0), one.stamp_ms

    def _set_back(self, device: Device, one: Stamped, at_ms: int) -> tuple[Device, int]:
        """Move a device that goes on stamping behind what is known: right behind it, its own intervals kept."""
        own = all(device.columns >> column & 1 for column in one.columns) or len(self.known) == 1
        newest_ms = self._now_ms if own else max(self._told_ms[column] for column in one.columns)
        since_ms = max(one.stamp_ms - device.behind_ms, 1) if own and device.behind_ms else 1
        moved_ms = newest_ms + since_ms - at_ms
        device = device._replace(offset_ms=device.offset_ms + moved_ms)
        at_ms += moved_ms
        if moved_ms > (JUMP_MS if own else self._limit_ms):
            now_ms = max(self._now_ms, at_ms)
            device = device._replace(skew_ms=moved_ms, jumped_now_ms=now_ms if own else 0)
            self._tell(one, moved_ms, now_ms)
        return device, at_ms

    def _tell(self, one: Stamped, skew_ms: int, now_ms: int | None = None) -> None:
        now_ms = self._now_ms if now_ms is None else now_ms
        self.news.append(ClockNews(self._patient, one.row, one.name, skew_ms, now_ms))

    def _show(self, device: Device, one: Stamped, at_ms: int) -> tuple[Device, dict[int, tuple[int, int]]]:
        """Note what the device shows, and how far apart its numbers of each column come."""
        shown = {seen.field: seen for seen in device.shown}
        paces: dict[int, tuple[int, int]] = {}
        for column in (column for column in one.columns if column < len(NUMERICS)):
            field, value = NUMERICS[column], one.values[column]
            before = shown.get(field)
            if before is not None and at_ms <= before.at_ms:
                continue
            paces[column] = (-1, -1) if before is None else (at_ms - before.at_ms, before.every_ms or -1)
            usable = value if value == value and len(self.known) > 1 else None  # noqa: PLR0124 - NaN is not itself
            shown[field] = Shown(field, usable, at_ms, 0 if before is None else at_ms - before.at_ms)
        return device._replace(shown=tuple(shown[field] for field in NUMERICS if field in shown)), paces

    def _others(self, name: str) -> dict[int, tuple[float, float]]:
        """What other devices show now, by column."""
        found: dict[int, tuple[float, float]] = {}
        for seen in (seen for other, one in self.known.items() if other != name for seen in one.shown):
            if seen.value is not None and _still_shown(seen, self._now_ms):
                column = NUMERICS.index(seen.field)
                low, high = found.get(column, (seen.value, seen.value))
                found[column] = min(low, seen.value), max(high, seen.value)
        return found

    def _own(self, name: str, column: int) -> None:
        """This device has told the newest number of the column now."""
        if len(self.known) == 1:
            return
        bit = 1 << column
        for other, device in self.known.items():
            if bool(device.columns & bit) != (other == name):
                self.known[other] = device._replace(columns=device.columns ^ bit)


def _still_shown(shown: Shown, now_ms: int) -> bool:
    """Whether a stream's number is still on its device's screen; what stands alone is only true for its moment."""
    if not 0 < shown.every_ms <= STREAM_MS:
        return False
    return now_ms - shown.at_ms <= max(SHOWN_AT_LEAST_MS, SHOWN_FOR * shown.every_ms)


def _goes_on_behind(device: Device, one: Stamped) -> bool:
    """Whether a frame behind what is known shows that the clock is behind: the one before was too, or it is next."""
    if device.behind_ms and one.stamp_ms > device.behind_ms:
        return True
    return 0 <= device.sequence == one.number - 1 and one.stamp_ms < device.newest_ms


def _was_sent_before(device: Device, stamp_ms: int, number: int) -> bool:
    """Whether the running number and the stamp are those of an earlier frame, as a device counted them then."""
    if not 0 <= number < device.sequence or stamp_ms >= device.newest_ms:
        return False
    expected_ms = device.newest_ms - (device.sequence - number) * device.every_ms
    return abs(stamp_ms - expected_ms) <= RESENT_MS + RESENT_SHARE * (device.newest_ms - expected_ms)


def _lagging(device: Device, stamp_ms: int, lag_ms: int, limit_ms: int) -> tuple[Device, int]:
    """Note a frame far behind the ward's time; by how much the device's frames have to be moved from now on."""
    if lag_ms <= limit_ms:
        return (device if device.lags == 0 else device._replace(lags=0)), 0
    if device.lags == 0:
        return device._replace(lags=1, least_lag_ms=lag_ms, lagging_from_ms=stamp_ms), 0
    device = device._replace(lags=device.lags + 1, least_lag_ms=min(device.least_lag_ms, lag_ms))
    if device.lags < STEADY_FRAMES or stamp_ms - device.lagging_from_ms < STEADY_MS:
        return device, 0
    moved_ms = device.least_lag_ms
    return device._replace(offset_ms=device.offset_ms + moved_ms, lags=0), moved_ms


def _missing(before: int, number: int) -> int:
    """How many running numbers were left out; 0 where they begin anew, -1 without one."""
    if number < 0:
        return -1
    return number - before - 1 if 0 <= before < number else 0


def _noted(device: Device, one: Stamped, *, behind: bool) -> Device:
    """The device after a frame: what it was, when, and whether it lay behind."""
    if behind:
        return device._replace(behind_ms=one.stamp_ms)
    passed_ms = one.stamp_ms - device.newest_ms if device.newest_ms else 0
    return device._replace(
        behind_ms=0,
        newest_ms=one.stamp_ms,
        sequence=one.number if one.number >= 0 else device.sequence,
        every_ms=passed_ms if passed_ms > 0 else device.every_ms,
    )
