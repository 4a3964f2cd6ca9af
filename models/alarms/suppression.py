"""Suppress alarms that a greater alarm explains while that one sounds, and let them sound afterwards.

One thing is said once. Which alarm explains which is ours (KINSHIPS); no standard asks for it. So that no alarm is
lost, and each suppression is on record:

- an alarm is suppressed only by one that sounds, and only while it is not the more severe of the two; high never is;
- one that begins while the parent is acknowledged sounds, since nobody has seen it yet;
- one that is suppressed when the parent is acknowledged stays so: whoever saw the parent saw what it explains;
- every step of a suppressed alarm is an alert with the signal off that names its parent, and the parent counts them;
- once no parent is left, or each is milder, it sounds; if its last value violates no limit, as soon as one does;
- a limit that staff have set for this patient is none of the score's: no score suppresses its alarm.

A technical alarm is never suppressed: no score tells that a sensor is off, so nothing would be said twice.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from models.alarms.episodes import Episode, Step, step_of
from models.alarms.rules import FRAME_RULES, NEWS2, SPO2_LOW_SCALE2, Rule
from models.scores.news2 import PARAMETERS
from schemas.alerts import Priority

_SEVERITY: Final[dict[Priority, int]] = {"low": 0, "medium": 1, "high": 2}
PARTS: Final = tuple(rule.condition for rule in FRAME_RULES if rule.input in PARAMETERS)
"""Alarms on what the score is made of."""
_STANDING: Final = frozenset((*FRAME_RULES, SPO2_LOW_SCALE2))
"""The rules with the limits of the table."""


class Kinship(NamedTuple):
    """An alarm that explains others while it has at least this priority.

    most      of the children
    within_s  what begins later than so long after the parent came on it does not explain; None: it explains all
    """

    parent: str
    at_least: Priority
    children: tuple[str, ...]
    most: Priority
    source: str
    within_s: float | None = None


# fmt: off
KINSHIPS: Final[tuple[Kinship, ...]] = (
    Kinship("news2", "high", PARTS, "medium", "ours: a score of 7 or more calls the team that looks at its parts"),
    Kinship("news2", "medium", PARTS, "medium",
            "ours: a score of 5 or more calls a clinician who looks at its parts; an hour, after which the next set is "
            "due (RCP 2017, chart 4)", within_s=3600.0),
    *(Kinship(part, "low", ("news2",), "low",
              "ours: the score's lowest alarm is a single parameter with 3 points, which this alarm is about")
      for part in PARTS),
    Kinship("mean-arterial-low", "low", ("systolic-low", "shock-index"), "medium", "ours: one measurement, one alarm"),
    Kinship("systolic-low", "low", ("shock-index",), "medium", "ours: one measurement, one alarm"),
    Kinship("heart-rate-high", "low", ("shock-index",), "medium", "ours: one measurement, one alarm"),
    Kinship("news2", "medium", ("shock-index",), "medium", "ours: the score has points for both parts of the index"),
)
# fmt: on
_PARENTS_OF: Final[dict[str, tuple[Kinship, ...]]] = {
    child: tuple(one for one in KINSHIPS if child in one.children)
    for child in dict.fromkeys(child for one in KINSHIPS for child in one.children)
}
_MILD_SCORE: Final = (*PARTS, "news2", "shock-index")
_SCORE: Final = ("news2", *PARTS, "shock-index")
"""Those that may be suppressed, parents first: a score of low priority is the child of its parts, else their parent."""
Steps = list[tuple[Rule, Step]]


def suppress(rules: Sequence[Rule], episodes: dict[str, Episode], steps: Steps, time_s: float) -> Steps:
    """Return a moment's steps with those of suppressed alarms silent, and steps for those that change over.

    Args:
        rules: the patient's rules.
        episodes: the patient's episodes by condition, after the moment. Changed in place: one that falls silent or
            sounds again, and the parent's count of them.
        steps: the steps of this moment.
        time_s: the patient's event time then, in seconds.
    """
    told = list(steps)
    owners = {rule.condition: rule for rule in rules}
    score = episodes.get(NEWS2.condition)
    is_mild = score is not None and _priority(NEWS2, score) == "low"
    for condition in _MILD_SCORE if is_mild else _SCORE:
        child = episodes.get(condition)
        if child is None or not child.present or condition not in owners:
            continue
        rule = owners[condition]
        parent = _parent(owners, episodes, rule, child)
        if parent is None and (not child.suppressed or child.over == 0):
            continue  # it sounds, or would not begin now
        quiet = parent is not None
        own = [step for owner, step in told if owner is rule]
        if quiet != child.suppressed:
            child = child._replace(suppressed=quiet, sounded_s=child.sounded_s if quiet else time_s)
            episodes[condition] = child
            if not own:
                told.append((rule, step_of("update", rule, child, time_s)))
            if parent is not None:
                told = _counted(owners[parent], episodes, told)
        if parent is not None:
            of = episodes[parent]
            told = [
                (owner, step._replace(signal="off", parent=parent, parent_s=of.start_s, parent_version=of.version))
                if owner is rule
                else (owner, step)
                for owner, step in told
            ]
    return told


def _parent(owners: Mapping[str, Rule], episodes: dict[str, Episode], rule: Rule, child: Episode) -> str | None:
    """The condition whose alarm explains this one, the one that sounds; None where none does."""
    if child.signal != "on":
        return None
    for one in _PARENTS_OF[rule.condition]:
        parent = episodes.get(one.parent)
        owner = owners[one.parent]
        if parent is None or not _explains(one, owner, parent, rule, child):
            continue
        if parent.signal == "on" and not parent.suppressed:
            return one.parent
        if not parent.suppressed and child.suppressed:  # whoever acknowledged the parent saw what it explains
            return one.parent
    return None


def _explains(kinship: Kinship, owner: Rule, parent: Episode, rule: Rule, child: Episode) -> bool:
    """Whether a parent is there and severe enough, and as well heard as the child would be."""
    severity, above = _SEVERITY[_priority(rule, child)], _SEVERITY[_priority(owner, parent)]
    if not parent.present or severity > _SEVERITY[kinship.most] or above < max(_SEVERITY[kinship.at_least], severity):
        return False
    if parent.inactive is not None and child.inactive is None:  # nobody hears it
        return False
    if kinship.within_s is not None and not child.suppressed and child.first_s - parent.sounded_s > kinship.within_s:
        return False
    return owner is not NEWS2 or rule in _STANDING


def _counted(owner: Rule, episodes: dict[str, Episode], told: Steps) -> Steps:
    """The steps once a parent has counted one more; it says so, if it has a step of its own now."""
    counted = episodes[owner.condition]._replace(hushed=episodes[owner.condition].hushed + 1)
    episodes[owner.condition] = counted
    return [(rule, step._replace(hushed=counted.hushed) if rule is owner else step) for rule, step in told]


def _priority(rule: Rule, episode: Episode) -> Priority:
    return rule.levels[episode.level].priority
