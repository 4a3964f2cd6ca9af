"""The alarms of a micro-batch: what its rows, and the time that passes between them, do to each condition. Pure.

Only rows that say something of a condition that is violated, or has an episode, are looked at one by one. Of these a
row that says what the one before said is passed over while nothing waits for it: what was last known holds by itself.
Shapes: m rows as in `frames.Rows`, R rules.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import Final, NamedTuple

import numpy as np

from models.alarms import episodes, grading
from models.alarms.episodes import Episode, Moved, Step, Value
from models.alarms.rise import rise
from models.alarms.rules import Rule
from models.alarms.suppression import suppress
from models.watch.columns import Ints
from models.watch.frames import Rows
from models.watch.graded import INPUT_OF, NEWS2_RULE, Graded, graded, sayings
from models.watch.state import PatientState

_NEVER_MS: Final = 1 << 62
_RULES: Final = {scale2: grading.rules_for(scale2=scale2) for scale2 in (False, True)}
_CONDITIONS: Final = [rule.condition for rule in _RULES[False]]
_PLACE: Final = {condition: place for place, condition in enumerate(_CONDITIONS)}


class AlarmStep(NamedTuple):
    """A step of an alarm and the row of `Rows` that made it.

    due  no row made it but the time that passed until `at`: what that row says was not known then
    """

    patient: int
    at: int
    rule: Rule
    step: Step
    due: bool = False


class _Said(NamedTuple):
    """What rows say of conditions, in columns: sorted by rule, then by row. Each a list, one element for each saying.

    run_end  the saying after the last of its run: of one patient and rule, each saying what the one before did
    """

    at: list[int]  # the row
    rule: list[int]  # its place in the rules
    grade: list[int]
    value: list[float]
    alone: list[bool]
    settles: list[bool]
    doubtful: list[bool]
    late: list[bool]
    now_ms: list[int]
    time_ms: list[int]
    run_end: list[int]


def alarms(states: Sequence[PatientState], rows: Rows) -> list[AlarmStep]:
    """Advance the episodes in the states, which are copies of the caller's own; the steps, by patient, in order."""
    seen = graded(states, rows)
    said, firsts = _said(states, rows, seen)
    bounds = np.searchsorted(rows.patient[np.array(said.at, np.int64)[firsts]], np.arange(len(states) + 1)).tolist()
    ends = np.searchsorted(rows.patient, np.arange(len(states) + 1)).tolist()
    begins = firsts.tolist()
    steps: list[AlarmStep] = []
    for patient, state in enumerate(states):
        own = begins[bounds[patient] : bounds[patient + 1]]
        if own or state.episodes:
            bed = _Bed(patient, state, rows, seen, said, range(ends[patient], ends[patient + 1]))
            bed.take(own)
            steps += bed.steps
    return steps


def _said(states: Sequence[PatientState], rows: Rows, seen: Graded) -> tuple[_Said, Ints]:
    """What is said of conditions that are violated or have an episode; and the first saying of each run, by row."""
    concerned = np.zeros((len(states), len(_CONDITIONS)), bool)
    for patient, state in enumerate(states):
        for condition in state.episodes:
            if condition in _PLACE:
                concerned[patient, _PLACE[condition]] = True
    at, rule = np.nonzero(seen.grades >= grading.FIRST_LEVEL)
    concerned[rows.patient[at], rule] = True
    known = seen.grades != grading.UNKNOWN
    known[:, NEWS2_RULE] = ~rows.late & ~rows.first
    rule, at = np.nonzero((known & concerned[rows.patient]).T)

    grade = seen.grades[at, rule]
    alone, settles, doubtful, late = sayings(rows, seen, at, rule)
    score = np.where(
        rule == NEWS2_RULE, (rows.totals.total.astype(np.int64) << 14 | seen.known << 7 | seen.points)[at], 0
    )
    key = ((score << 8 | (grade + 1)) << 2 | doubtful) << 2 | late
    time_ms = rows.time_ms[at]
    begins = alone | settles
    begins[1:] |= time_ms[1:] < time_ms[:-1]
    for one in (rule, rows.patient[at], key):
        begins[1:] |= one[1:] != one[:-1]
    begins[:1] = True
    starts = np.flatnonzero(begins)
    run_end = np.append(starts[1:], len(at))[np.cumsum(begins) - 1] if len(at) else starts
    columns = (at, rule, grade, seen.inputs[at, INPUT_OF[rule]], alone, settles, doubtful, late)
    said = _Said(*(column.tolist() for column in (*columns, rows.now_ms[at], time_ms, run_end)))
    return said, starts[np.argsort(at[starts] * len(_CONDITIONS) + rule[starts], kind="stable")]


def run_out(state: PatientState, rules: Sequence[Rule], until_ms: int) -> Iterator[tuple[Rule, Step]]:
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
        yield from suppress(rules, state.episodes, [(rule, step) for step in made], now_s)


