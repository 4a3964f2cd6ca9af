"""The door of CDS Hooks: bodies of calls and of feedback, from bytes to cards and records, without a socket."""

import asyncio
import json
from typing import Final

import jsonschema
import orjson
from prometheus_client import generate_latest

from schemas.topics import TOPICS
from stream.cds import feedback
from stream.cds.answering import Answering
from stream.cds.call import CallError, call_of
from stream.cds.discovery import SERVICES
from stream.cds.tally import Tally
from tests.builders.cds_calls import (
    NOW,
    RESPONSE,
    FakeStates,
    a_bundle_of,
    a_call,
    a_draft,
    a_state,
    an_allergy,
)
from tests.builders.fhir_resources import a_patient, a_reading, an_observation, quantity
from tests.fuzz.json_words import JSON_WORDS
from tests.fuzz.told import NAME, NUMBER, listening, nobody_named

_PATIENT: Final = a_patient(identifier=[{"system": "urn:oid:1.2.3", "value": NUMBER}], name=[{"family": NAME}])
_RESULT: Final = an_observation(
    "2160-0", id="c", subject={"reference": "Patient/p1"}, valueQuantity=quantity(7, "mg/dL")
)
_PREFETCH: Final = {"patient": _PATIENT, "allergies": a_bundle_of(an_allergy()), "labs": a_bundle_of(_RESULT)}
_CALLS: Final = (
    a_call(a_draft(), a_draft("simvastatin", "104"), prefetch=_PREFETCH),
    a_call(a_draft(), hook="order-select", context={"selections": ["MedicationRequest/103"]}, prefetch=_PREFETCH),
    a_call(hook="patient-view", prefetch=_PREFETCH),
    a_call(a_draft(logical=None, subject=None), prefetch={"patient": None}),
)
_FEEDBACK: Final = {
    "feedback": [
        {
            "card": "9368d37b-283f-44a0-93ea-547cebab93ed",
            "outcome": "overridden",
            "overrideReason": {"reason": {"code": "1", "system": "http://x"}, "userComment": NAME},
            "outcomeTimestamp": "2026-11-30T00:00:00Z",
        }
    ]
}
SEEDS = tuple(json.dumps(one).encode() for one in (*_CALLS, _FEEDBACK))
WORDS = tuple(
    word.encode()
    for word in (
        *JSON_WORDS,
        "<b>",
        *('"hook"', '"hookInstance"', '"context"', '"prefetch"', '"patientId"', '"draftOrders"', '"selections"'),
        *('"entry"', '"resource"', '"resourceType"', '"MedicationRequest"', '"subject"', '"reference"', '"id"'),
        *('"medicationCodeableConcept"', '"text"', '"coding"', '"code"', '"status"', '"draft"', '"contained"'),
        *('"feedback"', '"card"', '"outcome"', '"accepted"', '"outcomeTimestamp"', '"overrideReason"'),
        *('"warfarin"', '"clopidogrel"', '"order-sign"', '"patient-view"', "9999-12-31T23:59:59Z", "](http://x)"),
    )
)


def one(data: bytes) -> None:
    """What a record system posts: a call of each service, and feedback.

    A call is answered with cards that keep the specification, or refused with a sentence, and never by a fault of ours.
    A planted name or number is in no log line, no metric and no refusal.
    """
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        body = None
    tally, told = Tally(), []
    with listening():
        for service in SERVICES.values():
            states = FakeStates(a_state())
            answering = Answering(a_reading(), states, lambda: NOW)  # type: ignore[arg-type]  # a fake
            try:
                found = asyncio.run(answering.answer(call_of(body, service)))
            except CallError as error:
                told.append(str(error))
                continue
            jsonschema.validate({"cards": [each.written for each in found.cards]}, RESPONSE)
            orjson.dumps([each.written for each in found.cards])
            tally.called(service.id, found.live.how, found.cards, 0.0)
        try:
            records = feedback.records(body, "wardwatch-order-sign", feedback.Cards(), NOW)
        except CallError as error:
            told.append(str(error))
        else:
            for event in feedback.events(records):
                adapter = TOPICS[event.topic].record
                assert adapter is not None
                adapter.validate_json(event.value)
    nobody_named(*told, generate_latest(tally.registry).decode())
