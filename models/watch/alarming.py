"""The alarms of a micro-batch: what its rows, and the time that passes between them, do to each condition. Pure.

Only rows that say something of a condition that is violated, or has an episode, are looked at one by one. Of these a
row that says what the one before said is passed over while nothing waits for it: what was last known holds by itself.
Shapes: m rows as in `frames.Rows`, R rules.
"""

from bisect import bisect_left
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

import numpy as np

from models.alarms import episodes, grading
from models.alarms.episodes import Episode, Moved, Step, Value
from models.alarms.inactivation import Inactive, settle
from models.alarms.rise import rise
from models.alarms.rules import Rule
from models.alarms.settings import in_force, inactive_of, next_ms, own_rules
from models.watch import care
from models.watch.care import Told
from models.watch.columns import Ints
from models.watch.frames import Rows
from models.watch.graded import INPUT_OF, NEWS2_RULE, Graded, graded, sayings
from models.watch.last_known import LastKnown
from models.watch.state import PatientState
from models.watch.timers import NEVER_MS, distinct, due_ms_of, follow_settings, ms_from, run_out
from schemas.vitals import NUMERICS

_RULES: Final = {scale2: grading.rules_for(scale2=scale2) for scale2 in (False, True)}
_CONDITIONS: Final = [rule.condition for rule in _RULES[False]]
_PLACE: Final = {condition: place for place, condition in enumerate(_CONDITIONS)}
_WAKING: Final = slice(NUMERICS.index("fio2_fraction"))
"""The columns whose numbers come from a patient who is connected."""
_STANDBY: Final = -1  # stands for a rule's place in the row whose numbers end a standby


class AlarmStep(NamedTuple):
    """A step of an alarm and the row of `Rows` that made it.

    due  no row made it but the time that passed until `at`: what that row says was not known then
    """

    patient: int
    at: int
    rule: Rule
    step: Step
    due: bool = False


class CareStep(NamedTuple):
    """What became of a setting in a row of `Rows`, and what is inactivated from then on.

    due  no row made it but the time that passed until `at`
    """

    patient: int
    at: int
    told: Told
    inactive: Inactive
    due: bool


