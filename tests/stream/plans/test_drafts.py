"""What Wardwatch drafts as FHIR must never come back through its own door as an order."""

import json
from typing import Any, Final

import pytest

from models.fhir_out.bundle import plan_bundle
from tests.builders.fhir_resources import made, subject
from tests.builders.plans import a_plan

RESOURCES: Final[list[dict[str, Any]]] = [
    entry["resource"] | {"subject": subject()} for entry in json.loads(plan_bundle(a_plan()))["entry"]
]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: f"{one['resourceType']}-{one['id'][:8]}")
def test_no_draft_becomes_a_record(resource: dict[str, Any]) -> None:
    assert made(resource).records == ()


@pytest.mark.parametrize("status", ["draft", "active", "cancelled", "completed", "stopped"])
def test_a_proposal_of_a_drug_is_no_order_whatever_its_status_becomes(status: str) -> None:
    (proposed, *_) = [one for one in RESOURCES if one["resourceType"] == "MedicationRequest"]
    assert made(proposed | {"status": status}).records == ()
    assert made(proposed | {"status": "active", "intent": "order"}).records != ()  # somebody made an order of it
