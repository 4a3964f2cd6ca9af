"""What a call says is read as record systems write it: who the patient is here, which orders, what came along."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from models.treatment.by_name import BY_NAME
from models.treatment.rules import LabBeyond
from models.treatment.safety.check import analytes_of
from models.watch.state import PatientState
from stream.cds.brought import brought
from stream.cds.call import MOST_DRAFTS, MOST_RESOURCES, CallError, call_of
from stream.cds.cards import UNCHECKED
from stream.cds.discovery import PREFETCH, RESULTS, SERVICES, discovery
from stream.gateway import codes
from tests.builders.cds_calls import NOW, SERVICE_OF, a_bundle_of, a_call, a_draft, a_state, an_allergy, answered
from tests.builders.fhir_resources import PATIENT, Resource, a_patient, a_reading, subject

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def read(body: Resource, **reading: Any) -> Any:  # noqa: ANN401 - what a call brings
    return brought(call_of(body, SERVICES[SERVICE_OF[body["hook"]]]), a_reading(**reading), NOW)


def test_discovery_names_the_three_hooks_and_what_is_wanted_along() -> None:
    services = discovery()["services"]
    assert [one["hook"] for one in services] == ["patient-view", "order-select", "order-sign"]
    assert all(one["id"] and one["title"] and one["description"] for one in services)
    assert services[0]["prefetch"]["patient"] == "Patient/{{context.patientId}}"
    for template in PREFETCH.values():  # only tokens that every one of the hooks has
        assert template.count("{{") == template.count("{{context.patientId}}") == 1


def test_the_results_that_are_wanted_are_those_that_rules_look_at_in_every_code_that_is_read() -> None:
    checked = {name for rule in BY_NAME.values() for name in analytes_of(rule)}
    looked_at = checked | {rule.when.name for rule in BY_NAME.values() if isinstance(rule.when, LabBeyond)}
    profile = Path(codes.__file__).parent / "profiles" / "loinc.toml"
    rows = tomllib.loads(profile.read_text(encoding="utf-8"))["codes"]
    assert set(RESULTS) == {row["code"] for row in rows if row.get("field") in looked_at}


def test_the_patient_has_the_pseudonym_that_the_fhir_gateway_gives() -> None:
    found = read(a_call(a_draft()))
    assert (found.patient, found.is_identified) == (PATIENT, True)
    assert read(a_call(prefetch={"patient": a_patient(id=None)})).patient == PATIENT
    absolute = a_draft(subject={"reference": "https://ehr.example/r4/Patient/p1"})
    assert len(read(a_call(absolute)).drafts) == 1
    assert len(read(a_call(a_draft(subject=subject()))).drafts) == 1
    assert len(read(a_call(a_draft(subject=None))).drafts) == 1


@pytest.mark.parametrize("patient", ["absent", None, a_patient(identifier=None), a_patient(id="another")])
async def test_a_patient_that_nothing_identifies_is_checked_by_the_call_alone_and_that_is_said(
    patient: Resource | str | None,
) -> None:
    body = a_call(a_draft("aspirin"), prefetch={"patient": patient, "allergies": a_bundle_of(an_allergy())})
    assert not read(body).is_identified
    answer = await answered(body, a_state())
    assert answer.live.how == "unidentified"
    assert "order-allergy-recorded/1" in {one.rule for one in answer.cards}
    assert answer.cards[-1].rule == UNCHECKED or any("names no identifier" in one.detail for one in answer.cards)


async def test_a_patient_that_is_viewed_has_to_be_identified() -> None:
    with pytest.raises(CallError, match=r"prefetch\.patient") as refused:
        await answered(a_call(hook="patient-view", prefetch={"patient": "absent"}), a_state())
    assert refused.value.status == 412


async def test_logical_ids_count_where_the_site_says_who_assigns_them() -> None:
    body = a_call(a_draft(), prefetch={"patient": "absent"})
    answer = await answered(body, a_state(), id_authority="EHR")
    assert answer.live.how == "read"
    assert answer.patient != PATIENT


async def test_the_order_of_the_specifications_example_is_read_though_its_dosage_is_no_r4() -> None:
    """As in the example of order-select: a diet, and a suspension whose dose is no list."""
    diet = {"resourceType": "NutritionOrder", "id": "pureed", "status": "draft", "patient": {"reference": "Patient/p1"}}
    name = "Amoxicillin 120 MG/ML / clavulanate potassium 8.58 MG/ML Oral Suspension"
    suspension = a_draft(
        logical="smart-MedicationRequest-103",
        medicationCodeableConcept={"coding": [{"system": RXNORM, "code": "617993", "display": name}], "text": name},
        dosageInstruction=[{"text": "5 mL bid x 10 days", "doseAndRate": {"doseQuantity": {"value": 5, "unit": "mL"}}}],
    )
    selections = ["NutritionOrder/pureed", "MedicationRequest/smart-MedicationRequest-103"]
    body = a_call(diet, suspension, hook="order-select", context={"selections": selections})
    found = read(body)
    assert [one.drug.name for one in found.drafts] == ["amoxicillin+clavulanic acid"] or found.drafts[0].understood
    assert found.others == ("NutritionOrder",)
    state = a_state()
    state.stay.allergies = ("penicillin",)
    (card,) = (one for one in (await answered(body, state)).cards if one.topic[0] == "allergy")
    assert card.suggestions[0].actions[0].resource_id == "MedicationRequest/smart-MedicationRequest-103"


async def test_a_draft_as_the_public_sandbox_writes_it_is_read() -> None:
    """Without id and intent, with a day for a moment, a pill for a dose; of R4 it has MedicationRequest."""
    name = "Clopidogrel 75 MG Oral Tablet"
    draft = {
        "resourceType": "MedicationRequest",
        "authoredOn": "2026-11-30",
        "status": "draft",
        "subject": {"reference": "Patient/p1"},
        "dosageInstruction": [
            {"doseQuantity": {"value": 1, "code": "{pill}"}, "timing": {"repeat": {"frequency": 1, "period": 1}}}
        ],
        "medicationCodeableConcept": {
            "text": name,
            "coding": [{"display": name, "system": RXNORM, "code": "309362"}],
        },
    }
    body = a_call(draft, hook="order-select", context={"selections": ["MedicationRequest/undefined"]})
    assert [one.rule for one in (await answered(body, a_state())).cards] == ["clopidogrel-cyp2c19-poor/1"]
    of_dstu2 = {name: one for name, one in draft.items() if name != "subject"} | {"resourceType": "MedicationOrder"}
    assert (await answered(a_call(of_dstu2), a_state())).cards == []


def test_a_drug_that_is_only_referred_to_is_found_in_the_call_and_in_the_draft() -> None:
    medication = {"resourceType": "Medication", "id": "m", "code": {"text": "warfarin"}}
    contained = a_draft(medicationCodeableConcept=None, medicationReference={"reference": "#m"}, contained=[medication])
    beside = a_draft(logical="2", medicationCodeableConcept=None, medicationReference={"reference": "Medication/m"})
    found = read(a_call(contained, beside, prefetch={"meds": medication}))
    assert [one.drug.name for one in found.drafts] == ["warfarin", "warfarin"]


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error", "stopped"])
def test_a_draft_that_is_none_any_more_is_passed_over(status: str) -> None:
    found = read(a_call(a_draft(status=status)))
    assert (found.drafts, found.not_read) == ((), ())


def test_what_is_said_of_another_patient_is_not_used_and_told() -> None:
    other = {"resourceType": "AllergyIntolerance", "patient": subject("77"), "code": {"text": "aspirin"}}
    found = read(a_call(a_draft(), prefetch={"allergies": a_bundle_of(other)}))
    assert [type(one).__name__ for one in found.records] == ["PatientRecord"]  # age and sex
    assert found.told == ("some of what came along is about another patient",)


def test_a_patient_whose_record_was_joined_to_another_ends_no_stay() -> None:
    joined = a_patient(link=[{"type": "replaced-by", "other": subject("8")}])
    assert read(a_call(prefetch={"patient": joined})).records == ()


def test_what_can_not_be_read_is_told_by_its_place_and_without_its_words() -> None:
    odd: list[Resource] = [
        {"resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/p1"}, "code": 5, "id": "x"}
    ] * 9
    told = read(a_call(prefetch={"labs": a_bundle_of(*odd)})).told
    assert told[0].startswith("prefetch.labs.entry[0].")
    assert told[-1] == "and 4 more could not be read"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"hook": "order-review"}, "hook: this service is of order-sign"),
        ({"hookInstance": None}, "hookInstance"),
        ({"hookInstance": " "}, "hookInstance"),
        ({"context": {"patientId": 7}}, r"context\.patientId"),
        ({"context": {"draftOrders": None}}, r"context\.draftOrders"),
        ({"context": {"draftOrders": {"entry": {}}}}, r"context\.draftOrders"),
        ({"prefetch": [1]}, "prefetch"),
    ],
)
def test_a_call_that_lacks_what_it_must_have_is_refused_with_the_place(change: Resource, sentence: str) -> None:
    body = a_call(a_draft())
    for name, one in change.items():
        body[name] = body[name] | one if name == "context" else one
    with pytest.raises(CallError, match=sentence) as refused:
        call_of(body, SERVICES["wardwatch-order-sign"])
    assert refused.value.status == 400


@pytest.mark.parametrize("body", [None, [], "x", 5, {"hook": "order-sign"}])
def test_what_is_no_call_is_refused(body: object) -> None:
    with pytest.raises(CallError):
        call_of(body, SERVICES["wardwatch-order-sign"])


def test_a_call_has_a_bounded_number_of_resources_and_drafts() -> None:
    many = [a_patient()] * (MOST_RESOURCES + 1)
    for body in (a_call(prefetch={"labs": a_bundle_of(*many)}), a_call(*[a_draft()] * (MOST_DRAFTS + 1))):
        with pytest.raises(CallError, match="at most"):
            call_of(body, SERVICES["wardwatch-order-sign"])


async def test_a_template_that_had_no_data_or_was_not_filled_is_nothing_known() -> None:
    for prefetch in ({"allergies": None}, {}):
        found = (await answered(a_call(a_draft("paracetamol"), prefetch=prefetch), PatientState())).cards
        assert any("allergies" in one.summary for one in found)
