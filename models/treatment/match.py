"""What a rule's condition gives when it holds, and how the rule shows what it looked at."""

from typing import NamedTuple


class Input(NamedTuple):
    """Something that the rule looked at."""

    name: str
    value: float | str
    age_s: float


class Cause(NamedTuple):
    """What made the rule apply: an alarm's condition and start; a result, an order or a report and its time."""

    name: str
    time_s: float


class Match(NamedTuple):
    """A rule's condition that holds: the key's tail, the cause, what was looked at, is missing, is to check."""

    tail: str
    cause: Cause
    since_s: float  # when the condition came to hold
    inputs: tuple[Input, ...] = ()
    missing: tuple[str, ...] = ()
    to_check: tuple[str, ...] = ()
