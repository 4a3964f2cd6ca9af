"""The life of one condition of one patient, in event time: delay, start, escalation, easing, end, acknowledgement.

One episode is one alert: all its steps carry the same `start_s`, the moment when the violation began, so that a replay
gives the same steps whatever batches the frames come in.

What an unknown frame does: nothing. It is not a violation, and it is not well either, so it neither breaks a running
delay nor confirms it, and it never ends an alarm. The same holds for any gap, however long: two violations with nothing
between them confirm each other, and an alarm that was on when the data stopped is on when they return, until a value
says otherwise. A gap that ended alarms would silence exactly the patient whose cable was pulled; the silent bed has an
alarm of its own.
"""

from typing import Final, Literal, NamedTuple

from models.alarms.grading import AT_LEAST, FIRST_LEVEL, UNKNOWN, WELL
from models.alarms.lifecycle import Signal, follow
from models.alarms.rules import Rule
from schemas.alerts import Priority

FIRST_GROUP: Final = 1
NEXT_GROUP: Final = 2
ACKNOWLEDGED_S: Final[dict[Priority, float]] = {"high": 300.0, "medium": 900.0, "low": 3600.0}
"""How long an acknowledgement silences. Ours, no standard sets times; see docs/sources.md#alarm-acknowledgement."""
UNANSWERED_S: Final = ACKNOWLEDGED_S
"""How long an alarm sounds before it goes to the next group of recipients. Ours: who has given no answer for as
long as one would have silenced the alarm is taken not to have heard it."""


class Step(NamedTuple):
    """One step of an episode, ready to become an alert. `limit`: the one gone over, or the clear limit once over.

    `parent_s` is the start of the parent's episode while that suppresses this one, `hushed` how many this one has
    suppressed so far; see models/alarms/suppression.py. `group` is whom it is meant for,
    `risen_to` the score that broke an acknowledgement (models/alarms/rise.py).
    """

    phase: Literal["start", "escalate", "deescalate", "update", "end"]
    priority: Priority
    signal: Signal
    presence: bool
    start_s: float
    time_s: float
    value: float
    limit: float
    parent_s: float | None = None
    hushed: int = 0
    group: int = FIRST_GROUP
    risen_to: int | None = None


class Episode(NamedTuple):
    """What has to be remembered between frames. A tuple, since millions are made; times are event time in seconds.

    Without `start_s` a delay is running and nothing was said yet. With the signal latched the condition is gone, and a
    delay for the next episode may be running already.
    """

    since_s: tuple[float | None, ...]  # per level: violated without interruption since then
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

    @property
    def present(self) -> bool:
        """The condition is there: started, and not over."""
        return self.start_s is not None and self.signal != "latched"


Moved = tuple[Episode | None, tuple[Step, ...]]


def advance(
    rule: Rule, episode: Episode | None, grade: int, value: float, time_s: float, *, spot: bool = False
) -> Moved:
    """Take one frame in; frames come in event-time order.

    A level counts when it was violated for the rule's delay without interruption. An episode escalates to a level that
    counts, eases to the worst of the levels seen while it was less severe for the clear delay, and ends when the value
    was well for the clear delay.

    Args:
        rule: the patient's rule for this condition.
        episode: what the last frame left; None when there was nothing to remember.
        grade: from `grading`. Without an episode a grade below FIRST_LEVEL changes nothing: callers may skip it.
        value: the rule's input; only looked at when the grade is known.
        time_s: event time of the frame.
        spot: the frame stands alone (nothing came for rules.SPOT_AFTER_S before it): there is no stream that could
            confirm it within the delay, so it counts at once. The first frame of a stay is no spot check.

    Returns:
        What to remember, and the steps to publish.
    """
    if grade == UNKNOWN:
        return (None, ()) if episode is None else _remind(rule, episode, time_s)
    reached, at_least = _level(grade)
    if episode is None:
        if reached < 0:
            return None, ()
        episode = Episode((None,) * len(rule.levels), value)
    # What lies above a lower bound is unknown, and unknown breaks no delay.
    since_s = tuple(
        (time_s if since is None else since) if level <= reached else (since if at_least else None)
        for level, since in enumerate(episode.since_s)
    )
    episode = episode._replace(since_s=since_s, value=value)
    counting = reached if spot else _counting(rule, episode, reached, time_s)
    if episode.present:
        return _present(rule, episode, grade, counting, time_s)
    return _absent(rule, episode, counting, time_s)


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
        return episode._replace(signal=signal, acknowledged_s=time_s, suppressed=False), (step,)
    return _delay_alone(episode), (step,)


def close(rule: Rule, episode: Episode, time_s: float) -> tuple[Step, ...]:
    """The patient has left (discharge, or a new stay begins): nothing is to be remembered, what was on is over."""
    if episode.start_s is None:
        return ()
    signal = follow(episode.signal, "patient-left", latching=rule.latching)
    return (_step("end" if episode.present else "update", rule, episode, signal, time_s),)


def step_of(
    phase: Literal["start", "escalate", "deescalate", "update", "end"], rule: Rule, episode: Episode, time_s: float
) -> Step:
    """A step that says how an episode is."""
    return _step(phase, rule, episode, episode.signal, time_s)


def _level(grade: int) -> tuple[int, bool]:
    """The index of the level that a known grade reached, negative below the first, and whether it is a lower bound."""
    at_least = grade >= AT_LEAST
    return grade - (AT_LEAST if at_least else 0) - FIRST_LEVEL, at_least


def _past(since_s: float, delay_s: float, time_s: float) -> bool:
    return time_s - since_s >= delay_s


