"""How far staff may move a patient's first alarm limits, as a table, and the rule that follows. Pure.

A setting moves the lowest level of a rule, and with it the limit that ends the alarm. Higher levels and extremes stay
where they are, and the limit may reach the next level but not pass it: what is high priority for everybody is high
priority for this patient too. Asystole, apnoea and scores have no limit to move.

How tight a limit may be set, so that a healthy value does not sound, is where NEWS2 gives its first point, unless the
row says otherwise. How loose is ours: for a physician the next level, for a nurse about half of the way there. So most
of what staff set on 100 patients of MIMIC-IV lies within (doi:10.13026/dp1f-ex47: the middle nine tenths were 100 to
160/min for a high heart rate, 50 to 60 for a low one, 90 to 92 % for a saturation, 30 to 40/min for a high respiratory
rate, 8 for a low one).
"""

from typing import Final, NamedTuple

from models.alarms.rules import LIMIT_RULES, SPO2_LOW_SCALE2, Level, Rule
from schemas.alarm_settings import Role


class Bound(NamedTuple):
    """Between which values a first limit may be set; a value on a bound is within."""

    condition: str
    tightest: float
    nurse: float
    physician: float
    source: str


# fmt: off
BOUNDS: Final = (
    #     condition                tightest nurse  physician
    Bound("heart-rate-high",       91,      140,   150,  "91: first point of NEWS2; 150: next level"),
    Bound("heart-rate-low",        60,      35,    30,   "60: bradycardia by the usual definition, ours; 30: extreme"),
    Bound("spo2-low",              95,      88,    85,   "95: first point of NEWS2; 85: next level"),
    Bound("respiratory-rate-high", 21,      30,    35,   "21: first points of NEWS2; 35: next level"),
    Bound("respiratory-rate-low",  11,      6,     5,    "11: first point of NEWS2; 5: next level"),
    Bound("systolic-high",         140,     220,   240,  "140: ours; a nurse may only tighten it, 240 ours"),
    Bound("systolic-low",          110,     85,    70,   "110: first point of NEWS2; 70: next level"),
    Bound("mean-arterial-low",     80,      60,    55,   "80: ours; 55: next level"),
    Bound("temperature-high",      38.1,    39.5,  40.5, "38.1: first point of NEWS2; 40.5: next level"),
    Bound("temperature-low",       36.0,    34.0,  33.0, "36.0: first point of NEWS2; 33.0: next level"),
    Bound("etco2-low",             35,      20,    10,   "35: lower end of the usual range, ours; 10: next level"),
)
SPO2_SCALE2: Final = Bound(
    "spo2-low", 87, 81, 78, "87: first point of NEWS2's SpO2 scale 2; 78: next level")
# fmt: on
_BOUNDS: Final = {bound.condition: bound for bound in BOUNDS}
MOVABLE: Final = {rule.condition: rule for rule in LIMIT_RULES if rule.condition in _BOUNDS}
"""The rules whose first limit can be set, as they are without it."""


def bound_of(rule: Rule) -> Bound | None:
    """Between which values the first limit of this rule may be set; None: it has none to move."""
    return SPO2_SCALE2 if rule is SPO2_LOW_SCALE2 else _BOUNDS.get(rule.condition)


def refusal(rule: Rule, limit: float, role: Role) -> str | None:
    """Why this role may not set this limit; None where it may."""
    bound = bound_of(rule)
    if bound is None:
        return "this condition has no limit that can be set"
    loosest = bound.nurse if role == "nurse" else bound.physician
    if not min(bound.tightest, loosest) <= limit <= max(bound.tightest, loosest):
        return f"a {role} may set it between {bound.tightest:g} and {loosest:g}"
    return None


def with_limit(rule: Rule, limit: float) -> Rule:
    """The rule with another first limit; the one that ends the alarm stays as far from it as it was."""
    first, *others = rule.levels
    return rule._replace(
        levels=(Level(first.priority, limit), *others), clear=round(limit + rule.clear - first.limit, 6)
    )
