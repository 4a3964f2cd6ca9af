"""An alarm on a part of the score is silent while the score's own alarm sounds, is recorded, and never lost."""

from typing import Final

import pytest
from hypothesis import given

from models.alarms import inactivation, suppression
from models.alarms.episodes import acknowledge
from models.alarms.rules import FRAME_RULES, NEWS2, SPO2_LOW, Rule
from models.watch import closing
from models.watch.advance import advance_frames
from models.watch.frames import Frames
from models.watch.state import PatientState
from schemas.alerts import Alert
from tests.builders.watch_frames import START_MS, TIMING, WELL, Frame, advanced, frames, names_of
from tests.models.alarms.test_kinships import PARTS
from tests.models.watch.test_cuts import STREAMS, rows_of

SEVEN: Final = WELL | {"respiratory_rate_per_min": 25.0, "spo2_percent": 90.0, "heart_rate_bpm": 91.0}
"""Three points, three and one."""
SIX: Final = SEVEN | {"heart_rate_bpm": 90.0}
HIGHER: Final = SEVEN | {"heart_rate_bpm": 135.0}
START_S: Final = START_MS / 1000


def seconds(measured: dict[str, float], first: int, last: int) -> list[Frame]:
    """A frame each second, the last one included."""
    return [(0, float(second), measured) for second in range(first, last + 1)]


class Bed:
    """One patient, who is told of as frames come."""

    def __init__(self) -> None:
        self.state = PatientState()
        self.take(seconds(WELL, -2, -1))  # the first numbers of a stay would count at once

    def take(self, rows: list[Frame]) -> list[Alert]:
        """What the frames make an agent say."""
        done = advanced([self.state], rows)
        (self.state,) = done.states
        return [one.record for one in done.said if isinstance(one.record, Alert)]

    def acknowledge(self, rule: Rule, after_s: float) -> None:
        after, _ = acknowledge(rule, self.state.episodes[rule.condition], START_S + after_s)
        assert after is not None
        self.state.episodes[rule.condition] = after


def said(alerts: list[Alert], condition: str) -> list[tuple[str, str, float]]:
    """Phase, signal and second of each step."""
    return [(one.phase, one.signal, one.time.timestamp() - START_S) for one in alerts if one.condition == condition]


def test_a_part_that_alarms_falls_silent_when_the_score_alarms_and_names_it() -> None:
    alerts = Bed().take(seconds(SEVEN, 0, 30))
    assert said(alerts, "spo2-low") == [("start", "on", 15), ("update", "off", 20)]
    (parent,) = [one for one in alerts if one.condition == "news2"]
    assert (parent.priority, parent.signal, parent.suppressed) == ("high", "on", 2)
    quiet = [one for one in alerts if one.suppressed_by is not None]
    assert {(one.condition, one.suppressed_by, one.presence) for one in quiet} == {
        ("spo2-low", parent.alert, True),
        ("respiratory-rate-high", parent.alert, True),
    }


FIVE: Final = WELL | {"respiratory_rate_per_min": 21.0, "spo2_percent": 90.0}
FOUR: Final = WELL | {"spo2_percent": 90.0, "heart_rate_bpm": 91.0}


def test_a_score_of_five_or_six_silences_its_parts_as_one_of_seven_does() -> None:
    for points in (FIVE, SIX):
        alerts = Bed().take(seconds(points, 0, 60))
        (parent,) = [one for one in alerts if one.condition == "news2"]
        assert (parent.priority, parent.signal) == ("medium", "on")
        assert said(alerts, "spo2-low") == [("start", "on", 15), ("update", "off", 20)]


@pytest.mark.parametrize(("begins_s", "signal"), [(3600 + 4, "off"), (3600 + 6, "on")])
def test_what_begins_more_than_an_hour_after_a_score_of_five_or_six_sounds_and_under_one_of_seven_does_not(
    begins_s: int, signal: str
) -> None:
    ill = WELL | {"respiratory_rate_per_min": 21.0, "spo2_percent": 92.0, "heart_rate_bpm": 91.0}  # two, two and one
    bed = Bed()
    bed.take(seconds(ill, 0, begins_s - 1))
    worse = ill | {"heart_rate_bpm": 131.0, "respiratory_rate_per_min": 15.0}
    alerts = bed.take(seconds(worse, begins_s, begins_s + 30))
    assert said(alerts, "heart-rate-high") == [("start", signal, begins_s + 15)]
    bed = Bed()
    bed.take(seconds(SEVEN, 0, 4000))
    assert said(bed.take(seconds(HIGHER, 4001, 4030)), "heart-rate-high") == [("start", "off", 4016)]


def test_a_score_below_five_suppresses_nothing() -> None:
    alerts = Bed().take(seconds(FOUR, 0, 60))
    assert said(alerts, "spo2-low") == [("start", "on", 15)]
    assert [(one.priority, one.signal) for one in alerts if one.condition == "news2"] == [("low", "off")]


def test_a_silent_part_between_its_limits_lets_the_score_sound_and_sounds_once_it_is_beyond_one_again() -> None:
    bed = Bed()
    bed.take(seconds(SEVEN, 0, 30))
    alerts = bed.take(seconds(WELL | {"spo2_percent": 91.0}, 31, 700))
    assert said(alerts, "spo2-low") == []
    assert said(alerts, "news2")[-1][:2] == ("deescalate", "on")
    alerts = bed.take(seconds(WELL | {"spo2_percent": 90.0}, 701, 800))
    assert said(alerts, "spo2-low") == [("update", "on", 701)]


