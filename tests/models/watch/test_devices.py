"""The short way of placing frames that come in order says what the long way says, one frame after the other."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import numpy as np
import pytest

from models import vitals
from models.watch import devices
from models.watch.clocks import ClockNews, Clocks, Device, Stamped
from models.watch.state import COLUMNS
from schemas.vitals import NUMERICS
from tests.builders.watch_frames import LATENESS_MS, START_MS, Sent, frames

PATIENTS = 4
UNHEARD = (0,) * len(COLUMNS)


class Known(NamedTuple):
    """What is known of a patient before frames."""

    devices: dict[str, Device] = {}  # noqa: RUF012 - nobody writes into it
    newest_ms: int = 0
    told_ms: tuple[int, ...] = UNHEARD
    every_ms: tuple[int, ...] = UNHEARD


class OneByOne(NamedTuple):
    """What the long way says of the same frames."""

    at_ms: list[int]
    resent: list[bool]
    lost: list[int]
    others: dict[int, dict[int, tuple[float, float]]]
    paces: dict[int, dict[int, tuple[int, int]]]
    news: list[ClockNews]
    devices: list[dict[str, Device]]


def arrived(rows: Sequence[Sent]) -> devices.Arrived:
    """Frames sorted by patient, in order of arrival."""
    some = frames(rows)
    order = np.argsort(some.patient, kind="stable")
    cleaned = vitals.clean(some.values[:, : len(NUMERICS)])[0]
    return devices.Arrived(
        some.patient[order],
        some.time_ms[order],
        some.arrived_ms[order],
        some.device[order],
        some.sequence[order],
        ~np.isnan(some.values[order]),
        cleaned[order],
        some.devices,
    )


def before(states: Sequence[Known]) -> devices.Before:
    return devices.Before(
        np.array([state.newest_ms for state in states], np.int64),
        np.array([state.told_ms for state in states]),
        np.array([state.every_ms for state in states]),
    )


def one_by_one(states: Sequence[Known], some: devices.Arrived) -> OneByOne:
    """Place every patient's frames by the long way."""
    found = OneByOne([], [], [], {}, {}, [], [])
    for patient, state in enumerate(states):
        clocks = Clocks(patient, state.devices, state.newest_ms, list(state.told_ms), state.every_ms, LATENESS_MS)
        rows = np.flatnonzero(some.patient == patient).tolist()
        for row in rows:
            seen = clocks.take(
                Stamped(
                    row,
                    some.devices[some.device[row]],
                    int(some.time_ms[row]),
                    int(some.arrived_ms[row]),
                    int(some.sequence[row]),
                    np.flatnonzero(some.told[row]).tolist(),
                    some.values[row].tolist(),
                )
            )
            found.at_ms.append(seen.at_ms)
            found.resent.append(seen.resent)
            found.lost.append(seen.lost)
            if seen.others:
                found.others[row] = seen.others
            if seen.paces:
                found.paces[row] = seen.paces
        found.news.extend(clocks.news)
        found.devices.append(clocks.devices() if rows else state.devices)
    return found


def same(states: Sequence[Known], rows: Sequence[Sent]) -> devices.Placed:
    """Place frames by both ways, and hold them together."""
    some = arrived(rows)
    placed = devices.place([state.devices for state in states], before(states), some, LATENESS_MS)
    expected = one_by_one(states, some)
    assert placed.at_ms.tolist() == expected.at_ms
    assert placed.resent.tolist() == expected.resent
    assert placed.lost.tolist() == expected.lost
    assert placed.news == sorted(expected.news, key=lambda one: one.row)
    assert placed.devices == expected.devices
    rows_shown, low, high = placed.others
    assert rows_shown.tolist() == sorted(expected.others)
    for at, row in enumerate(rows_shown.tolist()):
        shown = {column: (low[at, column], high[at, column]) for column in np.flatnonzero(~np.isnan(low[at])).tolist()}
        assert shown == expected.others[row]
    assert placed.paces.rows.tolist() == sorted(expected.paces)
    for at, row in enumerate(placed.paces.rows.tolist()):
        told = np.flatnonzero(placed.paces.gap_ms[at] != devices.UNTOLD).tolist()
        paces = {column: (placed.paces.gap_ms[at, column], placed.paces.paced_ms[at, column]) for column in told}
        assert paces == expected.paces[row]
        assert np.flatnonzero(placed.paces.paced_ms[at] != devices.UNTOLD).tolist() == told
    return placed


