"""What leaves as FHIR R4: it says what the proposal says, and HAPI's validator finds nothing wrong with it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from models.fhir_out.bundle import plan_bundle, suggestion_bundle
from models.fhir_out.elements import PRIORITY, link
from models.fhir_out.flags import flag_of_alert
from models.fhir_out.resources import resources_of
from models.fhir_out.said import of_plan, of_suggestion
from models.lesion_report.diagnostic_report import diagnostic_report
from models.plan.seen import Seen
from models.watch.advance import advance_event
from models.watch.state import PatientState
from schemas.plan import Plan
from schemas.suggestions import Suggestion
from schemas.topics import TOPICS
from tests.builders.demo_records import an_alert
from tests.builders.fhir_validator import FhirValidator
from tests.builders.plans import AT, PATIENT, RECORDS, a_lesion_report, a_nodule, a_plan, a_risk, an_image

Json = dict[str, Any]
SEEN: Final = Seen(
    a_risk(), (a_lesion_report(an_image(url="file:///m.png", pneumonia=0.9, normal=0.1)),), (a_nodule(),)
)
LATER: Final = (AT + timedelta(minutes=1)).isoformat()
STOPPED: Final = ("medications", {"order": "o-1", "drug": "clopidogrel", "status": "stopped", "time": LATER})
KINDS: Final = ("CarePlan", "Flag", "GuidanceResponse", "DetectedIssue", "ServiceRequest", "MedicationRequest")


@pytest.fixture(scope="module")
def hapi() -> Iterator[FhirValidator]:
    with FhirValidator() as validator:
        yield validator


def resources(plan: Plan | None = None) -> list[Json]:
    bundle = json.loads(plan_bundle(a_plan(seen=SEEN) if plan is None else plan))
    return [entry["resource"] for entry in bundle["entry"]]


def of_kind(kind: str, plan: Plan | None = None) -> list[Json]:
    return [one for one in resources(plan) if one["resourceType"] == kind]


def about(plan: Plan, rule: str) -> dict[str, list[Json]]:
    """The resources of one proposal, by kind."""
    (proposal,) = [one for one in plan.proposals if one.rule.startswith(rule)]
    found: dict[str, list[Json]] = {}
    for one in resources_of(of_plan(plan, proposal)):
        found.setdefault(one["resourceType"], []).append(one)
    return found


def steps(*records: tuple[str, Json]) -> list[Suggestion]:
    """What the topic `suggestions` carries after these records, all of one moment unless they say another."""
    state, said = PatientState(), []
    for topic, record in records:
        adapter = TOPICS[topic].record
        assert adapter is not None
        told = {"patient": PATIENT, "time": AT.isoformat()} | record
        state, out = advance_event(PATIENT, state, adapter.validate_python(told))
        said += [one.record for one in out if isinstance(one.record, Suggestion)]
    return said


@pytest.mark.timeout(300)
def test_hapi_finds_nothing_wrong_with_a_plan_a_step_a_flag_and_a_report(hapi: FhirValidator) -> None:
    plan = json.loads(plan_bundle(a_plan(seen=SEEN)))
    assert {entry["resource"]["resourceType"] for entry in plan["entry"]} == set(KINDS)
    assert hapi.errors(plan) == []
    assert hapi.errors(json.loads(plan_bundle(a_plan(("labs", {}))))) == []
    for one in steps(*RECORDS, STOPPED):
        assert hapi.errors(json.loads(suggestion_bundle(one))) == []
    for phase in ("start", "end"):
        assert hapi.errors(flag_of_alert(an_alert(phase))) == []
    assert hapi.errors(json.loads(diagnostic_report(SEEN.reports[0]))) == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        ("CarePlan", {"intent": "suggestion"}),
        ("CarePlan", {"activity": [{"detail": {"description": "no status"}}]}),
        ("Flag", {"code": None}),
        ("Flag", {"status": "on"}),
        ("GuidanceResponse", {"moduleUri": None}),
        ("GuidanceResponse", {"dataRequirement": [{"type": "Labs"}]}),
        ("DetectedIssue", {"status": "open"}),
        ("DetectedIssue", {"severity": "very high"}),
        ("ServiceRequest", {"intent": "thought"}),
        ("ServiceRequest", {"priority": "soon"}),
        ("MedicationRequest", {"medicationCodeableConcept": None}),
        ("MedicationRequest", {"subject": None}),
    ],
)
def test_hapi_would_see_what_is_broken(hapi: FhirValidator, kind: str, broken: Json) -> None:
    whole = of_kind(kind)[0]
    assert hapi.errors(whole) == []
    assert hapi.errors({name: value for name, value in (whole | broken).items() if value is not None})


@pytest.mark.timeout(300)
def test_hapi_finds_nothing_wrong_with_odd_words_from_outside(hapi: FhirValidator) -> None:
    odd = "a\x07b\x1b[2J \u202e"
    plan = a_plan(
        ("medications", {"order": "o-1", "drug": odd, "status": "active"}),
        ("medications", {"order": "o-2", "drug": "clopidogrel", "status": "active"}),
        ("genomics", {"gene": "CYP2C19", "phenotype": "Poor Metabolizer", "source": odd}),
        ("genomics", {"gene": "BRCA1", "hgvs": odd, "significance": "Pathogenic", "source": " "}),
    )
    bundle = plan_bundle(plan)
    assert hapi.errors(json.loads(bundle)) == []
    assert not {"\x07", "\x1b", "\u202e"} & set(json.loads(json.dumps(str(json.loads(bundle)))))


def test_every_request_is_a_draft_and_a_proposal_and_never_an_order() -> None:
    requests = [*of_kind("ServiceRequest"), *of_kind("MedicationRequest"), *of_kind("CarePlan")]
    assert {(one["status"], one["intent"]) for one in requests} == {("draft", "proposal")}
    assert all("dosageInstruction" not in one for one in requests)
    assert all(any("never an order" in note["text"] for note in one["note"]) for one in requests)


def test_every_reference_within_a_bundle_has_its_target_and_every_id_is_once_there() -> None:
    bundle = json.loads(plan_bundle(a_plan(seen=SEEN)))
    there = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(there)) == len(there)
    text = json.dumps(bundle)
    assert {part.split('"')[0] for part in text.split('"reference": "')[1:] if part.startswith("urn")} <= set(there)


def test_the_patient_is_a_pseudonym_and_the_same_plan_gives_the_same_bytes() -> None:
    assert plan_bundle(a_plan(seen=SEEN)) == plan_bundle(a_plan(seen=SEEN))
    subjects = {json.dumps(one.get("subject") or one.get("patient")) for one in resources()}
    assert subjects == {
        json.dumps({"type": "Patient", "identifier": {"system": "urn:wardwatch:pseudonym", "value": PATIENT}})
    }


def test_a_rule_that_lacks_data_asks_for_them() -> None:
    (response,) = about(a_plan(), "fluoropyrimidine-dpyd-unknown")["GuidanceResponse"]
    assert response["status"] == "data-requested"
    assert [one["codeFilter"][0]["code"][0]["code"] for one in response["dataRequirement"]] == ["DPYD"]
    (whole,) = about(a_plan(), "clopidogrel-cyp2c19-poor")["GuidanceResponse"]
    assert whole["status"] == "success"
    assert whole["moduleUri"] == "urn:wardwatch:rule:clopidogrel-cyp2c19-poor/1"
    assert any("doi:10.1002/cpt.2526" in note["text"] for note in whole["note"])


def test_what_a_check_finds_with_an_order_is_an_issue_with_its_evidence_and_source() -> None:
    (issue,) = about(a_plan(), "clopidogrel-cyp2c19-poor")["DetectedIssue"]
    assert issue["implicated"] == [{"type": "MedicationRequest", "display": "clopidogrel"}]
    assert {"code": [{"text": "CYP2C19: Poor Metabolizer"}]} in issue["evidence"]
    assert issue["reference"] == "https://doi.org/10.1002/cpt.2526"
    assert "severity" not in issue  # no rule says how bad it would be
    assert "DetectedIssue" not in about(a_plan(), "lactate-remeasure")


def test_a_pair_of_drugs_has_the_code_of_an_interaction() -> None:
    plan = a_plan(
        ("medications", {"order": "o-1", "drug": "simvastatin", "status": "active"}),
        ("medications", {"order": "o-2", "drug": "clarithromycin", "status": "active"}),
    )
    codes = [issue["code"].get("coding", [{}])[0].get("code") for issue in of_kind("DetectedIssue", plan)]
    assert "DRG" in codes


def test_alternatives_are_drafts_of_one_group_that_name_the_issue() -> None:
    plan = a_plan(
        ("genomics", {"gene": "CYP2C19", "phenotype": "Poor Metabolizer"}),
        ("medications", {"order": "o-1", "drug": "clopidogrel", "status": "active"}),
    )
    found = about(plan, "clopidogrel-cyp2c19-poor")
    drafts = found["MedicationRequest"]
    assert [one["medicationCodeableConcept"]["text"] for one in drafts] == ["prasugrel", "ticagrelor"]
    assert len({json.dumps(one["groupIdentifier"]) for one in drafts}) == 1
    assert {one["detectedIssue"][0]["reference"] for one in drafts} == {f"urn:uuid:{found['DetectedIssue'][0]['id']}"}
    assert all(one["note"][0]["text"].startswith("One of several alternatives") for one in drafts)


def test_urgency_becomes_a_priority_of_fhir() -> None:
    plan = a_plan(seen=SEEN)
    by_service = {one.service: PRIORITY[one.urgency] for one in plan.proposals if one.service}
    assert {one["code"]["text"]: one["priority"] for one in of_kind("ServiceRequest")} == by_service
    assert by_service["lactate in blood, measured again"] == "stat"


def test_a_flag_of_an_alarm_is_the_one_of_its_alerts_and_ends_with_it() -> None:
    (flag,) = of_kind("Flag")
    assert flag["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "PM"
    assert (flag["status"], flag["code"]["coding"][0]["code"]) == ("active", "lactate-high")
    first, last = flag_of_alert(an_alert()), flag_of_alert(an_alert("end"))
    assert first["id"] == last["id"]
    assert (first["status"], last["status"]) == ("active", "inactive")
    assert "end" in last["period"]
    assert flag_of_alert(an_alert("end", signal="latched"))["status"] == "active"


def test_a_step_of_a_proposal_is_a_version_of_what_the_plan_says_of_it() -> None:
    first = next(one for one in steps(*RECORDS) if one.rule == "clopidogrel-cyp2c19-poor")
    said = json.loads(suggestion_bundle(first))
    of_step = {entry["resource"]["id"]: entry["resource"]["resourceType"] for entry in said["entry"]}
    whole = {one["id"]: one["resourceType"] for one in resources()}
    assert of_step.items() <= whole.items()
    assert of_suggestion(first).alternatives == ("prasugrel",)


def test_what_was_withdrawn_revokes_its_drafts() -> None:
    over = [
        one for one in steps(*RECORDS, STOPPED) if one.status == "withdrawn" and one.rule == "clopidogrel-cyp2c19-poor"
    ]
    (said,) = [json.loads(suggestion_bundle(one)) for one in over]
    statuses = {entry["resource"]["resourceType"]: entry["resource"]["status"] for entry in said["entry"]}
    assert statuses == {"GuidanceResponse": "success", "DetectedIssue": "cancelled", "MedicationRequest": "cancelled"}


def test_a_rule_of_another_version_is_said_by_what_the_record_says() -> None:
    (one, *_) = steps(*RECORDS)
    newer = one.model_copy(update={"provenance": one.provenance.model_copy(update={"rule": "from-tomorrow/9"})})
    said = of_suggestion(newer)
    assert (said.alternatives, said.service, said.urgency) == ((), None, "today")


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("doi:10.1002/cpt.2526", "https://doi.org/10.1002/cpt.2526"),
        ("https://www.nice.org.uk/guidance/dg27", "https://www.nice.org.uk/guidance/dg27"),
        ("Royal College of Physicians 2017, ISBN 978-1-86016-682-2", None),
        ("PMID 41318725", "https://pubmed.ncbi.nlm.nih.gov/41318725"),
    ],
)
def test_a_citation_on_the_web_is_an_address(reference: str, address: str | None) -> None:
    assert link(reference) == address


def test_nobody_is_named_who_is_not_a_uuid() -> None:
    assert all(UUID(one["id"]).version == 5 for one in resources())
