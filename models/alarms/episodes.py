"""The life of one condition of one patient: delay, start, escalation, easing, end, acknowledgement.

One episode is one alert: all its steps carry the same `start_s`, the moment when the violation began, so that a replay
gives the same steps whatever batches the frames come in. There are two times: a value is of its column's time
(`time_s`), which may lie behind; what is done about it happens at the patient's time (`now_s`), which goes on with the
clock when no frame comes.

What an unknown frame does: nothing. It is not a violation, and it is not well either. What was last known holds: a
violation goes on counting (see `evidence`), an alarm that is on stays on until a value says otherwise. A gap that ended
alarms would silence exactly the patient whose cable was pulled; the silent bed has an alarm of its own.

What waits for the clock alone (an unfinished delay, an acknowledgement that runs out, an alarm that nobody answers) is
due at a moment that follows from what was seen: `due_s`, `run_out`. Whoever notices first, a tick or a frame, says the
same.
"""

from typing import Final, Literal, NamedTuple

from models.alarms import evidence
from models.alarms.evidence import Reach
from models.alarms.grading import UNKNOWN, WELL
from models.alarms.lifecycle import Signal, follow
from models.alarms.rules import VERSION, Rule
from schemas.alerts import Inactivation, Priority

FIRST_GROUP: Final = 1
NEXT_GROUP: Final = 2
ACKNOWLEDGED_S: Final[dict[Priority, float]] = {"high": 300.0, "medium": 900.0, "low": 3600.0}
"""How long an acknowledgement silences. Ours, no standard sets times; see docs/sources.md#alarm-acknowledgement."""
UNANSWERED_S: Final = ACKNOWLEDGED_S
"""How long an alarm sounds before it goes to the next group of recipients. Ours: who has given no answer for as
long as one would have silenced the alarm is taken not to have heard it."""
EARLIER_RULES: Final = "1"
"""The table of rules under which an episode began that does not say so."""

_NEARLY: Final = 1e-6  # seconds: moments are sums of floats

Phase = Literal["start", "escalate", "deescalate", "update", "end"]


class Step(NamedTuple):
    """One step of an episode, ready to become an alert. `limit`: the one gone over, or the clear limit once over.

    `parent` is the condition that suppresses this one, `parent_s` the start of its episode; `hushed` how many this one
    has suppressed so far; see models/alarms/suppression.py. `group` is whom it is meant for, `risen_to` the score that
    broke an acknowledgement (models/alarms/rise.py). `inactivation` says why the signal is off although nothing
    suppresses it (models/alarms/inactivation.py). `doubtful` and `late` are said of the value, `version` is that of
    the rules under which the episode began, `parent_version` under which the parent's did.
    """

    phase: Phase
    priority: Priority
    signal: Signal
    presence: bool
    start_s: float
    time_s: float
    value: float
    limit: float
    parent: str = ""
    parent_s: float | None = None
    hushed: int = 0
    group: int = FIRST_GROUP
    risen_to: int | None = None
    doubtful: bool = False
    late: bool = False
    version: str = EARLIER_RULES
    parent_version: str = EARLIER_RULES
    inactivation: Inactivation | None = None


