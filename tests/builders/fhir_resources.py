"""FHIR R4 resources of the forms that record systems send."""

from typing import Any, Final

from models.deidentify.keyed import Keyed
from stream.fhir_door.reading import Reading, Stays
from stream.fhir_door.translate import Outcome, records
from stream.gateway.conventions import Conventions
from stream.gateway.memory import Memory
from stream.gateway.persons import Identity, pseudonym_of
from stream.gateway.profile import load

Resource = dict[str, Any]

KEY: Final = Keyed(b"a key of sixteen bytes or more")
SYSTEM: Final = "http://hospital.example/mrn"
NUMBER: Final = "700123"
PATIENT: Final = pseudonym_of(Identity(NUMBER, "", f"URI:{SYSTEM}"), KEY)
"""The pseudonym of everybody in these resources."""
TIME: Final = "2026-11-21T10:00:00+01:00"
LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"
MDC: Final = "urn:iso:std:iso:11073:10101"
UCUM: Final = "http://unitsofmeasure.org"


def a_reading(**stated: Any) -> Reading:
    """What a resource is read by; `conventions` are those of a site that has said nothing."""
    said: dict[str, Any] = {
        "conventions": Conventions(KEY),
        "profile": load("fhir"),
        "memory": Memory(),
        "stays": Stays(),
    }
    return Reading(**(said | stated))


def made(resource: Resource, **stated: Any) -> Outcome:
    """What becomes of a resource."""
    return records(resource, a_reading(**stated))


def said(outcome: Outcome) -> list[Resource]:
    """The records as they go on their topics, without patient and time."""
    left = {"patient", "time"}
    return [
        {"topic": one.event.topic} | one.event.record.model_dump(exclude_none=True, exclude=left, mode="json")  # type: ignore[union-attr]
        for one in outcome.records
    ]


def told(outcome: Outcome) -> list[str]:
    """Where something is told, and what."""
    return [f"{one.where}: {one.sentence}" for one in outcome.troubles]


def concept(*codings: tuple[str, str], text: str = "") -> Resource:
    """A CodeableConcept of codings (system, code)."""
    coded = [{"system": system, "code": code} for system, code in codings]
    return {"coding": coded} | ({"text": text} if text else {})


def quantity(value: float, ucum: str, **more: Any) -> Resource:
    """A Quantity in UCUM."""
    return {"value": value, "unit": ucum, "system": UCUM, "code": ucum} | more


def subject(number: str = NUMBER) -> Resource:
    """A patient, by identifier."""
    return {"identifier": {"system": SYSTEM, "value": number}}


def an_observation(code: str | Resource = "8867-4", system: str = LOINC, **stated: Any) -> Resource:
    """A vital sign, of a heart rate where nothing else is said; None leaves an element out."""
    resource = {
        "resourceType": "Observation",
        "id": "heart-1",
        "status": "final",
        "code": concept((system, code)) if isinstance(code, str) else code,
        "subject": subject(),
        "effectiveDateTime": TIME,
    }
    if not any(name.startswith(("value", "component", "dataAbsent")) for name in stated):
        resource["valueQuantity"] = quantity(92, "/min")
    return {name: one for name, one in (resource | stated).items() if one is not None}


def a_pressure(*components: Resource, **stated: Any) -> Resource:
    """A blood pressure; of 107 over 60 where no components are stated."""
    default = (
        {"code": concept((LOINC, "8480-6"), (SNOMED, "271649006")), "valueQuantity": quantity(107, "mm[Hg]")},
        {"code": concept((LOINC, "8462-4")), "valueQuantity": quantity(60, "mm[Hg]")},
    )
    return an_observation("85354-9", component=list(components or default), **stated)


def a_patient(**stated: Any) -> Resource:
    """A patient with a medical record number."""
    return {
        "resourceType": "Patient",
        "id": "p1",
        "meta": {"lastUpdated": TIME},
        "identifier": [{"system": SYSTEM, "value": NUMBER}],
        "birthDate": "1956-03-02",
        "gender": "female",
    } | stated


def an_encounter(status: str = "in-progress", **stated: Any) -> Resource:
    """A stay in hospital."""
    return {
        "resourceType": "Encounter",
        "id": "e1",
        "meta": {"lastUpdated": TIME},
        "status": status,
        "class": {"code": "IMP"},
        "subject": subject(),
        "period": {"start": TIME},
    } | stated


def an_order(status: str = "active", **stated: Any) -> Resource:
    """An order of a drug."""
    return {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": {
            "coding": [
                {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "32968", "display": "clopidogrel"},
                {"system": "http://www.whocc.no/atc", "code": "B01AC04"},
            ]
        },
        "subject": subject(),
        "authoredOn": TIME,
    } | stated


def a_bundle(*resources: Resource, kind: str = "batch", method: str = "POST") -> Resource:
    """A Bundle; each entry goes by an address of its own."""
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [
            {
                "fullUrl": f"urn:uuid:{number:08}-0000-4000-8000-000000000000",
                "resource": one,
                "request": {"method": method, "url": one.get("resourceType", "")},
            }
            for number, one in enumerate(resources)
        ],
    }
