"""The life of an alarm episode, second by second."""

import json
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.alarms import episodes, rules
from models.alarms.episodes import Episode, Step, acknowledge, advance, close
from models.alarms.grading import AT_LEAST
from models.alarms.rules import Level, Rule
from models.watch.state import PatientState
from models.watch.stored import from_fields, to_fields

UNKNOWN, WELL, BETWEEN, MEDIUM, HIGH, HIGHER = -1, 0, 1, 2, 3, 4
RULE = Rule(
    "spo2-low", "physiological", "spo2_percent", "%", "below", (Level("medium", 90), Level("high", 85)), 92,
    delay_s=15, clear_delay_s=60, text="SpO2 {value:.0f} %", source="for the tests",
)  # fmt: skip
LATCHING = RULE._replace(condition="sepsis-risk", latching=True)
VALUES = {UNKNOWN: float("nan"), WELL: 95.0, BETWEEN: 91.0, MEDIUM: 88.0, HIGH: 80.0, HIGHER: 70.0}

Frame = tuple[float, int]


def a_second_each(*runs: tuple[int, int], start_s: float = 0.0) -> list[Frame]:
    """Frames at 1 Hz: so many seconds of each grade."""
    grades = [grade for grade, seconds in runs for _ in range(seconds)]
    return [(start_s + second, grade) for second, grade in enumerate(grades)]


def stored_and_loaded(episode: Episode) -> Episode:
    condition = "of-rules-under-test"  # these rules have levels of their own
    state = PatientState(episodes={condition: episode})
    return from_fields(0, to_fields(state)).state.episodes[condition]


def live(
    frames: Iterable[Frame], rule: Rule = RULE, episode: Episode | None = None
) -> tuple[Episode | None, list[Step]]:
    """Feed the frames one by one; each state in between goes through JSON, as it does on its way through Redis."""
    steps: list[Step] = []
    for time_s, grade in frames:
        episode, new = advance(rule, episode, grade, VALUES[grade % AT_LEAST if grade > 0 else grade], time_s)
        if episode is not None:
            json.dumps(episode._asdict(), allow_nan=False)
            assert stored_and_loaded(episode) == episode
        steps.extend(new)
    return episode, steps


def told(steps: list[Step]) -> list[tuple[str, str, str, float]]:
    return [(step.phase, step.priority, step.signal, step.time_s) for step in steps]


# Delay ---------------------------------------------------------------------------------------------------------------


def test_a_violation_alarms_once_it_has_lasted_for_the_delay() -> None:
    _, steps = live(a_second_each((WELL, 10), (MEDIUM, 15)))
    assert steps == []
    episode, steps = live(a_second_each((WELL, 10), (MEDIUM, 16)))
    assert told(steps) == [("start", "medium", "on", 25)]
    assert episode is not None
    assert episode.present


def test_the_alert_names_when_the_violation_began_what_was_measured_and_the_limit() -> None:
    _, (step,) = live(a_second_each((WELL, 10), (MEDIUM, 16)))
    assert (step.start_s, step.value, step.limit, step.presence) == (10, 88, 90, True)


@pytest.mark.parametrize("interruption", [WELL, BETWEEN])
def test_one_good_value_costs_half_of_its_time_and_not_the_whole_delay(interruption: int) -> None:
    frames = a_second_each((MEDIUM, 14), (interruption, 1), (MEDIUM, 2))
    assert live(frames)[1] == []
    _, steps = live([*frames, (17, MEDIUM)])
    assert told(steps) == [("start", "medium", "on", 17)]  # 14 + 2 s in violation, less half a second
    assert steps[0].start_s == 0


@pytest.mark.parametrize(("bad", "good", "alarms"), [(1, 2, False), (3, 2, True), (3, 3, True), (5, 10, False)])
def test_what_is_bad_for_more_than_a_third_of_the_time_alarms(bad: int, good: int, *, alarms: bool) -> None:
    _, steps = live(a_second_each(*([(MEDIUM, bad), (WELL, good)] * 60)))
    assert bool(steps) is alarms


def test_an_unknown_frame_neither_breaks_the_delay_nor_confirms_it() -> None:
    assert live(a_second_each((MEDIUM, 5), (UNKNOWN, 60)))[1] == []
    _, steps = live(a_second_each((MEDIUM, 5), (UNKNOWN, 60), (MEDIUM, 1)))
    assert told(steps) == [("start", "medium", "on", 65)]


def test_a_violation_on_both_sides_of_a_long_gap_alarms_at_once() -> None:
    _, steps = live([(0, MEDIUM), (7200, MEDIUM)])
    assert told(steps) == [("start", "medium", "on", 7200)]


