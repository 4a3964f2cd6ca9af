"""The alarms on limits are what a second account of them says, which knows nothing of how they are made."""

import os
from itertools import accumulate
from typing import Final

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from models.alarms.rules import LIMIT_RULES, Rule
from models.watch.advance import Timing, advance_clock, advance_frames
from models.watch.frames import ON_ITS_WAY_MS
from models.watch.state import PatientState
from schemas.alerts import Alert
from tests.builders.watch_frames import START_MS, frames
from tests.models.watch.limit_oracle import Said, of_numbers

EXAMPLES: Final = int(os.environ.get("WARDWATCH_TEST_ORACLE_EXAMPLES", "150"))
"""Of each rule; 100,000 take some hours."""
TIMING: Final = Timing(30_000, 300_000)
RULES: Final = {rule.condition: rule for rule in LIMIT_RULES}
NUMBERS: Final = {
    "heart-rate-high": (80, 125, 126, 130, 131, 149, 150, 180, 181),
    "heart-rate-low": (80, 45, 44, 41, 40, 31, 30, 29),
    "spo2-low": (97, 92, 91, 90, 86, 85, 81, 80, 79),
    "respiratory-rate-high": (16, 23, 24, 25, 34, 35, 50),
}
"""Both sides of every edge of a rule."""
COLUMN: Final = {condition: RULES[condition].input for condition in NUMBERS}

pauses = st.one_of(
    st.integers(1, 5), st.integers(1, 14), st.integers(15, 17), st.integers(18, 70), st.integers(299, 302)
)


def told(rule: Rule, numbers: list[tuple[float, float]], end_s: float) -> list[Said]:
    """The same from the product, number by number, with the clock running between them."""
    state, said = PatientState(), []
    for at_s, number in numbers:
        done = advance_frames(["p-1"], [state], frames([(0, at_s, {rule.input: number})]), None, TIMING)
        (state,) = done.states
        said += [one.record for one in done.said]
    _, due = advance_clock("p-1", state, START_MS + round(1000 * end_s) + ON_ITS_WAY_MS - 1)
    said += [one.record for one in due]
    priorities = [level.priority for level in rule.levels]
    return [
        Said(one.time.timestamp() - START_MS / 1000, one.phase, priorities.index(one.priority))
        for one in said
        if isinstance(one, Alert) and one.condition == rule.condition and one.phase != "update"
    ]


@st.composite
def sequences(draw: st.DrawFn) -> tuple[str, list[tuple[float, float]]]:
    """A condition, and numbers of its vital sign: runs of some, as illness has them, and single ones between."""
    condition = draw(st.sampled_from(sorted(NUMBERS)))
    number = st.sampled_from(NUMBERS[condition])
    runs = draw(st.lists(st.tuples(number, st.lists(pauses, min_size=1, max_size=8)), min_size=1, max_size=12))
    values = [float(value) for value, run in runs for _ in run]
    times_s = accumulate(pause for _, run in runs for pause in run)
    return condition, list(zip(map(float, times_s), values, strict=True))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequences(), st.integers(1, 100))
@example(("heart-rate-low", [(1.0, 80.0), (2.0, 30.0), (3.0, 29.0)]), 1)  # an extreme after a number of its level
def test_limit_alarms_are_what_their_rules_say_in_words(
    sequence: tuple[str, list[tuple[float, float]]], rest_s: int
) -> None:
    condition, numbers = sequence
    end_s = numbers[-1][0] + rest_s + 0.25  # between two moments at which anything can fall due
    assert told(RULES[condition], numbers, end_s) == of_numbers(RULES[condition], numbers, end_s)
