"""The door of FHIR: bodies of requests, from bytes to records and answers, without a socket."""

import asyncio
import json
from typing import Any, Final

import orjson
from prometheus_client import generate_latest

from schemas.topics import TOPICS
from stream.feeds.events import FeedEvent
from stream.fhir_door.intake import Intake
from stream.fhir_door.lines import answer_to_lines
from stream.fhir_door.tally import Tally
from stream.gateway.outlet import Kept
from tests.builders.fhir_resources import (
    LOINC,
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
    subject,
)
from tests.fuzz.json_words import JSON_WORDS
from tests.fuzz.told import NAME, NUMBER, listening, nobody_named

_WHO: Final = {"identifier": [{"system": "urn:oid:1.2.3", "value": NUMBER}], "name": [{"family": NAME}]}
_WHOLE: Final[tuple[Resource, ...]] = (
    an_observation(subject=subject(NUMBER)),
    a_pressure(subject=subject(NUMBER), interpretation=[concept((LOINC, "L"))], device={"reference": "Device/1"}),
    an_observation("2160-0", valueQuantity=quantity(0.2, "mg/dL", comparator="<"), effectivePeriod={"start": "2026"}),
    an_observation("67775-7", valueCodeableConcept={"text": "Confused"}, focus=[{"reference": "Patient/2"}]),
    an_observation("29463-7", valueQuantity=quantity(80, "kg"), contained=[a_patient(**_WHO)]),
    an_observation("84413-4", component=[{"code": concept((LOINC, "53040-2")), "valueString": "Poor Metabolizer"}]),
    an_observation(
        "69548-6",
        valueCodeableConcept={"text": "Present"},
        issued="2026-11-21T11:00:00Z",
        component=[
            {"code": concept((LOINC, "48018-6")), "valueCodeableConcept": {"text": "BRCA1"}},
            {"code": concept((LOINC, "48004-6")), "valueString": "NM_007294.4(BRCA1):c.5266dup"},
            {"code": concept((LOINC, "53037-8")), "valueCodeableConcept": concept((LOINC, "LA6668-3"))},
        ],
        derivedFrom=[{"reference": "#v"}],
    ),
    a_patient(**_WHO, link=[{"type": "replaced-by", "other": subject("8")}]),
    an_encounter(location=[{"location": {"display": "ICU-7"}, "period": {"start": "2026-11-21T11:00:00Z"}}]),
    an_encounter("finished", period={"start": "2026-11-21T11:00:00Z", "end": "2026-11-22"}),
    an_order(dosageInstruction=[{"timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}}]),
    {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "subject": subject(NUMBER),
        "medicationReference": {"reference": "#d"},
        "contained": [{"resourceType": "Medication", "id": "d", "code": {"text": "warfarin"}}],
        "effectiveDateTime": "2026-11-21T11:00:00Z",
        "id": "g",
    },
    {"resourceType": "AllergyIntolerance", "patient": subject(NUMBER), "code": {"text": "Penicillin"}},
    {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "code": concept((LOINC, "11529-5")),
        "subject": subject(NUMBER),
        "issued": "2026-11-21T11:00:00Z",
        "presentedForm": [{"contentType": "text/html; charset=utf-8", "data": "PHA+QmVuaWduLjwvcD4="}],
    },
)
_STATUS: Final = {"resourceType": "Parameters", "parameter": [{"name": "type", "valueCode": "event-notification"}]}
SEEDS = (
    *(json.dumps(one).encode() for one in _WHOLE),
    json.dumps(a_bundle(a_patient(**_WHO), *_WHOLE[:3], kind="transaction")).encode(),
    json.dumps(a_bundle({"resourceType": "Claim"}, an_observation(subject={"reference": "urn:uuid:0"}))).encode(),
    json.dumps({"resourceType": "Bundle", "type": "history", "entry": [{"resource": _STATUS}]}).encode(),
    b"\n".join(json.dumps(one).encode() for one in _WHOLE[:4]),
)
WORDS = tuple(
    word.encode()
    for word in (
        *JSON_WORDS,
        *(
            '"resourceType"',
            '"Bundle"',
            '"entry"',
            '"type"',
            '"batch"',
            '"transaction"',
            '"contained"',
            '"derivedFrom"',
        ),
        *('"status"', '"entered-in-error"', '"cancelled"', '"in-progress"', '"subject"', '"reference"', '"identifier"'),
        *('"value"', '"system"', '"code"', '"coding"', '"unit"', '"component"', '"valueQuantity"', '"comparator"'),
        *('"effectiveDateTime"', '"2026-11-21T11:00:00Z"', '"2026-11"', '"Patient/1"', '"#d"', '"urn:uuid:0"'),
        *(
            '"8867-4"',
            '"http://loinc.org"',
            '"%"',
            '"/min"',
            '"modifierExtension"',
            '"meta"',
            '"HTEST"',
            "\xef\xbb\xbf",
        ),
    )
)


class _Outlet:
    """Confirms everything, and keeps it."""

    def __init__(self) -> None:
        self.events: list[FeedEvent] = []

    async def deliver(self, events: list[FeedEvent]) -> Kept:
        self.events += events
        return "broker"


def one(data: bytes) -> None:
    """What a sender posts: a body, and the same as lines.

    It is answered with an outcome that names something, taken or refused, and never by a fault of ours. Each record is
    one of its topic. A planted name or number is in no answer, log line or metric.
    """
    outlet: Any = _Outlet()
    tally = Tally()
    intake = Intake(a_reading(), outlet, tally)
    with listening() as lines:
        said = asyncio.run(_answers(data, intake))
    intake.close()
    assert not any("message-failed" in line or "Traceback" in line for line in lines), lines
    nobody_named(*(orjson.dumps(answer).decode() for answer in said), generate_latest(tally.registry).decode())
    for answer in said:
        issues = answer.get("issue") or [
            issue for entry in answer.get("entry", []) for issue in entry["response"]["outcome"]["issue"]
        ]
        assert issues or answer.get("entry") == []
        assert not any("the gateway failed" in issue["diagnostics"] for issue in issues), issues
    for event in outlet.events:
        adapter = TOPICS[event.topic].record
        assert adapter is not None
        adapter.validate_json(event.value)
        assert event.patient.startswith("p-")


async def _answers(data: bytes, intake: Intake) -> list[dict[str, Any]]:
    found = []
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        body = None
    if isinstance(body, dict):
        found.append((await intake.answer(body, "sender")).body)
    found.append((await answer_to_lines(_Lines(data), intake, "sender")).body)
    return found


class _Lines:
    """The lines of an input."""

    def __init__(self, data: bytes) -> None:
        self._lines = iter(data.split(b"\n"))

    def __aiter__(self) -> "_Lines":
        return self

    async def __anext__(self) -> bytes:
        try:
            return next(self._lines)
        except StopIteration:
            raise StopAsyncIteration from None