def _counting(rule: Rule, episode: Episode, reached: int, time_s: float) -> int:
    """The highest level that this frame reaches and that was violated for the delay; -1 for none."""
    for level in range(reached, -1, -1):
        since_s = episode.since_s[level]
        if since_s is not None and _past(since_s, rule.delay_s, time_s):
            return level
    return -1


def _delay_alone(episode: Episode) -> Episode | None:
    """The episode without the alarm that is over: its running delay, if there is one."""
    return None if episode.since_s[0] is None else Episode(episode.since_s, episode.value)


def _step(
    phase: Literal["start", "escalate", "deescalate", "update", "end"],
    rule: Rule,
    episode: Episode,
    signal: Signal,
    time_s: float,
) -> Step:
    priority, limit = rule.levels[episode.level]
    start_s = time_s if episode.start_s is None else episode.start_s
    presence = episode.present and phase != "end"
    shown = limit if presence else rule.clear
    value, hushed, group = episode.value, episode.hushed, episode.group
    return Step(phase, priority, signal, presence, start_s, time_s, value, shown, hushed=hushed, group=group)


def _absent(rule: Rule, episode: Episode, counting: int, time_s: float) -> Moved:
    """The condition is not there: start it if a level counts."""
    if counting < 0:
        return (episode if episode.signal == "latched" else _delay_alone(episode)), ()
    signal = follow(episode.signal, "condition-start", latching=rule.latching)
    steps: tuple[Step, ...] = ()
    if episode.signal == "latched":  # the new episode sounds in its place: the old alert must not latch for ever
        steps = (_step("update", rule, episode, "off", time_s),)
    started = Episode(
        episode.since_s,
        episode.value,
        start_s=episode.since_s[0],
        level=counting,
        signal=signal,
        sounded_s=time_s,
    )
    return started, (*steps, _step("start", rule, started, signal, time_s))


def _present(rule: Rule, episode: Episode, grade: int, counting: int, time_s: float) -> Moved:
    """The condition is there: end, escalate or ease it, or sound again after an acknowledgement has run out."""
    if grade == WELL:
        clearing_s = time_s if episode.clearing_s is None else episode.clearing_s
        if _past(clearing_s, rule.clear_delay_s, time_s):
            return _end(rule, episode, time_s)
        return _ease(rule, episode._replace(clearing_s=clearing_s), 0, time_s)
    if episode.clearing_s is not None:
        episode = episode._replace(clearing_s=None)
    if counting > episode.level:
        return _escalate(rule, episode, counting, time_s)
    reached, at_least = _level(grade)
    if reached >= episode.level:
        episode = episode if episode.easing_s is None else episode._replace(easing_s=None)
    elif not at_least:
        episode, eased = _ease(rule, episode, max(reached, 0), time_s)
        if eased:
            return episode, eased
    return _remind(rule, episode, time_s)


def _end(rule: Rule, episode: Episode, time_s: float) -> Moved:
    signal = follow(episode.signal, "condition-end", latching=rule.latching)
    step = _step("end", rule, episode, signal, time_s)
    if signal != "latched":
        return None, (step,)
    return episode._replace(signal=signal, clearing_s=None, easing_s=None), (step,)


def _escalate(rule: Rule, episode: Episode, level: int, time_s: float) -> Moved:
    signal = follow(episode.signal, "escalate", latching=rule.latching)
    worse = episode._replace(level=level, signal=signal, sounded_s=time_s, acknowledged_s=None, easing_s=None)
    return worse, (_step("escalate", rule, worse, signal, time_s),)


def _ease(rule: Rule, episode: Episode, reached: int, time_s: float) -> tuple[Episode, tuple[Step, ...]]:
    """Less severe than its level: after the clear delay go down, no further than the worst seen meanwhile."""
    if reached >= episode.level:
        return episode, ()
    easing_s, eased = (time_s, reached) if episode.easing_s is None else (episode.easing_s, max(episode.eased, reached))
    if not _past(easing_s, rule.clear_delay_s, time_s):
        return episode._replace(easing_s=easing_s, eased=eased), ()
    milder = episode._replace(level=eased, easing_s=None if reached == eased else time_s, eased=reached)
    return milder, (_step("deescalate", rule, milder, milder.signal, time_s),)


def _remind(rule: Rule, episode: Episode, time_s: float) -> tuple[Episode, tuple[Step, ...]]:
    """An acknowledgement has run out and the condition is still there: it sounds again. Or there never was one."""
    if episode.clearing_s is not None:
        return episode, ()
    if episode.acknowledged_s is None:
        return _hand_on(rule, episode, time_s)
    if not _past(episode.acknowledged_s, ACKNOWLEDGED_S[rule.levels[episode.level].priority], time_s):
        return episode, ()
    signal = follow(episode.signal, "acknowledgement-expired", latching=rule.latching)
    loud = episode._replace(signal=signal, sounded_s=time_s, acknowledged_s=None)
    return loud, (_step("update", rule, loud, signal, time_s),)


def _hand_on(rule: Rule, episode: Episode, time_s: float) -> tuple[Episode, tuple[Step, ...]]:
    """It has sounded for long and nobody has acknowledged it: the next group of recipients is told."""
    if not episode.present or episode.suppressed or episode.group == NEXT_GROUP:
        return episode, ()
    if not _past(episode.sounded_s, UNANSWERED_S[rule.levels[episode.level].priority], time_s):
        return episode, ()
    handed_on = episode._replace(group=NEXT_GROUP)
    return handed_on, (_step("update", rule, handed_on, episode.signal, time_s),)
