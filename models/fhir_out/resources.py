"""A proposal as GuidanceResponse, DetectedIssue, ServiceRequest and MedicationRequest of FHIR 4.0.1. Pure.

Requests are drafts with the intent `proposal`: whoever takes them over makes an order of them, or not.
"""

from typing import Final

from models.fhir_out.elements import (
    INPUT,
    NOT_FOR_USE,
    PRIORITY,
    RULE,
    Json,
    author,
    link,
    notes,
    own_id,
    subject,
    to,
    uuid_identifier,
)
from models.fhir_out.said import Said
from models.lesion_report.fhir_elements import TERMINOLOGY, concept_of, filled
from models.treatment.safety.conditions import ChecksNotDone, DrugsMeet
from models.watch.suggest import rule_named

_ACT_CODE: Final = f"{TERMINOLOGY}/v3-ActCode"
_OF_DRUGS: Final = ("order", "gene")
_DATA: Final = {
    "allergies": "AllergyIntolerance",
    "age_years": "Patient",
    "sex": "Patient",
    "drug": "MedicationRequest",
}
"""In which resource what is missing would come; everything else is an Observation."""


def resources_of(said: Said) -> list[Json]:
    """Return all resources of a proposal: what was found, then what is drafted."""
    issue = detected_issue(said)
    return [
        guidance_response(said),
        *([issue] if issue else []),
        *service_requests(said),
        *medication_requests(said),
    ]


def guidance_response(said: Said) -> Json:
    """Return that a rule was evaluated, what it says, and which data would make it say more."""
    return filled(
        resourceType="GuidanceResponse",
        id=own_id(said.patient, "GuidanceResponse", said.id),
        identifier=[uuid_identifier(said.id)],
        moduleUri=f"{RULE}:{said.rule}",
        status="data-requested" if said.missing else "success",
        subject=subject(said.patient),
        occurrenceDateTime=said.moment,
        performer=author(said.software),
        reasonCode=[{"text": f"{name}: {value}"} for name, value in said.basis],
        note=notes(said.text, *_about(said)),
        dataRequirement=[
            {
                "type": _DATA.get(name, "Observation"),
                "codeFilter": [{"path": "code", "code": [{"system": INPUT, "code": name.replace(" ", "-")}]}],
            }
            for name in said.missing
        ],
    )


def detected_issue(said: Said) -> Json | None:
    """Return the issue with an order that a check, or a rule on genes, has found; None where it is about no order.

    A step that ends a proposal no longer names the drug, and takes the issue back.
    """
    known = rule_named(said.rule)
    ends_one = said.over and known is not None and not isinstance(known.when, ChecksNotDone)
    if said.kind not in _OF_DRUGS or (said.drug is None and not ends_one):
        return None
    return filled(
        resourceType="DetectedIssue",
        id=own_id(said.patient, "DetectedIssue", said.id),
        identifier=[uuid_identifier(said.id)],
        status="cancelled" if said.over else "preliminary",
        code=_category(said.rule),
        patient=subject(said.patient),
        identifiedDateTime=said.moment,
        author=author(said.software),
        implicated=[{"type": "MedicationRequest", "display": said.drug}] if said.drug else [],
        evidence=[{"code": [{"text": f"{name}: {value}"}]} for name, value in said.basis],
        detail="\n".join((said.text, *_about(said))),
        reference=link(said.citation.reference),
    )


def service_requests(said: Said) -> list[Json]:
    """Return the draft of a test, an image or a visit that a proposal speaks of, if it speaks of one."""
    if said.service is None:
        return []
    return [
        filled(
            resourceType="ServiceRequest",
            id=own_id(said.patient, "ServiceRequest", said.id),
            identifier=[uuid_identifier(own_id(said.patient, "ServiceRequest", said.id))],
            status="revoked" if said.over else "draft",
            intent="proposal",
            priority=PRIORITY[said.urgency],
            code={"text": said.service},
            subject=subject(said.patient),
            authoredOn=said.moment,
            reasonCode=[{"text": said.text}],
            supportingInfo=[to("GuidanceResponse", own_id(said.patient, "GuidanceResponse", said.id))],
            note=notes(*_about(said)),
        )
    ]


def medication_requests(said: Said) -> list[Json]:
    """Return a draft for each drug that a proposal names and nothing known bars. They are alternatives, without a dose.

    They share a group identifier, so that nobody takes them for drugs to be given together.
    """
    issue = own_id(said.patient, "DetectedIssue", said.id)
    about = notes("One of several alternatives, in no order.") if len(said.alternatives) > 1 else []
    return [
        filled(
            resourceType="MedicationRequest",
            id=own_id(said.patient, "MedicationRequest", said.id, drug),
            identifier=[uuid_identifier(own_id(said.patient, "MedicationRequest", said.id, drug))],
            status="cancelled" if said.over else "draft",
            intent="proposal",
            priority=PRIORITY[said.urgency],
            medicationCodeableConcept={"text": drug},
            subject=subject(said.patient),
            authoredOn=said.moment,
            reasonCode=[{"text": said.text}],
            groupIdentifier=uuid_identifier(said.id),
            detectedIssue=[to("DetectedIssue", issue)] if said.drug else [],
            note=[*about, *notes(*_about(said))],
        )
        for drug in said.alternatives
    ]


def _category(rule: str) -> Json:
    """Return the kind of issue: of ours, FHIR's value set detectedissue-category has a code for pairs of drugs."""
    known = rule_named(rule)
    pair = known is not None and isinstance(known.when, DrugsMeet)
    return (concept_of(_ACT_CODE, "DRG", "Drug Interaction Alert") if pair else {}) | {"text": rule}


def _about(said: Said) -> list[str]:
    """Return the source of a proposal, what speaks against it, what is missing and what to check."""
    source = f"{said.citation.guideline} ({said.citation.edition}): {said.citation.strength}; {said.citation.reference}"
    lines = [
        ("Against it", said.against),
        ("Not known", said.missing),
        ("To check", said.to_check),
    ]
    return [f"Source: {source}", *(f"{name}: {'; '.join(told)}" for name, told in lines if told), NOT_FOR_USE]
