"""What may be passed over among values, and what the clock alone brings about between them."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.alarms.episodes import Episode, Step, Value, acknowledge, due_s, held, holds, run_out, take
from models.alarms.grading import AT_LEAST, EXTREME
from models.alarms.rules import VERSION, Level, Rule
from tests.models.alarms.test_episodes import LATCHING, RULE

UNKNOWN, WELL, BETWEEN, MEDIUM, HIGH = -1, 0, 1, 2, 3
ACKNOWLEDGED = 100
"""Stands in a course for an acknowledgement instead of a grade."""
THREE = RULE._replace(levels=(Level("low", 91), Level("medium", 90), Level("high", 85)))
KNOWN = (WELL, BETWEEN, MEDIUM, HIGH, MEDIUM + AT_LEAST, HIGH + AT_LEAST, HIGH + EXTREME)
COURSES = st.lists(
    st.tuples(st.sampled_from((*KNOWN, UNKNOWN, ACKNOWLEDGED)), st.sampled_from((1.0, 5.0, 15.0, 61.0, 400.0))),
    max_size=25,
)
Course = list[tuple[int, float]]


def played(rule: Rule, course: Course, pace: float = 1.0) -> Iterator[tuple[Episode, float]]:
    """Every episode on the way, with the moment; what is due in between is done when it is.

    By the column's time `pace` times as much passes as by the patient's: more where a device catches up.
    """
    episode: Episode | None = None
    now_s = 0.0
    for number, (grade, after_s) in enumerate(course):
        until_s = now_s + after_s
        while episode is not None and (due := due_s(rule, episode)) is not None and due <= until_s:
            episode, _ = run_out(rule, episode, due)
        now_s = until_s
        if grade == ACKNOWLEDGED:
            episode, _ = acknowledge(rule, episode, now_s)
        else:
            episode, _ = take(rule, episode, Value(grade, float(number), pace * now_s, now_s))
        if episode is not None:
            yield episode, now_s


STEADY: Course = [(WELL, 1.0), *[(MEDIUM, 1.0)] * 20, *[(WELL, 1.0)] * 30, *[(HIGH, 5.0)] * 6, *[(BETWEEN, 15.0)] * 6]


EASING: Course = [*[(HIGH, 5.0)] * 5, *[(MEDIUM, 15.0)] * 3, (HIGH, 1.0), *[(MEDIUM, 15.0)] * 6, *[(WELL, 15.0)] * 3]


PACES = st.sampled_from((1.0, 1.0, 0.5, 60.0))


@given(course=COURSES, settles=st.booleans(), pace=PACES)
@example(course=STEADY, settles=True, pace=1.0)
@example(course=EASING, settles=False, pace=1.0)
@example(course=[(MEDIUM, 1.0)] * 3, settles=False, pace=12.0)
def test_a_value_that_may_be_passed_over_says_nothing_and_leaves_what_taking_it_in_would(
    course: Course, *, settles: bool, pace: float
) -> None:
    for episode, now_s in played(THREE, course, pace):
        if not episode.present and not episode.over:
            continue  # a delay that runs down: whether anything is left of it is for `take`
        for grade in KNOWN:
            for after_s in (0.0, 1.0, 14.0, 61.0):
                then_s = now_s + after_s
                one = Value(grade, 77.0, pace * then_s, then_s, settles=settles, doubtful=True, late=True)
                due = due_s(THREE, episode)
                if (due is None or due > one.now_s) and holds(THREE, episode, grade, one.time_s, settles=settles):
                    assert take(THREE, episode, one) == (held(THREE, episode, one), ())


def at(rule: Rule, course: Course) -> tuple[Episode, float]:
    """How it ends."""
    *_, last = played(rule, course)
    return last


@pytest.mark.parametrize(
    ("course", "grade", "passed_over"),
    [
        ([(MEDIUM, 1.0)] * 5, MEDIUM, True),  # a delay is running
        ([(MEDIUM, 1.0)] * 5, HIGH, False),
        ([(MEDIUM, 1.0)] * 5, WELL, False),
        ([(MEDIUM, 1.0)] * 5, MEDIUM + AT_LEAST, True),
        ([(HIGH, 1.0)] * 5, MEDIUM + AT_LEAST, True),  # which may be as bad as the last
        ([(HIGH, 1.0)] * 5, HIGH + EXTREME, False),
        ([(HIGH, 1.0)] * 20, HIGH + EXTREME, False),  # from now on nobody can silence it
        ([(HIGH + EXTREME, 1.0)] * 20, HIGH + EXTREME, True),  # that was alarmed about
        ([(MEDIUM, 1.0)] * 20 + [(HIGH, 1.0)] * 2, HIGH + EXTREME, False),
        ([(MEDIUM, 1.0)] * 20, MEDIUM, True),  # the alarm goes on
        ([(MEDIUM, 1.0)] * 20 + [(WELL, 1.0)] * 2, WELL, True),  # it waits for its end
        ([(MEDIUM, 1.0)] * 20 + [(WELL, 1.0)] * 2, BETWEEN, False),  # it is not well after all
        ([(MEDIUM, 1.0)] * 20 + [(BETWEEN, 1.0)] * 2, WELL, False),  # its end begins to be awaited
        ([(HIGH, 1.0)] * 20 + [(MEDIUM, 1.0)] * 2, MEDIUM, True),  # it waits to ease
        ([(HIGH, 1.0)] * 20 + [(MEDIUM, 1.0)] * 2 + [(HIGH, 1.0)], HIGH, True),
        ([(HIGH, 1.0)] * 20 + [(WELL, 1.0)], WELL, True),
    ],
)
def test_what_is_passed_over(course: Course, grade: int, *, passed_over: bool) -> None:
    episode, now_s = at(RULE, course)
    assert holds(RULE, episode, grade, now_s + 1, settles=False) is passed_over


@pytest.mark.parametrize(("after_s", "passed_over"), [(59.0, True), (60.0, False), (61.0, False)])
@pytest.mark.parametrize(("last", "grade"), [(WELL, WELL), (MEDIUM, MEDIUM)])
def test_what_confirms_an_end_or_an_easing_is_not_passed_over(
    last: int, grade: int, after_s: float, *, passed_over: bool
) -> None:
    episode, now_s = at(RULE, [*[(HIGH, 1.0)] * 20, (last, 1.0)])
    assert holds(RULE, episode, grade, now_s + after_s, settles=False) is passed_over
    assert holds(RULE, episode, WELL, now_s + 1, settles=True) is False


@given(COURSES, st.sampled_from((RULE, THREE, LATCHING)), PACES)
@example(STEADY, RULE, 1.0)
@example([*[(MEDIUM, 1.0)] * 16, (ACKNOWLEDGED, 1.0)], RULE, 1.0)
@example([(HIGH + EXTREME, 1.0), (WELL, 1.0), (WELL, 61.0), (HIGH, 1.0)], LATCHING, 1.0)
def test_nothing_happens_by_the_clock_before_the_moment_that_is_named_and_something_at_it(
    course: Course, rule: Rule, pace: float
) -> None:
    for episode, now_s in played(rule, course, pace):
        due = due_s(rule, episode)
        if due is None:
            assert run_out(rule, episode, now_s + 1e6)[1] == ()
            continue
        assert due > now_s
        assert run_out(rule, episode, due - 0.001)[1] == ()
        steps = run_out(rule, episode, due)[1]  # two, where the next episode begins while one is latched
        assert {step.time_s for step in steps} == {due}


def said(rule: Rule, course: Course) -> list[tuple[str, str, str, float]]:
    """What the clock brings after a course, at the moments that are named."""
    episode: Episode | None
    episode, _ = at(rule, course)
    steps: list[Step] = []
    while episode is not None and (due := due_s(rule, episode)) is not None and len(steps) < 4:
        episode, new = run_out(rule, episode, due)
        steps += new
    return [(one.phase, one.priority, one.signal, one.time_s) for one in steps]


@pytest.mark.parametrize(
    ("course", "steps"),
    [
        # One number below the limit at second 1, and no other: the delay of 15 s runs out, then nobody answers.
        ([(MEDIUM, 1.0)], [("start", "medium", "on", 16.0), ("update", "medium", "on", 916.0)]),
        ([(HIGH, 1.0)], [("start", "high", "on", 16.0), ("update", "high", "on", 316.0)]),
        # A worse level has its own delay.
        (
            [*[(MEDIUM, 1.0)] * 10, (HIGH, 1.0)],
            [("start", "medium", "on", 16.0), ("escalate", "high", "on", 26.0), ("update", "high", "on", 326.0)],
        ),
        # An acknowledgement runs out; then nobody answers.
        (
            [*[(MEDIUM, 1.0)] * 16, (ACKNOWLEDGED, 4.0)],
            [("update", "medium", "on", 920.0), ("update", "medium", "on", 1820.0)],
        ),
        # Who is well again is waited for.
        ([*[(MEDIUM, 1.0)] * 16, (WELL, 1.0)], []),
    ],
)
def test_what_the_clock_brings_when_nothing_comes(course: Course, steps: list[tuple[str, str, str, float]]) -> None:
    assert said(RULE, course) == steps


def test_what_an_earlier_version_did_not_store_of_an_episode_or_say_of_a_step_is_nothing() -> None:
    episode = Episode((None,), 88.0)
    assert episode[2:] == (
        *(None, 0, "off", 0.0, None, None, None, 0, False, 0, 0, 1),
        *((), 0, None, None, False, False, 0.0, 0, "1", None, False),
    )
    step = Step("start", "medium", "on", presence=True, start_s=0.0, time_s=15.0, value=88.0, limit=90.0)
    assert step[8:] == ("", None, 0, 1, None, False, False, "1", "1", None)
    assert Value(WELL, 95.0, 1.0, 1.0)[4:] == (False, False, False, False)


def test_an_alarm_begins_under_the_rules_of_today() -> None:
    (step,) = take(RULE, None, Value(HIGH, 80.0, 1.0, 1.0, alone=True))[1]
    assert step.version == VERSION


@pytest.mark.parametrize(("known_s", "gained_s", "after_s"), [(None, 3.0, 30.0), (25.0, 8.0, 30.0), (35.0, 3.0, 35.0)])
def test_a_value_that_is_passed_over_lasts_from_when_one_was_last_known(
    known_s: float | None, gained_s: float, after_s: float
) -> None:
    """A state of an earlier version does not say when; a value that comes late adds nothing."""
    delaying = Episode((22.0, None), 88.0, gained_s=(3.0, 0.0), over=1, known_s=known_s)
    after = held(RULE, delaying, Value(MEDIUM, 87.0, 30.0, 31.0))
    assert (after.gained_s, after.known_s, after.told_s, after.value) == ((gained_s, 0.0), after_s, 31.0, 87.0)
