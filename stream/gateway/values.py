"""What OBX-5 says: a number, that the sensor is off, a word; or why it is no value. Pure.

A bound ("< 0.01") is a bound and never a value. A number with a decimal comma is no number of HL7 (chapter 2.A.47), and
might as well have its thousands apart.
"""

import math
import re
from typing import Final, Literal, NamedTuple

from schemas.vitals import NUMERICS
from stream.gateway.codes import Meaning, word
from stream.gateway.plan import unit_of
from stream.gateway.profile import Profile
from stream.gateway.segments import Delimiters, Segment, raw, repetitions, text
from stream.gateway.trouble import LeftOut, Trouble
from stream.gateway.units import Conversion, Unconvertible, conversion

OFF_VALUE: Final = -999.0
"""What the topic `vitals` says of a sensor that is off (schemas/vitals.py)."""

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_BOUND: Final = re.compile(r"\s*(<=|>=|=<|=>|<>|<|>|≤|≥)\s*\S")
_NUMBER_TYPES: Final = frozenset({"NM", "SN", ""})
_TEXT_TYPES: Final = frozenset({"ST", "TX", "FT"})
_USUAL: Final = Delimiters()
_BASE_EXCESS: Final = "base_excess_mmol_per_l"
_LEAST_BASE_EXCESS: Final = -50.0  # as in models/risk/plausible.py


class Read(NamedTuple):
    """What an observation says in our unit; a bare 0 of a vital sign may be a sensor that is off as well."""

    value: float | bool | str
    kind: Literal["value", "zero", "off"] = "value"


def read(
    segment: Segment,
    number: int,
    meaning: Meaning,
    profile: Profile,
    planned: Conversion | Unconvertible | None = None,
) -> Read:
    """The value in our unit; raises LeftOut where there is none. `planned` is how its number becomes ours."""
    stated = text(segment, 5)
    if meaning.topic == "vitals" and stated.casefold() in profile.off_words_folded:
        return off(number, meaning)
    if meaning.dimension == "words":
        return _word(segment, number, meaning, profile)
    found = _number(segment, number, meaning)
    if profile.is_off(found):
        if meaning.topic == "vitals":
            return off(number, meaning)
        if meaning.field != _BASE_EXCESS or found < _LEAST_BASE_EXCESS or found > -_LEAST_BASE_EXCESS:
            sentence = "the number stands for a measurement that could not be made"
            raise LeftOut(Trouble(f"OBX^{number}^5", "102", sentence))
    planned = planned or conversion(profile, *unit_of(segment), meaning)
    if not isinstance(planned, Conversion):
        raise LeftOut(Trouble(f"OBX^{number}^6", "103", planned.sentence))
    converted = planned.of(found)
    if meaning.field == "on_oxygen":
        return Read(converted > 0)
    if found == 0 and meaning.topic == "vitals":
        return Read(0.0, "zero")
    return Read(converted)


def off(number: int, meaning: Meaning) -> Read:
    """A sensor that is off; raises LeftOut for what is no sensor's."""
    if meaning.field not in NUMERICS:
        raise LeftOut(Trouble(f"OBX^{number}^5", "0", "nothing was observed", "left out"))
    return Read(OFF_VALUE, "off")


def _number(segment: Segment, number: int, meaning: Meaning) -> float:
    """The number as it is sent, in whichever of the types that HL7 has for one."""
    kind = text(segment, 2)
    types = _NUMBER_TYPES if meaning.topic == "labs" else _NUMBER_TYPES | _TEXT_TYPES
    whole = raw(segment, 5)
    if segment.delimiters == _USUAL and kind in types and _NUMBER.fullmatch(whole) and math.isfinite(float(whole)):
        return float(whole)  # as nearly all are written
    where, stated = f"OBX^{number}^5", text(segment, 5)
    comparator = ""
    if repetitions(segment, 5) > 1:
        raise LeftOut(Trouble(where, "102", "the value is repeated, and which one counts is not known"))
    if kind == "SN" and not _NUMBER.fullmatch(stated):
        comparator, stated = stated, text(segment, 5, 2)
        if text(segment, 5, 3) or text(segment, 5, 4):
            raise LeftOut(Trouble(where, "102", "the value is a range or a ratio"))
    if comparator not in {"", "="} or _BOUND.match(stated):
        raise LeftOut(Trouble(where, "102", "the value is only a bound, which is left out"))
    if kind not in types or not _NUMBER.fullmatch(stated) or not math.isfinite(float(stated)):
        raise LeftOut(Trouble(where, "102", "the value is no number (OBX-2 NM)"))
    return float(stated)


def _word(segment: Segment, number: int, meaning: Meaning, profile: Profile) -> Read:
    said = word(profile, meaning, *(text(segment, 5, at) for at in (1, 2, 4, 5)))
    if said is None:
        raise LeftOut(Trouble(f"OBX^{number}^5", "103", "the word is none that is known here"))
    return Read(said)
