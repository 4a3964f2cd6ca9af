"""How far staff may move a limit: both sides of every bound, and never past what is high for everybody."""

import numpy as np
import pytest

from models.alarms import grading
from models.alarms.own_limits import BOUNDS, MOVABLE, SPO2_SCALE2, Bound, refusal, with_limit
from models.alarms.rules import EXTREMES, LIMIT_RULES, SPO2_LOW_SCALE2, Rule
from schemas.alarm_settings import Role

RULES: list[tuple[Rule, Bound]] = [(MOVABLE[bound.condition], bound) for bound in BOUNDS]
RULES.append((SPO2_LOW_SCALE2, SPO2_SCALE2))
NAMES = [*(bound.condition for bound in BOUNDS), "spo2-low-scale2"]
EVERY = pytest.mark.parametrize(("rule", "bound"), RULES, ids=NAMES)


def loosest(bound: Bound, role: Role) -> float:
    return bound.nurse if role == "nurse" else bound.physician


@pytest.mark.parametrize("role", ["nurse", "physician"])
@EVERY
def test_a_limit_on_a_bound_may_be_set_and_one_beyond_it_may_not(rule: Rule, bound: Bound, role: Role) -> None:
    looser = 0.1 if rule.direction == "above" else -0.1
    for edge, beyond in ((loosest(bound, role), looser), (bound.tightest, -looser)):
        assert refusal(rule, edge, role) is None
        assert refusal(rule, edge - beyond, role) is None or bound.tightest == loosest(bound, role)
        why = refusal(rule, edge + beyond, role)
        assert why == f"a {role} may set it between {bound.tightest:g} and {loosest(bound, role):g}"


@EVERY
def test_what_is_high_priority_for_everybody_stays_so_whatever_is_set(rule: Rule, bound: Bound) -> None:
    sign = 1 if rule.direction == "above" else -1
    for role in ("nurse", "physician"):
        own = with_limit(rule, loosest(bound, role))
        assert own.levels[1:] == rule.levels[1:]
        assert all(sign * own.levels[0].limit <= sign * level.limit for level in rule.levels[1:])
        for extreme in (one for one in EXTREMES if one.condition == rule.condition and rule is not SPO2_LOW_SCALE2):
            assert sign * own.levels[0].limit <= sign * extreme.beyond


@EVERY
def test_a_physician_may_loosen_more_than_a_nurse_and_the_standing_limit_is_within(rule: Rule, bound: Bound) -> None:
    sign = 1 if rule.direction == "above" else -1
    assert sign * bound.tightest <= sign * rule.levels[0].limit <= sign * bound.nurse <= sign * bound.physician
    assert bound.source


@EVERY
def test_the_limit_that_ends_the_alarm_moves_along(rule: Rule, bound: Bound) -> None:
    own = with_limit(rule, bound.tightest)
    assert own.clear - own.levels[0].limit == pytest.approx(rule.clear - rule.levels[0].limit)
    assert own.levels[0].priority == rule.levels[0].priority
    assert own._replace(levels=rule.levels, clear=rule.clear) == rule


def test_a_condition_without_a_limit_of_its_own_has_none_to_set() -> None:
    scores = [rule for rule in LIMIT_RULES if rule.condition not in MOVABLE]
    assert {rule.condition for rule in scores} == {"news2", "shock-index"}
    assert all(refusal(rule, 1, "physician") == "this condition has no limit that can be set" for rule in scores)


@EVERY
def test_a_rule_without_a_setting_grades_as_the_table_does(rule: Rule, bound: Bound) -> None:
    scale2 = rule is SPO2_LOW_SCALE2
    place = [one.condition for one in grading.rules_for(scale2=scale2)].index(rule.condition)
    edges = [rule.clear, *(level.limit for level in rule.levels), bound.tightest, bound.physician, 80, 73, 30, 180, 45]
    values = np.array([edge + apart for edge in edges for apart in (-0.1, 0.0, 0.1)])
    inputs = np.full((len(values), len(grading.INPUTS)), np.nan)
    inputs[:, grading.INPUTS.index(rule.input)] = values
    inputs[:, grading.INPUTS.index("spo2_scale2")] = scale2
    assert grading.grade_by(rule, values, scale2=scale2).tolist() == grading.grade(inputs)[:, place].tolist()
    rules = np.full(len(values), place)
    assert grading.clearly_well_by(rule, values).tolist() == grading.clearly_well(inputs, rules).tolist()