def test_a_spot_check_alarms_without_delay_since_nothing_will_confirm_it() -> None:
    episode, (step,) = advance(RULE, None, HIGH, 80.0, 3600.0, spot=True)
    assert (step.phase, step.priority, step.start_s, step.time_s) == ("start", "high", 3600, 3600)
    assert episode is not None
    assert advance(RULE, None, BETWEEN, 91.0, 3600.0, spot=True) == (None, ())


@pytest.mark.parametrize("grade", [UNKNOWN, WELL, BETWEEN])
def test_an_idle_condition_that_is_not_violated_costs_nothing(grade: int) -> None:
    assert advance(RULE, None, grade, VALUES[grade], 0.0) == (None, ())


def test_a_brief_violation_leaves_nothing_behind_once_twice_its_time_has_passed() -> None:
    assert live(a_second_each((MEDIUM, 3), (WELL, 7))) == (None, [])
    assert live(a_second_each((MEDIUM, 3), (WELL, 6)))[0] is not None


# Levels --------------------------------------------------------------------------------------------------------------


def test_an_alarm_starts_with_the_priority_that_has_lasted_for_the_delay() -> None:
    assert told(live(a_second_each((HIGH, 16)))[1]) == [("start", "high", "on", 15)]


def test_a_spike_to_the_higher_level_does_not_raise_the_priority() -> None:
    _, steps = live(a_second_each((MEDIUM, 10), (HIGH, 2), (MEDIUM, 10)))
    assert told(steps) == [("start", "medium", "on", 15)]


def test_swinging_between_the_levels_is_one_uninterrupted_violation_of_the_lower() -> None:
    frames = [(second, HIGH if second % 2 else MEDIUM) for second in range(40)]
    assert told(live(frames)[1]) == [("start", "medium", "on", 15)]


def test_an_alarm_escalates_once_the_higher_level_has_lasted_for_the_delay() -> None:
    _, steps = live(a_second_each((MEDIUM, 20), (HIGH, 16)))
    assert told(steps) == [("start", "medium", "on", 15), ("escalate", "high", "on", 35)]
    assert {step.start_s for step in steps} == {0}
    assert [step.limit for step in steps] == [90, 85]


def test_an_alarm_eases_once_it_has_been_milder_for_the_clear_delay() -> None:
    frames = a_second_each((HIGH, 16), (MEDIUM, 61))
    assert told(live(frames[:-1])[1]) == [("start", "high", "on", 15)]
    assert told(live(frames)[1]) == [("start", "high", "on", 15), ("deescalate", "medium", "on", 76)]


def test_an_alarm_that_is_nearly_well_eases_but_does_not_end() -> None:
    episode, steps = live(a_second_each((HIGH, 16), (BETWEEN, 600)))
    assert [step.phase for step in steps] == ["start", "deescalate"]
    assert episode is not None
    assert episode.present


def test_an_alarm_eases_no_further_than_the_worst_it_met_meanwhile() -> None:
    three = RULE._replace(levels=(Level("low", 92), Level("medium", 90), Level("high", 85)))
    _, steps = live(a_second_each((HIGHER, 16), (MEDIUM, 50), (HIGH, 1), (MEDIUM, 70)), three)
    assert told(steps)[1] == ("deescalate", "medium", "on", 76)
    assert [step.priority for step in steps] == ["high", "medium", "low"]


def test_a_relapse_while_easing_starts_the_clear_delay_again() -> None:
    _, steps = live(a_second_each((HIGH, 16), (MEDIUM, 59), (HIGH, 1), (MEDIUM, 59)))
    assert [step.phase for step in steps] == ["start"]


def test_a_lower_bound_raises_what_it_reaches_and_never_eases() -> None:
    bound = AT_LEAST + MEDIUM
    assert told(live(a_second_each((bound, 16)))[1]) == [("start", "medium", "on", 15)]
    episode, steps = live(a_second_each((HIGH, 16), (bound, 200)))
    assert told(steps) == [("start", "high", "on", 15)]
    assert episode is not None
    assert episode.level == 1


def test_a_lower_bound_leaves_the_delay_of_a_higher_level_running() -> None:
    _, steps = live(a_second_each((MEDIUM, 16), (HIGH, 8), (AT_LEAST + MEDIUM, 5), (HIGH, 3)))
    assert told(steps)[-1] == ("escalate", "high", "on", 31)


# End -----------------------------------------------------------------------------------------------------------------


