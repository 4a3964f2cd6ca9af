"""What is due by the clock alone comes at its moment, once, and time goes on after it."""

from datetime import timedelta

import pytest

from models.alarms.episodes import Episode, Step
from models.alarms.rules import ASYSTOLE, FRAME_RULES
from models.watch import timers
from models.watch.advance import advance_clock
from models.watch.outputs import moment
from models.watch.state import PatientState
from schemas.alerts import Alert
from tests.builders.watch_frames import START_MS, WELL, Sent, advanced

FAST = WELL | {"heart_rate_bpm": 135.0}


@pytest.mark.parametrize("well_ms", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("odd_ms", [0, 1])
def test_a_delay_that_ends_between_two_milliseconds_is_over_at_the_later_one(well_ms: int, odd_ms: int) -> None:
    begun_s = 10 + odd_ms / 1000
    again_s = begun_s + 1 + well_ms / 1000
    rows = [
        Sent(0, 0.0, WELL),
        Sent(0, begun_s, FAST),
        *([Sent(0, begun_s + 1, WELL)] if well_ms else []),
        Sent(0, again_s, FAST),
    ]
    done = advanced([PatientState()], rows)
    state, due = advance_clock("p-1", done.states[0], START_MS + 60_000)
    (alert,) = [
        one.record for one in due if isinstance(one.record, Alert) and one.record.condition == "heart-rate-high"
    ]
    left_s = 15 - 1 + well_ms / 2000  # half of the time out of violation is taken away
    exactly = moment(START_MS + round(again_s * 1000)) + timedelta(seconds=left_s)
    assert timedelta(0) <= alert.time - exactly < timedelta(milliseconds=1)
    assert advance_clock("p-1", state, START_MS + 60_000) == (state, [])


def test_a_device_whose_values_lie_further_apart_than_they_arrive_confirms_by_its_own_time_and_holds_up_nobody() -> (
    None
):
    behind_s = 7200.0  # the oximeter's clock
    rows = [
        Sent(0, 0 - behind_s, {"heart_rate_bpm": 400.0}, "oximeter", arrived_s=2),
        Sent(0, 35, {}, "ecg", arrived_s=75),
        Sent(0, 38 - behind_s, {"heart_rate_bpm": 0.0}, "oximeter", arrived_s=78),
        Sent(0, 98 - behind_s, {"heart_rate_bpm": 0.0}, "oximeter", arrived_s=98),
    ]
    done = advanced([PatientState()], rows)
    off = [
        one for one in done.said if isinstance(one.record, Alert) and one.record.condition == "sensor-off:heart_rate"
    ]
    assert len(off) == 1
    later, _ = advance_clock("p-1", done.states[0], START_MS + 7_200_000)
    due_ms, _ = timers.next_due(later, FRAME_RULES)
    assert due_ms > START_MS + 7_200_000


@pytest.mark.parametrize(("begun_s", "start_s"), [(None, 100.0), (99.999, 100.0), (100.0, 100.001), (100.5, 100.501)])
def test_a_latched_alarm_that_begins_anew_is_told_apart_from_the_one_that_it_takes_the_place_of(
    begun_s: float | None, start_s: float
) -> None:
    state = PatientState(begun_s={} if begun_s is None else {ASYSTOLE.condition: begun_s})
    episode = Episode((100.0,), 0.0, start_s=100.0, signal="on")
    over = Step("update", "high", "off", presence=True, start_s=90.0, time_s=105.0, value=0.0, limit=1.0)
    start = over._replace(phase="start", signal="on", start_s=100.0)
    after, steps = timers.distinct(state, ASYSTOLE, episode, (over, start))
    assert after == episode._replace(start_s=start_s)
    assert steps == (over, start._replace(start_s=start_s))
    assert state.begun_s == {ASYSTOLE.condition: start_s}


def test_of_two_that_are_due_at_one_moment_the_first_of_the_rules_comes_first() -> None:
    delayed = Episode((100.0,), 0.0, gained_s=(0.0, 0.0), over=1, known_s=100.0, told_s=100.0)
    one, other = (rule for rule in FRAME_RULES if rule.condition in {"heart-rate-high", "respiratory-rate-high"})
    state = PatientState(episodes={rule.condition: delayed for rule in (other, one)})
    assert one.delay_s == other.delay_s
    assert timers.next_due(state, FRAME_RULES) == (115_000, one)
    assert timers.next_due(PatientState(), FRAME_RULES) == (timers.NEVER_MS, None)


def test_a_result_says_nothing_of_another_analyte_that_was_known_before() -> None:
    before = {"potassium_mmol_per_l": (7.5, START_MS)}
    state = PatientState(labs=before | {"glucose_mg_per_dl": (100.0, START_MS + 1000)})
    assert timers.follow_results(state, before, START_MS + 2000) == []
    assert state.episodes == {}
