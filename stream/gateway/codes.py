"""What an observation's code means: which of our fields, measured how; or why it is not used. Pure.

An MDC term is named by its number, by its reference id, or by both; of both, each has to be the other's. A code of
another system counts in that system only. Where no system is written, MDC counts only where number and reference id
agree, LOINC by its own form of number and check digit; else it is not known what the code is one of.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from stream.gateway.quantities import BY_PLACE, Dimension, Topic

if TYPE_CHECKING:
    from stream.gateway.profile import CodeRow, Profile

MDC: Final = "MDC"
LOINC: Final = "LN"
"""What HL7 table 0396 calls the two coding systems."""

# fmt: off
_SYSTEMS: Final[Mapping[str, str]] = {
    # HL7 table 0396, and OIDs of the HL7 registry
    "MDC": MDC, "2.16.840.1.113883.6.24": MDC, "1.2.840.10004.1.1.1.0.0.1": MDC,
    "ISO/IEEE 11073-10101": MDC, "IEEE 11073": MDC, "ISO11073": MDC, "11073": MDC, "URN:ISO:STD:ISO:11073:10101": MDC,
    "LN": LOINC, "LNC": LOINC, "LOINC": LOINC, "2.16.840.1.113883.6.1": LOINC, "HTTP://LOINC.ORG": LOINC,
}
# fmt: on


class Meaning(NamedTuple):
    """Where a number belongs, and in which unit; of several that are valid the lowest rank counts."""

    topic: Topic
    field: str
    method: str
    rank: int
    dimension: Dimension
    unit: str
    molar_mass_g_per_mol: float | None = None
    charge: int | None = None
    factor: float = 1.0
    """By which a value of this code is more than one of the field, as urea is of its nitrogen."""
    unit_left_out: str | None = None
    """The unit of a number that this sender sends without one."""
    remark: str | None = None
    """What is odd, and has to be told though the number is used."""


class NotUsed(NamedTuple):
    """Why an observation is not used; `code` is what the sender calls it, for the site's list of such."""

    code: str
    kind: Literal["unknown", "no place", "unconfirmed", "disagrees", "structure"]
    """"structure" is no observation: the tree of the device's parts, which PCD-01 sends along."""
    reason: str


def system_of(name: str) -> str:
    """The coding system by the name that we use, whatever a sender calls it."""
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
) -> Meaning | NotUsed:
    """What OBX-3 means to a sender of this profile; the alternative counts where the first is not known."""
    first = _one(profile, identifier, text, system)
    if not (alternate_identifier or alternate_text):
        return first
    second = _one(profile, alternate_identifier, alternate_text, alternate_system)
    if isinstance(first, NotUsed):
        return second if first.kind == "unknown" else first
    if isinstance(second, Meaning) and second.field != first.field:
        return NotUsed(_label(identifier, text, system), "disagrees", "the code and its alternative are two things")
    return first


def _one(profile: "Profile", identifier: str, text: str, stated: str) -> Meaning | NotUsed:
    identifier, text, system = identifier.strip(), text.strip(), system_of(stated) or profile.default_system
    label = _label(identifier, text, stated)
    found = _mdc(profile, identifier, text, is_stated=bool(system)) if system in {"", MDC} else None
    if found is None and system != MDC:
        found = profile.by_code.get((system or LOINC, identifier.upper())) if identifier else None
    if found is None:
        return NotUsed(label, "unknown", "the code is none that this sender's profile knows")
    if isinstance(found, str):
        return NotUsed(label, "disagrees", found)
    return _meant(found, label)


def _mdc(profile: "Profile", identifier: str, text: str, *, is_stated: bool) -> "CodeRow | str | None":
    """The row of an MDC term, or what is wrong with it."""
    if not identifier.isdigit():
        names = {name for name in (identifier.upper(), text.upper()) if name.startswith("MDC")}
        rows = [profile.by_name.get((MDC, name)) for name in names]
        if len(rows) > 1 and rows[0] is not rows[1]:
            return "the code and its name are two terms"
        return rows[0] if rows else None
    by_number = profile.by_code.get((MDC, identifier))
    if by_number is not None and by_number.is_called(text):
        return by_number
    if (MDC, text.upper()) in profile.by_name:
        return "the number and the name are two terms"
    return by_number if is_stated else None


def _meant(row: "CodeRow", label: str) -> Meaning | NotUsed:
    if row.not_used is not None:
        return NotUsed(label, row.kind_not_used, row.not_used)
    if not row.is_confirmed:
        return NotUsed(label, "unconfirmed", "what this code means was not found in a public source")
    assert row.topic is not None and row.field is not None and row.method is not None  # noqa: S101, PT018 - checked on load
    one = BY_PLACE[row.topic, row.field]
    return Meaning(
        one.topic,
        one.field,
        row.method,
        one.methods.index(row.method),
        one.dimension,
        one.unit,
        one.molar_mass_g_per_mol,
        one.charge,
        row.factor,
        row.unit,
    )


def _label(identifier: str, text: str, system: str) -> str:
    return f"{identifier}^{text}^{system}"[:128]
