"""While a parent alarm sounds, alarms on its parts do not: they are recorded, and sound when it is over. Pure.

clinical.md B.4 (7): "suppress child alarms when the parent fires (component SpO2 under NEWS2 >= 7) but keep them in the
record"; (11): what was suppressed is counted. So that no alarm is lost:

- a child is suppressed only by a parent that sounds, and only while it is the less severe of the two;
- one that begins while the parent is acknowledged sounds: it is not what somebody has seen;
- one that is suppressed when the parent is acknowledged stays so, since whoever saw the score saw its parts;
- all its steps are alerts with the signal off, which name the parent; once the parent is over or milder, it sounds.
"""

from collections.abc import Sequence
from typing import Final

from models.alarms.episodes import Episode, Step, step_of
from models.alarms.rules import FRAME_RULES, NEWS2, Rule
from models.scores.news2 import PARAMETERS
from schemas.alerts import Priority

PARENT: Final = NEWS2
PARENT_PRIORITY: Final[Priority] = "high"
"""Of the parent: a NEWS2 of 7 or more."""
CHILDREN: Final = frozenset(rule.condition for rule in FRAME_RULES if rule.input in PARAMETERS)
"""Alarms on what the score is made of. Never a technical one (B.4 (10))."""

Steps = list[tuple[Rule, Step]]


def suppress(rules: Sequence[Rule], episodes: dict[str, Episode], steps: Steps, time_s: float) -> Steps:
    """What a frame's steps sound like to who hears the parent, and the steps of children that fall silent or sound now.

    Args:
        rules: the patient's.
        episodes: by condition, after the frame; changed where a child falls silent or sounds, and where it is counted.
        steps: of the frame.
        time_s: event time of the frame.
    """
    parent = episodes.get(PARENT.condition)
    severe = parent is not None and parent.present and _priority(PARENT, parent) == PARENT_PRIORITY
    sounds = severe and parent is not None and parent.signal == "on"
    if not severe and not any(episode.suppressed for episode in episodes.values()):
        return steps
    told = [(rule, step) for rule, step in steps if rule.condition not in CHILDREN]
    hushed = 0
    for rule in rules:
        if rule.condition not in CHILDREN:
            continue
        own = [step for owner, step in steps if owner is rule]
        child = episodes.get(rule.condition)
        if child is None or not child.present:
            told += [(rule, step) for step in own]
            continue
        quiet = child.signal == "on" and _priority(rule, child) != PARENT_PRIORITY
        quiet = quiet and (sounds or (severe and child.suppressed))
        if quiet != child.suppressed:
            hushed += quiet
            child = child._replace(suppressed=quiet, sounded_s=child.sounded_s if quiet else time_s)
            episodes[rule.condition] = child
            own = own or [step_of("update", rule, child, time_s)]
        if quiet and parent is not None:
            own = [step._replace(signal="off", parent_s=parent.start_s) for step in own]
        told += [(rule, step) for step in own]
    if hushed and parent is not None:
        counted = parent._replace(hushed=parent.hushed + hushed)
        episodes[PARENT.condition] = counted
        told = [(rule, step._replace(hushed=counted.hushed) if rule is PARENT else step) for rule, step in told]
    return told


def _priority(rule: Rule, episode: Episode) -> Priority:
    return rule.levels[episode.level].priority
