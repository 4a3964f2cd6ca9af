"""Suppress the alarms on single vital signs while the NEWS2 alarm on their sum sounds, and let them sound afterwards.

The alarm on a NEWS2 of 7 or more is the parent, the milder alarms on its parameters are its children: the one thing is
said once. This is ours; no standard asks for it. So that no alarm is lost, and each suppression is on record:

- a child is suppressed only by a parent that sounds, and only while it is the less severe of the two;
- a child that begins while the parent is acknowledged sounds, since nobody has seen it yet;
- a child that is suppressed when the parent is acknowledged stays so: whoever saw the score saw its parts;
- every step of a suppressed child is an alert with the signal off that names its parent, and the parent counts them;
- once the parent is over, or milder than high, the child sounds.
"""

from collections.abc import Sequence
from typing import Final

from models.alarms.episodes import Episode, Step, step_of
from models.alarms.rules import FRAME_RULES, NEWS2, Rule
from models.scores.news2 import PARAMETERS
from schemas.alerts import Priority

PARENT: Final = NEWS2
PARENT_PRIORITY: Final[Priority] = "high"
"""The priority that the parent must have to suppress: that of a NEWS2 of 7 or more."""
CHILDREN: Final = frozenset(rule.condition for rule in FRAME_RULES if rule.input in PARAMETERS)
"""The conditions on parameters of the score. No technical alarm is among them: the score does not tell that a sensor is
off, so nothing would be said twice."""

Steps = list[tuple[Rule, Step]]


def suppress(rules: Sequence[Rule], episodes: dict[str, Episode], steps: Steps, time_s: float) -> Steps:
    """Return a frame's steps with those of suppressed children silent, and steps for children that change over.

    Args:
        rules: the patient's rules.
        episodes: the patient's episodes by condition, after the frame. Changed in place: a child that falls silent or
            sounds again, and the parent's count of them.
        steps: the steps of this frame.
        time_s: event time of the frame, in seconds.
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
