"""Alarms that end though no value says so: the patient has left, or turns out too young for a score. Pure."""

from dataclasses import replace
from typing import Final

from models.alarms import episodes, grading
from models.alarms.episodes import Step
from models.alarms.inactivation import settle
from models.alarms.information import INFORMATION
from models.alarms.laboratory import CRITICAL_VALUES
from models.alarms.rules import SEPSIS_RISK, Rule
from models.alarms.settings import inactive_of, own_rules
from models.watch.state import PatientState

BESIDE_FRAMES: Final = (SEPSIS_RISK, *CRITICAL_VALUES, *INFORMATION)
"""The rules that are graded after a forecast, a result or a score, not by every frame."""
BESIDE_CONDITIONS: Final = frozenset(rule.condition for rule in BESIDE_FRAMES)
_RULES: Final = {scale2: (*grading.rules_for(scale2=scale2), *BESIDE_FRAMES) for scale2 in (False, True)}
Steps = list[tuple[Rule, Step]]


def rules_of(state: PatientState) -> tuple[Rule, ...]:
    """Every rule that may have an episode running, with the limits that are set for this patient."""
    return own_rules(standing_rules(state), state.settings) if state.settings else standing_rules(state)


def standing_rules(state: PatientState) -> tuple[Rule, ...]:
    """Likewise, as they are without settings."""
    return _RULES[state.stay.spo2_scale == 2]  # noqa: PLR2004 - the scale's name


def close_all(state: PatientState, time_s: float) -> tuple[PatientState, Steps]:
    """End every alarm and forget every running delay: nothing may go on sounding at an empty bed."""
    ended = [step for rule in rules_of(state) for step in _ended(state, rule, time_s)]
    return replace(state, episodes={}), ended


def close(state: PatientState, rule: Rule, time_s: float) -> tuple[PatientState, Steps]:
    """End one condition's alarm, if there is one; what it suppressed sounds."""
    running = {condition: one for condition, one in state.episodes.items() if condition != rule.condition}
    steps = settle(
        rules_of(state), running, _ended(state, rule, time_s), time_s, inactive_of(state.settings, state.turned_off)
    )
    return replace(state, episodes=running), steps


def _ended(state: PatientState, rule: Rule, time_s: float) -> Steps:
    episode = state.episodes.get(rule.condition)
    return [] if episode is None else [(rule, step) for step in episodes.close(rule, episode, time_s)]