def next_due(state: PatientState, rules: Sequence[Rule]) -> tuple[int, Rule | None]:
    """The patient's time in ms at which the first of these conditions changes if nothing is measured, and which one."""
    if not state.episodes:
        return _NEVER_MS, None
    due = [
        (_due_ms(rule, episode), place)
        for place, rule in enumerate(rules)
        if (episode := state.episodes.get(rule.condition)) is not None
    ]
    due_ms, place = min(due, default=(_NEVER_MS, 0))
    return due_ms, rules[place] if due_ms < _NEVER_MS else None


def _due_ms(rule: Rule, episode: Episode) -> int:
    due_s = episodes.due_s(rule, episode)
    return _NEVER_MS if due_s is None else round(due_s * 1000)


def distinct(state: PatientState, rule: Rule, episode: Episode | None, steps: tuple[Step, ...]) -> Moved:
    """Give an episode a start, and so an id, of its own, where it begins at the very moment of the one before.

    A correction to the better and one to the worse again do that.
    """
    if episode is None or episode.start_s is None or not any(step.phase == "start" for step in steps):
        return episode, steps
    begun_s = state.begun_s.get(rule.condition)
    if begun_s is not None and episode.start_s <= begun_s:
        start_s = round(begun_s + 0.001, 3)
        steps = tuple(step._replace(start_s=start_s) if step.phase == "start" else step for step in steps)
        episode = episode._replace(start_s=start_s)
    state.begun_s[rule.condition] = episode.start_s if episode.start_s is not None else 0.0
    return episode, steps