def test_an_alarm_ends_once_the_value_was_well_for_the_clear_delay() -> None:
    frames = a_second_each((MEDIUM, 16), (WELL, 61))
    assert [step.phase for step in live(frames[:-1])[1]] == ["start"]
    episode, steps = live(frames)
    assert told(steps)[-1] == ("end", "medium", "off", 76)
    assert (steps[-1].presence, steps[-1].limit, steps[-1].value) == (False, 92, 95)
    assert episode is None


@pytest.mark.parametrize("relapse", [BETWEEN, MEDIUM])
def test_what_is_not_well_starts_the_clear_delay_again(relapse: int) -> None:
    _, steps = live(a_second_each((MEDIUM, 16), (WELL, 59), (relapse, 1), (WELL, 60)))
    assert [step.phase for step in steps] == ["start"]


def test_silence_is_not_wellness() -> None:
    episode, steps = live([*a_second_each((MEDIUM, 16)), *((3600.0 * hour, UNKNOWN) for hour in range(1, 100))])
    assert {(step.signal, step.presence) for step in steps} == {("on", True)}
    assert episode is not None
    assert episode.present


def test_an_unknown_frame_does_not_interrupt_recovery_either() -> None:
    _, steps = live(a_second_each((MEDIUM, 16), (WELL, 30), (UNKNOWN, 30), (WELL, 1)))
    assert told(steps)[-1] == ("end", "medium", "off", 76)


def test_a_new_violation_after_the_end_is_a_new_episode() -> None:
    _, steps = live(a_second_each((MEDIUM, 16), (WELL, 61), (MEDIUM, 16)))
    assert [step.phase for step in steps] == ["start", "end", "start"]
    assert [step.start_s for step in steps] == [0, 0, 77]


# Acknowledgement -----------------------------------------------------------------------------------------------------


def alarmed(rule: Rule = RULE, grade: int = MEDIUM) -> Episode:
    """An alarm that sounds since second 15."""
    episode, steps = live(a_second_each((grade, 16)), rule)
    assert [step.phase for step in steps] == ["start"]
    assert episode is not None
    return episode


def test_an_acknowledgement_silences_the_signal_and_leaves_the_condition() -> None:
    episode, (step,) = acknowledge(RULE, alarmed(), 20.0)
    assert (step.phase, step.signal, step.presence, step.value, step.limit) == ("update", "ack", True, 88, 90)
    assert episode is not None
    assert episode.present


def test_an_acknowledgement_that_comes_twice_changes_nothing_more() -> None:
    once, _ = acknowledge(RULE, alarmed(), 20.0)
    assert acknowledge(RULE, once, 20.0) == (once, ())


def test_an_acknowledgement_from_before_the_alarm_sounded_was_not_of_this_alarm() -> None:
    episode = alarmed()
    assert acknowledge(RULE, episode, 14.9) == (episode, ())
    assert [step.signal for step in acknowledge(RULE, episode, 15.0)[1]] == ["ack"]
    escalated, _ = live(a_second_each((HIGH, 16), start_s=16), episode=episode)
    assert acknowledge(RULE, escalated, 25.0) == (escalated, ())


@pytest.mark.parametrize("episode", [None, live(a_second_each((MEDIUM, 5)))[0]], ids=["idle", "delay running"])
def test_where_nothing_sounds_there_is_nothing_to_acknowledge(episode: Episode | None) -> None:
    assert acknowledge(RULE, episode, 20.0) == (episode, ())


def test_an_escalation_sounds_again_after_an_acknowledgement() -> None:
    acknowledged, _ = acknowledge(RULE, alarmed(), 17.0)
    _, steps = live(a_second_each((HIGH, 16), start_s=18), episode=acknowledged)
    assert told(steps) == [("escalate", "high", "on", 33)]


def test_easing_does_not_sound_again_after_an_acknowledgement() -> None:
    acknowledged, _ = acknowledge(RULE, alarmed(grade=HIGH), 17.0)
    _, steps = live(a_second_each((MEDIUM, 61), start_s=18), episode=acknowledged)
    assert told(steps) == [("deescalate", "medium", "ack", 78)]


@pytest.mark.parametrize(("grade", "lasts_s"), [(HIGH, 300), (MEDIUM, 900)])
def test_an_acknowledgement_expires_and_the_alarm_sounds_again(grade: int, lasts_s: int) -> None:
    acknowledged, _ = acknowledge(RULE, alarmed(grade=grade), 20.0)
    quiet = a_second_each((grade, lasts_s), start_s=20)
    assert live(quiet, episode=acknowledged)[1] == []
    episode, steps = live([*quiet, (20.0 + lasts_s, grade)], episode=acknowledged)
    assert told(steps) == [("update", steps[0].priority, "on", 20 + lasts_s)]
    assert acknowledge(RULE, episode, 19.0 + lasts_s) == (episode, ())  # of the time before it sounded again
    again, (step,) = acknowledge(RULE, episode, 21.0 + lasts_s)
    assert step.signal == "ack"
    assert again is not None


