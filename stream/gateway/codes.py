"""What an observation's code means: which of our fields, measured how; or why it is not used. Pure.

A term is named by its code, by its name, or by both; a name that is another term's contradicts the code. Then nothing
is guessed: the number counts only where both terms are the same field, and that is told. A code counts in its own
system only. Where no system is written, the sender's profile may say which; else an MDC number counts together with
its reference id, and LOINC by its form, which no other system has.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

from schemas.vitals import Consciousness
from stream.gateway.names import contradicts
from stream.gateway.quantities import BY_PLACE, STATED, Dimension, Topic

if TYPE_CHECKING:
    from stream.gateway.dialect import CodeRow, Profile

MDC: Final = "MDC"
LOINC: Final = "LN"
"""What HL7 table 0396 calls the two coding systems."""
_LOINC_FORM: Final = re.compile(r"\d{1,5}-\d")

_SYSTEMS: Final[Mapping[str, str]] = {
    "2.16.840.1.113883.6.24": MDC,  # HL7's registry of OIDs
    "1.2.840.10004.1.1.1.0.0.1": MDC,  # of ISO/IEEE 11073 itself
    "URN:ISO:STD:ISO:11073:10101": MDC,  # FHIR's
    "ISO/IEEE 11073-10101": MDC,
    "IEEE 11073": MDC,
    "ISO11073": MDC,
    "11073": MDC,
    "2.16.840.1.113883.6.1": LOINC,  # HL7's registry of OIDs
    "HTTP://LOINC.ORG": LOINC,  # FHIR's
    "LOINC": LOINC,
    "LNC": LOINC,
    "2.16.840.1.113883.6.96": "SCT",  # HL7's registry of OIDs
    "HTTP://SNOMED.INFO/SCT": "SCT",  # FHIR's
    "SNOMED-CT": "SCT",
    "SNOMED CT": "SCT",
}
"""The names of HL7 table 0396 by other names of coding systems."""
_LEVELS: Final = frozenset(get_args(Consciousness))
_ANSWERS: Final = {"yes": True, "no": False}

# ISO/IEEE 11073-10101: the upper half of a number is its partition. 1 holds the objects and their attributes, 8 what
# tells them from others, as makes, models and serial numbers.
_OBJECTS: Final = (range(1 << 16, 2 << 16), range(8 << 16, 9 << 16))
_MOST_FIGURES: Final = 10  # of a number of 32 bits
_OF_OBJECTS: Final = ("MDC_DEV_", "MDC_ATTR_", "MDC_MOC_", "MDC_ID_")


class Meaning(NamedTuple):
    """Where a value belongs, and in which unit; of several that are valid the lowest rank counts."""

    topic: Topic
    field: str
    method: str
    rank: int
    dimension: Dimension
    unit: str
    molar_mass_g_per_mol: float | None = None
    charge: int | None = None
    factor: float = 1.0
    """Of a value of this code the part that the field counts, as of urea its nitrogen."""
    unit_left_out: str | None = None
    """The unit of a number that this sender sends without one."""
    remark: str | None = None
    """What is odd, and has to be told though the value is used."""


class NotUsed(NamedTuple):
    """Why an observation is not used; `code` is what the sender calls it, for the site's list of such."""

    code: str
    kind: Literal["unknown", "no place", "unconfirmed", "disagrees", "structure"]
    """"structure" is no observation: the tree of the device's parts, which PCD-01 sends along."""
    reason: str


def system_of(name: str) -> str:
    """The coding system by the name of HL7 table 0396, whatever a sender calls it; another's own in capitals."""
    upper = name.strip().upper()
    return _SYSTEMS.get(upper.removeprefix("URN:OID:"), upper)


def look_up(
    profile: "Profile",
    identifier: str,
    text: str,
    alternate_identifier: str = "",
    alternate_text: str = "",
    system: str = "",
    alternate_system: str = "",
    sub_id: str = "",
) -> Meaning | NotUsed:
    """What OBX-3 (and OBX-4, `sub_id`) means to a sender of this profile.

    The alternative counts where the first is not known; where both are known they have to be the same field.
    """
    first = _one(profile, identifier, text, system, sub_id)
    if not (alternate_identifier or alternate_text):
        return first
    second = _one(profile, alternate_identifier, alternate_text, alternate_system, sub_id)
    if isinstance(first, NotUsed):
        return second if first.kind == "unknown" else first
    if isinstance(second, Meaning) and (second.topic, second.field) != (first.topic, first.field):
        return NotUsed(_label(identifier, text, system), "disagrees", "the code and its alternative are two things")
    return first


