"""An alarm that nobody acknowledges in time goes to the next group of recipients, once, and to nobody without need."""

import pytest

from models.alarms.episodes import Step, acknowledge
from tests.models.alarms.test_episodes import (
    HIGH,
    LATCHING,
    MEDIUM,
    RULE,
    UNKNOWN,
    WELL,
    a_second_each,
    alarmed,
    live,
)


def groups(steps: list[Step]) -> list[tuple[str, str, int, float]]:
    return [(step.phase, step.signal, step.group, step.time_s) for step in steps]


@pytest.mark.parametrize(("grade", "after_s"), [(HIGH, 300), (MEDIUM, 900)])
def test_an_alarm_that_nobody_acknowledges_in_time_goes_to_the_next_group_once(grade: int, after_s: int) -> None:
    first = alarmed(grade=grade)
    unanswered = a_second_each((grade, after_s - 1), start_s=16)
    assert live(unanswered, episode=first)[1] == []
    _, steps = live([*unanswered, *a_second_each((grade, 5000), start_s=15.0 + after_s)], episode=first)
    assert groups(steps) == [("update", "on", 2, 15 + after_s)]


def test_an_alarm_that_somebody_acknowledged_does_not_go_to_the_next_group_before_it_has_sounded_again() -> None:
    acknowledged, _ = acknowledge(RULE, alarmed(grade=HIGH), 314.0)
    _, steps = live(a_second_each((HIGH, 700), start_s=315), episode=acknowledged)
    assert groups(steps) == [("update", "on", 1, 614), ("update", "on", 2, 914)]


def test_the_next_group_is_told_though_the_sensor_fell_off_and_not_while_the_patient_recovers() -> None:
    assert groups(live([(920, UNKNOWN)], episode=alarmed())[1]) == [("update", "on", 2, 920)]
    assert groups(live([(900, WELL), (930, WELL), (960, WELL)], episode=alarmed())[1]) == [("end", "off", 1, 960)]


def test_the_next_group_is_told_how_the_episode_goes_on_and_nothing_of_the_next_one() -> None:
    episode, _ = live(a_second_each((MEDIUM, 1000), start_s=16), episode=alarmed())
    acknowledged, (step,) = acknowledge(RULE, episode, 1020.0)
    assert step.group == 2
    over, steps = live(a_second_each((WELL, 61), start_s=1021), episode=acknowledged)
    assert groups(steps) == [("end", "off", 2, 1081)]
    assert groups(live(a_second_each((MEDIUM, 16), start_s=2000), episode=over)[1]) == [("start", "on", 1, 2015)]


def test_an_alarm_that_is_suppressed_waits_for_no_answer() -> None:
    suppressed = alarmed()._replace(suppressed=True)
    assert live(a_second_each((MEDIUM, 2000), start_s=16), episode=suppressed)[1] == []


def test_a_latched_alarm_whose_condition_is_over_goes_to_nobody_else() -> None:
    _, steps = live([*a_second_each((WELL, 61), start_s=16), (5000, UNKNOWN)], LATCHING, alarmed(LATCHING))
    assert groups(steps) == [("end", "latched", 1, 76)]