class Episode(NamedTuple):
    """What has to be remembered between frames. A tuple, since millions are made; times are event time in seconds.

    Without `start_s` a delay is running and nothing was said yet. With the signal latched the condition is gone, and a
    delay for the next episode may be running already.
    """

    since_s: tuple[float | None, ...]  # per level: when the violation that counts began
    value: float  # the last that was known
    start_s: float | None = None
    level: int = 0
    signal: Signal = "off"
    sounded_s: float = 0.0  # when the signal last came on
    acknowledged_s: float | None = None  # while the signal is `ack`
    clearing_s: float | None = None  # well since then
    easing_s: float | None = None  # less severe than its level since then...
    eased: int = 0  # ...and the worst level seen meanwhile
    suppressed: bool = False  # its signal would be on, but a parent sounds
    hushed: int = 0  # how many episodes it has suppressed
    worst: int = 0  # the highest score while it sounded; NEWS2 alone has one
    group: int = FIRST_GROUP  # of recipients; once the next one was told, it is told everything of this episode
    gained_s: tuple[float, ...] = ()  # per level: time in violation, on balance (models/alarms/evidence.py)
    over: int = 0  # so many levels did the last known value violate
    known_s: float | None = None  # when that was, by the column's time...
    told_s: float | None = None  # ...and by the patient's
    doubtful: bool = False  # the last known value is doubtful
    late: bool = False  # and this: it came late
    first_s: float = 0.0  # when the signal came on first
    raised_by: int = 0  # bit mask of the parameters that raised the score; NEWS2 alone has one
    version: str = EARLIER_RULES  # of the rules under which it began
    inactive: Inactivation | None = None  # its signal would be on, but staff have inactivated it
    extreme: bool = False  # a value beyond the rule's extreme was seen, and it has not eased since

    @property
    def present(self) -> bool:
        """The condition is there: started, and not over."""
        return self.start_s is not None and self.signal != "latched"


class Value(NamedTuple):
    """A value of a rule's input and how it came about.

    time_s    by its column's time; now_s: by the patient's
    alone     no stream could confirm it within the delay: it counts at once, as the first one of a stay does
    settles   none could within the clear delay, and it is clearly well: it ends the alarm at once
    doubtful  it is outside what the plausibility table lets pass; late: it is older than what is known already
    """

    grade: int
    value: float
    time_s: float
    now_s: float
    alone: bool = False
    settles: bool = False
    doubtful: bool = False
    late: bool = False


Moved = tuple[Episode | None, tuple[Step, ...]]


def advance(
    rule: Rule, episode: Episode | None, grade: int, value: float, time_s: float, *, spot: bool = False
) -> Moved:
    """Take in one value of a column whose time is the patient's; see `take`. A spot check counts at once."""
    return take(rule, episode, Value(grade, value, time_s, time_s, alone=spot))


def take(rule: Rule, episode: Episode | None, one: Value) -> Moved:
    """Take in one value; those of a column come in its own order.

    A level counts when it was violated for the rule's delay, on balance (see `evidence`). An episode escalates to a
    level that counts, eases to the worst of the levels seen while it was less severe for the clear delay, and ends when
    the value was well for the clear delay. Without an episode a grade below FIRST_LEVEL changes nothing: callers may
    skip it.

    Returns:
        What to remember, and the steps to publish.
    """
    if one.grade == UNKNOWN:
        return (None, ()) if episode is None else _remind(rule, episode, one.now_s)
    reached = evidence.reach(one.grade)
    if episode is None:
        if reached.level < 0:
            return None, ()
        nothing = (0.0,) * len(rule.levels)
        episode = Episode((None,) * len(rule.levels), one.value, gained_s=nothing)
    episode = _with(rule, episode, reached, one)
    at_once = reached.level if one.alone or reached.extreme else -1
    counting = max(at_once, _counting(rule, episode, reached.level))
    if episode.present:
        return _present(rule, episode, reached, counting, one)
    return _absent(rule, episode, counting, one.now_s)


def holds(rule: Rule, episode: Episode, grade: int, time_s: float, *, settles: bool) -> bool:
    """Whether a known value that nothing was due before changes nothing but what was last known: it may be passed over.

    That is: it reaches what the last one reached, is no extreme that was not alarmed about yet, and confirms neither an
    end nor an easing, nor, by the column's own time, that a level was violated for the delay.
    """
    level, at_least, extreme = evidence.reach(grade)
    over = max(level + 1, episode.over if at_least else 0)
    if over != episode.over or (extreme and not (episode.present and episode.level >= level and episode.extreme)):
        return False
    if (confirmed_s := counts_from_s(rule, episode)) is not None and time_s >= confirmed_s - _NEARLY:
        return False
    if not episode.present:
        return True
    soonest_s = time_s - rule.clear_delay_s + _NEARLY
    if grade == WELL:
        waits = episode.clearing_s is not None and episode.clearing_s > soonest_s and not settles
    else:
        waits = episode.clearing_s is None
    if waits and max(level, 0) < episode.level and not at_least:
        waits = episode.easing_s is not None and episode.easing_s > soonest_s and level <= episode.eased
    elif waits and level >= episode.level:
        waits = episode.easing_s is None
    return waits