class _Said(NamedTuple):
    """What rows say of conditions, in columns: sorted by rule, then by row. Each a list, one element for each saying.

    run_end  the saying after the last of its run: of one patient and rule, each saying what the one before did, in
             order, and lying no less behind the patient's time
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


def alarms(states: Sequence[PatientState], rows: Rows) -> tuple[list[AlarmStep], list[CareStep]]:
    """Advance the episodes in the states, which are copies of the caller's own; the steps, by patient, in order.

    Beside them what became of settings meanwhile.
    """
    seen = graded(states, rows)
    said, firsts = _said(states, rows, seen)
    bounds = np.searchsorted(rows.patient[np.array(said.at, np.int64)[firsts]], np.arange(len(states) + 1)).tolist()
    ends = np.searchsorted(rows.patient, np.arange(len(states) + 1)).tolist()
    begins = firsts.tolist()
    steps: list[AlarmStep] = []
    cared: list[CareStep] = []
    for patient, state in enumerate(states):
        own = begins[bounds[patient] : bounds[patient + 1]]
        if own or state.episodes or state.settings:
            bed = _Bed(patient, state, rows, seen, said, range(ends[patient], ends[patient + 1]))
            bed.take(own)
            steps += bed.steps
            cared += bed.cared
    return steps, cared


def _said(states: Sequence[PatientState], rows: Rows, seen: Graded) -> tuple[_Said, Ints]:
    """What is said of conditions that are violated or have an episode; and the first saying of each run, by row."""
    concerned = np.zeros((len(states), len(_CONDITIONS)), bool)
    for patient, state in enumerate(states):
        for condition in state.episodes:
            if condition in _PLACE:
                concerned[patient, _PLACE[condition]] = True
        for setting in in_force(state.settings, "limit") if state.settings else ():  # its end grades what was known
            concerned[patient, _PLACE[setting.condition]] = True
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
    key = (score << 8 | (grade + 1)) << 1
    for limit in seen.own:  # what is said before a setting ends is none of what is said after it
        key |= (rule == limit.place) & np.isin(at, limit.rows)
    now_ms, time_ms = rows.now_ms[at], rows.time_ms[at]
    lag_ms = now_ms - time_ms
    begins = alone | settles
    begins[1:] |= (time_ms[1:] < time_ms[:-1]) | (lag_ms[1:] < lag_ms[:-1])
    for one in (rule, rows.patient[at], key):
        begins[1:] |= one[1:] != one[:-1]
    begins[:1] = True
    starts = np.flatnonzero(begins)
    run_end = np.append(starts[1:], len(at))[np.cumsum(begins) - 1] if len(at) else starts
    columns = (at, rule, grade, seen.inputs[at, INPUT_OF[rule]], alone, settles, doubtful, late)
    said = _Said(*(column.tolist() for column in (*columns, now_ms, time_ms, run_end)))
    return said, starts[np.argsort(at[starts] * len(_CONDITIONS) + rule[starts], kind="stable")]


class _Bed:
    """One patient's rows of a micro-batch."""

    def __init__(self, patient: int, state: PatientState, rows: Rows, seen: Graded, said: _Said, own: range) -> None:
        self.steps: list[AlarmStep] = []
        self.cared: list[CareStep] = []
        self._patient = patient
        self._state = state
        self._rows = rows
        self._seen = seen
        self._said = said
        self._own = own
        self._set()
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
        later += [(row, _STANDBY, 0) for row in self._wakes()]
        heapify(later)
        made: list[tuple[Rule, Step]] = []
        row = -1
        while later:
            at, place, one = heappop(later)
            if at != row:
                self._tell(row, made)
                row, made = at, []
                self._run_out(at)
            if place == _STANDBY:
                self._wake(at)
                continue
            unknown = place in self._running and said.grade[one] == grading.UNKNOWN  # what was known stays so
            if unknown or self._turns_back(one):
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

    def _set(self) -> None:
        """Find out anew what the settings make of the rules and of the signals, and when the next of them ends."""
        settings = self._state.settings
        self._rules = _RULES[self._state.stay.spo2_scale == 2]  # noqa: PLR2004 - the scale's name
        if settings:
            self._rules = own_rules(self._rules, settings)
        self._inactive = inactive_of(settings, self._state.turned_off)
        ends_ms = next_ms(settings)
        self._settings_ms = NEVER_MS if ends_ms is None else ends_ms

    def _wakes(self) -> list[int]:
        """The row, if any, whose numbers say that a patient on standby is connected again."""
        standby = in_force(self._state.settings, "standby")
        if not standby:
            return []
        own = slice(self._own.start + 1, self._own.stop)
        measured = ~np.isnan(self._rows.applied[own, _WAKING]).all(axis=1)
        again = measured & (self._rows.time_ms[own] > standby[0].since_ms + care.LEAVES_MS)
        return [own.start + int(at) for at in np.flatnonzero(again)[:1]]

    def _wake(self, at: int) -> None:
        """The numbers of this row end the standby, if its time was not up before."""
        now_ms = int(self._rows.now_ms[at])
        self._state.settings, told = care.end(self._state.settings, ["standby"], now_ms, care.MEASURED_AGAIN)
        self._settled(at, told, due=False)
        self._hushed = True

    def _expire(self, row: int, now_ms: int) -> None:
        """The time of a setting is up; `row` is the first one after that."""
        before, rows = self._state.settings, self._rows
        self._state.settings, told = care.expire(before, now_ms)
        self._settled(row, told, due=True)
        known = LastKnown(*(one[row - 1] for one in (rows.current, rows.current_ms, rows.told_ms, rows.seen_ms)))
        steps = follow_settings(self._state, before, self._rules, known, now_ms)
        self.steps += [AlarmStep(self._patient, row, rule, step, due=True) for rule, step in steps]

    def _settled(self, at: int, told: Sequence[Told], *, due: bool) -> None:
        self._set()
        self.cared += [CareStep(self._patient, at, one, self._inactive, due) for one in told]

    def _look(self) -> None:
        """Find out anew what is due when."""
        self._due = {
            condition: due_ms_of(self._rules[_PLACE[condition]], episode)
            for condition, episode in self._state.episodes.items()
            if condition in _PLACE
        }
        self._first_ms = min(self._due.values(), default=NEVER_MS)
        self._first_ms = min(self._first_ms, self._settings_ms)

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
        if self._comes_sooner(one, episode):
            return False
        return episodes.holds(self._rules[place], episode, grade, self._time_ms(one) / 1000, settles=said.settles[one])

    def _comes_sooner(self, one: int, episode: Episode) -> bool:
        """Whether a delay is over sooner by the patient's time, since what says so lies less far behind that."""
        if episode.known_s is None or episode.told_s is None:
            return False
        waits = episodes.counts_from_s(self._rules[self._said.rule[one]], episode) is not None
        lag_ms = self._said.now_ms[one] - self._time_ms(one)
        return waits and lag_ms < round(1000 * (episode.told_s - episode.known_s))

    def _confirms(self, following: int, end: int, place: int) -> int | None:
        """The first of these sayings that confirms a delay, an end or an easing; None where none does."""
        said = self._said
        episode = self._state.episodes.get(_CONDITIONS[place])
        if episode is None:
            return None
        rule = self._rules[place]
        ends_s = [counts_s] if (counts_s := episodes.counts_from_s(rule, episode)) is not None else []
        if episode.present:
            since_s = (episode.clearing_s, episode.easing_s)
            ends_s += [since + rule.clear_delay_s for since in since_s if since is not None]
        if not ends_s:
            return None
        times_ms = said.now_ms if place == NEWS2_RULE else said.time_ms
        confirms = bisect_left(times_ms, ms_from(min(ends_s)), following, end)
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
            self._due[rule.condition] = due_ms_of(rule, after)
            self._hushed = self._hushed or after.suppressed or after.inactive is not None
        self._first_ms = min(self._due.values(), default=NEVER_MS)
        self._first_ms = min(self._first_ms, self._settings_ms)
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
        now_s = int(self._rows.now_ms[at]) / 1000
        told = settle(self._rules, self._state.episodes, made, now_s, self._inactive)
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
        while self._first_ms < NEVER_MS:
            first_ms, after = self._first_ms, self._worked_at + 1
            passed = np.flatnonzero(self._rows.due_ms[after : at + 1] >= first_ms)
            if not len(passed):
                return
            row = after + int(passed[0])
            self._tell(row - 1, self._catch_up(row))
            if self._settings_ms == first_ms:
                self._expire(row, first_ms)
            else:
                due = list(run_out(self._state, self._rules, first_ms, self._inactive))
                self.steps += [AlarmStep(self._patient, row, rule, step, due=True) for rule, step in due]
            self._look()
