"""What of an observation its sender repeats, compiled once per profile: all but value and moment. Pure.

A monitor writes the same type (OBX-2), code (OBX-3), sub-id (OBX-4), unit (OBX-6), flags (OBX-8) and status (OBX-11)
again and again.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from stream.gateway.codes import Meaning, NotUsed, look_up
from stream.gateway.segments import Segment, components, raw, text
from stream.gateway.units import Conversion, Unconvertible, conversion

if TYPE_CHECKING:
    from stream.gateway.dialect import AlarmRow, Profile

# OBX-11 by HL7 table 0085, up to version 2.9; a profile may say otherwise. Monitors leave it out.
_STATUSES: Final = dict.fromkeys(("", "A", "B", "F", "P", "R", "S", "U", "V"), "measured") | {
    "C": "corrected",
    "D": "withdrawn",  # deleted
    "W": "withdrawn",  # wrong, as for another patient
    "X": "off",  # could not be obtained
    "I": "pending",
    "N": "pending",  # not asked for
    "O": "pending",  # the description of an order
}
LONGEST_SHOWN: Final = 128  # characters of a code that are kept
_LONGEST: Final = 256  # characters of what is compiled once; our choice
_MOST: Final = 10_000  # of a profile; our choice


class Plan(NamedTuple):
    """How an observation is read.

    alarm       the profile's row of an alarm among observations; None: it is none
    meaning     of the code
    conversion  of a number in its unit; None for what has none
    status      what OBX-11 says of it
    flags       what OBX-8 says of it
    code        OBX-3 as the sender writes it; empty where nothing else in the segment says that it is a code
    """

    alarm: "AlarmRow | None"
    meaning: Meaning | NotUsed
    conversion: Conversion | Unconvertible | None
    status: str
    flags: frozenset[str]
    code: str


def plan(segment: Segment, profile: "Profile") -> Plan:
    """How an observation is read by a profile."""
    stated = segment.fields
    # The place that is empty tells a short segment apart from a longer one.
    key = (*stated[2:5], "", *stated[6:9:2], *stated[11:12], segment.delimiters)
    found = profile.plans.get(key)
    if found is None:
        found = _compiled(segment, profile)
        if sum(map(len, key)) <= _LONGEST and len(profile.plans) < _MOST:
            profile.plans[key] = found
    return found


def code_of(segment: Segment) -> str:
    """OBX-3 as the sender writes it; empty where nothing else in the segment says that it is a code."""
    stated = raw(segment, 3)
    return stated[:LONGEST_SHOWN] if text(segment, 2) or text(segment, 3, 2) or text(segment, 3, 3) else ""


def unit_of(segment: Segment) -> tuple[str, str]:
    """The unit's code and name; of 10^9/L, written with a bare delimiter, both halves are the code."""
    code, name = text(segment, 6), text(segment, 6, 2)
    return (f"{code}^{name}", "") if code.endswith("10") and name[:1].isdigit() else (code, name)


def _compiled(segment: Segment, profile: "Profile") -> Plan:
    identifier, name, system, other, other_name, other_system = (text(segment, 3, at) for at in range(1, 7))
    meaning = look_up(profile, identifier, name, other, other_name, system, other_system, text(segment, 4))
    is_number = isinstance(meaning, Meaning) and meaning.dimension != "words"
    converted = conversion(profile, *unit_of(segment), meaning) if is_number and isinstance(meaning, Meaning) else None
    alarm = profile.alarm(system, identifier, text(segment, 2))
    stated = text(segment, 11)
    status = profile.statuses.get(stated) or _STATUSES.get(stated, "unknown")
    flags = frozenset(said for flag in components(segment, 8) if (said := profile.flags.get(flag.upper())))
    return Plan(alarm, meaning, converted, status, flags, code_of(segment))
