"""Alarms that end though no value says so: the patient has left, or turns out too young for a score. Pure."""

from dataclasses import replace

from models.alarms import episodes, grading
from models.alarms.episodes import Step
from models.alarms.rules import SEPSIS_RISK, Rule
from models.alarms.suppression import suppress
from models.watch.state import PatientState

Steps = list[tuple[Rule, Step]]


def rules_of(state: PatientState) -> tuple[Rule, ...]:
    """Every rule that may have an episode running."""
    return (*grading.rules_for(scale2=state.stay.spo2_scale == 2), SEPSIS_RISK)  # noqa: PLR2004 - the scale's name


def close_all(state: PatientState, time_s: float) -> tuple[PatientState, Steps]:
    """End every alarm and forget every running delay: nothing may go on sounding at an empty bed."""
    ended = [step for rule in rules_of(state) for step in _ended(state, rule, time_s)]
    return replace(state, episodes={}), ended


def close(state: PatientState, rule: Rule, time_s: float) -> tuple[PatientState, Steps]:
    """End one condition's alarm, if there is one; what it suppressed sounds."""
    running = {condition: one for condition, one in state.episodes.items() if condition != rule.condition}
    steps = suppress(rules_of(state), running, _ended(state, rule, time_s), time_s)
    return replace(state, episodes=running), steps


def _ended(state: PatientState, rule: Rule, time_s: float) -> Steps:
    episode = state.episodes.get(rule.condition)
    return [] if episode is None else [(rule, step) for step in episodes.close(rule, episode, time_s)]
