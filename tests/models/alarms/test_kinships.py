"""Which alarm explains which, for each pair of conditions and priorities, against a copy that the product reads not."""

from itertools import product
from typing import Final

import pytest

from models.alarms.episodes import Episode
from models.alarms.grading import rules_for
from models.alarms.own_limits import with_limit
from models.alarms.rules import FRAME_RULES, SPO2_LOW_SCALE2, Rule
from models.alarms.suppression import suppress
from schemas.alerts import Inactivation

NOW_S: Final = 1000.0
SEVERITY: Final = {"low": 0, "medium": 1, "high": 2}
RULES: Final = {rule.condition: rule for rule in FRAME_RULES}
PARTS: Final = (
    "heart-rate-high",
    "heart-rate-low",
    "respiratory-rate-high",
    "respiratory-rate-low",
    "spo2-low",
    "systolic-high",
    "systolic-low",
    "temperature-high",
    "temperature-low",
)
# parent and child: the parent's least priority, and the child's highest
EXPLAINS: Final[dict[tuple[str, str], tuple[str, str]]] = {
    **{("news2", part): ("medium", "medium") for part in PARTS},
    **{(part, "news2"): ("low", "low") for part in PARTS},
    ("news2", "shock-index"): ("medium", "medium"),
    ("mean-arterial-low", "systolic-low"): ("low", "medium"),
    ("mean-arterial-low", "shock-index"): ("low", "medium"),
    ("systolic-low", "shock-index"): ("low", "medium"),
    ("heart-rate-high", "shock-index"): ("low", "medium"),
}


def sounding(rule: Rule, level: int) -> Episode:
    return Episode(
        (0.0,) * len(rule.levels), 0.0, start_s=0.0, level=level, signal="on", sounded_s=10.0, over=level + 1
    )


def is_explained(parent: Rule, parent_level: int, child: Rule, child_level: int) -> bool:
    """What the copy says."""
    if (parent.condition, child.condition) not in EXPLAINS:
        return False
    at_least, most = (SEVERITY[priority] for priority in EXPLAINS[parent.condition, child.condition])
    above, below = (SEVERITY[rule.levels[at].priority] for rule, at in ((parent, parent_level), (child, child_level)))
    return below <= above and above >= at_least and below <= most


@pytest.mark.parametrize("parent", RULES)
def test_an_alarm_silences_those_that_the_copy_says_it_explains_and_no_other(parent: str) -> None:
    above = RULES[parent]
    for below in FRAME_RULES:
        for level, child_level in product(range(len(above.levels)), range(len(below.levels))):
            if below is above:
                continue
            episodes = {parent: sounding(above, level), below.condition: sounding(below, child_level)}
            said = suppress(FRAME_RULES, episodes, [], NOW_S)
            explained = is_explained(above, level, below, child_level)
            assert episodes[below.condition].suppressed is explained, (below.condition, level, child_level)
            assert episodes[parent].hushed == explained
            silenced = [(step.phase, step.signal, step.parent, step.time_s) for rule, step in said if rule is below]
            assert silenced == ([("update", "off", parent, NOW_S)] if explained else [])


@pytest.mark.parametrize("child", sorted({child for _, child in EXPLAINS}))
def test_what_was_silenced_sounds_from_now_on_once_nothing_explains_it(child: str) -> None:
    rule = RULES[child]
    episodes = {child: sounding(rule, 0)._replace(suppressed=True)}
    ((owner, step),) = suppress(FRAME_RULES, episodes, [], NOW_S)
    assert (owner, step.phase, step.signal, step.parent, step.time_s) == (rule, "update", "on", "", NOW_S)
    assert (episodes[child].suppressed, episodes[child].sounded_s) == (False, NOW_S)


@pytest.mark.parametrize("clearing_s", [None, NOW_S - 30])
def test_what_was_silenced_stays_so_while_its_last_value_violates_no_limit_and_sounds_as_soon_as_one_does(
    clearing_s: float | None,
) -> None:
    silent = sounding(RULES["spo2-low"], 0)._replace(suppressed=True, clearing_s=clearing_s, over=0)
    episodes = {"spo2-low": silent}
    assert suppress(FRAME_RULES, episodes, [], NOW_S) == []
    assert episodes["spo2-low"].suppressed
    episodes = {"spo2-low": silent._replace(clearing_s=None, over=1)}
    ((_, step),) = suppress(FRAME_RULES, episodes, [], NOW_S)
    assert (step.phase, step.signal, episodes["spo2-low"].suppressed) == ("update", "on", False)


@pytest.mark.parametrize("limit", [88.0, 94.0])
def test_an_alarm_by_a_limit_that_staff_have_set_is_silenced_by_no_score_but_by_what_measures_the_same(
    limit: float,
) -> None:
    own = with_limit(RULES["spo2-low"], limit)
    rules = tuple(own if rule.condition == own.condition else rule for rule in FRAME_RULES)
    episodes = {"news2": sounding(RULES["news2"], 2), "spo2-low": sounding(own, 0)}
    assert suppress(rules, episodes, [], NOW_S) == []
    own = with_limit(RULES["systolic-low"], limit)
    rules = tuple(own if rule.condition == own.condition else rule for rule in FRAME_RULES)
    episodes = {"mean-arterial-low": sounding(RULES["mean-arterial-low"], 0), "systolic-low": sounding(own, 0)}
    suppress(rules, episodes, [], NOW_S)
    assert episodes["systolic-low"].suppressed


