"""Each frame's moment by the ward's clock, to the millisecond, and what is remembered and told of its device."""

import math
from typing import Any, NamedTuple

import pytest

from models.watch.clocks import Clocks, Device, Seen, Shown, Stamped
from models.watch.state import COLUMNS
from schemas.vitals import NUMERICS

START_MS = 1_790_000_000_000
LIMIT_MS = 30_000
JUMP_MS = 5000
SETTLED_MS = 600_000
STEADY_MS = 10_000
SHOWN_AT_LEAST_MS = 5000
STREAM_MS = 60_000
MOST_DEVICES = 16
PATIENT = 3
EVERY_COLUMN = 0b111_1111_1111
HEART_RATE, SPO2 = COLUMNS.index("heart_rate_bpm"), COLUMNS.index("spo2_percent")


class News(NamedTuple):
    """What is told of a clock: at which frame, whose, by how much it is behind, and when."""

    row: int
    device: str
    skew_ms: int
    now_ms: int


class Bedside:
    """One patient's devices. Every moment is in ms after the start, those of the columns are of their newest number."""

    def __init__(self, known: dict[str, Device] | None = None, now_ms: int = 0, **told_ms: int) -> None:
        told = [START_MS + told_ms[name] if name in told_ms else 0 for name in COLUMNS]
        every = [1000 if name in told_ms else -1 for name in COLUMNS]
        self.clocks = Clocks(PATIENT, known or {}, START_MS + now_ms, told, every, LIMIT_MS)
        self._row = 0

    def frame(
        self, device: str, stamp_ms: int, /, *, arrived_ms: float | None = None, number: float = -1, **measured: float
    ) -> Seen:
        """Take in a frame, of the heart rate unless it says something else; it arrived at its stamp if not later."""
        measured = measured or {"heart_rate_bpm": 72.0}
        stamped = Stamped(
            self._row,
            device,
            START_MS + stamp_ms,
            START_MS + int(stamp_ms if arrived_ms is None else arrived_ms),
            int(number),
            sorted(COLUMNS.index(name) for name in measured),
            [measured.get(name, math.nan) for name in NUMERICS],
        )
        self._row += 1
        return self.clocks.take(stamped)

    def at_ms(self, device: str, stamp_ms: int, /, *, arrived_ms: float | None = None, **measured: float) -> int:
        """A frame's moment."""
        return self.frame(device, stamp_ms, arrived_ms=arrived_ms, **measured).at_ms - START_MS

    def every_second(self, device: str, from_ms: int, until_ms: int, **measured: float) -> None:
        """A frame each second, whose stamps are right."""
        for at_ms in range(from_ms, until_ms, 1000):
            self.frame(device, at_ms, **measured)

    def device(self, name: str) -> Device:
        """What is remembered of a device, without what it shows; its stamps in ms after the start."""
        one = self.clocks.devices()[name]
        moments = {
            field: getattr(one, field) - START_MS
            for field in ("newest_ms", "behind_ms", "lagging_from_ms", "jumped_now_ms")
            if getattr(one, field)
        }
        return one._replace(shown=(), **moments)

    @property
    def news(self) -> list[News]:
        """What was told so far."""
        assert {one.patient for one in self.clocks.news} <= {PATIENT}
        return [News(one.row, one.device, one.skew_ms, one.now_ms - START_MS) for one in self.clocks.news]


def known(newest_ms: int, *, jumped_now_ms: int | None = None, **fields: Any) -> Device:
    """A device of which this is known; stamps in ms after the start."""
    jumped_ms = 0 if jumped_now_ms is None else START_MS + jumped_now_ms
    return Device(newest_ms=START_MS + newest_ms, jumped_now_ms=jumped_ms, **fields)


def test_of_a_device_that_was_never_heard_nothing_is_known() -> None:
    assert Device() == (0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, ())


def test_a_device_s_interval_is_that_of_its_last_two_moments() -> None:
    bedside = Bedside()
    for stamp_ms, every_ms in ((0, 0), (900, 900), (901, 1), (901, 1)):
        bedside.frame("a", stamp_ms)
        assert bedside.device("a").every_ms == every_ms


