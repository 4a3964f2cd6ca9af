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
    a_reading,
    an_encounter,
    an_observation,
    an_order,
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
