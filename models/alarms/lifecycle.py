"""Where an alarm's signal goes next: a table, in the words of IEEE 11073-10201 as FHIR R6 DeviceAlert has them.

`on`: it sounds. `ack`: an operator stopped it although the condition is still there. `latched`: it sounds although the
condition is gone, until an operator stops it. `off`: it does not sound. (reference/clinical.md B.3)
A signal never decides whether the condition is there; that is the episode's business.
"""

from typing import Final, Literal

Signal = Literal["on", "latched", "ack", "off"]
Event = Literal[
    "condition-start", "condition-end", "escalate", "acknowledge", "acknowledgement-expired", "patient-left"
]
Latching = Literal["latching", "non-latching"]

SIGNALS: Final[tuple[Signal, ...]] = ("on", "latched", "ack", "off")
EVENTS: Final[tuple[Event, ...]] = (
    "condition-start",
    "condition-end",
    "escalate",
    "acknowledge",
    "acknowledgement-expired",
    "patient-left",
)
EITHER: Final[tuple[Latching, ...]] = ("latching", "non-latching")
_YES: Final[tuple[Latching, ...]] = ("latching",)
_NO: Final[tuple[Latching, ...]] = ("non-latching",)

# fmt: off
ROWS: Final[tuple[tuple[Signal, Event, tuple[Latching, ...], Signal, str], ...]] = (
    # signal    event                      alarm   next       source
    ("off",     "condition-start",         EITHER, "on",      "presence code on"),
    ("on",      "condition-end",           _NO,    "off",     "presence code off; IEC 60601-1-8 non-latching"),
    ("on",      "condition-end",           _YES,   "latched", "presence code latched"),
    ("on",      "escalate",                EITHER, "on",      "IEC 60601-1-8 allows escalation; it goes on sounding"),
    ("on",      "acknowledge",             EITHER, "ack",     "presence code ack"),
    ("ack",     "condition-end",           EITHER, "off",     "nothing is left to sound, and somebody has seen it"),
    ("ack",     "escalate",                EITHER, "on",      "ours: what was acknowledged was less than this"),
    ("ack",     "acknowledge",             EITHER, "ack",     "ours: the time of silence starts again"),
    ("ack",     "acknowledgement-expired", EITHER, "on",      "clinical.md B.4 (8): a silence expires"),
    ("latched", "acknowledge",             _YES,   "off",     "presence code latched: until operator action"),
    ("latched", "condition-start",         _YES,   "on",      "ours: a new episode sounds again"),
    ("on",      "patient-left",            EITHER, "off",     "ours: an empty bed has no alarm"),
    ("ack",     "patient-left",            EITHER, "off",     "ours: an empty bed has no alarm"),
    ("latched", "patient-left",            _YES,   "off",     "ours: an empty bed has no alarm"),
)
# fmt: on
NEXT: Final = {(signal, event, kind): after for signal, event, kinds, after, _ in ROWS for kind in kinds}


class NoTransitionError(LookupError):
    """The table has no row for what happened."""


def follow(signal: Signal, event: Event, *, latching: bool) -> Signal:
    """The signal after an event.

    Raises:
        NoTransitionError: where the table has no row.
    """
    kind: Latching = "latching" if latching else "non-latching"
    try:
        return NEXT[signal, event, kind]
    except KeyError:
        message = f"a {kind} alarm whose signal is {signal} cannot meet {event}"
        raise NoTransitionError(message) from None
