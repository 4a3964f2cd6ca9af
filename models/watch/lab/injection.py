"""Put violations of known level, start and length into recorded numbers, and see whether the rules alarm in time.

Every level of every alarm rule on a vital sign, arrest, apnoea, and each sensor that goes off are put into a recording
whose other numbers stay as they were recorded; the same again under disturbances that real monitors make. Pure: what
random numbers there are come from a seed. Shapes: T seconds of a recording, one row a second, 9 columns as in NUMERICS.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.alarms.rules import APNOEA, ASYSTOLE, EXTREMES, LEAK, LIMIT_RULES, SENSOR_OFF, SENSORS
from models.watch.advance import Timing, advance_clock, advance_frames
from models.watch.frames import ON_ITS_WAY_MS, Frames
from models.watch.signs import GONE_AT_LEAST_MS
from models.watch.state import COLUMNS, PatientState
from schemas.alerts import Alert, Priority
from schemas.vitals import NUMERICS

Floats = NDArray[np.float64]
Random = np.random.Generator

BEGINS_S: Final = 120
"""So much of the recording comes before a violation."""
LASTS_S: Final = 150
"""So long it lasts: longer than the slowest rule takes."""
USUAL: Final = {
    "systolic_mmhg": 120.0,
    "mean_arterial_mmhg": 85.0,
    "diastolic_mmhg": 68.0,
    "temperature_celsius": 37.0,
    "etco2_mmhg": 38.0,
}
"""What a recording shows in columns that it lacks, so that every rule has something to look at."""
_RANK: Final[dict[Priority, int]] = {"low": 0, "medium": 1, "high": 2}
_BEGIN: Final = frozenset({"start", "escalate"})
_OFF: Final = -999.0
_START_MS: Final = 1_790_000_000_000
_TIMING: Final = Timing(30_000, 300_000)


class Violation(NamedTuple):
    """What is put in: numbers by column, and the alarm that is due for them.

    within_s  how soon after the first of these numbers the alarm is due
    """

    condition: str
    priority: Priority
    numbers: dict[str, float]
    within_s: float

    @property
    def name(self) -> str:
        """In a word or two, for a table."""
        shown = ", ".join(f"{column} {number:g}" for column, number in self.numbers.items())
        return f"{self.condition} {self.priority} ({shown})"


class Sent(NamedTuple):
    """Frames of one device: seconds since the recording began, by its clock and when they came, and [n, 9] numbers."""

    stamp_s: Floats
    arrived_s: Floats
    values: Floats


Disturb = Callable[[Floats, Violation, Random], list[Sent]]


class Disturbance(NamedTuple):
    """What a monitor does besides.

    make      the frames of each device, from the numbers with the violation in them [T, 9]
    slower_s  by how much the alarm may come later for it
    in_violation  the share of time in which the numbers violate, where it is not all of it
    """

    name: str
    make: Disturb
    slower_s: float = 0.0
    in_violation: float = 1.0


class Heard(NamedTuple):
    """An alert, and how many seconds after the recording began it went out."""

    at_s: float
    alert: Alert


class Judged(NamedTuple):
    """What became of one violation in one recording under one disturbance.

    delay_s  from its first number to the alarm; None: there was none
    """

    violation: Violation
    disturbance: Disturbance
    recording: str
    delay_s: float | None
    within_s: float

    @property
    def in_time(self) -> bool:
        """It alarmed, and soon enough."""
        return self.delay_s is not None and self.delay_s <= self.within_s


def _with_pressures(numbers: dict[str, float]) -> dict[str, float]:
    """Systolic or mean pressure with the two others beside it that a line would show: half and two thirds of it."""
    if (systolic := numbers.get("systolic_mmhg")) is not None:
        return {"systolic_mmhg": systolic, "mean_arterial_mmhg": systolic * 2 / 3, "diastolic_mmhg": systolic / 2}
    if (mean := numbers.get("mean_arterial_mmhg")) is not None:
        return {"systolic_mmhg": mean * 1.5, "mean_arterial_mmhg": mean, "diastolic_mmhg": mean * 0.75}
    return numbers


def violations() -> list[Violation]:
    """Every level at its very limit, the extremes one step beyond theirs, arrest, apnoea and sensors that go off."""
    found = []
    for rule in LIMIT_RULES:
        if rule.input in NUMERICS:
            found += [
                Violation(
                    rule.condition, level.priority, _with_pressures({rule.input: float(level.limit)}), rule.delay_s
                )
                for level in rule.levels
            ]
    rules = {rule.condition: rule for rule in LIMIT_RULES}
    for extreme in EXTREMES:
        rule = rules[extreme.condition]
        beyond = extreme.beyond + (1.0 if rule.direction == "above" else -1.0)
        numbers = _with_pressures({rule.input: beyond})
        found.append(Violation(rule.condition, rule.levels[-1].priority, numbers, 0.0))
    flat = {"systolic_mmhg": 16.0, "mean_arterial_mmhg": 15.0, "diastolic_mmhg": 14.0}
    arrest = {"heart_rate_bpm": 0.0, "spo2_percent": 0.0, "respiratory_rate_per_min": 0.0, "etco2_mmhg": 0.0}
    found.append(Violation("asystole", "high", arrest | flat, ASYSTOLE.delay_s))
    no_breath = {"respiratory_rate_per_min": 0.0, "etco2_mmhg": 0.0}
    found.append(Violation("apnoea", "high", no_breath, APNOEA.delay_s))
    for rule, (_, column) in zip(SENSOR_OFF, SENSORS, strict=True):
        found.append(Violation(rule.condition, rule.levels[0].priority, {column: _OFF}, rule.delay_s))
        gone_s = max(GONE_AT_LEAST_MS / 1000, rule.delay_s)
        found.append(Violation(rule.condition, rule.levels[0].priority, {column: np.nan}, gone_s))
    return found


def _one(values: Floats, stamps: Floats | None = None, arrived: Floats | None = None) -> Sent:
    seconds = np.arange(len(values), dtype=np.float64)
    return Sent(seconds if stamps is None else stamps, seconds if arrived is None else arrived, values)


def _plain(values: Floats, _: Violation, __: Random) -> list[Sent]:
    return [_one(values)]


def _lost_frames(values: Floats, _: Violation, random: Random) -> list[Sent]:
    kept = random.random(len(values)) >= 0.3  # noqa: PLR2004 - the share that is lost
    kept[BEGINS_S] = True
    seconds = np.flatnonzero(kept).astype(np.float64)
    return [Sent(seconds, seconds, values[kept])]


def _good_numbers_between(values: Floats, violation: Violation, _: Random) -> list[Sent]:
    """Every fifteenth second reads as before the violation: an artefact."""
    values = values.copy()
    for name in violation.numbers:
        column = NUMERICS.index(name)
        values[BEGINS_S + 14 : BEGINS_S + LASTS_S : 15, column] = values[BEGINS_S - 1, column]
    return [_one(values)]


def _skewed(by_s: float) -> Disturb:
    def make(values: Floats, _: Violation, __: Random) -> list[Sent]:
        seconds = np.arange(len(values), dtype=np.float64)
        return [Sent(seconds + by_s, seconds, values)]

    return make


def _other_device(ahead_s: float, *, contradicts: bool) -> Disturb:
    """A second device shows the other numbers, or the same ones as before the violation; its clock is ahead."""

    def make(values: Floats, violation: Violation, _: Random) -> list[Sent]:
        columns = [NUMERICS.index(name) for name in violation.numbers]
        other = values.copy()
        if contradicts:
            other[BEGINS_S : BEGINS_S + LASTS_S, columns] = values[BEGINS_S - 1, columns]
        else:
            other[:, columns] = np.nan
        own = np.full_like(values, np.nan)
        own[:, columns] = values[:, columns]
        seconds = np.arange(len(values), dtype=np.float64)
        return [Sent(seconds, seconds, own), Sent(seconds + ahead_s, seconds + 0.5, other)]

    return make


def _every(interval_s: int) -> Disturb:
    def make(values: Floats, _: Violation, __: Random) -> list[Sent]:
        seconds = np.arange(BEGINS_S % interval_s, len(values), interval_s)
        return [Sent(seconds.astype(np.float64), seconds.astype(np.float64), values[seconds])]

    return make


DISTURBANCES: Final = (
    Disturbance("nothing else", _plain),
    Disturbance("3 of 10 frames lost", _lost_frames, 2.0),
    Disturbance("a good number every 15 s", _good_numbers_between, 2.0, 14 / 15),
    Disturbance("clock 20 s behind", _skewed(-20.0)),
    Disturbance("clock 5 min behind", _skewed(-300.0)),
    Disturbance("clock 5 min ahead", _skewed(300.0)),
    Disturbance("second device 1 ms ahead", _other_device(0.001, contradicts=False), 2.0),
    Disturbance("second device 31 s ahead", _other_device(31.0, contradicts=False), 2.0),
    Disturbance("second device contradicts", _other_device(0.001, contradicts=True), 2.0),
    Disturbance("one row in 10 s", _every(10), 10.0),
    Disturbance("one row a minute", _every(60), 60.0),
)


def fits(violation: Violation, disturbance: Disturbance) -> bool:
    """Whether the violation is one under the disturbance.

    A device that shows a pulse or a breath says that there is no arrest or apnoea. A number that is absent is only
    missed of who sends it often, and a good number between, or of a second device, says that the sensor is on.
    """
    if violation.condition in {ASYSTOLE.condition, APNOEA.condition}:
        return "contradicts" not in disturbance.name
    if not violation.condition.startswith("sensor-off"):
        return True
    absent = any(np.isnan(number) for number in violation.numbers.values())
    return disturbance.make is _plain or not (absent or "second" in disturbance.name or "good" in disturbance.name)


def with_usual(values: Floats) -> Floats:
    """A recording [T, 9] with usual numbers in the columns of which it has none."""
    filled = values.copy()
    for name, usual in USUAL.items():
        column = NUMERICS.index(name)
        if np.isnan(values[:, column]).all():
            filled[:, column] = usual
    return filled


def inject(values: Floats, violation: Violation) -> Floats:
    """A recording [T, 9] with the violation in it, from BEGINS_S on for LASTS_S."""
    injected = values.copy()
    for name, number in violation.numbers.items():
        injected[BEGINS_S : BEGINS_S + LASTS_S, NUMERICS.index(name)] = number
    return injected


def judge(
    recordings: dict[str, Floats], chosen: Sequence[Violation], disturbance: Disturbance, seed: int
) -> list[Judged]:
    """Put each violation into each recording [T, 9] under one disturbance, and play them all.

    A recording is left out of those violations whose alarm is on in it anyway.
    """
    cases = [
        (violation, name, with_usual(values))
        for violation in chosen
        if fits(violation, disturbance)
        for name, values in recordings.items()
    ]
    random = np.random.default_rng(seed)
    sent = [disturbance.make(inject(values, violation), violation, random) for violation, _, values in cases]
    heard = _played(sent)
    judged = []
    for at, (violation, name, _) in enumerate(cases):
        of_condition = [one for one in heard[at] if one.alert.condition == violation.condition]
        if _on(of_condition, violation.priority):
            continue
        after = [
            one.at_s - BEGINS_S
            for one in of_condition
            if one.at_s >= BEGINS_S and one.alert.phase in _BEGIN and _reaches(one.alert, violation.priority)
        ]
        within_s = violation.within_s / _net(disturbance) + disturbance.slower_s + ON_ITS_WAY_MS / 1000
        judged.append(Judged(violation, disturbance, name, min(after) if after else None, within_s))
    return judged


def _net(disturbance: Disturbance) -> float:
    """What a second of violation is worth, once what the time out of it takes away is counted."""
    return disturbance.in_violation - LEAK * (1 - disturbance.in_violation)


def _on(heard: Sequence[Heard], priority: Priority) -> bool:
    """Whether an alarm at least as severe was on when the violation began."""
    before = [one.alert for one in heard if one.at_s < BEGINS_S]
    return bool(before) and before[-1].presence and _reaches(before[-1], priority)


def _reaches(alert: Alert, priority: Priority) -> bool:
    return _RANK[alert.priority] >= _RANK[priority]


def sounding(recordings: dict[str, Floats]) -> tuple[int, float]:
    """How many alarms begin or get worse, and sound, in the recordings as they are; and how many days those are."""
    alerts = [one.alert for heard in _played([[_one(values)] for values in recordings.values()]) for one in heard]
    count = sum(alert.phase in _BEGIN and alert.signal == "on" for alert in alerts)
    return count, sum(map(len, recordings.values())) / 86_400


def _played(cases: Sequence[Sequence[Sent]]) -> list[list[Heard]]:
    """The alerts of each case, its frames played as a patient of its own, second by second, and the clock besides."""
    frames = _frames(cases)
    names = [f"case-{case}" for case in range(len(cases))]
    states = [PatientState() for _ in names]
    heard: list[list[Heard]] = [[] for _ in cases]

    def hear(record: object, at_ms: int) -> None:
        if isinstance(record, Alert):
            heard[int(record.patient.removeprefix("case-"))].append(Heard((at_ms - _START_MS) / 1000, record))

    begin, last_ms = 0, int(frames.arrived_ms[-1])
    for now_ms in range(_START_MS, last_ms + ON_ITS_WAY_MS + 1, 1000):
        end = int(np.searchsorted(frames.arrived_ms, now_ms, side="right"))
        if end > begin:
            done = advance_frames(names, states, frames.part(slice(begin, end)), None, _TIMING)
            states = done.states
            for one in done.said:
                hear(one.record, int(frames.arrived_ms[begin + one.source]))
            begin = end
        for at, name in enumerate(names):
            states[at], due = advance_clock(name, states[at], now_ms)
            for late in due:
                hear(late.record, now_ms)
    return heard


def _frames(cases: Sequence[Sequence[Sent]]) -> Frames:
    """The frames of all cases, in order of arrival."""
    columns = [(case, device, one) for case, devices in enumerate(cases) for device, one in enumerate(devices)]
    count = [len(one.stamp_s) for _, _, one in columns]
    patient = np.repeat([case for case, _, _ in columns], count)
    device = np.repeat([device for _, device, _ in columns], count)
    stamp_ms = np.concatenate([_ms(one.stamp_s) for _, _, one in columns])
    arrived_ms = np.concatenate([_ms(one.arrived_s) for _, _, one in columns])
    values = np.full((len(patient), len(COLUMNS)), np.nan)
    values[:, : len(NUMERICS)] = np.concatenate([one.values for _, _, one in columns])
    order = np.lexsort((device, arrived_ms))
    return Frames(
        patient[order],
        stamp_ms[order],
        values[order],
        arrived_ms[order],
        device[order],
        np.full(len(order), -1, np.int64),
        ("device-a", "device-b"),
    )


def _ms(seconds: Floats) -> NDArray[np.int64]:
    return _START_MS + np.round(1000 * seconds).astype(np.int64)