def held(rule: Rule, episode: Episode, one: Value) -> Episode:
    """The episode after a value that changes nothing but what was last known (see `holds`)."""
    over, known_s = episode.over, episode.known_s
    passed_s = 0.0 if known_s is None else max(0.0, one.time_s - known_s)
    gained_s = evidence.gain(rule.delay_s, episode.gained_s, over, passed_s)
    return episode._replace(
        since_s=evidence.began(episode.since_s, gained_s, over, over, one.time_s),
        gained_s=gained_s,
        value=one.value,
        known_s=one.time_s if known_s is None else max(one.time_s, known_s),
        told_s=one.now_s,
        doubtful=one.doubtful,
        late=one.late,
    )


def counts_from_s(rule: Rule, episode: Episode) -> float | None:
    """The column's time from which on a level counts that does not yet, if values go on like the last; None: none will.

    A device that catches up sends the values of an hour in a second: by the column's time more passes than by the
    patient's.
    """
    waiting_s = _waiting_s(rule, episode)
    return None if waiting_s is None or episode.known_s is None else episode.known_s + waiting_s


def _waiting_s(rule: Rule, episode: Episode) -> float | None:
    above = episode.level if episode.present else -1
    return evidence.missing_s(rule.delay_s, episode.gained_s, episode.over, above)


def due_s(rule: Rule, episode: Episode) -> float | None:
    """The patient's time at which something will happen if no value comes; None: nothing will."""
    waiting_s = _waiting_s(rule, episode)
    delay_s = None if waiting_s is None or episode.told_s is None else episode.told_s + waiting_s
    if not episode.present or episode.clearing_s is not None:
        return delay_s
    priority = rule.levels[episode.level].priority
    signal_s = None
    if episode.acknowledged_s is not None:
        signal_s = episode.acknowledged_s + _silence_s(rule, episode)
    elif not rule.informs and not episode.suppressed and episode.inactive is None and episode.group != NEXT_GROUP:
        signal_s = episode.sounded_s + UNANSWERED_S[priority]
    if delay_s is None or signal_s is None:
        return signal_s if delay_s is None else delay_s
    return min(delay_s, signal_s)


def run_out(rule: Rule, episode: Episode, now_s: float) -> Moved:
    """What happens at the moment that `due_s` has named, no value having come."""
    held_s = 0.0 if episode.told_s is None else max(0.0, now_s - episode.told_s)
    known_s = None if episode.known_s is None else episode.known_s + held_s
    gained_s = evidence.gain(rule.delay_s, episode.gained_s, episode.over, held_s)
    held = episode._replace(gained_s=gained_s, known_s=known_s)
    if held_s:
        held = held._replace(told_s=now_s)
    counting = _counting(rule, held, held.over - 1)
    if not held.present:
        return _absent(rule, held, counting, now_s)
    if counting > held.level:
        return _escalate(rule, held, counting, now_s)
    return _remind(rule, held, now_s)


def acknowledge(rule: Rule, episode: Episode | None, time_s: float) -> Moved:
    """An operator has seen the alarm: the signal stops, the condition stays what it is.

    The caller has matched the acknowledgement to this episode. One from before the signal last came on changes
    nothing, since it was not this signal that somebody saw; neither does one that comes twice.
    """
    if episode is None or episode.start_s is None or time_s < episode.sounded_s:
        return episode, ()
    if episode.acknowledged_s is not None and time_s <= episode.acknowledged_s:
        return episode, ()
    signal = follow(episode.signal, "acknowledge", latching=rule.latching)
    step = _step("update", rule, episode, signal, time_s)
    if episode.present:
        seen = episode._replace(signal=signal, acknowledged_s=time_s, suppressed=False, inactive=None)
        return seen, (step,)
    return _delay_alone(episode), (step,)


