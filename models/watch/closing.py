"""Alarms that end though no value says so: the patient has left, or turns out too young for a score. Pure."""

from models.alarms import episodes, grading
from models.alarms.episodes import Step
from models.alarms.rules import SEPSIS_RISK, Rule
from models.alarms.suppression import suppress
from models.watch.state import PatientState

Steps = list[tuple[Rule, Step]]


def rules_of(state: PatientState) -> tuple[Rule, ...]:
    """Every rule that may have an episode running."""
    return (*grading.rules_for(scale2=state.stay.spo2_scale == 2), SEPSIS_RISK)  # noqa: PLR2004 - the scale's name


def close_all(state: PatientState, time_s: float) -> Steps:
    """End every alarm and forget every running delay: nothing may go on sounding at an empty bed. Changes `state`."""
    return [step for rule in rules_of(state) for step in _close(state, rule, time_s)]


def close(state: PatientState, rule: Rule, time_s: float) -> Steps:
    """End one condition's alarm, if there is one; what it suppressed sounds. Changes `state`."""
    ended = _close(state, rule, time_s)
    state.episodes = dict(state.episodes)
    return suppress(rules_of(state), state.episodes, ended, time_s)


def _close(state: PatientState, rule: Rule, time_s: float) -> Steps:
    episode = state.episodes.get(rule.condition)
    if episode is None:
        return []
    state.episodes = {condition: one for condition, one in state.episodes.items() if condition != rule.condition}
    return [(rule, step) for step in episodes.close(rule, episode, time_s)]
