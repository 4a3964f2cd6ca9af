"""The terms in which devices write alarms: IHE PCD-04's attributes and words, and what the text of an alarm says. Pure.

PCD-04 is in IHE PCD Technical Framework, volume 2, Report Alert, and in the supplement Alarm Communication Management
(trial implementations of 2010 to 2012, in which attributes had other numbers or none). So an attribute goes by its name
and only where there is none by its number, which are those that senders of five makes agree on.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from schemas.alerts import Priority
from schemas.device_alarms import AlarmPhase, AlarmState, AlarmType, Inactivation

Attribute = Literal["source", "phase", "state", "inactivation", "priority", "type", "text", "device", "other"]

_ATTRIBUTES: Final[Mapping[str, Attribute]] = {
    "ALERT_SOURCE": "source",
    "EVENT_PHASE": "phase",
    "EVT_PHASE": "phase",
    "ALARM_STATE": "state",
    "ALERT_STATE": "state",
    "ALARM_INACTIVATION_STATE": "inactivation",
    "INACTIVATION_STATE": "inactivation",
    "ALARM_PRIORITY": "priority",
    "ALERT_PRIORITY": "priority",
    "ALERT_TYPE": "type",
    "ALARM_TYPE": "type",
    "ALERT_TEXT": "text",
    "SYS_ID": "device",
}
_BY_NUMBER: Final[Mapping[str, Attribute]] = {
    "68480": "source",
    "68481": "phase",
    "68482": "state",
    "68483": "inactivation",
    "68484": "priority",
    "68485": "type",
    "68546": "text",
    "67972": "device",
}
_PREFIX: Final = re.compile(r"MDCX?_ATTR_")

# fmt: off
PHASES: Final[Mapping[str, AlarmPhase]] = {
    "start": "start", "present": "present", "continue": "continue", "update": "update", "escalate": "escalate",
    "deescalate": "deescalate", "de-escalate": "deescalate", "end": "end", "reset": "end", "tpoint": "tpoint",
}
STATES: Final[Mapping[str, AlarmState]] = {
    "active": "active", "latched": "latched", "inactive": "inactive", "off": "inactive",
}
INACTIVATIONS: Final[Mapping[str, Inactivation]] = {
    "enabled": "enabled", "audio-paused": "audio-paused", "audio-off": "audio-off", "alarm-paused": "alarm-paused",
    "alarm-off": "alarm-off", "alert-acknowledged": "alert-acknowledged",
}
PRIORITIES: Final[Mapping[str, Priority | None]] = {  # pn: it has none, or none is indicated
    "ph": "high", "pm": "medium", "pl": "low", "pn": None, "high": "high", "medium": "medium", "low": "low",
}
TYPES: Final[Mapping[str, AlarmType]] = {
    "sp": "physiological", "st": "technical", "sa": "advisory",
    "physiological": "physiological", "technical": "technical", "advisory": "advisory",
}
DIRECTIONS: Final[Mapping[str, Literal["high", "low"]]] = {"h": "high", "hh": "high", "l": "low", "ll": "low"}
# fmt: on
_MARKS: Final = re.compile(r"\s*(\*{1,3}|!{2,3})")
_BY_MARKS: Final[Mapping[str, Priority]] = {"***": "high", "**": "medium", "*": "low", "!!!": "high", "!!": "medium"}
"""What monitors print before the text of an alarm; Philips IntelliVue MP5, instructions for use, chapter Alarms."""
_OF_EVENTS: Final = re.compile(r"[A-Z0-9]+_EVT_")
_EVENTS: Final = range(3 << 16, 4 << 16)
"""ISO/IEEE 11073-10101: partition 3 of the nomenclature holds the events."""
_MOST_FIGURES: Final = 10
ALARM: Final = "MDC_EVT_ALARM"
ALARM_NUMBER: Final = "196616"
"""Says that what follows is an alarm; which one then stands in OBX-5."""
ALIVE: Final = "MDC_EVT_ACTIVE"
"""The sender's own watchdog: it lives, and nothing is wrong."""


def attribute_of(*names: str) -> Attribute | None:
    """Which attribute of an alarm an OBX holds, by the components of OBX-3; None: it is no attribute."""
    upper = [name.upper() for name in names]
    for name in upper:
        if (found := _ATTRIBUTES.get(_PREFIX.sub("", name))) is not None:
            return found
    if any(_PREFIX.match(name) for name in upper):
        return "other"
    return next((_BY_NUMBER[name] for name in upper if name in _BY_NUMBER), None)


def is_event(*names: str) -> bool:
    """Whether the components of OBX-3 name an event."""
    return any(_OF_EVENTS.match(name.upper()) or _is_event_number(name) for name in names)


def _is_event_number(name: str) -> bool:
    return name.isdecimal() and len(name) <= _MOST_FIGURES and int(name) in _EVENTS


class Written(NamedTuple):
    """What the text of an alarm says: what is too high or low, its value, and the limit that it passed."""

    label: str = ""
    direction: Literal["high", "low"] | None = None
    value: float | None = None
    unit: str = ""
    limit: float | None = None


_NUMBER: Final = r"(-?\d{1,6}(?:\.\d{1,4})?)"
_SIDED: Final = re.compile(r"([^\W\d_][\w .-]{0,30}?)\s+(?:too\s+)?(high|low)\b", re.IGNORECASE)
_STATED: Final = re.compile(rf"([^\W\d_][\w .-]{{0,30}}?)\s*=\s*{_NUMBER}\s*([^\s,;]{{0,16}})")
_COMPARED: Final = re.compile(rf"([^\W\d_][\w.-]{{0,30}})\s+{_NUMBER}\s*([<>])\s*{_NUMBER}")


def marked_priority(text: str) -> Priority | None:
    """The priority by the marks before an alarm's text; None where there are none."""
    found = _MARKS.match(text)
    return None if found is None else _BY_MARKS.get(found[1])


def unmarked(text: str) -> str:
    """An alarm's text without the marks of its priority."""
    return _MARKS.sub("", text, count=1).strip()


def written_in(text: str) -> Written:
    """Read what monitors print: `SpO2 High, SpO2=98 %` (Efficia), `HR 134>120` (IntelliVue), `T1 Too Low` (Mindray)."""
    plain = unmarked(text)
    if compared := _COMPARED.match(plain):
        label, value, sign, limit = compared.groups()
        return Written(label, "high" if sign == ">" else "low", float(value), "", float(limit))
    sided, stated = _SIDED.match(plain), _STATED.search(plain)
    direction: Literal["high", "low"] | None = None
    if sided is not None:
        direction = "high" if sided[2].lower() == "high" else "low"
    if stated is None:
        return Written(sided[1].strip() if sided else "", direction)
    return Written(stated[1].strip(), direction, float(stated[2]), stated[3])
