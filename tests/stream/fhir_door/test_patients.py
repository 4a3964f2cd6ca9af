"""Whom a resource is about: an identifier and the whole of who assigned it, and never two names for one patient."""

import pytest

from stream.fhir_door.reading import Reading, remember
from stream.gateway.conventions import Conventions
from stream.gateway.persons import Identity, pseudonym_of
from tests.builders.fhir_resources import (
    KEY,
    NUMBER,
    PATIENT,
    SYSTEM,
    Resource,
    a_patient,
    a_reading,
    an_encounter,
    an_observation,
    concept,
    made,
    said,
    subject,
    told,
)

OID = "urn:oid:1.2.276.0.76.3.1.1"
MR = concept(("http://terminology.hl7.org/CodeSystem/v2-0203", "MR"))


def patient_of(resource: Resource, **stated: object) -> str:
    (record,) = made(resource, **stated).records
    return record.event.patient


def identified(system: str | None, value: str = NUMBER, **more: object) -> Resource:
    return {"value": value} | ({} if system is None else {"system": system}) | more


def test_an_identifier_of_an_oid_is_the_one_that_hl7_v2_names_by_it() -> None:
    of_hl7 = pseudonym_of(Identity(NUMBER, "", "ISO:1.2.276.0.76.3.1.1"), KEY)
    assert patient_of(an_observation(subject={"identifier": identified(OID)})) == of_hl7


def test_one_number_of_two_systems_is_two_patients() -> None:
    other = {"identifier": identified("http://other.example/mrn")}
    assert patient_of(an_observation(subject=other)) != patient_of(an_observation()) == PATIENT


def test_the_site_says_which_systems_are_one_authority() -> None:
    site = Conventions(KEY, same_authority={SYSTEM: "HOSPITAL", "1.2.276.0.76.3.1.1": "HOSPITAL"})
    by_address = patient_of(an_observation(), conventions=site)
    by_oid = patient_of(an_observation(subject={"identifier": identified(OID)}), conventions=site)
    assert by_address == by_oid == pseudonym_of(Identity(NUMBER, "HOSPITAL"), KEY)


def test_the_medical_record_number_counts_before_another_identifier() -> None:
    several = [identified("http://state.example/id", "9"), identified(SYSTEM, type=MR), identified("x", "8", use="old")]
    assert patient_of(a_patient(identifier=several)) == PATIENT
    assert patient_of(a_patient(identifier=several), id_system="http://state.example/id") != PATIENT


@pytest.mark.parametrize("value", ["UNKNOWN", "0000", "", "-"])
def test_what_fills_an_identifier_names_nobody(value: str) -> None:
    assert made(an_observation(subject={"identifier": identified(SYSTEM, value)})).is_refused


def test_a_reference_is_resolved_by_what_lies_beside_or_inside() -> None:
    address = "http://ehr.example/r4/Patient/p1"
    known = {"Patient/p1": a_patient(), address: a_patient()}
    assert patient_of(an_observation(subject={"reference": "Patient/p1"}), known=known) == PATIENT
    versioned = {"reference": f"{address}/_history/3"}
    assert patient_of(an_observation(subject=versioned), known=known) == PATIENT
    assert made(an_observation(subject={"reference": "http://other.example/r4/Patient/p1"}), known=known).is_refused
    inside = an_observation(subject={"reference": "#p"}, contained=[a_patient(id="p")])
    assert patient_of(inside) == PATIENT


def test_a_bare_reference_names_nobody_but_where_the_site_says_who_assigns_ids() -> None:
    bare = an_observation(subject={"reference": "Patient/p1"})
    assert made(bare).is_refused
    by_id = patient_of(bare, id_authority="EHR")
    assert by_id == patient_of(a_patient(), id_authority="EHR") != PATIENT


def test_a_logical_id_is_one_server_s() -> None:
    def by(reference: str) -> bool:
        resource = an_observation(subject={"reference": reference})
        return bool(made(resource, id_authority="EHR", base="http://ehr.example/r4").records)

    assert by("http://ehr.example/r4/Patient/p1")
    assert not by("http://other.example/r4/Patient/p1")
    assert not by("urn:uuid:7")


def test_a_conditional_reference_states_an_identifier() -> None:
    assert patient_of(an_observation(subject={"reference": f"Patient?identifier={SYSTEM}|{NUMBER}"})) == PATIENT
    encoded = f"Patient?identifier={SYSTEM}%7C{NUMBER}"
    assert patient_of(an_observation(subject={"reference": encoded})) == PATIENT
    assert made(an_observation(subject={"reference": "Patient?identifier=1"})).is_refused