def test_on_the_other_scale_for_oxygen_the_score_silences_its_parts_too() -> None:
    episodes = {"news2": sounding(RULES["news2"], 2), "spo2-low": sounding(SPO2_LOW_SCALE2, 0)}
    suppress(rules_for(scale2=True), episodes, [], NOW_S)
    assert episodes["spo2-low"].suppressed


def test_when_an_alarm_is_silenced_it_is_still_known_when_it_sounded() -> None:
    episodes = {"news2": sounding(RULES["news2"], 2), "spo2-low": sounding(RULES["spo2-low"], 0)}
    suppress(FRAME_RULES, episodes, [], NOW_S)
    assert (episodes["spo2-low"].suppressed, episodes["spo2-low"].sounded_s) == (True, 10.0)


@pytest.mark.parametrize("loud", [part for part in PARTS if len(RULES[part].levels) > 1 and part != "spo2-low"])
def test_an_alarm_is_silenced_whatever_sounds_beside_it(loud: str) -> None:
    episodes = {"news2": sounding(RULES["news2"], 2), "spo2-low": sounding(RULES["spo2-low"], 0)}
    episodes[loud] = sounding(RULES[loud], 1)
    suppress(FRAME_RULES, episodes, [], NOW_S)
    assert episodes["spo2-low"].suppressed


def test_what_two_alarms_could_explain_is_counted_by_the_one_that_it_names() -> None:
    parents = ("news2", "mean-arterial-low")
    episodes = {one: sounding(RULES[one], len(RULES[one].levels) - 1) for one in parents}
    episodes["shock-index"] = sounding(RULES["shock-index"], 0)
    ((_, step),) = suppress(FRAME_RULES, episodes, [], NOW_S)
    assert step.parent in parents
    assert {one: episodes[one].hushed for one in parents} == {one: int(one == step.parent) for one in parents}


def test_what_a_silent_alarm_would_explain_names_the_one_that_sounds() -> None:
    episodes = {"news2": sounding(RULES["news2"], 2), "shock-index": sounding(RULES["shock-index"], 0)}
    episodes["heart-rate-high"] = sounding(RULES["heart-rate-high"], 0)._replace(suppressed=True)
    ((rule, step),) = suppress(FRAME_RULES, episodes, [], NOW_S)
    assert (rule.condition, step.signal, step.parent) == ("shock-index", "off", "news2")


@pytest.mark.parametrize(
    ("score", "inactive", "explained_by"),
    [(2, None, "news2"), (1, None, "news2"), (0, None, "mean-arterial-low"), (2, "audio-paused", "mean-arterial-low")],
)
def test_where_one_alarm_is_too_mild_or_silenced_by_staff_another_explains(
    score: int, inactive: Inactivation | None, explained_by: str
) -> None:
    episodes = {one: sounding(RULES[one], 0) for one in ("systolic-low", "mean-arterial-low")}
    episodes["news2"] = sounding(RULES["news2"], score)._replace(inactive=inactive)
    said = suppress(FRAME_RULES, episodes, [], NOW_S)
    assert [step.parent for rule, step in said if rule.condition == "systolic-low"] == [explained_by]


@pytest.mark.parametrize(
    ("parent", "child", "silent"), [("audio-off", None, False), ("audio-off", "audio-off", True), (None, None, True)]
)
def test_an_alarm_that_staff_have_silenced_silences_none_that_they_have_not(
    parent: Inactivation | None, child: Inactivation | None, *, silent: bool
) -> None:
    episodes = {
        "news2": sounding(RULES["news2"], 2)._replace(inactive=parent),
        "spo2-low": sounding(RULES["spo2-low"], 0)._replace(inactive=child),
    }
    suppress(FRAME_RULES, episodes, [], NOW_S)
    assert episodes["spo2-low"].suppressed is silent


@pytest.mark.parametrize(("after_s", "silent"), [(3600.0, True), (3600.001, False)])
def test_a_score_of_five_or_six_explains_what_begins_within_the_hour_and_nothing_later(
    after_s: float, *, silent: bool
) -> None:
    score = sounding(RULES["news2"], 1)
    child = sounding(RULES["systolic-low"], 0)._replace(first_s=score.sounded_s + after_s)
    episodes = {"news2": score, "systolic-low": child}
    suppress(FRAME_RULES, episodes, [], NOW_S)
    assert episodes["systolic-low"].suppressed is silent


def test_a_score_that_its_part_explained_sounds_when_it_gets_worse_and_explains_the_part_in_the_same_moment() -> None:
    episodes = {
        "news2": sounding(RULES["news2"], 1)._replace(suppressed=True),
        "systolic-low": sounding(RULES["systolic-low"], 0),
    }
    suppress(FRAME_RULES, episodes, [], NOW_S)
    assert {name: one.suppressed for name, one in episodes.items()} == {"news2": False, "systolic-low": True}
    assert suppress(FRAME_RULES, episodes, [], NOW_S) == []


def test_beside_a_mild_score_a_part_explains_the_shock_index() -> None:
    episodes = {one: sounding(RULES[one], 0) for one in ("news2", "heart-rate-high", "shock-index")}
    suppress(FRAME_RULES, episodes, [], NOW_S)
    assert {name for name, one in episodes.items() if one.suppressed} == {"news2", "shock-index"}
