"""A draft order as the checks see it: its drug, and by which reference the record system can drop it. Pure.

A draft is read by the FHIR gateway's own reader, as if it were signed. Only what the checks ask for is kept of it: a
dose that is half written must not keep its drug from being checked.
"""

from typing import Any, Final, NamedTuple

from models.treatment.facts import Drug
from models.watch.state import PatientState
from models.watch.therapy import order
from schemas.therapy import Medication
from stream.fhir_door.reading import Reading
from stream.fhir_door.translate import records

Element = dict[str, Any]

_KEPT: Final = (
    *("identifier", "medicationCodeableConcept", "medicationReference", "contained", "doNotPerform"),
    *("modifierExtension", "implicitRules"),
)
_OVER: Final = frozenset({"cancelled", "completed", "entered-in-error", "stopped", "ended"})
"""A resource among the drafts that says so is no order any more."""
_LONGEST: Final = 80  # characters of a name on a card; our choice


class Draft(NamedTuple):
    """A draft order of a drug that can be checked.

    reference   as the record system's FHIR server calls it; empty where it has no id yet
    label       the drug as the order writes it
    understood  whether its drug is one that is known here
    """

    reference: str
    label: str
    drug: Drug
    understood: bool
    is_selected: bool

    @property
    def ingredients(self) -> frozenset[str]:
        """The drugs that rules name."""
        return frozenset(self.drug.ingredients)


class NotRead(NamedTuple):
    """A draft order that could not be read, and why; `label` is what it orders, as far as that is said."""

    label: str
    why: str


def draft_of(
    resource: Element, number: int, patient: str, subject: str, reading: Reading, *, is_selected: bool
) -> Draft | NotRead | None:
    """Read a draft order; None where there is nothing to check.

    Args:
        resource: the draft.
        number: its place among the drafts.
        patient: the pseudonym of the patient of the call.
        subject: by which reference the call calls that patient.
        reading: how resources of the call are read.
        is_selected: whether it is what the clinician just selected.
    """
    if resource.get("resourceType") != "MedicationRequest" or str(resource.get("status")) in _OVER:
        return None
    logical = id_of(resource)
    reference = f"MedicationRequest/{logical}" if logical else ""
    outcome = records(_as_order(resource, number, subject), reading, "draft")
    found = [one.event for one in outcome.records if isinstance(one.event.record, Medication)]
    if not found:
        return NotRead(_label(resource), outcome.troubles[0].sentence if outcome.troubles else "it says nothing")
    event = found[0]
    record = event.record
    assert isinstance(record, Medication)  # noqa: S101 - as it was chosen
    if event.patient != patient:
        return NotRead(_label(resource), "it is about another patient")
    state, flags = order(PatientState(), record)
    (drug,) = state.drugs.values()
    understood = "drug-not-understood" not in flags
    return Draft(reference, _label(resource) or record.drug[:_LONGEST], drug, understood, is_selected)


def id_of(resource: Element) -> str:
    """The logical id of a resource; empty where it has none."""
    logical = resource.get("id")
    return logical if isinstance(logical, str) else ""


def _as_order(resource: Element, number: int, subject: str) -> Element:
    kept = {name: resource[name] for name in _KEPT if name in resource}
    return kept | {
        "resourceType": "MedicationRequest",
        "id": id_of(resource) or f"draft-{number}",
        "status": "active",
        "intent": "order",
        "subject": resource.get("subject") or {"reference": subject},
        "dosageInstruction": _route(resource.get("dosageInstruction")),
    }


def _route(dosages: object) -> list[Element]:
    """The way on which the drug is given, where all dosages say the same."""
    found = [one.get("route") for one in _objects(dosages)]
    is_one = bool(found) and isinstance(found[0], dict) and all(one == found[0] for one in found)
    return [{"route": found[0]}] if is_one else []


def _label(resource: Element) -> str:
    """What the draft orders, in its own words."""
    concept = resource.get("medicationCodeableConcept")
    pointed = resource.get("medicationReference")
    said: list[object] = [pointed.get("display")] if isinstance(pointed, dict) else []
    if isinstance(concept, dict):
        coded = concept.get("coding")
        said = [concept.get("text"), *(one.get("display") for one in _objects(coded)), *said]
    found = next((one for one in said if isinstance(one, str) and one.strip()), "")
    return " ".join(found.split())[:_LONGEST]


def _objects(stated: object) -> list[Element]:
    return [one for one in stated if isinstance(one, dict)] if isinstance(stated, list) else []