@pytest.mark.parametrize("reference", ["Group/1", "Device/1", "Location/1"])
def test_what_is_about_no_patient_is_told(reference: str) -> None:
    outcome = made(an_observation(subject={"reference": reference}))
    assert (told(outcome), outcome.is_refused) == (["Observation.subject: it is about no patient"], False)


def test_a_patient_has_an_age_in_whole_years_and_a_sex() -> None:
    assert said(made(a_patient())) == [{"topic": "patients", "status": "updated", "age_years": 70, "sex": "female"}]
    birthday = a_patient(birthDate="1956-11-21", gender="other")
    day_before = a_patient(birthDate="1956-11-22", gender="other")
    assert said(made(birthday))[0]["age_years"] == 70
    assert said(made(day_before))[0]["age_years"] == 69


@pytest.mark.parametrize("born", ["1956", "1956-03", "1900-01-01", "1856-03-02", "2030-01-01"])
def test_of_no_full_date_of_birth_no_age_is_made(born: str) -> None:
    outcome = made(a_patient(birthDate=born))
    assert "age_years" not in said(outcome)[0]
    assert len(outcome.troubles) == 1


def test_that_a_patient_has_died_is_told() -> None:
    assert len(made(a_patient(deceasedBoolean=True)).troubles) == 1


def after(*resources: Resource) -> Reading:
    """What is known after resources were taken."""
    reading = a_reading()
    for one in resources:
        remember(list(made(one, **vars(reading)).notes), reading)
    return reading


def test_a_merged_patients_records_go_on_under_the_other() -> None:
    other = pseudonym_of(Identity("9", "", f"URI:{SYSTEM}"), KEY)
    link = {"type": "replaced-by", "other": subject("9")}
    merged = a_patient(active=False, link=[link], meta={"lastUpdated": "2026-11-21T09:00:00+01:00"})
    outcome = made(merged)
    assert [(one.event.patient, one.event.record.status) for one in outcome.records] == [(PATIENT, "discharged")]  # type: ignore[union-attr]
    known = after(merged)
    assert patient_of(an_observation(), **vars(known)) == other
    before = an_observation(effectiveDateTime="2026-11-21T08:59:00+01:00")
    assert patient_of(before, **vars(known)) == PATIENT


def test_the_patient_that_goes_on_may_say_so() -> None:
    link = {"type": "replaces", "other": subject("9")}
    replaced, goes_on = made(a_patient(link=[link])).records
    assert replaced.event.patient == pseudonym_of(Identity("9", "", f"URI:{SYSTEM}"), KEY)
    assert goes_on.event.patient == PATIENT
    assert made(a_patient(link=[{"type": "replaces", "other": subject()}])).is_refused
    assert len(made(a_patient(link=[{"type": "seealso", "other": subject("9")}])).troubles) == 1


def a_bed(name: str, since: str | None = None, status: str = "active") -> Resource:
    return {"location": {"display": name}, "status": status} | ({"period": {"start": since}} if since else {})


def test_an_encounter_that_begins_is_an_admission_to_a_bed() -> None:
    (record,) = said(made(an_encounter(location=[a_bed("ICU-7")])))
    assert record == {"topic": "patients", "status": "admitted", "bed": "ICU-7"}


def test_an_admission_does_not_lose_what_was_said_of_the_patient() -> None:
    allergy = an_allergy("Penicillin")
    (record,) = said(made(an_encounter(), **vars(after(a_patient(), allergy, an_allergy("Latex")))))
    assert (record["age_years"], record["sex"]) == (70, "female")
    assert record["allergies_added"] == ["latex", "penicillin"]


def test_an_encounter_that_goes_on_is_no_second_admission() -> None:
    moved = an_encounter(location=[a_bed("ICU-7", status="completed"), a_bed("ICU-9", "2026-11-21T12:00:00+01:00")])
    outcome = made(moved, **vars(after(an_encounter())))
    assert said(outcome) == [{"topic": "patients", "status": "updated", "bed": "ICU-9"}]
    assert outcome.records[0].event.time.isoformat() == "2026-11-21T12:00:00+01:00"


def test_what_is_heard_late_of_an_encounter_begins_no_stay() -> None:
    """After a restart the gateway knows no encounter: an admission would forget what the stay has said."""
    late = {"lastUpdated": "2026-11-21T11:01:00+01:00"}
    assert said(made(an_encounter(meta=late, location=[a_bed("ICU-7")])))[0]["status"] == "updated"
    in_time = {"lastUpdated": "2026-11-21T11:00:00+01:00"}
    assert said(made(an_encounter(meta=in_time, location=[a_bed("ICU-7")])))[0]["status"] == "admitted"


