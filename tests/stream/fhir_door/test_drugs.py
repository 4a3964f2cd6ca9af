"""Orders and administrations of drugs: one order by one name, and what becomes of it."""

import pytest

from tests.builders.fhir_resources import (
    SNOMED,
    Resource,
    a_patient,
    an_order,
    concept,
    made,
    quantity,
    said,
    subject,
    told,
)

GIVEN_AT = "2026-11-21T10:30:00+01:00"


def given(status: str = "completed", **stated: object) -> Resource:
    return {
        "resourceType": "MedicationAdministration",
        "id": "g1",
        "status": status,
        "medicationCodeableConcept": {"text": "clopidogrel"},
        "subject": subject(),
        "effectiveDateTime": GIVEN_AT,
        "request": {"reference": "MedicationRequest/m1"},
        "dosage": {"dose": quantity(75, "mg"), "route": concept((SNOMED, "26643006"), text="oral")},
    } | stated


def test_an_order_says_which_drug_how_much_by_which_way_and_how_often() -> None:
    dosage = {
        "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
        "route": concept((SNOMED, "26643006"), text="oral"),
        "doseAndRate": [{"doseQuantity": quantity(75, "mg")}],
    }
    (record,) = said(made(an_order(dosageInstruction=[dosage])))
    assert (record["drug"], record["rxnorm"], record["code"], record["code_system"]) == (
        "clopidogrel",
        "32968",
        "B01AC04",
        "atc",
    )
    assert (record["dose"], record["dose_unit"], record["route"], record["frequency"]) == (75, "mg", "oral", "2/1 d")


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("active", "ordered"),
        ("on-hold", "ordered"),
        ("stopped", "stopped"),
        ("completed", "stopped"),
        ("cancelled", "stopped"),
        ("entered-in-error", "entered-in-error"),
    ],
)
def test_what_becomes_of_an_order_goes_by_its_status(status: str, ours: str) -> None:
    (before,), (after,) = said(made(an_order())), said(made(an_order(status)))
    assert (after["status"], after["order"]) == (ours, before["order"])


def test_the_end_of_an_order_is_when_that_was_said() -> None:
    later = {"lastUpdated": "2026-11-22T08:00:00+01:00"}
    (record,) = made(an_order("stopped", meta=later)).records
    assert record.event.time.isoformat() == later["lastUpdated"]


def test_an_order_that_is_taken_up_again_goes_on() -> None:
    stopped = made(an_order("stopped", meta={"lastUpdated": "2026-11-22T08:00:00+01:00"}))
    again = made(an_order(meta={"lastUpdated": "2026-11-22T08:05:00+01:00"}))
    assert again.records[0].event.time > stopped.records[0].event.time


@pytest.mark.parametrize(
    "changed", [{"status": "draft"}, {"intent": "proposal"}, {"intent": "plan"}, {"doNotPerform": True}]
)
def test_what_is_no_order_is_told(changed: Resource) -> None:
    outcome = made(an_order() | changed)
    assert (said(outcome), len(outcome.troubles), outcome.is_refused) == ([], 1, False)


def test_of_an_order_with_two_dosages_neither_is_guessed() -> None:
    two = [{"doseAndRate": [{"doseQuantity": quantity(dose, "mg")}]} for dose in (300, 75)]
    outcome = made(an_order(dosageInstruction=two))
    assert "dose" not in said(outcome)[0]
    assert told(outcome) == [
        "MedicationRequest.dosageInstruction: the order has several dosages: none of them is taken"
    ]


def test_a_drug_that_is_only_pointed_at_is_found_beside_or_inside() -> None:
    drug = {"resourceType": "Medication", "id": "d1", "code": {"text": "warfarin"}}
    inside = an_order(
        medicationCodeableConcept=None, medicationReference={"reference": "#d1"}, contained=[drug | {"id": "d1"}]
    )
    beside = an_order(medicationCodeableConcept=None, medicationReference={"reference": "Medication/d1"})
    assert said(made(inside))[0]["drug"] == "warfarin"
    assert said(made(beside, known={"Medication/d1": drug}))[0]["drug"] == "warfarin"
    assert made(beside).is_refused


def test_what_is_given_goes_by_its_order() -> None:
    (ordered,) = said(made(an_order()))
    (record,) = said(made(given()))
    assert (record["order"], record["status"], record["dose"]) == (ordered["order"], "active", 75)
    by_address = given(request={"reference": "urn:uuid:7"})
    assert said(made(by_address, known={"urn:uuid:7": an_order()}))[0]["order"] == ordered["order"]


@pytest.mark.parametrize("status", ["not-done", "on-hold", "unknown", "other"])
def test_what_was_not_given_is_told(status: str) -> None:
    outcome = made(given(status))
    assert (said(outcome), len(outcome.troubles), outcome.is_refused) == ([], 1, False)


def test_an_administration_that_is_taken_back_ends_no_order() -> None:
    assert said(made(given("entered-in-error"))) == []
    assert said(made(given("entered-in-error", request=None)))[0]["status"] == "entered-in-error"


def test_an_order_without_a_name_is_a_fault() -> None:
    assert made(an_order(id=None)).is_refused
    assert not made(an_order(id=None, identifier=[{"value": "77"}])).is_refused
    assert made(an_order(medicationCodeableConcept=None)).is_refused
    assert made(an_order(subject={"reference": "Patient/9"}), known={"Patient/p1": a_patient()}).is_refused