def close(rule: Rule, episode: Episode, time_s: float) -> tuple[Step, ...]:
    """The patient has left (discharge, or a new stay begins): nothing is to be remembered, what was on is over."""
    if episode.start_s is None:
        return ()
    signal = follow(episode.signal, "patient-left", latching=rule.latching)
    return (_step("end" if episode.present else "update", rule, episode, signal, time_s),)


def step_of(phase: Phase, rule: Rule, episode: Episode, time_s: float) -> Step:
    """A step that says how an episode is."""
    return _step(phase, rule, episode, episode.signal, time_s)


def _with(rule: Rule, episode: Episode, reached: Reach, one: Value) -> Episode:
    """The episode with what a value adds to the evidence."""
    over = max(reached.level + 1, episode.over if reached.at_least else 0)
    if not episode.gained_s:  # stored by an earlier version, which knew unbroken runs alone
        gained_s = tuple(0.0 if since is None else min(one.time_s - since, rule.delay_s) for since in episode.since_s)
    elif episode.known_s is None:
        gained_s = episode.gained_s
    else:
        gained_s = evidence.gain(rule.delay_s, episode.gained_s, episode.over, max(0.0, one.time_s - episode.known_s))
    return episode._replace(
        since_s=evidence.began(episode.since_s, gained_s, episode.over, over, one.time_s),
        gained_s=gained_s,
        over=over,
        value=one.value,
        known_s=one.time_s if episode.known_s is None else max(one.time_s, episode.known_s),
        told_s=one.now_s,
        doubtful=one.doubtful,
        late=one.late,
        extreme=episode.extreme or reached.extreme,
    )


def _silence_s(rule: Rule, episode: Episode) -> float:
    """How long an acknowledgement silences an alarm."""
    return ACKNOWLEDGED_S[rule.levels[episode.level].priority] if rule.silence_s is None else rule.silence_s


def _past(since_s: float, delay_s: float, time_s: float) -> bool:
    return time_s - since_s >= delay_s - _NEARLY


def _counting(rule: Rule, episode: Episode, reached: int) -> int:
    """The highest level that a value reaches and that was violated for the delay; -1 for none."""
    gained_s = episode.gained_s
    return next((level for level in range(reached, -1, -1) if evidence.counts(rule.delay_s, gained_s[level])), -1)


def _delay_alone(episode: Episode) -> Episode | None:
    """The episode without the alarm that is over: its running delay, if there is one."""
    if episode.over == 0 and not any(episode.gained_s):
        return None
    return Episode(
        episode.since_s,
        episode.value,
        gained_s=episode.gained_s,
        over=episode.over,
        known_s=episode.known_s,
        told_s=episode.told_s,
        doubtful=episode.doubtful,
        late=episode.late,
        raised_by=episode.raised_by,
    )


def _step(phase: Phase, rule: Rule, episode: Episode, signal: Signal, time_s: float) -> Step:
    priority, limit = rule.levels[episode.level]
    presence = episode.present and phase != "end"
    return Step(
        phase,
        priority,
        signal,
        presence,
        time_s if episode.start_s is None else episode.start_s,
        time_s,
        episode.value,
        limit if presence else rule.clear,
        hushed=episode.hushed,
        group=episode.group,
        doubtful=episode.doubtful,
        late=episode.late,
        version=episode.version,
    )


def _absent(rule: Rule, episode: Episode, counting: int, now_s: float) -> Moved:
    """The condition is not there: start it if a level counts."""
    if counting < 0:
        return (episode if episode.signal == "latched" else _delay_alone(episode)), ()
    signal = follow(episode.signal, "condition-start", latching=rule.latching)
    steps: tuple[Step, ...] = ()
    if episode.signal == "latched":  # the new episode sounds in its place: the old alert must not latch for ever
        steps = (_step("update", rule, episode, "off", now_s),)
    fresh = _delay_alone(episode)
    assert fresh is not None  # noqa: S101 - a level counts
    started = fresh._replace(
        start_s=episode.since_s[0],
        level=counting,
        signal=signal,
        sounded_s=now_s,
        first_s=now_s,
        version=VERSION,
        extreme=episode.extreme,
    )
    return started, (*steps, _step("start", rule, started, signal, now_s))