def word(profile: "Profile", meaning: Meaning, *components: str) -> str | bool | None:
    """What a coded or written value says: a level of consciousness, or whether oxygen is given; None: nothing known."""
    for one in components:
        found = profile.by_word.get(one.strip().upper())
        if meaning.field == "consciousness" and found in _LEVELS:
            return found
        if meaning.field == "on_oxygen" and found in _ANSWERS:
            return _ANSWERS[found]
    return None


def _one(profile: "Profile", identifier: str, text: str, stated: str, sub_id: str) -> Meaning | NotUsed:
    label = _label(identifier.strip(), text.strip(), stated)
    identifier, text = "" if identifier.strip() in profile.empty_codes else identifier.strip(), text.strip()
    system = system_of(stated) or profile.default_system
    if system in {"", MDC} and is_of_an_object(identifier, text, is_number_enough=system == MDC):
        return NotUsed(label, "structure", "it is a part or an attribute of the device, not an observation")
    by_code, by_name = _rows(profile, system, identifier, text, sub_id.strip())
    if not system and by_code is None and by_name is None:
        by_code, by_name = _rows_without_system(profile, identifier, text)
    row = by_code or by_name
    if row is None:
        return NotUsed(label, "unknown", "the code is none that this sender's profile knows")
    if by_code is None and identifier and row.code:
        return NotUsed(label, "disagrees", "the code is not the one of the name")
    if by_name is None:
        return _with_a_name_unknown(row, text, label)
    return _agreed(_meant(row, label), _meant(by_name, label), label)


def _rows(
    profile: "Profile", system: str, identifier: str, text: str, sub_id: str
) -> tuple["CodeRow | None", "CodeRow | None"]:
    """The rows of the code and of the name: the same where the name is one of the code's."""
    code, name = identifier.upper(), text.upper()
    by_code = profile.by_code.get((system, code, sub_id.upper())) or profile.by_code.get((system, code, ""))
    if by_code is None and code.startswith("MDC"):  # a reference id stands in the number's place
        by_code = profile.by_name.get((system, code))
    if by_code is not None and by_code.is_called(name):
        return by_code, by_code
    return by_code, profile.by_name.get((system, name)) if name else None


def _rows_without_system(profile: "Profile", identifier: str, text: str) -> tuple["CodeRow | None", "CodeRow | None"]:
    """What only one coding system can mean: LOINC's form, a reference id, an MDC number together with one."""
    if _LOINC_FORM.fullmatch(identifier):
        return _rows(profile, LOINC, identifier, text, "")
    by_code, by_name = _rows(profile, MDC, identifier, text, "")
    if identifier.isdecimal() and (by_code is None or by_name is None):
        return None, None
    return by_code, by_name


def _agreed(found: Meaning | NotUsed, other: Meaning | NotUsed, label: str) -> Meaning | NotUsed:
    """What the code and its name mean together."""
    if other == found:
        return found
    if isinstance(found, NotUsed) or isinstance(other, NotUsed) or other[:2] != found[:2]:
        return NotUsed(label, "disagrees", "the code and its name are two terms")
    worse = max(found, other, key=lambda one: one.rank)
    return worse._replace(remark="the code and its name are two terms of one measurement")


def _with_a_name_unknown(row: "CodeRow", text: str, label: str) -> Meaning | NotUsed:
    found = _meant(row, label)
    if isinstance(found, NotUsed):
        return found
    if contradicts(found.field, text):
        return NotUsed(label, "disagrees", "the name is of another measurement than the code")
    if text.upper().startswith("MDC"):
        return found._replace(remark="the name is not known as the code's, which counts")
    return found


def _meant(row: "CodeRow", label: str) -> Meaning | NotUsed:
    if row.not_used is not None or row.topic is None or row.field is None or row.method is None:
        return NotUsed(label, "no place", row.not_used or "")
    if not row.is_confirmed:
        return NotUsed(label, "unconfirmed", "what this code means was not found in a public source")
    one = BY_PLACE[row.topic, row.field]
    return Meaning(
        one.topic,
        one.field,
        row.method,
        one.methods.index(row.method),
        "words" if row.method == STATED else one.dimension,
        one.unit,
        row.molar_mass_g_per_mol or one.molar_mass_g_per_mol,
        one.charge,
        row.factor,
        row.unit,
    )


def is_of_an_object(identifier: str, text: str, *, is_number_enough: bool) -> bool:
    """Whether a term is a part or an attribute of a device; its number says so where it is known to be an MDC one."""
    is_number = identifier.isdecimal() and len(identifier) <= _MOST_FIGURES
    is_object = is_number and any(int(identifier) in partition for partition in _OBJECTS)
    return (is_object and is_number_enough) or any(one.upper().startswith(_OF_OBJECTS) for one in (identifier, text))


def _label(identifier: str, text: str, system: str) -> str:
    return f"{identifier}^{text}^{system}"[:128]