# --- a clock that is set back ---


def test_of_a_clock_that_was_set_back_the_second_frame_follows_on_the_newest_at_its_own_interval() -> None:
    bedside = Bedside()
    bedside.every_second("a", 0, 3000)
    assert bedside.at_ms("a", -597_000, arrived_ms=3000) == -597_000
    assert bedside.device("a") == Device(newest_ms=2000, every_ms=1000, behind_ms=-597_000)
    assert bedside.news == []
    assert bedside.at_ms("a", -595_500, arrived_ms=4500) == 3500
    assert bedside.at_ms("a", -594_500, arrived_ms=5500) == 4500
    assert bedside.news == [News(4, "a", 599_000, 3500)]
    assert bedside.device("a") == Device(
        offset_ms=599_000, newest_ms=-594_500, every_ms=1000, skew_ms=599_000, jumped_now_ms=3500
    )


def test_a_frame_that_is_the_next_by_its_number_shows_at_once_that_the_clock_was_set_back() -> None:
    bedside = Bedside()
    bedside.frame("a", 0, number=7)
    assert bedside.frame("a", -600_000, number=8, arrived_ms=1000).at_ms == START_MS + 1
    assert bedside.news == [News(1, "a", 600_001, 1)]
    assert bedside.frame("a", -599_000, number=9, arrived_ms=2000).at_ms == START_MS + 1001


@pytest.mark.parametrize("number", [-1, 6, 7, 9])
def test_a_single_frame_behind_whose_number_is_not_the_next_moves_nothing(number: int) -> None:
    bedside = Bedside()
    bedside.frame("a", 0, number=7)
    assert bedside.frame("a", -600_000, number=number, arrived_ms=1000).at_ms == START_MS - 600_000
    assert bedside.clocks.known["a"].offset_ms == 0
    assert bedside.news == []


def test_of_a_device_that_counts_from_zero_the_second_frame_may_show_it() -> None:
    bedside = Bedside()
    bedside.frame("a", 0, number=0)
    assert bedside.frame("a", -600_000, number=1).at_ms == START_MS + 1


def test_a_next_frame_with_the_stamp_of_the_one_before_was_not_set_back() -> None:
    bedside = Bedside()
    bedside.frame("a", 0, number=7)
    bedside.frame("b", 1000)
    assert bedside.frame("a", 0, number=8).at_ms == START_MS


def test_a_frame_behind_that_comes_before_one_behind_by_its_stamp_and_after_it_by_its_number_follows_at_once() -> None:
    bedside = Bedside()
    bedside.frame("a", 0, number=7)
    bedside.frame("a", -5000)
    assert bedside.frame("a", -6000, number=8).at_ms == START_MS + 1


def test_two_frames_behind_in_the_wrong_order_are_late_ones_and_no_clock() -> None:
    bedside = Bedside()
    bedside.every_second("a", 0, 3000)
    assert [bedside.at_ms("a", stamp_ms, arrived_ms=4000) for stamp_ms in (-5000, -5000, -6000)] == [
        -5000,
        -5000,
        -6000,
    ]
    assert bedside.clocks.known["a"].offset_ms == 0


@pytest.mark.parametrize(("back_ms", "told"), [(JUMP_MS, False), (JUMP_MS + 1, True)])
def test_a_clock_that_is_set_back_is_told_from_five_seconds_on(back_ms: int, *, told: bool) -> None:
    bedside = Bedside()
    bedside.every_second("a", 0, 9000)
    bedside.frame("a", 8000 - back_ms)
    assert bedside.at_ms("a", 9000 - back_ms) == 9000
    assert bedside.clocks.known["a"].offset_ms == back_ms
    assert bedside.news == ([News(10, "a", back_ms, 9000)] if told else [])


