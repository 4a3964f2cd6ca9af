"""What a Bundle brings: entries that point at each other, and notifications of subscriptions."""

from typing import Any

import pytest

from stream.fhir_door.bundles import in_order, outcome_of, request_of
from stream.gateway.trouble import LeftOut
from tests.builders.fhir_resources import (
    PATIENT,
    Resource,
    a_bundle,
    a_patient,
    a_pressure,
    a_reading,
    an_encounter,
    an_observation,
    an_order,
    concept,
    quantity,
)


def test_entries_point_at_each_other_by_their_addresses() -> None:
    bundle = a_bundle(
        a_patient(), an_observation(subject={"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"})
    )
    request = request_of(bundle)
    outcome = outcome_of(request.entries[1], request.kind, a_reading(known=request.known))
    assert outcome.records[0].event.patient == PATIENT


def test_an_admission_counts_before_what_is_said_of_the_stay() -> None:
    request = request_of(a_bundle(an_order(), a_patient(), an_encounter()))
    assert in_order(request.entries) == [2, 1, 0]


@pytest.mark.parametrize("kind", ["history", "message", "document", "searchset", "", None])
def test_a_bundle_of_another_kind_is_refused(kind: str | None) -> None:
    with pytest.raises(LeftOut, match="batch, collection, transaction"):
        request_of(a_bundle(an_observation()) | {"type": kind})


def test_an_entry_that_deletes_or_has_nothing_is_told_at_its_place() -> None:
    bundle = a_bundle(an_observation(), an_observation(), method="DELETE")
    del bundle["entry"][1]["resource"]
    bundle["entry"][1]["request"] = {}
    first, second = request_of(bundle).entries
    assert first.trouble is not None
    assert second.trouble is not None
    assert (first.trouble.where, second.trouble.where) == ("Bundle.entry[0].request.method", "Bundle.entry[1].resource")


def a_status(kind: str, *focuses: str) -> Resource:
    """The first entry of a notification, as the guide for R4 has it."""
    events = [
        {"name": "notification-event", "part": [{"name": "focus", "valueReference": {"reference": one}}]}
        for one in focuses
    ]
    return {"resourceType": "Parameters", "parameter": [{"name": "type", "valueCode": kind}, *events]}


def a_notification(kind: str, *focuses: str, entries: tuple[Resource, ...] = ()) -> Resource:
    return {"resourceType": "Bundle", "type": "history", "entry": [{"resource": a_status(kind, *focuses)}, *entries]}


@pytest.mark.parametrize("kind", ["handshake", "heartbeat"])
def test_a_notification_without_an_event_brings_nothing(kind: str) -> None:
    assert request_of(a_notification(kind)).entries == ()


def test_a_notification_brings_resources_or_names_them_once() -> None:
    address = "http://ehr.example/r4/Observation/heart-1"
    full = {"fullUrl": address, "resource": an_observation()}
    with_resource = request_of(a_notification("event-notification", address, entries=(full,))).entries
    only_id = {"fullUrl": address, "request": {"method": "POST", "url": "Observation"}}
    with_id = request_of(a_notification("event-notification", address, entries=(only_id,))).entries
    only_focus = request_of(a_notification("event-notification", "Observation/heart-1")).entries
    assert [one.reference for one in with_resource] == [""]
    assert [one.reference for one in with_id] == [address]
    assert [one.reference for one in only_focus] == ["Observation/heart-1"]


def test_a_notification_of_r4b_is_the_same() -> None:
    event = {"focus": {"reference": "Observation/heart-1"}}
    status: dict[str, Any] = {"resourceType": "SubscriptionStatus", "type": "event-notification"}
    bundle = {
        "resourceType": "Bundle",
        "type": "history",
        "entry": [{"resource": status | {"notificationEvent": [event]}}],
    }
    assert [one.reference for one in request_of(bundle).entries] == ["Observation/heart-1"]


def test_in_a_transaction_a_type_that_is_not_read_is_no_fault() -> None:
    claim = {"resourceType": "Claim", "id": "c"}
    for kind, is_refused in (("transaction", False), ("batch", True)):
        request = request_of(a_bundle(claim, kind=kind))
        outcome = outcome_of(request.entries[0], request.kind, a_reading())
        assert (outcome.is_refused, len(outcome.troubles)) == (is_refused, 1)


def a_synthetic_record() -> Resource:
    """A whole record as Synthea writes it: five identifiers, everything by address, and much that is not read here."""
    person = "urn:uuid:00000000-0000-4000-8000-000000000000"
    stay = "urn:uuid:00000002-0000-4000-8000-000000000000"
    kinds = {
        "MR": "http://hospital.smarthealthit.org",
        "SS": "http://hl7.org/fhir/sid/us-ssn",
        "DL": "urn:oid:2.16.840",
    }
    typed = [
        {
            "type": concept(("http://terminology.hl7.org/CodeSystem/v2-0203", kind)),
            "system": system,
            "value": f"v-{kind}",
        }
        for kind, system in kinds.items()
    ]
    about: dict[str, Any] = {"subject": {"reference": person}, "encounter": {"reference": stay}}
    when = "2026-04-30T05:52:35-04:00"
    plain = [
        {"resourceType": kind, "id": kind} for kind in ("Organization", "Condition", "Claim", "ExplanationOfBenefit")
    ]
    pressure = a_pressure(id="bp", category=[concept(("x", "vital-signs"))], issued=when, **about)
    return a_bundle(
        a_patient(
            identifier=[{"system": "https://github.com/synthetichealth/synthea", "value": "s-1"}, *typed], meta={}
        ),
        plain[0],
        an_encounter("finished", **about, period={"start": when, "end": "2026-04-30T06:07:35-04:00"}, meta={}),
        pressure | {"effectiveDateTime": when},
        an_observation("29463-7", id="w", valueQuantity=quantity(77.2, "kg"), effectiveDateTime=when, **about),
        an_observation("72514-3", id="pain", valueQuantity=quantity(2, "{score}"), effectiveDateTime=when, **about),
        an_observation("2339-0", id="glu", valueQuantity=quantity(88.15, "mg/dL"), effectiveDateTime=when, **about),
        an_order("stopped", **about, authoredOn="1998-04-30T05:52:35-04:00", meta={}),
        *plain[1:],
        kind="transaction",
    )


def test_a_whole_record_is_taken_under_one_name_and_each_part_is_taken_or_told() -> None:
    request = request_of(a_synthetic_record())
    arrived = a_reading().moment("2026-11-21T10:00:00Z", "")
    reading = a_reading(known=request.known, arrived=arrived)
    outcomes = [outcome_of(one, request.kind, reading) for one in request.entries]
    assert not any(one.is_refused for one in outcomes)
    assert all(one.records or one.troubles for one in outcomes)
    topics = sorted(record.event.topic for one in outcomes for record in one.records)
    assert topics == ["labs", "medications", "patients", "patients", "patients", "vitals"]
    assert len({record.event.patient for one in outcomes for record in one.records}) == 1
    assert {record.filed.label for one in outcomes for record in one.records} == {"v-MR"}