class _Bed:
    """One patient's rows of a micro-batch."""

    def __init__(self, patient: int, state: PatientState, rows: Rows, seen: Graded, said: _Said, own: range) -> None:
        self.steps: list[AlarmStep] = []
        self._patient = patient
        self._state = state
        self._rows = rows
        self._seen = seen
        self._said = said
        self._own = own
        self._rules = _RULES[state.stay.spo2_scale == 2]  # noqa: PLR2004 - the scale's name
        self._running: dict[int, tuple[int, int]] = {}  # by rule: of its run the next saying to look at, and the end
        self._hushed = False
        self._worked_at = own.start
        self._look()

    def take(self, begins: Sequence[int]) -> None:
        """Work on what the rows say, in their order, and on what is due before and after them.

        `begins` are the first sayings of runs. What follows in a run is looked at where it confirms an end, and once
        more when somebody asks what was last known.
        """
        said = self._said
        later = [(said.at[one], said.rule[one], one) for one in begins]
        made: list[tuple[Rule, Step]] = []
        row = -1
        while later:
            at, place, one = heappop(later)
            if at != row:
                self._tell(row, made)
                row, made = at, []
                self._run_out(at)
            if self._turns_back(one):
                made += self._catch_up(at, (place,))
            following = one
            if not self._holds(one):
                made += self._work(one)
                following += 1
            self._running[place] = following, said.run_end[one]
            if (confirms := self._confirms(one + 1, said.run_end[one], place)) is not None:
                heappush(later, (said.at[confirms], place, confirms))
        self._tell(row, made)
        self._run_out(self._own[-1])
        self._tell(self._own[-1], self._catch_up(self._own.stop))

    def _look(self) -> None:
        """Find out anew what is due when."""
        self._due = {
            condition: _due_ms(self._rules[_PLACE[condition]], episode)
            for condition, episode in self._state.episodes.items()
            if condition in _PLACE
        }
        self._first_ms = min(self._due.values(), default=_NEVER_MS)

    def _holds(self, one: int) -> bool:
        """Whether a row says what is known already, and nothing waits for it."""
        said = self._said
        place = said.rule[one]
        episode = self._state.episodes.get(_CONDITIONS[place])
        grade = said.grade[one]
        if episode is None:
            return grade < grading.FIRST_LEVEL
        if place == NEWS2_RULE:
            grade = self._exact(one, episode)
            if not self._score_holds(one, episode):
                return False
        if grade == grading.UNKNOWN or said.alone[one] or said.now_ms[one] >= self._first_ms:
            return False
        return episodes.holds(self._rules[place], episode, grade, self._time_ms(one) / 1000, settles=said.settles[one])

    def _confirms(self, following: int, end: int, place: int) -> int | None:
        """The first of these sayings by which an end or an easing that began is confirmed; None where none does."""
        said = self._said
        episode = self._state.episodes.get(_CONDITIONS[place])
        if episode is None or not episode.present:
            return None
        since_s = [since for since in (episode.clearing_s, episode.easing_s) if since is not None]
        if not since_s:
            return None
        clear_ms = round(1000 * (min(since_s) + self._rules[place].clear_delay_s))
        times_ms = said.now_ms if place == NEWS2_RULE else said.time_ms
        confirms = bisect_left(times_ms, clear_ms, following, end)
        return confirms if confirms < end else None

    def _time_ms(self, one: int) -> int:
        return self._said.now_ms[one] if self._said.rule[one] == NEWS2_RULE else self._said.time_ms[one]

    def _work(self, one: int) -> list[tuple[Rule, Step]]:
        said, state = self._said, self._state
        place = said.rule[one]
        rule = self._rules[place]
        self._worked_at = said.at[one]
        episode = state.episodes.pop(rule.condition, None)
        value = self._value(one, episode)
        after, made = episodes.take(rule, episode, value)
        if place == NEWS2_RULE and after is not None:
            after, made = self._scored(one, after, made, value.now_s)
        if made:
            after, made = distinct(state, rule, after, made)
        if after is None:
            self._due.pop(rule.condition, None)
        else:
            state.episodes[rule.condition] = after
            self._due[rule.condition] = _due_ms(rule, after)
            self._hushed = self._hushed or after.suppressed
        self._first_ms = min(self._due.values(), default=_NEVER_MS)
        return [(rule, step) for step in made]

    def _value(self, one: int, episode: Episode | None = None) -> Value:
        said = self._said
        grade = self._exact(one, episode) if said.rule[one] == NEWS2_RULE else said.grade[one]
        flags = said.alone[one], said.settles[one], said.doubtful[one], said.late[one]
        return Value(grade, said.value[one], self._time_ms(one) / 1000, said.now_ms[one] / 1000, *flags)

    def _exact(self, one: int, episode: Episode | None) -> int:
        """The grade of the score. A parameter that is missing makes it a lower bound, unless it had no part in it."""
        at = self._said.at[one]
        if episode is not None and episode.raised_by and episode.raised_by & ~int(self._seen.known[at]) == 0:
            return int(self._seen.score[at])
        return self._said.grade[one]

    def _score_holds(self, one: int, episode: Episode) -> bool:
        """Whether the score is what it was when its alarm was last looked at, as far as that asks for it."""
        at = self._said.at[one]
        risen = episode.present and int(self._rows.totals.total[at]) > episode.worst
        return not risen and int(self._seen.points[at]) & ~episode.raised_by == 0

    def _scored(self, one: int, episode: Episode, made: tuple[Step, ...], now_s: float) -> Moved:
        """What the score's sum, and whose points are in it, do to the alarm."""
        at = self._said.at[one]
        if self._exact(one, episode) >= grading.FIRST_LEVEL:
            episode = episode._replace(raised_by=episode.raised_by | int(self._seen.points[at]))
        episode, risen = rise(episode, int(self._rows.totals.total[at]), now_s)
        return episode, (*made, *risen)

    def _tell(self, at: int, made: list[tuple[Rule, Step]]) -> None:
        """Hand on the steps of a row, with those of alarms that fall silent or sound with them."""
        if not made and not self._hushed:  # what was suppressed since it was nearly over may be worse again
            return
        made = made + self._catch_up(at + 1)
        self._hushed = False
        told = suppress(self._rules, self._state.episodes, made, int(self._rows.now_ms[at]) / 1000)
        self.steps += [AlarmStep(self._patient, at, rule, step) for rule, step in told]
        self._look()

    def _turns_back(self, one: int) -> bool:
        """Whether a row is older than what the rows before it said of its condition and were passed over."""
        said = self._said
        following, end = self._running.get(said.rule[one], (one, one))
        last = bisect_left(said.at, said.at[one], following, end) - 1
        return last >= following and said.time_ms[one] < said.time_ms[last]

    def _catch_up(self, before: int, places: Sequence[int] | None = None) -> list[tuple[Rule, Step]]:
        """Work on the last row before that one which each condition's run has passed over: it is what was last known.

        Steps follow only from the row that comes at the very moment when a delay ends.
        """
        made: list[tuple[Rule, Step]] = []
        for place in sorted(self._running) if places is None else places:
            following, end = self._running[place]
            last = bisect_left(self._said.at, before, following, end) - 1
            if last < following:
                continue
            self._running[place] = last + 1, end
            episode = self._state.episodes.get(_CONDITIONS[place])
            if episode is None:
                continue
            if self._said.now_ms[last] < self._first_ms and episode.gained_s and (episode.present or episode.over):
                value = self._value(last, episode)
                if value.grade != grading.UNKNOWN:  # a score of which too much is missing is not what was last known
                    self._state.episodes[_CONDITIONS[place]] = episodes.held(self._rules[place], episode, value)
            else:
                made += self._work(last)
        return made

    def _run_out(self, at: int) -> None:
        """Everything that was due before a row, or before one that was passed over until there."""
        while self._first_ms < _NEVER_MS:
            first_ms, after = self._first_ms, self._worked_at + 1
            passed = np.flatnonzero(self._rows.due_ms[after : at + 1] >= first_ms)
            if not len(passed):
                return
            row = after + int(passed[0])
            self._tell(row - 1, self._catch_up(row))
            due = list(run_out(self._state, self._rules, first_ms))
            self.steps += [AlarmStep(self._patient, row, rule, step, due=True) for rule, step in due]
            self._look()