def test_an_acknowledgement_silences_the_longer_the_lower_the_priority() -> None:
    """Ours, as docs/sources.md#alarm-acknowledgement says: high 5 min at most, medium 15 min at most, low an hour."""
    assert 120 <= episodes.ACKNOWLEDGED_S["high"] <= 300
    assert 600 <= episodes.ACKNOWLEDGED_S["medium"] <= 900
    assert episodes.ACKNOWLEDGED_S["low"] == 3600


def test_an_expired_acknowledgement_sounds_again_though_the_sensor_fell_off() -> None:
    acknowledged, _ = acknowledge(RULE, alarmed(), 20.0)
    _, steps = live([(920, UNKNOWN)], episode=acknowledged)
    assert told(steps) == [("update", "medium", "on", 920)]


def test_an_expired_acknowledgement_stays_silent_while_the_patient_recovers() -> None:
    acknowledged, _ = acknowledge(RULE, alarmed(), 20.0)
    _, steps = live([(900, WELL), (930, WELL), (960, WELL)], episode=acknowledged)
    assert told(steps) == [("end", "medium", "off", 960)]


# Latching ------------------------------------------------------------------------------------------------------------


def test_a_latching_alarm_sounds_on_after_its_end_until_it_is_acknowledged() -> None:
    episode, steps = live(a_second_each((MEDIUM, 16), (WELL, 61)), LATCHING)
    assert told(steps)[-1] == ("end", "medium", "latched", 76)
    assert steps[-1].presence is False
    episode, later = live(a_second_each((WELL, 1000), start_s=77), LATCHING, episode)
    assert later == []
    after, (step,) = acknowledge(LATCHING, episode, 2000.0)
    assert (step.phase, step.signal, step.presence, step.start_s) == ("update", "off", False, 0)
    assert after is None


def test_a_latching_alarm_that_was_acknowledged_in_time_just_ends() -> None:
    acknowledged, _ = acknowledge(LATCHING, alarmed(LATCHING), 20.0)
    episode, steps = live(a_second_each((WELL, 61), start_s=21), LATCHING, acknowledged)
    assert told(steps) == [("end", "medium", "off", 81)]
    assert episode is None


def test_a_new_episode_takes_the_place_of_a_latched_one() -> None:
    _, steps = live(a_second_each((MEDIUM, 16), (WELL, 61), (HIGH, 16)), LATCHING)
    assert told(steps)[2:] == [("update", "medium", "off", 92), ("start", "high", "on", 92)]
    assert [step.start_s for step in steps[2:]] == [0, 77]
    assert [step.presence for step in steps[2:]] == [False, True]


def test_acknowledging_a_latched_alarm_leaves_the_delay_of_the_next_running() -> None:
    episode, _ = live(a_second_each((MEDIUM, 16), (WELL, 61), (MEDIUM, 5)), LATCHING)
    pending, (step,) = acknowledge(LATCHING, episode, 82.0)
    assert step.signal == "off"
    _, steps = live(a_second_each((MEDIUM, 11), start_s=82), LATCHING, pending)
    assert told(steps) == [("start", "medium", "on", 92)]
    assert steps[0].start_s == 77


# The patient leaves --------------------------------------------------------------------------------------------------


def test_an_alarm_that_is_on_ends_when_the_patient_leaves() -> None:
    (step,) = close(RULE, alarmed(), 500.0)
    assert (step.phase, step.signal, step.presence, step.start_s, step.time_s) == ("end", "off", False, 0, 500)
    acknowledged, _ = acknowledge(RULE, alarmed(), 20.0)
    assert acknowledged is not None
    (step,) = close(RULE, acknowledged, 500.0)
    assert (step.phase, step.signal) == ("end", "off")


def test_a_latched_alarm_is_silent_when_the_patient_leaves() -> None:
    latched, _ = live(a_second_each((MEDIUM, 16), (WELL, 61)), LATCHING)
    assert latched is not None
    (step,) = close(LATCHING, latched, 500.0)
    assert (step.phase, step.signal, step.presence) == ("update", "off", False)


def test_a_running_delay_leaves_with_the_patient_without_a_word() -> None:
    pending, _ = live(a_second_each((MEDIUM, 5)))
    assert pending is not None
    assert close(RULE, pending, 500.0) == ()


