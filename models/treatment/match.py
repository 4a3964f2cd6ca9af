"""What a rule's condition returns when it holds: the cause, and the values that it rests on."""

from typing import NamedTuple

from models.treatment.rules import Voice


class Input(NamedTuple):
    """A value that the rule looked at, and its age in seconds."""

    name: str
    value: float | str
    age_s: float


class Cause(NamedTuple):
    """What made the rule apply: an alarm's condition and its start, or a result, an order or a report and its time."""

    name: str
    time_s: float


class Match(NamedTuple):
    """A rule's condition that holds: its cause, and what was looked at, what is missing and what has to be checked.

    `tail` tells this match from others of the same rule; it is the last part of the proposal's key. `former` are the
    tails that earlier versions gave it, by which a stored state knows what was proposed already. `text` and `strength`
    are given where they depend on the match, and not on the rule alone.
    """

    tail: str
    cause: Cause
    since_s: float  # the event time at which the condition came to hold
    inputs: tuple[Input, ...] = ()
    missing: tuple[str, ...] = ()
    to_check: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    voices: tuple[Voice, ...] = ()
    text: str | None = None
    strength: str | None = None