def after(patients: Sequence[Known], rows: Sequence[Sent], placed: devices.Placed) -> list[Known]:
    """What is known of the patients after these frames."""
    some = arrived(rows)
    result = []
    for patient, one in enumerate(patients):
        own = (some.patient == patient) & ~placed.resent
        at_ms = np.append(placed.at_ms[own], one.newest_ms)
        told = np.vstack([np.where(some.told[own], placed.at_ms[own][:, None], 0), one.told_ms]).max(axis=0)
        every = tuple(1000 if told_ms else -1 for told_ms in told.tolist())
        result.append(Known(placed.devices[patient], int(at_ms.max()), tuple(told.tolist()), every))
    return result


MEASURED: tuple[dict[str, float], ...] = (
    {"heart_rate_bpm": 80.0},
    {"heart_rate_bpm": 95.0, "spo2_percent": 96.0},
    {"on_oxygen": 1.0},
    {},
)


def sent(dice: Random, begin_s: float, numbers: dict[int, int], skews_s: dict[int, float]) -> list[Sent]:
    """Frames of all patients; of most of them in order and of one device, but by a clock that may be wrong."""
    made = []
    for patient in range(PATIENTS):
        if dice.random() < 0.3:
            skews_s[patient] = dice.choice([0.0, -1.0, -60.0, 30.0, 31.0])
        at_s, skew_s = begin_s, skews_s.get(patient, 0.0)
        counts, disorder = dice.random() < 0.5, dice.random() < 0.3
        names, step_s = ("a", "b") if dice.random() < 0.15 else ("a",), dice.choice([0.001, 1.0, 5.0, 120.0, 601.0])
        for _ in range(dice.choice([0, 1, 2, 3, 6])):
            at_s += dice.choice([step_s, step_s, step_s, 0.0])
            numbers[patient] = numbers.get(patient, dice.choice([-1, 0])) + dice.choice([1, 1, 1, 3])
            number = numbers[patient] if counts else -1
            if disorder and dice.random() < 0.3:
                number = dice.choice([-1, 0, number])
                skew_s = dice.choice([0.0, -1.0, -60.0, 30.0])
            delay_s = dice.choice([0.0, 0.0, 0.0, 0.5, -30.001]) if disorder else 0.0
            measured = dice.choice(MEASURED)
            made.append(Sent(patient, at_s + skew_s, measured, dice.choice(names), number, at_s + delay_s))
    return sorted(made, key=lambda one: one.arrived_s or 0.0)


@pytest.mark.parametrize("seed", range(100))
def test_frames_that_come_in_order_are_placed_as_if_one_by_one(seed: int) -> None:
    dice = Random(seed)  # noqa: S311 - dice, no secret
    numbers: dict[int, int] = {}
    skews_s: dict[int, float] = {}
    patients = [Known()] * PATIENTS
    for begin_s in (1000.0, 2000.0 + dice.choice([0.0, 600.0, 3000.0]), 9000.0):
        rows = sent(dice, begin_s, numbers, skews_s)
        patients = after(patients, rows, same(patients, rows))


def test_nothing_comes() -> None:
    patients = after([Known()] * 2, rows := [Sent(1, 0.0, {"heart_rate_bpm": 80.0})], same([Known()] * 2, rows))
    placed = same(patients, [])
    assert placed.devices == [one.devices for one in patients]
    assert [len(column) for column in (placed.at_ms, placed.resent, placed.lost, placed.news)] == [0] * 4


def test_a_patient_s_devices_are_remembered_though_only_others_are_heard() -> None:
    heart_rate = {"heart_rate_bpm": 80.0}
    rows = [Sent(patient, float(patient), heart_rate, f"monitor-{patient}", 4) for patient in range(3)]
    patients = after([Known()] * 3, rows, same([Known()] * 3, rows))
    placed = same(patients, [Sent(1, 9.0, heart_rate, "monitor-1", 7)])
    assert [list(one) for one in placed.devices] == [["monitor-0"], ["monitor-1"], ["monitor-2"]]
    assert placed.lost.tolist() == [2]


HEART_RATE = {"heart_rate_bpm": 80.0}
LIMIT_S = LATENESS_MS / 1000


