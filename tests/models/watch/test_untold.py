"""What is said again of alarms of which only history was published, and what is forgotten."""

from dataclasses import replace
from typing import Any

import pytest

from models.alarms import episodes
from models.alarms.episodes import Episode
from models.alarms.rules import FRAME_RULES, SEPSIS_RISK, Rule
from models.watch import outputs
from models.watch.state import PatientState, Untold
from models.watch.untold import as_history, held_back, still_open, told
from schemas.alerts import Alert

SPO2_LOW = next(rule for rule in FRAME_RULES if rule.condition == "spo2-low")
BEGAN_S = 1_790_000_000.0
NOW_S = BEGAN_S + 3600


def begun(rule: Rule, **more: Any) -> Episode:
    since = (BEGAN_S,) * len(rule.levels)
    return Episode(since, 1.0, start_s=BEGAN_S, signal="on", sounded_s=BEGAN_S)._replace(**more)


def a_step(rule: Rule, episode: Episode, after_s: float = 0.0) -> Alert:
    return outputs.alert("p-1", rule, episodes.step_of("update", rule, episode, BEGAN_S + after_s))


def held(rule: Rule, episode: Episode) -> PatientState:
    state = PatientState(episodes={rule.condition: episode})
    return held_back(state, [a_step(rule, episode)], NOW_S)


def test_a_latched_alarm_sounds_though_its_condition_is_over() -> None:
    _, (said,) = still_open("p-1", held(SEPSIS_RISK, begun(SEPSIS_RISK, signal="latched")))
    assert (said.signal, said.presence, said.history) == ("latched", False, False)


@pytest.mark.parametrize("more", [{"signal": "ack"}, {"suppressed": True}, {"inactive": "alarm-paused"}])
def test_an_alarm_that_does_not_sound_is_not_said_again(more: dict[str, Any]) -> None:
    sounded = held(SPO2_LOW, begun(SPO2_LOW))
    state = replace(sounded, episodes={SPO2_LOW.condition: begun(SPO2_LOW, **more)})
    after, said = still_open("p-1", state)
    assert said == []
    assert after.untold == {}


def test_the_latest_step_is_repeated_and_the_first_is_when_the_silence_began() -> None:
    episode = begun(SPO2_LOW)
    state = held_back(held(SPO2_LOW, episode), [a_step(SPO2_LOW, episode, 60)], NOW_S + 5)
    assert state.untold == {"spo2-low": Untold(BEGAN_S + 60, NOW_S)}
    _, (said,) = still_open("p-1", state)
    assert said.time.timestamp() == BEGAN_S + 60


def test_an_end_in_the_backlog_leaves_nothing_to_say() -> None:
    episode = begun(SPO2_LOW)
    ended = a_step(SPO2_LOW, episode, 60).model_copy(update={"signal": "off", "phase": "end"})
    assert held_back(held(SPO2_LOW, episode), [ended], NOW_S).untold == {}


def test_what_a_step_of_now_said_is_not_said_again() -> None:
    state = held(SPO2_LOW, begun(SPO2_LOW))
    assert told(state, [a_step(SPO2_LOW, begun(SPO2_LOW), 60)]).untold == {}
    assert told(state, [a_step(SEPSIS_RISK, begun(SEPSIS_RISK))]) is state


@pytest.mark.parametrize(("signal", "published"), [("on", "off"), ("latched", "off"), ("ack", "ack"), ("off", "off")])
def test_history_calls_nobody(signal: str, published: str) -> None:
    alert = a_step(SPO2_LOW, begun(SPO2_LOW, signal=signal))
    history = as_history(alert)
    assert (history.signal, history.history) == (published, True)
    assert history.model_copy(update={"signal": alert.signal, "history": False}) == alert