def test_a_part_that_begins_while_the_score_alarms_is_recorded_and_silent() -> None:
    alerts = Bed().take([*seconds(SEVEN, 0, 30), *seconds(HIGHER, 31, 60)])
    assert said(alerts, "heart-rate-high") == [("start", "off", 46)]


@pytest.mark.parametrize(("spo2_percent", "told"), [(86.0, "off"), (85.0, "on")])
def test_a_part_as_severe_as_the_score_sounds(spo2_percent: float, told: str) -> None:
    bed = Bed()
    bed.take(seconds(WELL | {"respiratory_rate_per_min": 25.0, "heart_rate_bpm": 135.0, "on_oxygen": 1.0}, 0, 30))
    worse = SEVEN | {"spo2_percent": spo2_percent, "heart_rate_bpm": 135.0, "on_oxygen": 1.0}
    assert [(phase, signal) for phase, signal, _ in said(bed.take(seconds(worse, 31, 60)), "spo2-low")] == [
        ("start", told)
    ]


def test_a_silent_part_that_gets_as_severe_as_the_score_sounds() -> None:
    bed = Bed()
    bed.take(seconds(SEVEN, 0, 30))
    alerts = bed.take(seconds(SEVEN | {"spo2_percent": 84.0}, 31, 60))
    assert said(alerts, "spo2-low") == [("escalate", "on", 46)]
    assert not bed.state.episodes["spo2-low"].suppressed


def test_a_part_that_is_left_sounds_when_the_score_eases() -> None:
    bed = Bed()
    bed.take(seconds(SEVEN, 0, 30))
    alerts = bed.take(seconds(WELL | {"spo2_percent": 90.0}, 31, 331))
    assert said(alerts, "news2") == [
        ("update", "on", 320),
        ("deescalate", "off", 331),
    ]  # low, and explained by the part that is left
    assert said(alerts, "spo2-low") == [("update", "on", 331)]
    assert said(alerts, "respiratory-rate-high") == [("end", "off", 91)]
    told = [one for one in alerts if one.condition == "spo2-low"]
    assert [one.suppressed_by for one in told] == [None]


def test_a_silent_part_stays_silent_while_the_score_is_acknowledged_and_a_new_one_sounds() -> None:
    bed = Bed()
    bed.take([*seconds(SEVEN, 0, 25), *seconds(HIGHER, 26, 29), *seconds(SEVEN, 30, 30)])
    bed.acknowledge(NEWS2, 31)
    alerts = bed.take(seconds(HIGHER, 32, 60))
    assert said(alerts, "spo2-low") == []
    assert said(alerts, "heart-rate-high") == [("start", "on", 44)]


def test_who_acknowledges_a_silent_part_has_seen_it() -> None:
    bed = Bed()
    bed.take(seconds(SEVEN, 0, 30))
    bed.acknowledge(SPO2_LOW, 31)
    assert (bed.state.episodes["spo2-low"].signal, bed.state.episodes["spo2-low"].suppressed) == ("ack", False)
    assert said(bed.take(seconds(WELL | {"spo2_percent": 90.0}, 32, 400)), "spo2-low") == []


def test_a_part_sounds_when_the_score_ends_because_it_was_never_offered() -> None:
    bed = Bed()
    bed.take(seconds(SEVEN, 0, 30))
    _, steps = closing.close(bed.state, NEWS2, START_S + 31)
    assert {(rule.condition, step.phase, step.signal) for rule, step in steps} == {
        ("news2", "end", "off"),
        ("spo2-low", "update", "on"),
        ("respiratory-rate-high", "update", "on"),
    }


def test_when_the_patient_leaves_silent_parts_end_without_a_sound() -> None:
    bed = Bed()
    bed.take(seconds(SEVEN, 0, 30))
    _, steps = closing.close_all(bed.state, START_S + 31)
    assert {(step.phase, step.signal) for _, step in steps} == {("end", "off")}
    assert len([rule for rule, _ in steps if not rule.informs]) == 3


def test_the_parts_are_the_measured_parameters_of_the_score_and_no_technical_alarm() -> None:
    assert sorted(suppression.PARTS) == sorted(PARTS)
    assert {rule.type for rule in FRAME_RULES if rule.condition in suppression.PARTS} == {"physiological"}


def played(batch: Frames, *, suppressing: bool) -> tuple[list[tuple[str, str, str, float]], list[PatientState]]:
    """Steps that are no mere change of the signal, and the last states."""
    honest = suppression.suppress
    states = [PatientState() for _ in range(3)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            inactivation, "suppress", honest if suppressing else lambda _rules, _episodes, steps, _time_s: steps
        )
        done = advance_frames(names_of(states), states, batch, None, TIMING)
    steps = [
        (one.rule.condition, one.step.phase, one.step.priority, one.step.time_s)
        for reaction in done.reactions
        for one in reaction.alarms
        if one.step.phase != "update"
    ]
    return sorted(steps), done.states


@given(STREAMS)
def test_whatever_comes_no_step_is_lost_and_nothing_is_silent_without_a_score_that_alarms(
    stream: list[tuple[int, int, dict[str, float]]],
) -> None:
    batch = frames(rows_of(stream))
    steps, states = played(batch, suppressing=True)
    assert steps == played(batch, suppressing=False)[0]
    for state in states:
        on = {condition for condition, episode in state.episodes.items() if episode.present}
        for condition, episode in state.episodes.items():
            parents = {one.parent for one in suppression.KINSHIPS if condition in one.children}
            assert not episode.suppressed or parents & on
            rule = next(rule for rule in closing.standing_rules(state) if rule.condition == condition)
            assert not episode.suppressed or rule.levels[episode.level].priority != "high"