def heard(offset_ms: int = 0, *, jumped_s: float | None = None) -> Known:
    """A patient whose only device was heard at the start, numbered 4; its stamps lie so far behind."""
    jumped_ms = 0 if jumped_s is None else START_MS + round(jumped_s * 1000)
    device = Device(offset_ms, START_MS - offset_ms, 4, 1000, skew_ms=offset_ms, jumped_now_ms=jumped_ms)
    told_ms = (START_MS, *UNHEARD[1:])
    return Known({"a": device}, START_MS, told_ms, tuple(1000 if told else -1 for told in told_ms))


def by(device: str, *stamps_s: float, patient: int = 0, number: int = -1, early_s: float = 0.0) -> list[Sent]:
    """Frames with these stamps, the numbers going on; they arrive so much before their stamps."""
    return [
        Sent(patient, stamp_s, HEART_RATE, device, number + at if number >= 0 else -1, stamp_s - early_s)
        for at, stamp_s in enumerate(stamps_s)
    ]


@pytest.mark.parametrize(
    ("patient", "rows"),
    [
        pytest.param(Known(), by("a", 0, 0, 1, number=0), id="first frames, some of the same moment"),
        pytest.param(Known(), by("", 0, 100), id="without name and number"),
        pytest.param(heard(), by("a", 0, 1, 2), id="on and on"),
        pytest.param(heard(), by("a", 100, 200, number=7), id="after pauses"),
        pytest.param(heard(), by("a", 31, 62, early_s=LIMIT_S), id="as early as a stamp may be"),
        pytest.param(heard(60_000), by("a", -30, 0, 30), id="moved, after pauses up to the limit"),
        pytest.param(heard(1), by("a", 29.999, 59.999), id="moved by little, after pauses up to the limit"),
    ],
)
def test_frames_of_an_only_device_that_come_in_order_need_not_be_looked_at_one_by_one(
    patient: Known, rows: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    same([patient, Known(), patient], [*rows, *(one._replace(patient=2) for one in rows)])
    monkeypatch.delattr(devices, "Clocks")
    devices.place([patient.devices], before([patient]), arrived(rows), LATENESS_MS)


@pytest.mark.parametrize(
    ("patient", "rows"),
    [
        pytest.param(heard(), by("b", 1, 2), id="another device"),
        pytest.param(heard(), [*by("a", 1), *by("b", 2)], id="another one beside it"),
        pytest.param(heard(), by("a", 2, 1), id="out of order"),
        pytest.param(heard(), by("a", -0.001), id="behind what is known"),
        pytest.param(heard(), [*by("a", 1, number=7), *by("a", 2)], id="a number is missing"),
        pytest.param(heard(), [*by("a", 1), *by("a", 2, number=0)], id="numbers begin"),
        pytest.param(heard(), by("a", 31, 62, early_s=LIMIT_S + 0.001), id="from the future"),
        pytest.param(heard(60_000), by("a", -29.999, 1), id="moved, after a pause beyond the limit"),
        pytest.param(heard(1), by("a", 30), id="moved by little, after a pause beyond the limit"),
        pytest.param(heard(-60_000), by("a", 61, 62, early_s=60), id="ahead"),
    ],
)
def test_all_others_are_looked_at_one_by_one(patient: Known, rows: list[Sent]) -> None:
    same([Known(), patient, patient], [one._replace(patient=at) for at in (1, 2) for one in rows])


@pytest.mark.parametrize(
    ("stamps_s", "row"), [((538, 539), None), ((539, 540, 541), 2), ((540, 541), 1), ((538, 539, 540), 3)]
)
def test_a_clock_that_jumped_is_no_news_from_the_frame_on_that_comes_ten_minutes_later(
    stamps_s: tuple[float, ...], row: int | None
) -> None:
    patients = [Known(), heard(60_000, jumped_s=0.0)._replace(newest_ms=START_MS + 590_000), Known()]
    rows = [*by("a", 599), *by("a", *stamps_s, patient=1), *by("a", 1000, patient=2)]
    placed = same(patients, rows)
    assert placed.news == ([] if row is None else [ClockNews(1, row, "a", 0, START_MS + 600_000)])
    assert (placed.devices[1]["a"].skew_ms, placed.devices[1]["a"].jumped_now_ms) == (
        (60_000, START_MS) if row is None else (0, 0)
    )
