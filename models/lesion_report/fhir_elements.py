"""Small elements of a FHIR R4 resource, as JSON."""

from html import escape
from typing import Any, Final
from uuid import UUID

from models.lesion_report.codes import SYSTEMS, Coded

Json = dict[str, Any]

TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"


def coded(concept: Coded) -> Json:
    """Return a CodeableConcept for one of our codes."""
    return concept_of(SYSTEMS[concept.scheme], concept.value, concept.meaning)


def concept_of(system: str, code: str, display: str) -> Json:
    """Return a CodeableConcept."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


def absent(code: str, text: str) -> Json:
    """Return a dataAbsentReason: a code of FHIR's own list, and a sentence for readers."""
    return {"coding": [{"system": f"{TERMINOLOGY}/data-absent-reason", "code": code}], "text": text}


def quantity(value: float, unit: str, ucum: str) -> Json:
    """Return a Quantity in a UCUM unit."""
    return {"value": value, "unit": unit, "system": SYSTEMS["UCUM"], "code": ucum}


def dicom_identifier(uid: str) -> Json:
    """Return a DICOM UID as a FHIR identifier (ImagingStudy, section 10.4.4)."""
    return {"system": "urn:dicom:uid", "value": f"urn:oid:{uid}"}


def own_identifier(report_id: UUID) -> Json:
    """Return a report's id as a FHIR identifier that is a UUID (R4, Identifier)."""
    return {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{report_id}"}


def narrative(lines: list[str]) -> Json:
    """Return the narrative of a resource, one paragraph per line, with the text escaped."""
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</div>'}


def filled(**parts: Any) -> Json:
    """Return the parts without null and empty elements, which FHIR forbids."""
    return {name: value for name, value in parts.items() if value not in (None, [])}