def test_a_clock_that_is_set_back_twice_is_moved_twice() -> None:
    bedside = Bedside()
    bedside.every_second("a", 0, 3000)
    for stamp_ms in (-60_000, -59_000):
        bedside.frame("a", stamp_ms)
    for stamp_ms in (-90_000, -89_000):
        last_ms = bedside.at_ms("a", stamp_ms)
    assert last_ms == 4000
    assert [one.skew_ms for one in bedside.news] == [62_000, 31_000]
    assert bedside.device("a").offset_ms == 93_000


def test_an_only_device_that_was_set_back_follows_on_all_that_it_told_also_in_other_columns() -> None:
    bedside = Bedside()
    bedside.frame("a", 0)
    bedside.frame("a", 5000, spo2_percent=97.0)
    bedside.frame("a", -60_000)
    assert bedside.at_ms("a", -59_000) == 6000


def test_a_frame_is_behind_only_if_all_its_numbers_are() -> None:
    bedside = Bedside()
    bedside.frame("a", 0, spo2_percent=97.0)
    bedside.frame("a", 10_000)
    assert bedside.at_ms("a", 5000, heart_rate_bpm=72.0, spo2_percent=97.0) == 5000
    assert bedside.device("a").behind_ms == 0
    assert bedside.at_ms("a", 6000, heart_rate_bpm=72.0, spo2_percent=97.0) == 6000


def test_a_second_number_for_the_very_moment_and_a_frame_that_says_nothing_are_not_behind() -> None:
    bedside = Bedside()
    bedside.frame("a", 10_000)
    bedside.frame("a", 10_000)
    assert bedside.device("a") == Device(newest_ms=10_000)
    stamped = Stamped(9, "a", START_MS + 5000, START_MS + 5000, -1, [], [math.nan] * len(NUMERICS))
    assert bedside.clocks.take(stamped).at_ms == START_MS + 5000
    assert bedside.device("a") == Device(newest_ms=5000)


def test_a_clock_that_jumped_is_no_news_after_ten_minutes_to_the_millisecond() -> None:
    before = {"a": known(offset_ms=60_000, newest_ms=-60_000, skew_ms=60_000, jumped_now_ms=0)}
    bedside = Bedside(before, 0, heart_rate_bpm=0)
    for stamp_ms in range(-40_000, SETTLED_MS - 61_000, 20_000):
        bedside.frame("a", stamp_ms)
    bedside.frame("a", SETTLED_MS - 60_001)
    assert bedside.news == []
    assert bedside.device("a").skew_ms == 60_000
    assert bedside.at_ms("a", SETTLED_MS - 60_000) == SETTLED_MS
    assert [(one.device, one.skew_ms, one.now_ms) for one in bedside.news] == [("a", 0, SETTLED_MS)]
    assert (bedside.device("a").skew_ms, bedside.device("a").jumped_now_ms) == (0, 0)
    bedside.frame("a", SETTLED_MS - 59_000)
    assert len(bedside.news) == 1


# --- a clock that lies behind those of other devices ---


@pytest.mark.parametrize(("skew_ms", "told"), [(LIMIT_MS, False), (LIMIT_MS + 1, True)])
def test_a_clock_behind_another_device_s_numbers_is_moved_right_behind_them_and_told_beyond_the_limit(
    skew_ms: int, *, told: bool
) -> None:
    bedside = Bedside()
    bedside.frame("b", -60_000, respiratory_rate_per_min=16.0)
    bedside.every_second("a", -1000, 1000)
    bedside.frame("b", -skew_ms - 500, arrived_ms=200)
    assert bedside.at_ms("b", 1 - skew_ms, arrived_ms=700) == 1
    assert bedside.device("b").offset_ms == skew_ms
    assert bedside.news == ([News(4, "b", skew_ms, 1)] if told else [])
    assert bedside.device("b").skew_ms == (skew_ms if told else 0)
    assert bedside.device("b").jumped_now_ms == 0


