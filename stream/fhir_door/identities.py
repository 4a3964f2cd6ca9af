"""Who a resource is about: the identifier of its patient and the whole of who assigned it. Pure.

Logical ids are each server's own, so an identifier counts, which the reference states or the Patient that it points at;
or, where the site says who assigns logical ids, those alone. Which of the two never depends on what came before: else
one patient would be two after a restart.
"""

import re
from typing import Final
from urllib.parse import unquote

from stream.fhir_door.elements import Element, codes, part, parts, said
from stream.fhir_door.reading import Reading, local
from stream.gateway.authorities import assigner
from stream.gateway.persons import Identity, is_nobody
from stream.gateway.trouble import LeftOut, Trouble

_UNKNOWN: Final = (
    "the patient has no identifier here: it has to be in the reference, in a Patient of the same Bundle, or with the "
    "server that the gateway may ask"
)
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
"""A logical id by FHIR R4, 2.24.0.1."""
_SEARCHED: Final = "Patient?identifier="


def patient_of(resource: Element, name: str, where: str, reading: Reading) -> Identity:
    """The patient that an element of a resource (`subject`, `patient`) names; raises LeftOut."""
    stated, at = part(resource, name, where), f"{where}.{name}"
    if not stated:
        raise LeftOut(Trouble(at, "101", "the resource names no patient"))
    return _of_reference(stated, at, resource, reading)


def other_patient(reference: Element, where: str, resource: Element, reading: Reading) -> Identity:
    """The patient that a link names; raises LeftOut."""
    return _of_reference(reference, where, resource, reading)


def identity_of(patient: Element, where: str, reading: Reading) -> Identity:
    """Who a Patient is; raises LeftOut where it names nobody."""
    if reading.id_authority:
        return _by_id(said(patient, "id", where), where, reading)
    found: list[tuple[bool, bool, int, Identity]] = []
    for at, one in parts(patient, "identifier", where):
        if said(one, "use", at) != "old" and (who := _of_identifier(one, at, reading)) is not None:
            is_record_number = "MR" in codes(part(one, "type", at), f"{at}.type")
            found.append((not is_record_number, said(one, "use", at) != "official", len(found), who))
    if not found:
        raise LeftOut(Trouble(f"{where}.identifier", "101", _UNKNOWN))
    return min(found, key=lambda one: one[:3])[3]


def unresolved(resource: Element, name: str, reading: Reading) -> str:
    """The reference to a Patient that has to be fetched first; empty where none has to be."""
    stated = resource.get(name)
    if reading.id_authority or not isinstance(stated, dict) or isinstance(stated.get("identifier"), dict):
        return ""
    reference = stated.get("reference")
    if not isinstance(reference, str) or reading.resource(reference, resource):
        return ""
    return reference if local(reference).startswith("Patient/") else ""


def _of_reference(stated: Element, at: str, resource: Element, reading: Reading) -> Identity:
    reference = said(stated, "reference", at)
    if reference.startswith(_SEARCHED):
        who = _of_search(reference, at, reading)
        if who is not None:
            return who
    pointed = local(reference).partition("/")[0].partition("?")[0]
    kind = said(stated, "type", at) or (pointed if pointed[:1].isupper() else "")
    if kind not in {"", "Patient"}:
        raise LeftOut(Trouble(at, "101", "it is about no patient", "left out"))
    found = reading.resource(reference, resource) if reference else {}
    if found and found.get("resourceType") != "Patient":
        raise LeftOut(Trouble(at, "101", "it is about no patient", "left out"))
    if reading.id_authority:
        return _by_id(str(found.get("id") or _logical(reference, reading)), at, reading)
    who = _of_identifier(part(stated, "identifier", at), f"{at}.identifier", reading)
    if who is not None:
        return who
    if found:
        return identity_of(found, at, reading)
    raise LeftOut(Trouble(at, "101", _UNKNOWN))


def _of_search(reference: str, at: str, reading: Reading) -> Identity | None:
    """The patient of a conditional reference (FHIR R4, 3.1.0.11.2), which states an identifier."""
    system, between, value = unquote(reference.removeprefix(_SEARCHED)).partition("|")
    if not between or "&" in value or reading.id_authority:
        return None
    return _of_identifier({"system": system, "value": value}, at, reading)


def _logical(reference: str, reading: Reading) -> str:
    """The logical id of a reference to our server; empty where it is another's."""
    is_of_another = "://" in reference and not (reading.base and reference.startswith(f"{reading.base}/"))
    kind, _, logical = local(reference).partition("/")
    return logical if kind == "Patient" and not is_of_another else ""


def _by_id(logical: str, where: str, reading: Reading) -> Identity:
    if not _ID.fullmatch(logical) or is_nobody(logical, reading.conventions):
        raise LeftOut(Trouble(where, "101", "the patient has no logical id"))
    return Identity.of(logical, assigner(reading.conventions.same_authority, reading.id_authority))


def _of_identifier(identifier: Element, where: str, reading: Reading) -> Identity | None:
    value, system = said(identifier, "value", where), said(identifier, "system", where)
    if not value or is_nobody(value, reading.conventions):
        return None
    if reading.id_system and system != reading.id_system:
        return None
    same = reading.conventions.same_authority
    if not system:
        return Identity.of(value, assigner(same, reading.conventions.authority))
    return Identity.of(value, assigner(same, "", system, "URI"))