def _present(rule: Rule, episode: Episode, reached: Reach, counting: int, one: Value) -> Moved:
    """The condition is there: end, escalate or ease it, or sound again after an acknowledgement has run out."""
    if one.grade == WELL:
        clearing_s = one.time_s if episode.clearing_s is None else episode.clearing_s
        if one.settles or _past(clearing_s, rule.clear_delay_s, one.time_s):
            return _end(rule, episode, one.now_s)
        return _ease(rule, episode._replace(clearing_s=clearing_s), 0, one)
    if episode.clearing_s is not None:
        episode = episode._replace(clearing_s=None)
    if counting > episode.level:
        return _escalate(rule, episode, counting, one.now_s)
    if reached.level >= episode.level:
        episode = episode if episode.easing_s is None else episode._replace(easing_s=None)
    elif not reached.at_least:
        episode, eased = _ease(rule, episode, max(reached.level, 0), one)
        if eased:
            return episode, eased
    return _remind(rule, episode, one.now_s)


def _end(rule: Rule, episode: Episode, now_s: float) -> Moved:
    signal = follow(episode.signal, "condition-end", latching=rule.latching)
    step = _step("end", rule, episode, signal, now_s)
    if signal == "latched":
        return episode._replace(signal=signal, clearing_s=None, easing_s=None), (step,)
    return _delay_alone(episode._replace(gained_s=(0.0,) * len(rule.levels))), (step,)


def _escalate(rule: Rule, episode: Episode, level: int, now_s: float) -> Moved:
    signal = follow(episode.signal, "escalate", latching=rule.latching)
    worse = episode._replace(level=level, signal=signal, sounded_s=now_s, acknowledged_s=None, easing_s=None)
    return worse, (_step("escalate", rule, worse, signal, now_s),)


def _ease(rule: Rule, episode: Episode, reached: int, one: Value) -> tuple[Episode, tuple[Step, ...]]:
    """Less severe than its level: after the clear delay go down, no further than the worst seen meanwhile."""
    if reached >= episode.level:
        return episode, ()
    time_s = one.time_s
    easing_s, eased = (time_s, reached) if episode.easing_s is None else (episode.easing_s, max(episode.eased, reached))
    if not _past(easing_s, rule.clear_delay_s, time_s):
        return episode._replace(easing_s=easing_s, eased=eased), ()
    milder = episode._replace(level=eased, easing_s=None if reached == eased else time_s, eased=reached, extreme=False)
    return milder, (_step("deescalate", rule, milder, milder.signal, one.now_s),)


def _remind(rule: Rule, episode: Episode, now_s: float) -> tuple[Episode, tuple[Step, ...]]:
    """An acknowledgement has run out and the condition is still there: it sounds again. Or there never was one."""
    if episode.clearing_s is not None:
        return episode, ()
    if episode.acknowledged_s is None:
        return _hand_on(rule, episode, now_s)
    if not _past(episode.acknowledged_s, _silence_s(rule, episode), now_s):
        return episode, ()
    signal = follow(episode.signal, "acknowledgement-expired", latching=rule.latching)
    loud = episode._replace(signal=signal, sounded_s=now_s, acknowledged_s=None)
    return loud, (_step("update", rule, loud, signal, now_s),)


def _hand_on(rule: Rule, episode: Episode, now_s: float) -> tuple[Episode, tuple[Step, ...]]:
    """It has sounded for long and nobody has acknowledged it: the next group of recipients is told."""
    heard = episode.present and not rule.informs and not episode.suppressed and episode.inactive is None
    if not heard or episode.group == NEXT_GROUP:
        return episode, ()
    if not _past(episode.sounded_s, UNANSWERED_S[rule.levels[episode.level].priority], now_s):
        return episode, ()
    handed_on = episode._replace(group=NEXT_GROUP)
    return handed_on, (_step("update", rule, handed_on, episode.signal, now_s),)