def test_it_is_moved_behind_the_newest_of_its_columns_and_not_behind_what_others_told_in_other_columns() -> None:
    bedside = Bedside()
    bedside.frame("b", -600_000, respiratory_rate_per_min=16.0)
    for at_ms, told in ((0, "heart_rate_bpm"), (3000, "spo2_percent"), (9000, "temperature_celsius")):
        bedside.frame("a", at_ms, **{told: 70.0})
    both = {"heart_rate_bpm": 72.0, "spo2_percent": 97.0}
    bedside.frame("b", -60_000, arrived_ms=9100, **both)
    assert bedside.at_ms("b", -59_000, arrived_ms=9200, **both) == 3001
    assert bedside.news == [News(5, "b", 62_001, 9000)]


def test_a_device_whose_own_numbers_are_the_newest_was_set_back_also_beside_others() -> None:
    bedside = Bedside()
    bedside.every_second("a", 0, 3000)
    bedside.frame("b", 2500, spo2_percent=97.0)
    bedside.frame("a", -10_000)
    assert bedside.at_ms("a", -9000) == 3500
    assert bedside.news == [News(5, "a", 12_500, 3500)]
    assert bedside.device("a").jumped_now_ms == 3500


def test_one_of_whose_numbers_only_some_are_its_own_lies_behind_the_other_device() -> None:
    bedside = Bedside()
    both = {"heart_rate_bpm": 72.0, "spo2_percent": 97.0}
    bedside.frame("a", 0, **both)
    bedside.frame("b", 1000, spo2_percent=97.0)
    bedside.frame("a", -10_000, **both)
    assert bedside.at_ms("a", -9000, **both) == 1001
    assert bedside.news == []
    assert bedside.device("a").jumped_now_ms == 0


def test_who_told_the_newest_number_of_a_column_is_known_of_every_column() -> None:
    bedside = Bedside()
    bedside.frame("a", 0)
    assert bedside.clocks.devices()["a"] == known(newest_ms=0)  # of the only one nothing has to be stored
    bedside.frame("b", 1000, spo2_percent=97.0)
    assert bedside.device("a").columns == EVERY_COLUMN - (1 << SPO2)
    assert bedside.device("b").columns == 1 << SPO2
    bedside.frame("c", 1000, spo2_percent=97.0)  # at the very moment: the one who was first has it
    assert [bedside.device(name).columns for name in "abc"] == [EVERY_COLUMN - (1 << SPO2), 1 << SPO2, 0]
    bedside.frame("c", 2000, spo2_percent=97.0)
    assert [bedside.device(name).columns for name in "abc"] == [EVERY_COLUMN - (1 << SPO2), 0, 1 << SPO2]
    bedside.frame("c", 3000)
    expected = [EVERY_COLUMN - (1 << SPO2) - (1 << HEART_RATE), 0, (1 << SPO2) + (1 << HEART_RATE)]
    assert [bedside.device(name).columns for name in "abc"] == expected


# --- a clock that only lags ---


def lagging(*lags_ms: int, every_ms: int = 5000) -> tuple[Bedside, list[int]]:
    """A ventilator that shows what no other device does, so far behind; by how much its frames were moved."""
    bedside = Bedside()
    moved_ms: list[int] = []
    for number, lag_ms in enumerate(lags_ms):
        now_ms = number * every_ms
        bedside.frame("a", now_ms)
        stamp_ms = now_ms - lag_ms
        told = {"etco2_mmhg": 38.0} if lag_ms > LIMIT_MS else {"temperature_celsius": 36.8}
        moved_ms.append(bedside.at_ms("b", stamp_ms, arrived_ms=now_ms, **told) - stamp_ms)
    return bedside, moved_ms


def test_a_steady_lag_is_moved_by_the_least_of_it_and_told() -> None:
    bedside, moved_ms = lagging(45_000, 44_000, 44_500, 45_500)
    assert moved_ms == [0, 0, 44_000, 44_000]
    assert bedside.news == [News(5, "b", 44_000, 10_000)]
    assert bedside.device("b").skew_ms == 44_000
    assert bedside.device("b").offset_ms == 44_000
    assert bedside.device("b").lags == 0
    assert lagging(45_000, 44_000, 44_500)[0].device("b").lags == 0


