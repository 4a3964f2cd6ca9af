"""What happens at a moment of its own: what an episode waits for, a setting that begins or ends, a result. Pure.

Everything here changes the state that it is given, which is the caller's copy.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Final

from models.alarms import episodes
from models.alarms.episodes import Episode, Moved, Step
from models.alarms.inactivation import NOTHING, Inactive, settle
from models.alarms.laboratory import CRITICAL_VALUES, result
from models.alarms.own_limits import MOVABLE
from models.alarms.rules import Rule
from models.alarms.settings import Settings, in_force, inactive_of
from models.watch.last_known import LastKnown, grade_again
from models.watch.state import PatientState

NEVER_MS: Final = 1 << 62
_NEARLY_MS: Final = 0.0005  # moments are sums of floats
_SCALE2: Final = 2
Steps = list[tuple[Rule, Step]]


def run_out(
    state: PatientState, rules: Sequence[Rule], until_ms: int, inactive: Inactive = NOTHING
) -> Iterator[tuple[Rule, Step]]:
    """Let pass the patient's time until then, with nothing measured; changes the state's episodes."""
    while True:
        due_ms, rule = next_due(state, rules)
        if rule is None or due_ms > until_ms:
            return
        now_s = due_ms / 1000
        after, made = episodes.run_out(rule, state.episodes.pop(rule.condition), now_s)
        after, made = distinct(state, rule, after, made)
        if after is not None:
            state.episodes[rule.condition] = after
        yield from settle(rules, state.episodes, [(rule, step) for step in made], now_s, inactive)


def next_due(state: PatientState, rules: Sequence[Rule]) -> tuple[int, Rule | None]:
    """The patient's time in ms at which the first of these conditions changes if nothing is measured, and which one."""
    first: tuple[int, Rule | None] = NEVER_MS, None
    for rule in rules if state.episodes else ():
        episode = state.episodes.get(rule.condition)
        if episode is not None and (due_ms := due_ms_of(rule, episode)) < first[0]:
            first = due_ms, rule
    return first


def due_ms_of(rule: Rule, episode: Episode) -> int:
    """The patient's time in ms at which an episode changes if nothing is measured."""
    due_s = episodes.due_s(rule, episode)
    return NEVER_MS if due_s is None else ms_from(due_s)


def ms_from(moment_s: float) -> int:
    """The first whole ms that is not before a moment: half of a time in violation is taken away again, and so of a ms.

    Rounded to the nearest, a moment would come before the delay is over, bring nothing, and come again without end.
    """
    return ceil(moment_s * 1000 - _NEARLY_MS)


def distinct(state: PatientState, rule: Rule, episode: Episode | None, steps: tuple[Step, ...]) -> Moved:
    """Give an episode a start, and so an id, of its own, where it begins at the very moment of the one before.

    A correction to the better and one to the worse again do that.
    """
    if episode is None or episode.start_s is None or not any(step.phase == "start" for step in steps):
        return episode, steps
    start_s, begun_s = episode.start_s, state.begun_s.get(rule.condition)
    if begun_s is not None and start_s <= begun_s:
        start_s = round(begun_s + 0.001, 3)
        steps = tuple(step._replace(start_s=start_s) if step.phase == "start" else step for step in steps)
    state.begun_s[rule.condition] = start_s
    return episode._replace(start_s=start_s), steps


def follow_settings(
    state: PatientState, before: Settings, rules: Sequence[Rule], known: LastKnown, now_ms: int
) -> Steps:
    """What follows at once where the settings were `before` and are the state's now; `rules` are those with them.

    A limit that has changed is applied to what was last known, and what is inactivated falls silent, or sounds again.
    """
    was, now = _limits(before), _limits(state.settings)
    made: Steps = []
    for rule in rules:
        if rule.condition not in MOVABLE or was.get(rule.condition) == now.get(rule.condition):
            continue
        scale2 = state.stay.spo2_scale == _SCALE2
        episode = state.episodes.pop(rule.condition, None)
        after, steps = grade_again(rule, episode, known, now_ms, scale2=scale2)
        after, steps = distinct(state, rule, after, steps)
        if after is not None:
            state.episodes[rule.condition] = after
        made += [(rule, step) for step in steps]
    return settle(rules, state.episodes, made, now_ms / 1000, inactive_of(state.settings, state.turned_off))


def follow_results(state: PatientState, before: Mapping[str, tuple[float, int]], now_ms: int) -> Steps:
    """What follows at once where the laboratory results were `before` and are the state's now."""
    made: Steps = []
    for rule in CRITICAL_VALUES:
        known = state.labs.get(rule.input)
        if known is None or known == before.get(rule.input):
            continue
        value, sampled_ms = known
        episode = state.episodes.pop(rule.condition, None)
        after, steps = result(rule, episode, value, sampled_ms / 1000, now_ms / 1000)
        after, steps = distinct(state, rule, after, steps)
        if after is not None:
            state.episodes[rule.condition] = after
        made += [(rule, step) for step in steps]
    return settle(CRITICAL_VALUES, state.episodes, made, now_ms / 1000, inactive_of(state.settings, state.turned_off))


def _limits(settings: Settings) -> dict[str, float | None]:
    return {one.condition: one.limit for one in in_force(settings, "limit")}
