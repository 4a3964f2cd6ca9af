"""The states of an alarm's signal and what leads from one to the next, as a table.

The words are the codes of FHIR R6, DeviceAlert.signal.presence (http://hl7.org/fhir/devicealert-presence), which come
from ISO/IEEE 11073-10201: `on`, the signal sounds because the condition is there; `ack`, an operator stopped it
although the condition is still there; `latched`, it sounds although the condition is gone, until an operator stops it;
`off`, it does not sound. Whether the condition is there is decided in models/alarms/episodes.py, never by the signal.
"""

from typing import Final, Literal

Signal = Literal["on", "latched", "ack", "off"]
Event = Literal[
    "condition-start", "condition-end", "escalate", "acknowledge", "acknowledgement-expired", "patient-left"
]
Latching = Literal["latching", "non-latching"]

EITHER: Final[tuple[Latching, ...]] = ("latching", "non-latching")
_YES: Final[tuple[Latching, ...]] = ("latching",)
_NO: Final[tuple[Latching, ...]] = ("non-latching",)

# fmt: off
ROWS: Final[tuple[tuple[Signal, Event, tuple[Latching, ...], Signal, str], ...]] = (
    # signal    event                      alarm   next       source; "code" is a code of DeviceAlert.signal.presence
    ("off",     "condition-start",         EITHER, "on",      "code on"),
    ("on",      "condition-end",           _NO,    "off",     "code off; IEC 60601-1-8: non-latching"),
    ("on",      "condition-end",           _YES,   "latched", "code latched"),
    ("on",      "escalate",                EITHER, "on",      "IEC 60601-1-8: a priority may rise; it sounds on"),
    ("on",      "acknowledge",             EITHER, "ack",     "code ack"),
    ("ack",     "condition-end",           EITHER, "off",     "code off: nothing is left to sound, and it was seen"),
    ("ack",     "escalate",                EITHER, "on",      "ours: what was acknowledged was less than this"),
    ("ack",     "acknowledge",             EITHER, "ack",     "ours: the time of silence starts again"),
    ("ack",     "acknowledgement-expired", EITHER, "on",      "ours: a silence ends, as on bedside monitors"),
    ("latched", "acknowledge",             _YES,   "off",     "code latched: until an operator stops it"),
    ("latched", "condition-start",         _YES,   "on",      "ours: a new episode sounds again"),
    ("on",      "patient-left",            EITHER, "off",     "ours: an empty bed has no alarm"),
    ("ack",     "patient-left",            EITHER, "off",     "ours: an empty bed has no alarm"),
    ("latched", "patient-left",            _YES,   "off",     "ours: an empty bed has no alarm"),
)
# fmt: on
NEXT: Final = {(signal, event, kind): after for signal, event, kinds, after, _ in ROWS for kind in kinds}


class NoTransitionError(LookupError):
    """The table has no row for this signal and event."""


def follow(signal: Signal, event: Event, *, latching: bool) -> Signal:
    """Return the signal after an event.

    Raises:
        NoTransitionError: where the table has no row.
    """
    kind: Latching = "latching" if latching else "non-latching"
    try:
        return NEXT[signal, event, kind]
    except KeyError:
        message = f"a {kind} alarm whose signal is {signal} cannot meet {event}"
        raise NoTransitionError(message) from None