# Whatever comes ------------------------------------------------------------------------------------------------------

GRADES = st.sampled_from([UNKNOWN, WELL, BETWEEN, MEDIUM, HIGH, AT_LEAST + MEDIUM, AT_LEAST + HIGH])
RUNS = st.lists(st.tuples(GRADES, st.integers(1, 90), st.sampled_from([1, 1, 5, 3600])), min_size=1, max_size=12)
SOME_RULE = st.sampled_from([RULE, LATCHING, rules.SEPSIS_RISK])


def frames_of(runs: list[tuple[int, int, int]], rule: Rule) -> list[Frame]:
    """Runs of (grade, frames, seconds apart); a grade that the rule lacks becomes its worst."""
    time_s, frames = 1_795_000_000.0, []
    for grade, count, apart in runs:
        bound = AT_LEAST if grade >= AT_LEAST else 0
        known = min(grade - bound, 1 + len(rule.levels))
        for _ in range(count):
            time_s += apart
            frames.append((time_s, known + bound))
    return frames


@settings(deadline=None)
@given(RUNS, SOME_RULE)
def test_at_most_one_episode_is_active_and_every_step_belongs_to_it(
    runs: list[tuple[int, int, int]], rule: Rule
) -> None:
    active: Step | None = None
    latched: set[float] = set()
    for step in live(frames_of(runs, rule), rule)[1]:
        if step.phase == "start":
            assert active is None
            assert step.presence
            assert step.signal == "on"
            assert step.start_s <= step.time_s - rule.delay_s + 1e-6
            active = step
        elif active is not None and step.start_s == active.start_s:
            assert step.presence is (step.phase != "end")
            if step.phase == "end":
                active = None
                if step.signal == "latched":
                    latched.add(step.start_s)
        else:
            assert (step.phase, step.signal, step.presence) == ("update", "off", False)
            latched.remove(step.start_s)
    assert len(latched) <= 1


@settings(deadline=None)
@given(RUNS, SOME_RULE, st.data())
def test_the_steps_do_not_depend_on_how_the_frames_are_cut(
    runs: list[tuple[int, int, int]], rule: Rule, data: st.DataObject
) -> None:
    frames = frames_of(runs, rule)
    whole = live(frames, rule)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(frames)), max_size=4)))
    episode: Episode | None = None
    steps: list[Step] = []
    for low, high in pairwise([0, *cuts, len(frames)]):
        episode, new = live(frames[low:high], rule, episode)
        steps += new
        episode = None if episode is None else stored_and_loaded(episode)
    assert (episode, steps) == whole


@settings(deadline=None)
@given(RUNS, SOME_RULE)
def test_frames_below_the_first_level_may_be_skipped_while_there_is_no_episode(
    runs: list[tuple[int, int, int]], rule: Rule
) -> None:
    frames = frames_of(runs, rule)
    episode: Episode | None = None
    steps: list[Step] = []
    for frame in frames:
        if episode is not None or frame[1] >= MEDIUM:
            episode, new = live([frame], rule, episode)
            steps += new
    assert (episode, steps) == live(frames, rule)


@settings(deadline=None)
@given(RUNS, SOME_RULE, st.sets(st.integers(0, 400), max_size=10))
def test_an_acknowledgement_silences_and_never_clears(
    runs: list[tuple[int, int, int]], rule: Rule, acknowledged: set[int]
) -> None:
    """With or without acknowledgements the condition is there at the same times, with the same priority."""
    plain: Episode | None = None
    episode: Episode | None = None
    for index, frame in enumerate(frames_of(runs, rule)):
        plain, _ = live([frame], rule, plain)
        episode, _ = live([frame], rule, episode)
        if index in acknowledged:
            was_there = episode is not None and episode.present
            episode, steps = acknowledge(rule, episode, frame[0])
            assert (episode is not None and episode.present) is was_there
            assert all(step.phase == "update" and step.signal in ("ack", "off") for step in steps)
        there = episode is not None and episode.present
        assert there is (plain is not None and plain.present)
        if episode is not None and plain is not None and there:
            assert (episode.level, episode.start_s) == (plain.level, plain.start_s)


@settings(deadline=None)
@given(RUNS, SOME_RULE)
def test_an_alarm_that_is_there_never_loses_its_signal_without_an_acknowledgement(
    runs: list[tuple[int, int, int]], rule: Rule
) -> None:
    episode: Episode | None = None
    for frame in frames_of(runs, rule):
        episode, _ = live([frame], rule, episode)
        if episode is not None and episode.present:
            assert episode.signal == "on"
