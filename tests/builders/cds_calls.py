"""Calls of CDS Hooks as record systems make them, states to answer them from, and the schema that answers keep."""

from datetime import UTC, datetime
from typing import Any, Final

from models.treatment.facts import Drug, Gene
from models.watch.state import PatientState, Stay
from stream.cds.answering import Answer, Answering
from stream.cds.call import call_of
from stream.cds.discovery import SERVICES
from stream.cds.live import How, Live
from tests.builders.fhir_resources import Resource, a_patient, a_reading

NOW: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)
NOW_S: Final = NOW.timestamp()
INSTANCE: Final = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
PATIENT_ID: Final = "p1"
SERVICE_OF: Final = {one.hook: one.id for one in SERVICES.values()}


def a_draft(drug: str = "clopidogrel", logical: str | None = "103", **stated: Any) -> Resource:
    """A draft order as order-select and order-sign bring it; None leaves an element out."""
    resource = {
        "resourceType": "MedicationRequest",
        "id": logical,
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{PATIENT_ID}"},
        "medicationCodeableConcept": {"text": drug},
    } | stated
    return {name: one for name, one in resource.items() if one is not None}


def an_allergy(to: str = "Aspirin") -> Resource:
    """An allergy of the patient of a call."""
    return {
        "resourceType": "AllergyIntolerance",
        "patient": {"reference": f"Patient/{PATIENT_ID}"},
        "code": {"text": to},
    }


def a_bundle_of(*resources: Resource) -> Resource:
    """A searchset, or the Bundle of the draft orders."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]}


def a_call(*drafts: Resource, hook: str = "order-sign", **stated: Any) -> Resource:
    """The body of a call. `prefetch` adds to the Patient, `context` to the patient's id and the drafts."""
    context: Resource = {"userId": "Practitioner/example", "patientId": PATIENT_ID}
    if hook != "patient-view":
        context["draftOrders"] = a_bundle_of(*drafts)
    prefetch = {"patient": a_patient()} | stated.pop("prefetch", {})
    return {
        "hook": hook,
        "hookInstance": INSTANCE,
        "fhirServer": "https://ehr.example/r4",
        "fhirAuthorization": {
            "access_token": "opaque",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.read",
            "subject": "wardwatch",
        },
        "context": context | stated.pop("context", {}),
        "prefetch": {key: one for key, one in prefetch.items() if one != "absent"},
    } | stated


def a_state(**stated: Any) -> PatientState:
    """A poor metabolizer by CYP2C19 of whom the rest is known and harmless."""
    stay = Stay(age_years=70.0, sex="male", allergies=(), weight_kg=80.0, is_pregnant=False)
    labs = {"creatinine_mg_per_dl": (0.9, round(NOW_S - 3600) * 1000)}
    fields: dict[str, Any] = {"stay": stay, "labs": labs, "genes": {"CYP2C19": Gene("Poor Metabolizer", NOW_S - 3600)}}
    return PatientState(**(fields | stated))


def ordered(**drugs: str) -> dict[str, Drug]:
    """Orders that the ward knows, by name."""
    return {name: Drug(name, drug, NOW_S - 7200) for name, drug in drugs.items()}


class FakeStates:
    """What the ward knows, the same of everybody; remembers who was asked for."""

    def __init__(self, state: PatientState | None = None, how: How = "read") -> None:
        self.live = Live(how, state)
        self.asked: list[str] = []

    async def of(self, patient: str) -> Live:
        self.asked.append(patient)
        return self.live


async def answered(body: Resource, state: PatientState | None = None, how: How = "read", **reading: Any) -> Answer:
    """The answer to a call; `state` is what the ward knows."""
    states: Any = FakeStates(state, how)
    answering = Answering(a_reading(**reading), states, lambda: NOW)
    return await answering.answer(call_of(body, SERVICES[SERVICE_OF[body["hook"]]]))


_CODING: Final = {
    "type": "object",
    "properties": {name: {"type": "string", "minLength": 1} for name in ("code", "system", "display")},
    "required": ["code", "system"],
    "additionalProperties": False,
}
_TEXT: Final = {"type": "string", "minLength": 1}
_ACTION: Final = {
    "type": "object",
    "properties": {
        "type": {"enum": ["create", "update", "delete"]},
        "description": _TEXT,
        "resource": {"type": "object", "required": ["resourceType"]},
        "resourceId": {"type": "string", "pattern": "^[A-Za-z]+/.+$"},
    },
    "required": ["type", "description"],
    "oneOf": [
        {"properties": {"type": {"const": "delete"}}, "required": ["resourceId"]},
        {"properties": {"type": {"enum": ["create", "update"]}}, "required": ["resource"]},
    ],
    "additionalProperties": False,
}
RESPONSE: Final[Resource] = {
    # Written from the tables of CDS Hooks 2.0 (https://cds-hooks.hl7.org/2.0/#cds-service-response): no attribute is
    # null or empty, none is unknown, and suggestions come with a selectionBehavior.
    "type": "object",
    "required": ["cards"],
    "additionalProperties": False,
    "properties": {
        "cards": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["uuid", "summary", "indicator", "source"],
                "additionalProperties": False,
                "dependentRequired": {"suggestions": ["selectionBehavior"], "selectionBehavior": ["suggestions"]},
                "properties": {
                    "uuid": {"type": "string", "format": "uuid"},
                    "summary": {"type": "string", "minLength": 1, "maxLength": 139},
                    "detail": _TEXT,
                    "indicator": {"enum": ["info", "warning", "critical"]},
                    "source": {
                        "type": "object",
                        "required": ["label"],
                        "additionalProperties": False,
                        "properties": {
                            "label": _TEXT,
                            "url": {"type": "string", "pattern": "^https://"},
                            "topic": _CODING,
                        },
                    },
                    "suggestions": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["label", "uuid", "actions"],
                            "additionalProperties": False,
                            "properties": {
                                "label": _TEXT,
                                "uuid": {"type": "string", "format": "uuid"},
                                "actions": {"type": "array", "minItems": 1, "items": _ACTION},
                            },
                        },
                    },
                    "selectionBehavior": {"enum": ["at-most-one", "any"]},
                    "overrideReasons": {
                        "type": "array",
                        "minItems": 1,
                        "items": _CODING | {"required": ["code", "system", "display"]},
                    },
                },
            },
        }
    },
}