def test_a_part_of_a_stay_neither_begins_nor_ends_it() -> None:
    """As a department's encounter is a part of the hospital's, in the German core data set."""
    part: Resource = {"partOf": {"reference": "Encounter/e0"}, "location": [a_bed("ICU-7")]}
    assert said(made(an_encounter(**part))) == [{"topic": "patients", "status": "updated", "bed": "ICU-7"}]
    ended = made(an_encounter("finished", **part))
    assert (said(ended), len(ended.troubles)) == ([], 1)


def test_a_visit_begins_no_stay() -> None:
    for status in ("in-progress", "finished"):
        visit = an_encounter(status, location=[a_bed("Clinic")]) | {"class": {"code": "AMB"}}
        assert (said(made(visit)), len(made(visit).troubles)) == ([], 1)


def test_the_end_of_an_encounter_is_the_discharge() -> None:
    ended = an_encounter("finished", period={"start": TIME_BEFORE, "end": "2026-11-21T09:59:00+01:00"})
    (record,) = made(ended).records
    assert (record.event.record.status, record.event.time.isoformat()) == ("discharged", "2026-11-21T09:59:00+01:00")  # type: ignore[union-attr]


def test_an_end_without_a_time_of_day_ends_the_stay_when_it_is_said() -> None:
    outcome = made(an_encounter("finished", period={"start": TIME_BEFORE, "end": "2026-11-21"}))
    assert outcome.records[0].event.time.isoformat() == "2026-11-21T10:00:00+01:00"
    assert len(outcome.troubles) == 1


@pytest.mark.parametrize("period", [{"end": "2024-11-20"}, {"end": "2024"}, {}])
def test_a_change_of_an_old_record_does_not_end_the_stay_of_today(period: Resource) -> None:
    outcome = made(an_encounter("finished", period=period))
    assert (said(outcome), len(outcome.troubles), outcome.is_refused) == ([], 1, False)
    assert len(said(made(an_encounter("finished", period=period), **vars(after(an_encounter()))))) == 1


TIME_BEFORE = "2026-11-20T10:00:00+01:00"


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_an_encounter_that_is_taken_back_ends_the_stay_that_it_began(status: str) -> None:
    assert said(made(an_encounter(status), **vars(after(an_encounter()))))[0]["status"] == "discharged"
    assert said(made(an_encounter(status))) == []


@pytest.mark.parametrize("status", ["planned", "unknown"])
def test_an_encounter_that_has_not_begun_is_told(status: str) -> None:
    outcome = made(an_encounter(status))
    assert (said(outcome), len(outcome.troubles), outcome.is_refused) == ([], 1, False)


def an_allergy(name: str, code: str = "1", **stated: object) -> Resource:
    return {
        "resourceType": "AllergyIntolerance",
        "id": f"a-{name}",
        "meta": {"lastUpdated": "2026-11-21T09:00:00+01:00"},
        "patient": subject(),
        "clinicalStatus": concept(("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active")),
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": name}]},
    } | stated


def test_an_allergy_is_added_to_those_that_are_known() -> None:
    outcome = made(an_allergy("Penicillin"))
    assert said(outcome) == [{"topic": "patients", "status": "updated", "allergies_added": ["penicillin"]}]


@pytest.mark.parametrize(
    "over",
    [
        {"verificationStatus": concept(("x", "refuted"))},
        {"verificationStatus": concept(("x", "entered-in-error"))},
        {"clinicalStatus": concept(("x", "resolved"))},
    ],
)
def test_an_allergy_that_is_none_is_removed(over: Resource) -> None:
    assert said(made(an_allergy("Penicillin", **over)))[0]["allergies_removed"] == ["penicillin"]


def test_that_none_is_known_is_no_allergy_to_it() -> None:
    assert said(made(an_allergy("No known allergy", "716186003")))[0]["allergies"] == []
    of_drugs = made(an_allergy("No known drug allergy", "409137002"))
    assert (said(of_drugs), len(of_drugs.troubles)) == ([], 1)


def test_an_allergy_counts_from_when_it_is_said_and_not_from_a_year_before_the_stay() -> None:
    arrived = a_reading().moment("2026-11-21T10:00:00+01:00", "")
    (record,) = made(an_allergy("Penicillin", recordedDate="2001"), arrived=arrived).records
    assert record.event.time == arrived
