"""Disease-related variants (HL7 guide Genomics Reporting): the profiles Variant and Diagnostic Implication. Pure.

An implication says the class of the variant that it is derived from; a Variant may say its own. Both are records of one
finding, known by the identifier of the Variant, so that a correction of its name or class replaces what was said.
"""

from collections.abc import Iterator
from typing import Final, Literal

from stream.feeds.events import FeedEvent
from stream.fhir_door.elements import NOTHING, Element, codings, part, parts, said, words
from stream.fhir_door.identities import patient_of
from stream.fhir_door.reading import LONGEST, Made, Reading
from stream.gateway.trouble import LeftOut, Trouble, Weight
from stream.gateway.variant_terms import Found, NotRead, Role, Value, is_of_a_variant, read_variant, role_of
from stream.gateway.variants import finding_of

_IMPLICATION: Final = "diagnostic-implication"
"""The code of the guide's own system for what a finding means for a diagnosis."""
_STATUSES: Final[dict[str, Literal["final", "corrected", "entered-in-error"]]] = {
    "stands": "final",
    "corrected": "corrected",
    "withdrawn": "entered-in-error",
}
_EMPTIED: Final = Found("unknown", "unknown", "not provided", None, None, None, None, is_absent=False)
Said = dict[Role, list[Value]]


def is_variant(resource: Element, where: str) -> bool:
    """Whether an observation is of a disease-related variant: an implication for a diagnosis, or one that names it."""
    return _is_implication(resource, where) or is_of_a_variant(role for role, _, _ in _pieces(resource, where))


def variant(resource: Element, where: str, status: str, reading: Reading, made: Made) -> None:
    """Add the finding of an observation; raises LeftOut."""
    if said(resource, "status", where) in {"preliminary", "cancelled"} or status not in _STATUSES:
        made.leave_out(f"{where}.status", "0", "the result is not final")
        return
    behind = _behind(resource, where, reading)
    found = _read(_together(resource, behind, where), where, status)
    if found.is_absent and status == "stands":
        made.leave_out(where, "0", "the variant was looked for and is not there")
        return
    about = resource if resource.get("subject") is not None else behind
    who = patient_of(about, "subject", where, reading)
    issued = said(resource, "issued", where) or said(resource, "effectiveDateTime", where)
    if not issued:
        raise LeftOut(Trouble(f"{where}.issued", "101", "the result has no moment"))
    time = reading.moment(issued, f"{where}.issued")
    filed = reading.filed(who, time)
    name = _name(behind or resource, where, reading)
    record = finding_of(found, filed.patient, time, _STATUSES[status], _source(behind or resource, where), name)
    made.add(FeedEvent("genomics", filed.patient, time, record), filed)


def _is_implication(resource: Element, where: str) -> bool:
    return any(one.code == _IMPLICATION for one in codings(part(resource, "code", where), f"{where}.code"))


def _pieces(resource: Element, where: str) -> Iterator[tuple[Role, str, Element]]:
    """The observation itself and its components, as far as they say something of a variant."""
    for at, one in [(where, resource), *parts(resource, "component", where)]:
        coded = codings(part(one, "code", at), f"{at}.code")
        role = next((role for term in coded if (role := role_of(term.code, term.system)) is not None), None)
        if role is not None:
            yield role, at, one


def _behind(resource: Element, where: str, reading: Reading) -> Element:
    """The variant that an implication is derived from; nothing where it is derived from none, or is none."""
    for at, one in parts(resource, "derivedFrom", where):
        source = reading.resource(said(one, "reference", at), resource)
        if source.get("resourceType") == "Observation" and is_of_a_variant(r for r, _, _ in _pieces(source, at)):
            return source
    return NOTHING


def _together(resource: Element, behind: Element, where: str) -> Said:
    """What an observation says of a variant; of what it does not say itself, what the variant behind it says."""
    own, inherited = _said(resource, where), _said(behind, f"{where}.derivedFrom")
    return inherited | own


def _said(resource: Element, where: str) -> Said:
    found: Said = {}
    for role, at, one in _pieces(resource, where):
        value = _value(one, at)
        if value.texts:
            found.setdefault(role, []).append(value)
    return found


def _value(element: Element, where: str) -> Value:
    concept, at = part(element, "valueCodeableConcept", where), f"{where}.valueCodeableConcept"
    coded = codings(concept, at)
    stated = [
        *(one.display for one in coded),
        words(concept, at),
        *(one.code for one in coded),
        said(element, "valueString", where),
    ]
    systems = " ".join(one.system for one in coded)
    return Value(tuple(dict.fromkeys(one for one in stated if one)), systems)


def _read(said_of: Said, where: str, status: str) -> Found:
    try:
        return read_variant(said_of)
    except NotRead as not_read:
        if status == "withdrawn":  # servers may empty what is entered in error: its identifier is enough
            return _EMPTIED
        weight: Weight = "left out" if not_read.code == "0" else "fault"
        raise LeftOut(Trouble(where, not_read.code, str(not_read), weight)) from None


def _source(variant: Element, where: str) -> str | None:
    """The laboratory, where the performer is an organization, and the method; no person is named."""
    laboratories = [
        said(one, "display", at)
        for at, one in parts(variant, "performer", where)
        if "Organization" in {said(one, "type", at), said(one, "reference", at).rpartition("/")[0].rpartition("/")[2]}
    ]
    method = words(part(variant, "method", where), f"{where}.method")
    return ", ".join(one for one in (*laboratories, method) if one)[:LONGEST] or None


def _name(variant: Element, where: str, reading: Reading) -> str | None:
    """A name for the finding that is the same in all versions of its variant; None where it has no identifier."""
    stated = next((one for at, one in parts(variant, "identifier", where) if said(one, "value", at)), NOTHING)
    named = (
        "|".join(said(stated, name, where) for name in ("system", "value")) if stated else said(variant, "id", where)
    )
    return f"fhir-{reading.conventions.key.name(f'variant|{named}')[:24]}" if named else None
