"""Elements that the resources share, as HL7 FHIR 4.0.1 has them."""

from typing import Any, Final

from models.plan import words
from schemas.identity import output_id
from schemas.plan import Urgency

Json = dict[str, Any]

PSEUDONYM: Final = "urn:wardwatch:pseudonym"
RULE: Final = "urn:wardwatch:rule"
INPUT: Final = "urn:wardwatch:input"
NOT_FOR_USE: Final = "A proposal, never an order. Research software: not for clinical use."
PRIORITY: Final[dict[Urgency, str]] = {
    "now": "stat",
    "before the next dose": "asap",
    "today": "urgent",
    "planned": "routine",
}
"""Our urgency in the codes of request-priority, the most urgent first."""
_ADDRESSES: Final = {"doi:": "https://doi.org/", "PMID ": "https://pubmed.ncbi.nlm.nih.gov/"}


def own_id(patient: str, kind: str, proposal: str, *more: str) -> str:
    """Return the id of a resource: the same resource has the same one in every rendering."""
    return str(output_id("fhir", patient, kind, proposal, *more))


def subject(patient: str) -> Json:
    """Return the reference to the patient, whom only the site can name."""
    return {"type": "Patient", "identifier": {"system": PSEUDONYM, "value": patient}}


def author(software: str) -> Json:
    """Return who says it: a device."""
    return {"type": "Device", "display": f"Wardwatch {software}, not for clinical use"}


def uuid_identifier(uuid: str) -> Json:
    """Return an identifier that is a UUID."""
    return {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid}"}


def to(kind: str, resource_id: str) -> Json:
    """Return a reference to a resource of the same Bundle."""
    return {"reference": f"urn:uuid:{resource_id}", "type": kind}


def link(reference: str) -> str | None:
    """Return a citation's reference as an address; None for one that is not on the web."""
    for begin, address in _ADDRESSES.items():
        if reference.startswith(begin):
            return address + reference.removeprefix(begin)
    return reference if reference.startswith("https://") and " " not in reference else None


def cleaned(element: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return an element with every string as FHIR takes it: no control characters but line breaks, and never empty."""
    if isinstance(element, dict):
        return {name: cleaned(value) for name, value in element.items()}
    if isinstance(element, list):
        return [cleaned(value) for value in element]
    if not isinstance(element, str):
        return element
    lines = (words.shown(line).strip() for line in element.split("\n"))
    return "\n".join(lines).strip() or "(blank)"


def notes(*lines: str) -> list[Json]:
    """Return lines as annotations."""
    return [{"text": line} for line in lines if line]