def test_a_lag_is_no_clock_up_to_the_limit_and_while_it_is_short() -> None:
    assert lagging(*[LIMIT_MS] * 6)[1] == [0] * 6
    assert lagging(*[LIMIT_MS + 1] * 3)[1] == [0, 0, LIMIT_MS + 1]
    assert lagging(*[45_000] * 4, every_ms=STEADY_MS // 2 - 1)[1] == [0, 0, 0, 45_000]
    assert lagging(45_000, 45_000, 45_000, every_ms=STEADY_MS)[1] == [0, 0, 45_000]


def test_a_lag_that_is_interrupted_begins_anew() -> None:
    bedside, moved_ms = lagging(45_000, 41_000, 1000, 46_000, 46_500, 46_000)
    assert moved_ms == [0, 0, 0, 0, 0, 46_000]
    assert bedside.news == [News(11, "b", 46_000, 25_000)]
    assert lagging(45_000, 1000, 46_000, 46_500, 46_000)[1] == [0, 0, 0, 0, 46_000]


# --- a clock that is ahead ---


def test_a_stamp_counts_as_it_is_up_to_the_limit_after_its_arrival_and_beyond_as_of_its_arrival() -> None:
    bedside = Bedside()
    assert bedside.at_ms("a", LIMIT_MS, arrived_ms=0) == LIMIT_MS
    assert bedside.device("a").ahead == 0
    bedside = Bedside()
    assert bedside.at_ms("a", LIMIT_MS + 1, arrived_ms=0) == 0
    assert bedside.device("a") == Device(offset_ms=-LIMIT_MS - 1, newest_ms=LIMIT_MS + 1, ahead=1)
    assert bedside.news == []


def test_one_stamp_ahead_is_a_slip_and_two_are_told_once_until_they_are_right_again() -> None:
    bedside = Bedside()
    bedside.frame("a", 0)
    bedside.frame("a", 61_000, arrived_ms=1000)
    assert bedside.at_ms("a", 2000) == 2000
    assert bedside.device("a") == Device(newest_ms=2000, every_ms=61_000)
    assert bedside.news == []
    bedside.frame("a", 63_000, arrived_ms=3000)
    assert bedside.at_ms("a", 64_000, arrived_ms=4000) == 4000
    assert bedside.news == [News(4, "a", -60_000, 4000)]
    for at_ms in range(5000, 9000, 1000):
        assert bedside.at_ms("a", at_ms + 60_000, arrived_ms=at_ms) == at_ms
    assert len(bedside.news) == 1
    assert bedside.at_ms("a", 9000) == 9000
    assert bedside.news[1:] == [News(9, "a", 0, 8000)]
    assert bedside.device("a") == Device(newest_ms=9000, every_ms=1000)


@pytest.mark.parametrize(
    ("by_its_intervals_ms", "at_ms"),
    [(-1, 0), (0, 0), (1, 1), (LIMIT_MS, LIMIT_MS), (LIMIT_MS + 1, 0)],
)
def test_a_clock_ahead_keeps_its_intervals_as_far_as_arrivals_allow(by_its_intervals_ms: int, at_ms: int) -> None:
    bedside = Bedside({"a": Device(offset_ms=-600_000, ahead=1)})
    assert bedside.at_ms("a", 600_000 + by_its_intervals_ms, arrived_ms=0) == at_ms
    assert bedside.device("a").offset_ms == at_ms - by_its_intervals_ms - 600_000


def test_a_clock_ahead_is_told_at_the_ward_s_time() -> None:
    bedside = Bedside()
    bedside.frame("b", 20_000, spo2_percent=97.0)
    for at_ms in (1000, 2000):
        bedside.frame("a", at_ms + 60_000, arrived_ms=at_ms)
    assert bedside.news == [News(2, "a", -60_000, 20_000)]


def test_a_clock_that_was_behind_and_is_ahead_is_told_to_be_ahead() -> None:
    before = {"a": known(offset_ms=60_000, newest_ms=-60_000, skew_ms=60_000, jumped_now_ms=0)}
    bedside = Bedside(before, 0, heart_rate_bpm=0)
    for at_ms in (1000, 2000):
        bedside.frame("a", at_ms + 90_000, arrived_ms=at_ms)
    assert bedside.news == [News(1, "a", -90_000, 2000)]
    assert bedside.device("a") == Device(offset_ms=-90_000, newest_ms=92_000, every_ms=1000, ahead=2, skew_ms=-90_000)


def test_a_clock_behind_that_slips_ahead_once_and_is_right_then_is_told_to_be_right() -> None:
    before = {"a": known(offset_ms=60_000, newest_ms=-60_000, skew_ms=60_000, jumped_now_ms=0)}
    bedside = Bedside(before, 0, heart_rate_bpm=0)
    bedside.frame("a", 91_000, arrived_ms=1000)
    assert bedside.at_ms("a", 2000) == 2000
    assert bedside.news == [News(1, "a", 0, 1000)]
    bedside.every_second("a", 3000, SETTLED_MS + 3000)
    assert len(bedside.news) == 1
    assert (bedside.device("a").offset_ms, bedside.device("a").skew_ms) == (0, 0)


# --- a clock that is set right ---


@pytest.mark.parametrize("after_ms", [-LIMIT_MS, -5000, 0, 5000])
def test_a_clock_behind_that_is_set_right_counts_as_it_stamps_and_that_is_told(after_ms: int) -> None:
    before = {"a": known(offset_ms=100_000, newest_ms=-100_000, skew_ms=100_000, jumped_now_ms=0)}
    bedside = Bedside(before, 0)
    assert bedside.at_ms("a", after_ms, arrived_ms=max(after_ms, 0)) == after_ms
    assert bedside.news == [News(0, "a", 0, max(after_ms, 0))]
    assert bedside.device("a") == Device(newest_ms=after_ms, every_ms=100_000 + after_ms)


def test_a_stamp_that_is_still_behind_by_more_than_the_limit_sets_nothing_right() -> None:
    before = {"a": known(offset_ms=100_000, newest_ms=-100_000, skew_ms=100_000)}
    bedside = Bedside(before, 0, heart_rate_bpm=0)
    assert bedside.at_ms("a", -LIMIT_MS - 1, arrived_ms=70_000) == 100_000 - LIMIT_MS - 1
    assert bedside.news == []


@pytest.mark.parametrize(("offset_ms", "right"), [(1, True), (0, False)])
def test_a_pause_sets_right_what_was_moved_however_little_and_tells_nothing_that_was_not_told(
    offset_ms: int, *, right: bool
) -> None:
    before = {"a": known(offset_ms=offset_ms, newest_ms=-offset_ms, jumped_now_ms=0)}
    bedside = Bedside(before, 0, heart_rate_bpm=0)
    assert bedside.at_ms("a", LIMIT_MS + 1 - offset_ms) == LIMIT_MS + 1 - offset_ms
    assert bedside.device("a").offset_ms == 0
    assert bedside.clocks.known["a"].jumped_now_ms == (0 if right else START_MS)
    assert bedside.news == []


def test_a_moved_frame_up_to_the_limit_after_the_newest_stays_moved() -> None:
    before = {"a": known(offset_ms=60_000, newest_ms=-60_000)}
    bedside = Bedside(before, 0, heart_rate_bpm=0)
    assert bedside.at_ms("a", LIMIT_MS - 60_000) == LIMIT_MS


# --- frames that are sent again, and frames that are missing ---


def test_a_frame_that_is_sent_again_says_nothing_whatever_its_device_was_moved_by() -> None:
    bedside = Bedside({"b": Device()})
    for number in range(8):
        bedside.frame("a", number * 1000 - 60_000, number=number, arrived_ms=number * 1000)
    before = bedside.device("a")
    assert bedside.frame("a", -57_000, number=3) == Seen(START_MS - 57_000, resent=True, lost=-1, paces={}, others={})
    assert bedside.device("a") == before
    moved = Bedside({"a": known(offset_ms=60_000, newest_ms=-60_000, sequence=9, every_ms=1000)}, 0, heart_rate_bpm=0)
    assert moved.frame("a", -63_000, number=6).at_ms == START_MS - 3000


def test_a_frame_that_is_sent_again_with_the_stamp_of_a_clock_ahead_puts_nothing_into_the_future() -> None:
    before = {"a": known(newest_ms=60_000, sequence=9, every_ms=1000)}
    bedside = Bedside(before, 2000, heart_rate_bpm=0)
    assert bedside.frame("a", 58_000, number=7, arrived_ms=3000) == Seen(
        START_MS + 2000, resent=True, lost=-1, paces={}, others={}
    )


@pytest.mark.parametrize(
    ("number", "stamp_ms", "resent"),
    [
        (5, 15_000, True),
        (5, 12_000, True),  # 2 s and a fifth of the 5 s beside where its number puts it
        (5, 11_999, False),
        (5, 18_000, True),
        (5, 18_001, False),
        (9, 19_000, True),
        (10, 19_000, False),
        (9, 20_000, False),
        (0, 10_000, True),
        (-1, 19_000, False),
    ],
)
def test_what_was_sent_before_is_known_by_its_number_and_its_stamp_together(
    number: int, stamp_ms: int, *, resent: bool
) -> None:
    bedside = Bedside({"a": known(newest_ms=20_000, sequence=10, every_ms=1000)}, 20_000)
    assert bedside.frame("a", stamp_ms, number=number).resent is resent


def test_missing_running_numbers_are_counted() -> None:
    bedside = Bedside()
    numbers = [4, 5, 8, -1, 9, 9, 0, 1]
    found = [bedside.frame("a", at * 1000, number=number).lost for at, number in enumerate(numbers)]
    assert found == [0, 0, 2, -1, 0, 0, 0, 0]
    assert bedside.device("a").sequence == 1
    from_zero = Bedside()
    assert [from_zero.frame("a", at * 1000, number=number).lost for at, number in enumerate((0, 2))] == [0, 1]


# --- what devices show beside each other ---


def test_how_far_apart_a_device_s_numbers_come_is_known_beside_others_only() -> None:
    bedside = Bedside()
    assert bedside.frame("a", 0).paces == {}
    assert bedside.frame("a", 1000).paces == {}
    assert bedside.frame("b", 1500).paces == {HEART_RATE: (-1, -1)}
    assert bedside.frame("a", 3000).paces == {HEART_RATE: (2000, 1000)}
    assert bedside.frame("b", 3500).paces == {HEART_RATE: (2000, -1)}
    assert bedside.frame("b", 4000).paces == {HEART_RATE: (500, 2000)}
    assert bedside.frame("b", 4000).paces == {}
    assert bedside.frame("b", 3900, heart_rate_bpm=72.0, spo2_percent=97.0).paces == {SPO2: (-1, -1)}
    assert bedside.frame("b", 5000, on_oxygen=1.0, consciousness=0.0).paces == {}


def test_what_an_only_device_told_before_is_known_when_another_comes() -> None:
    bedside = Bedside({"a": known(newest_ms=0)}, 0, heart_rate_bpm=0)
    assert bedside.frame("b", 500).paces == {HEART_RATE: (-1, -1)}
    assert bedside.frame("a", 2000).paces == {HEART_RATE: (2000, 1000)}
    new = Bedside({"a": known(newest_ms=0)}, 0)
    new.frame("b", 500)
    assert new.frame("a", 2000).paces == {HEART_RATE: (-1, -1)}


def test_a_charted_number_known_before_has_no_pace() -> None:
    told_ms = [START_MS if name == "heart_rate_bpm" else 0 for name in COLUMNS]
    clocks = Clocks(PATIENT, {"a": known(newest_ms=0)}, START_MS, told_ms, [-1] * len(COLUMNS), LIMIT_MS)
    assert clocks.known["a"].shown == (Shown("heart_rate_bpm", None, START_MS, 0),)


def beside(*shown: tuple[str, float], at_ms: int = 3000) -> dict[int, tuple[float, float]]:
    """What other devices show beside a frame, if they show these heart rates each second."""
    bedside = Bedside({name: Device() for name in "xyz"})
    for second in (1000, 2000):
        for name, value in shown:
            bedside.frame(name, second, heart_rate_bpm=value)
    return bedside.frame("x", at_ms, heart_rate_bpm=72.0).others


def test_beside_a_frame_stand_the_lowest_and_the_highest_of_the_others() -> None:
    assert beside(("x", 72.0)) == {}
    assert beside(("x", 72.0), ("y", 90.0)) == {HEART_RATE: (90.0, 90.0)}
    assert beside(("x", 72.0), ("y", 90.0), ("z", 50.0)) == {HEART_RATE: (50.0, 90.0)}
    assert beside(("x", 72.0), ("y", 50.0), ("z", 90.0)) == {HEART_RATE: (50.0, 90.0)}
    assert beside(("y", math.nan)) == {}


def test_a_number_is_shown_for_five_seconds_at_least_and_three_of_its_intervals() -> None:
    assert beside(("y", 90.0), at_ms=2000 + SHOWN_AT_LEAST_MS) == {HEART_RATE: (90.0, 90.0)}
    assert beside(("y", 90.0), at_ms=2001 + SHOWN_AT_LEAST_MS) == {}
    for every_ms, until_ms in ((1, SHOWN_AT_LEAST_MS), (10_000, 30_000), (STREAM_MS, 180_000), (STREAM_MS + 1, 0)):
        bedside = Bedside({"x": Device(), "y": Device()})
        bedside.frame("y", 0)
        bedside.frame("y", every_ms)
        assert bool(bedside.frame("x", every_ms + until_ms).others) is (every_ms <= STREAM_MS)
        assert not bedside.frame("x", every_ms + until_ms + 1).others


def test_what_was_sent_once_is_not_shown() -> None:
    bedside = Bedside({"x": Device(), "y": Device()})
    bedside.frame("y", 0)
    assert bedside.frame("x", 0).others == {}


def test_what_an_only_device_showed_before_another_came_contradicts_nobody_however_frames_are_cut() -> None:
    whole = Bedside()
    for second in (1000, 2000):
        whole.frame("y", second, heart_rate_bpm=90.0)
    assert whole.frame("x", 2500).others == {}
    cut = Bedside({"y": known(newest_ms=2000, every_ms=1000)}, 2000, heart_rate_bpm=2000)
    assert cut.frame("x", 2500).others == {}


def test_beside_a_frame_that_is_behind_stands_nothing() -> None:
    bedside = Bedside({name: Device() for name in "xy"})
    for second in range(1000, 9000, 1000):
        bedside.frame("y", second, heart_rate_bpm=90.0)
    assert bedside.frame("x", 2000).others == {}
    assert bedside.frame("x", 2500).others == {HEART_RATE: (90.0, 90.0)}


def test_of_too_many_devices_the_one_that_was_heard_longest_ago_by_the_ward_s_clock_is_forgotten() -> None:
    devices = {f"d-{number}": known(newest_ms=number * 1000) for number in range(1, MOST_DEVICES)}
    # Its stamps are the lowest and it was heard last; or they are the highest, and it was heard first.
    for offset_ms, forgotten in ((600_000, "d-1"), (-600_000, "moved")):
        moved = known(offset_ms=offset_ms, newest_ms=20_000 - offset_ms if offset_ms > 0 else -offset_ms)
        bedside = Bedside({"moved": moved, **devices}, 20_000)
        bedside.frame("new", 21_000)
        assert len(bedside.clocks.devices()) == MOST_DEVICES
        assert {"moved", *devices, "new"} - set(bedside.clocks.devices()) == {forgotten}
    fewer = {name: one for name, one in devices.items() if name != "d-1"}
    bedside = Bedside(fewer, 20_000)
    bedside.frame("new", 21_000)
    assert set(bedside.clocks.devices()) == {*fewer, "new"}
