"""How bad each number is, whether another will confirm it, and whether it may end an alarm: row by row, to the edge."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from models.alarms import grading
from models.alarms.grading import BETWEEN, EXTREME, FIRST_LEVEL, UNKNOWN, WELL
from models.alarms.settings import Setting
from models.scores import news2
from models.watch.columns import Ints
from models.watch.frames import Rows, follow
from models.watch.graded import INPUT_OF, Graded, graded, sayings
from models.watch.state import PatientState
from tests.builders.watch_frames import LATENESS_MS, START_MS, Sent, frames
from tests.builders.watch_frames import WELL as WELL_FRAME

MEDIUM, HIGH = FIRST_LEVEL, FIRST_LEVEL + 1
CONDITIONS = [rule.condition for rule in grading.rules_for(scale2=False)]


class Said(NamedTuple):
    """What a row says of a condition."""

    grade: int
    value: float
    alone: bool
    settles: bool
    doubtful: bool
    late: bool


def looked_at(sent: Sequence[Sent], state: PatientState | None = None) -> tuple[Rows, Graded, Ints]:
    """The rows of these frames, and which they are; others are well, and have rows before and after them."""
    states = [PatientState(), PatientState() if state is None else state, PatientState()]
    others = [Sent(patient, at_s, WELL_FRAME) for patient in (0, 2) for at_s in (0, 1)]
    rows = follow(states, frames([*others, *(one._replace(patient=1) for one in sent)]), LATENESS_MS)
    return rows, graded(states, rows), np.arange(4, 4 + len(sent))


def said(condition: str, sent: Sequence[Sent], state: PatientState | None = None) -> list[Said]:
    """What each frame says of a condition."""
    rows, seen, at = looked_at(sent, state)
    place = CONDITIONS.index(condition)
    columns = (seen.grades[at, place], seen.inputs[at, INPUT_OF[place]], *sayings(rows, seen, at, at * 0 + place))
    return [Said(*one) for one in zip(*(column.tolist() for column in columns), strict=True)]


def numbers(name: str, values: Mapping[float, float], device: str = "") -> list[Sent]:
    """Numbers of one vital sign by the second when they were measured."""
    return [Sent(1, at_s, {name: value}, device) for at_s, value in values.items()]


def every(name: str, value: float, *at_s: float) -> list[Sent]:
    """The same number at these seconds."""
    return numbers(name, dict.fromkeys(at_s, value))


def limited(condition: str, limit: float, until_s: float, spo2_scale: int = 1) -> PatientState:
    """A patient for whom staff have set a limit."""
    until_ms = START_MS + round(until_s * 1000)
    one = Setting("limit", condition, START_MS, START_MS, until_ms, limit, "seen", "physician", "physician-1")
    state = PatientState(settings={one.place: one})
    return replace(state, stay=replace(state.stay, spo2_scale=spo2_scale))


# --- how bad ---


def test_what_a_frame_tells_is_graded_and_what_it_does_not_tell_is_unknown() -> None:
    fast, slow = (said(f"heart-rate-{side}", every("heart_rate_bpm", 155.0, 0))[0] for side in ("high", "low"))
    assert (fast.grade, fast.value, slow.grade) == (HIGH, 155.0, WELL)
    (oxygen,) = said("spo2-low", every("heart_rate_bpm", 155.0, 0))
    assert oxygen.grade == UNKNOWN
    _, seen, _ = looked_at([], PatientState(points=np.full(len(news2.PARAMETERS), 3, np.int8)))
    assert (seen.grades[[0, 3]] == UNKNOWN).all()  # what is stored says nothing anew


def test_a_number_that_a_sensor_may_have_read_raises_an_alarm_below_extreme_and_ends_none() -> None:
    high, low = (said(f"heart-rate-{side}", every("heart_rate_bpm", 320.0, 0))[0] for side in ("high", "low"))
    assert high == Said(HIGH, 320.0, alone=True, settles=False, doubtful=True, late=False)
    assert low.grade == UNKNOWN
    assert said("heart-rate-high", every("heart_rate_bpm", 230.0, 0))[0].grade == HIGH + EXTREME
    pressures = {"systolic_mmhg": 60.0, "mean_arterial_mmhg": 66.0, "diastolic_mmhg": 50.0}
    (systolic,) = said("systolic-low", [Sent(1, 0, pressures)])
    assert (systolic.grade, systolic.doubtful) == (HIGH, True)
    (mean,) = said("mean-arterial-low", [Sent(1, 0, pressures)])
    assert mean.grade == UNKNOWN  # between 64 and 67 raises nothing


def test_an_older_number_than_the_newest_raises_an_alarm_and_ends_none() -> None:
    for value, grade in ((72.0, UNKNOWN), (128.0, UNKNOWN), (135.0, MEDIUM), (190.0, HIGH)):
        newest, stale = said(
            "heart-rate-high", [*every("heart_rate_bpm", 72.0, 10), *every("heart_rate_bpm", value, 9)]
        )
        assert (newest.grade, newest.late) == (WELL, False)
        assert (stale.grade, stale.value, stale.late) == (grade, value, True)
    assert said("heart-rate-high", every("heart_rate_bpm", 128.0, 0))[0].grade == BETWEEN


def test_what_a_late_frame_says_is_late_and_it_scores_nothing() -> None:
    for behind_s, late in ((30, False), (30.001, True)):
        sent = [Sent(1, 100, {"heart_rate_bpm": 72.0}), Sent(1, 100 - behind_s, {"spo2_percent": 80.0})]
        oxygen = said("spo2-low", sent)[1]
        assert (oxygen.grade, oxygen.late) == (HIGH, late)
        score = said("news2", [Sent(1, 100, WELL_FRAME), *sent[1:]])[1]
        assert (score.grade == UNKNOWN, score.late) == (late, late)


def test_a_stale_number_makes_what_rests_on_several_not_late() -> None:
    sent = [Sent(1, 10, WELL_FRAME), Sent(1, 9, {"heart_rate_bpm": 150.0})]
    assert [said(condition, sent)[1].late for condition in ("shock-index", "news2", "heart-rate-high")] == [
        False,
        False,
        True,
    ]


def test_carbon_dioxide_of_a_stream_that_reads_0_alarms_and_never_ends_an_alarm() -> None:
    first, then, again = said("etco2-low", numbers("etco2_mmhg", {0: 0.0, 1: 0.0, 2: 38.0}))
    assert (first.grade, first.doubtful) == (UNKNOWN, False)
    assert then == Said(HIGH, 0.0, alone=False, settles=False, doubtful=True, late=False)
    assert (again.grade, again.doubtful) == (WELL, False)
    assert said("etco2-low", numbers("etco2_mmhg", {0: 0.0, 0.001: 0.0}))[1].grade == HIGH
    beside = [Sent(1, 0, {"etco2_mmhg": 0.0}), Sent(1, 1, {"etco2_mmhg": 0.0, "heart_rate_bpm": 72.0})]
    assert not said("heart-rate-high", beside)[1].doubtful


@pytest.mark.parametrize(("consciousness", "grade"), [(0.0, WELL), (1.0, FIRST_LEVEL), (2.0, HIGH), (4.0, HIGH)])
def test_who_answers_to_voice_or_less_raises_the_score_s_alarm_whatever_the_sum_is(
    consciousness: float, grade: int
) -> None:
    """Three points for any change of consciousness are the low-medium band; from voice on it is medium priority."""
    _, seen, (at,) = looked_at([Sent(1, 0, WELL_FRAME | {"consciousness": consciousness})])
    place = CONDITIONS.index("news2")
    assert (seen.grades[at, place], seen.score[at]) == (grade, grade)


def test_how_conscious_somebody_was_long_ago_is_not_known() -> None:
    age_s = news2.MAX_AGE_S["consciousness"]
    rest = {name: value for name, value in WELL_FRAME.items() if name != "consciousness"}
    sent = [Sent(1, 0, WELL_FRAME | {"consciousness": 3.0}), Sent(1, age_s, rest), Sent(1, age_s + 1, rest)]
    assert [one.grade for one in said("news2", sent)] == [HIGH, HIGH, WELL]


def test_which_parameters_of_the_score_are_known_and_which_have_points_is_told_by_their_bits() -> None:
    def bits(*names: str) -> int:
        return sum(1 << news2.PARAMETERS.index(name) for name in names)

    _, seen, (at,) = looked_at(
        [Sent(1, 0, {"heart_rate_bpm": 115.0, "spo2_percent": 98.0, "temperature_celsius": 38.5})]
    )
    assert seen.known[at] == bits("heart_rate_bpm", "spo2_percent", "temperature_celsius")
    assert seen.points[at] == bits("heart_rate_bpm", "temperature_celsius")
    assert seen.score[at] == WELL


# --- limits that staff have set, and what other devices show ---


def test_a_limit_of_the_patient_s_own_holds_in_all_rows_until_it_ends_and_for_nobody_else() -> None:
    fast = every("heart_rate_bpm", 105.0, 0, 10, 20, 20.001, 30)
    own = said("heart-rate-high", fast, limited("heart-rate-high", 100.0, 20))
    assert [one.grade for one in own] == [MEDIUM, MEDIUM, MEDIUM, WELL, WELL]  # the row at 20 s comes before the end
    assert [one.grade for one in said("heart-rate-high", fast)] == [WELL] * 5
    assert [one.grade for one in said("heart-rate-low", fast, limited("heart-rate-high", 100.0, 20))] == [WELL] * 5
    _, seen, at = looked_at(fast, limited("heart-rate-high", 100.0, 600))
    assert [one.rows.tolist() for one in seen.own] == [[at[0] - 1, *at.tolist()]]


def test_a_patient_with_a_lower_target_is_graded_by_it() -> None:
    lower = PatientState(stay=replace(PatientState().stay, spo2_scale=2))
    low = every("spo2_percent", 84.0, 0)
    assert [said("spo2-low", low)[0].grade, said("spo2-low", low, lower)[0].grade] == [HIGH, BETWEEN]


@pytest.mark.parametrize(("scale", "grade"), [(1, HIGH + EXTREME), (2, HIGH)])
def test_an_extreme_stays_where_it_is_for_the_patient_s_scale_whatever_the_limit_is(scale: int, grade: int) -> None:
    limit = {1: 94.0, 2: 86.0}[scale]
    (low,) = said("spo2-low", every("spo2_percent", 78.0, 0), limited("spo2-low", limit, 600, scale))
    assert low.grade == grade
    (beyond,) = said("spo2-low", every("spo2_percent", 72.0, 0), limited("spo2-low", limit, 600, scale))
    assert beyond.grade == HIGH + EXTREME


def test_a_first_number_settles_if_it_is_clearly_well_by_the_limit_that_holds() -> None:
    for rate, settles in ((119.0, True), (120.0, False)):
        assert said("heart-rate-high", every("heart_rate_bpm", rate, 0))[0].settles is settles
    own = limited("heart-rate-high", 100.0, 60)
    for rate, settles in ((88.0, True), (89.0, False)):
        at_once, later = said("heart-rate-high", every("heart_rate_bpm", rate, 0, 61), own)
        assert (at_once.settles, later.settles) == (settles, True)
        assert said("heart-rate-low", every("heart_rate_bpm", rate, 0), own)[0].settles


def beside(other: float, one: Mapping[str, float]) -> list[Sent]:
    """A frame of a monitor at 3 s, beside an oximeter that shows this heart rate each second."""
    return [*numbers("heart_rate_bpm", {0: other, 1: other, 2: other}, "oximeter"), Sent(1, 3, dict(one), "monitor")]


def test_of_two_devices_the_worse_one_is_graded_where_both_say_something_of_the_column() -> None:
    known = [Sent(1, -1, {"spo2_percent": 97.0}, "monitor")]
    for other, grade, value in ((155.0, HIGH, 155.0), (60.0, WELL, 72.0), (128.0, BETWEEN, 128.0)):
        last = said("heart-rate-high", [*known, *beside(other, {"heart_rate_bpm": 72.0})])[-1]
        assert (last.grade, last.value) == (grade, value)
    slow = said("heart-rate-low", [*known, *beside(35.0, {"heart_rate_bpm": 72.0})])[-1]
    assert (slow.grade, slow.value) == (MEDIUM, 35.0)
    own = said("heart-rate-high", [*known, *beside(72.0, {"heart_rate_bpm": 135.0})])[-1]
    assert (own.grade, own.value) == (MEDIUM, 135.0)
    silent = said("heart-rate-high", [*known, *beside(155.0, {"spo2_percent": 97.0})])[-1]
    assert silent.grade == UNKNOWN


def test_of_two_devices_the_worse_one_is_graded_by_the_patient_s_own_limit() -> None:
    state = limited("heart-rate-high", 100.0, 600)
    known = [Sent(1, -1, {"spo2_percent": 97.0}, "monitor")]
    last = said("heart-rate-high", [*known, *beside(105.0, {"heart_rate_bpm": 72.0})], state)[-1]
    assert (last.grade, last.value) == (MEDIUM, 105.0)
    loose = limited("heart-rate-high", 140.0, 600)
    assert said("heart-rate-high", [*known, *beside(132.0, {"heart_rate_bpm": 72.0})], loose)[-1].grade == WELL


# --- whether another number will confirm it ---


@pytest.mark.parametrize(
    ("at_s", "alone", "settles"),
    [
        ((0,), True, True),  # the first of a stay
        ((0, 15), False, False),
        ((0, 15.001), True, False),  # charted for the delay, but not for the end of an alarm
        ((0, 60), True, False),
        ((0, 60.001), True, True),
        ((0, 15, 315), False, False),  # a stream that paused
        ((0, 15, 315.001), True, False),  # so long that its number stands alone, though it ends nothing
        ((0, 15.001, 40), True, False),
        ((0, 60, 130), True, False),
        ((0, 60.001, 130), True, True),
        ((0, 60.001, 75), False, False),
    ],
)
def test_a_number_stands_alone_if_its_column_is_charted_and_not_streamed(
    at_s: tuple[float, ...], *, alone: bool, settles: bool
) -> None:
    last = said("heart-rate-high", every("heart_rate_bpm", 72.0, *at_s))[-1]
    assert (last.alone, last.settles) == (alone, settles)


def test_a_charted_number_that_is_entered_late_stands_alone_too() -> None:
    charted = numbers("heart_rate_bpm", {0: 72.0, 3600: 72.0, 1800: 135.0})
    assert said("heart-rate-high", charted)[-1] == Said(
        MEDIUM, 135.0, alone=True, settles=False, doubtful=False, late=True
    )
    stream = numbers("heart_rate_bpm", {0: 72.0, 1: 72.0, 0.5: 135.0})
    assert not said("heart-rate-high", stream)[-1].alone


def test_a_nurse_s_number_beside_a_stream_stands_alone_and_ends_nothing() -> None:
    sent = [*every("heart_rate_bpm", 135.0, *range(10)), Sent(1, 9.5, {"heart_rate_bpm": 72.0}, "chart")]
    chart = said("heart-rate-high", sent)[-1]
    assert (chart.alone, chart.settles) == (True, False)


@pytest.mark.parametrize(
    ("last", "alone", "settles"),
    [
        ({"systolic_mmhg": 120.0}, True, True),  # the first cuff pressure
        ({"heart_rate_bpm": 72.0}, False, False),  # of a stream
        ({"heart_rate_bpm": 72.0, "systolic_mmhg": 120.0}, False, False),
        ({"spo2_percent": 97.0}, False, False),
    ],
)
def test_what_rests_on_two_vital_signs_stands_alone_if_each_that_is_told_does(
    last: dict[str, float], *, alone: bool, settles: bool
) -> None:
    stream = every("heart_rate_bpm", 72.0, *range(5))
    told = said("shock-index", [*stream, Sent(1, 5, last)])[-1]
    assert (told.alone, told.settles) == (alone, settles)


def test_what_rests_on_two_vital_signs_settles_if_neither_is_streamed() -> None:
    both = {"heart_rate_bpm": 72.0, "systolic_mmhg": 120.0}
    for every_s, alone, settles in ((15, False, False), (15.001, True, False), (60, True, False), (60.001, True, True)):
        last = said("shock-index", [Sent(1, at * every_s, both) for at in range(3)])[-1]
        assert (last.alone, last.settles) == (alone, settles)
    for pause_s, alone in ((300, False), (300.001, True)):
        last = said("shock-index", [Sent(1, at_s, both) for at_s in (0, 1, 2, 3, 3 + pause_s)])[-1]
        assert (last.alone, last.settles) == (alone, False)
    cuff = said("shock-index", numbers("systolic_mmhg", {0: 120.0, 10: 120.0}))
    assert [one.alone for one in cuff] == [True, False]


@pytest.mark.parametrize(
    ("every_s", "alone", "settles"),
    [(20, False, False), (20.001, True, False), (300, True, False), (300.001, True, True)],
)
def test_a_score_stands_alone_if_what_changed_in_it_is_charted(every_s: float, *, alone: bool, settles: bool) -> None:
    last = said("news2", [Sent(1, at * every_s, WELL_FRAME) for at in range(3)])[-1]
    assert (last.alone, last.settles) == (alone, settles)


def test_a_score_stands_alone_with_one_charted_number_and_settles_only_while_none_in_it_is_streamed() -> None:
    rest = {name: value for name, value in WELL_FRAME.items() if name != "temperature_celsius"}
    stream = [Sent(1, at_s, rest) for at_s in range(3)]
    chart = {"temperature_celsius": 36.8}
    last = said("news2", [*stream, Sent(1, 3, rest | chart)])[-1]
    assert (last.alone, last.settles) == (True, False)
    assert not said("news2", [*stream, Sent(1, 3, {"etco2_mmhg": 35.0})])[-1].alone
    assert not said("news2", [*every("heart_rate_bpm", 72.0, 0), Sent(1, 3, {"etco2_mmhg": 35.0})])[-1].settles
    forgotten = every("heart_rate_bpm", 72.0, 0, 1)  # a stream that is too old to have a part in the score
    assert said("news2", [*forgotten, Sent(1, 600, chart)])[-1].settles is False
    assert said("news2", [*forgotten, Sent(1, 601.001, chart)])[-1].settles is True


def test_a_score_whose_stream_paused_for_long_stands_alone() -> None:
    assert [one.alone for one in said("news2", every("heart_rate_bpm", 72.0, 0, 10))] == [True, False]
    for pause_s, alone in ((300, False), (300.001, True)):
        sent = every("heart_rate_bpm", 72.0, 0, 1, 2, 2 + pause_s)
        assert said("news2", sent)[-1].alone is alone


def test_that_a_stream_has_not_come_for_long_needs_no_further_delay() -> None:
    stream = [*every("heart_rate_bpm", 72.0, 0, 1, 2), *every("spo2_percent", 97.0, 62, 62.001)]
    in_time, gone = said("sensor-off:heart_rate", stream)[-2:]
    assert (in_time.grade, in_time.alone) == (UNKNOWN, False)
    assert (gone.grade, gone.alone) == (FIRST_LEVEL, True)
    assert not said("sensor-off:spo2", stream)[-1].alone


def test_only_of_a_vital_sign_itself_a_number_is_doubtful() -> None:
    sent = [Sent(1, 0, {"heart_rate_bpm": 230.0, "systolic_mmhg": 120.0, "etco2_mmhg": 35.0})]
    found = {
        name: said(name, sent)[0].doubtful for name in ("heart-rate-high", "heart-rate-low", "shock-index", "news2")
    }
    assert found == {"heart-rate-high": True, "heart-rate-low": True, "shock-index": False, "news2": False}
    assert not said("etco2-low", sent)[0].doubtful
    assert not said("heart-rate-high", every("heart_rate_bpm", 0.0, 0))[0].doubtful  # a sensor that is off
