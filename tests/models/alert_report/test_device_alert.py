"""Our alerts as DeviceAlert of FHIR R6, held to its published elements."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from fhirclient.models.observation import Observation
from jsonschema import Draft202012Validator

from models.alarms.rules import FRAME_RULES, SEPSIS_RISK
from models.alert_report.device_alert import device_alert
from schemas.alerts import Alert, Evidence
from tests.builders.demo_records import NOW, an_alert

LOW = (Evidence(name="spo2_percent", value=84, unit="%", limit=85),)


def _codes(system: str, *codes: str) -> dict[str, Any]:
    coding = {"properties": {"system": {"const": f"http://hl7.org/fhir/{system}"}, "code": {"enum": list(codes)}}}
    return _concept(coding | {"required": ["system", "code"]})


def _concept(coding: dict[str, Any]) -> dict[str, Any]:
    return _closed({"coding": {"type": "array", "minItems": 1, "items": coding}, "text": {"type": "string"}}, "coding")


def _closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": items}


_CODING: Final = {"required": ["system", "code"]}
_INSTANT: Final = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
_QUANTITY: Final = _closed(
    {"value": {"type": "number"}, "unit": {"type": "string"}, "system": {"type": "string"}, "code": {"type": "string"}},
    "value",
)
_REFERENCE: Final = _closed(
    {name: {"type": "string"} for name in ("reference", "type", "display")} | {"identifier": {"type": "object"}}
)
# The elements, their cardinalities, types and required codes after the StructureDefinition DeviceAlert, 6.0.0-ballot4:
# github.com/HL7/fhir, source/devicealert/structuredefinition-DeviceAlert.xml and the code systems beside it.
SCHEMA: Final = _closed(
    {
        "resourceType": {"const": "DeviceAlert"},
        "id": {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"},
        "meta": _closed({"lastUpdated": _INSTANT}),
        "contained": _many({"type": "object", "required": ["resourceType", "id"]}),
        "identifier": _many(_closed({"system": {"type": "string"}, "value": {"type": "string"}})),
        "procedure": _many(_REFERENCE),
        "status": {"enum": ["in-progress", "completed", "entered-in-error", "unknown"]},
        "category": _many(_concept(_CODING)),
        "type": _codes("devicealert-type", "physiological", "technical"),
        "priority": _codes("devicealert-priority", "high", "medium", "low", "info"),
        "code": _concept(_CODING),
        "subject": _REFERENCE,
        "encounter": _REFERENCE,
        "presence": {"type": "boolean"},
        "occurrenceDateTime": _INSTANT,
        "occurrencePeriod": _closed({"start": _INSTANT, "end": _INSTANT}),
        "device": _REFERENCE,
        "acknowledged": {"type": "boolean"},
        "acknowledgedBy": _REFERENCE,
        "location": _REFERENCE,
        "derivedFrom": _many(
            _closed(
                {
                    "observation": _REFERENCE,
                    "component": _CODING,
                    "limit": _closed({"low": _QUANTITY, "high": _QUANTITY}),
                },
                "observation",
            )
        ),
        "label": {"type": "string", "minLength": 1},
        "signal": _many(
            _closed(
                {
                    "activationState": _codes("devicealert-activationState", "on", "off", "paused"),
                    "presence": _codes("devicealert-presence", "on", "latched", "off", "ack"),
                    "annunciator": _closed(
                        {"concept": _codes("devicealert-annunciation", "local", "remote"), "reference": _REFERENCE}
                    ),
                    "manifestation": _concept(_CODING),
                    "type": _many(_concept(_CODING)),
                    "indication": _closed({"start": _INSTANT, "end": _INSTANT}),
                },
                "activationState",
            )
        ),
    },
    *("resourceType", "status", "code", "subject", "presence"),
) | {"not": {"required": ["occurrenceDateTime", "occurrencePeriod"]}}


def resource(alert: Alert) -> dict[str, Any]:
    """The resource, which is as R6 says."""
    made = device_alert(alert)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(made)] == []
    for contained in made.get("contained", ()):
        Observation(contained)  # a library of FHIR R4, in which these elements are the same
    return made


@pytest.mark.parametrize("condition", [rule.condition for rule in (*FRAME_RULES, SEPSIS_RISK)])
@pytest.mark.parametrize("phase", ["start", "escalate", "update", "end"])
def test_every_alert_is_a_device_alert(condition: str, phase: str) -> None:
    made = resource(an_alert(phase, condition=condition, evidence=LOW))
    assert made["code"]["coding"][-1] == {"system": "urn:wardwatch:alarm-condition", "code": condition}


def test_it_says_what_the_alert_says() -> None:
    made = resource(an_alert(evidence=LOW, priority="high"))
    assert (made["id"], made["status"], made["presence"]) == (str(UUID(int=1)), "in-progress", True)
    assert made["priority"]["coding"][0]["code"] == "high"
    assert made["code"]["coding"][0] == {
        "system": "urn:iso:std:iso:11073:10101", "code": "196670", "display": "MDC_EVT_LO",
    }  # fmt: skip
    assert made["subject"]["identifier"]["value"] == "sim-01"
    assert made["label"] == "SpO2 88 % (limit 90 %)"
    assert "not for clinical use" in made["device"]["display"]


def test_the_value_stands_in_an_observation_that_it_holds_and_the_limit_beside_the_reference() -> None:
    made = resource(an_alert(evidence=LOW))
    (derived,), (observation,) = made["derivedFrom"], made["contained"]
    assert derived["observation"]["reference"] == f"#{observation['id']}"
    assert derived["limit"]["low"]["value"] == 85
    assert observation["valueQuantity"] == {
        "value": 84, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%",
    }  # fmt: skip
    assert {one["code"] for one in observation["code"]["coding"]} == {"2708-6", "150456", "spo2_percent"}
    high = resource(an_alert(condition="heart-rate-high", evidence=LOW))
    assert list(high["derivedFrom"][0]["limit"]) == ["high"]
    assert "contained" not in resource(an_alert())


@pytest.mark.parametrize(
    ("fields", "status", "signal", "activation", "acknowledged"),
    [
        ({}, "in-progress", "on", "on", False),
        ({"signal": "ack"}, "in-progress", "ack", "on", True),
        ({"signal": "off", "suppressed_by": UUID(int=9)}, "in-progress", "off", "paused", False),
        ({"signal": "off", "inactivation": "alarm-paused"}, "in-progress", "off", "paused", False),
        ({"signal": "off", "inactivation": "audio-off"}, "in-progress", "off", "off", False),
        ({"signal": "off", "history": True}, "in-progress", "off", "paused", False),
        ({"signal": "latched", "presence": False}, "in-progress", "latched", "on", False),
        ({"signal": "off", "presence": False}, "completed", "off", "on", False),
    ],
)
def test_status_and_signal_follow_from_ours(
    fields: dict[str, Any], status: str, signal: str, activation: str, *, acknowledged: bool
) -> None:
    made = resource(an_alert("update", **fields))
    (said,) = made["signal"]
    assert (made["status"], made["acknowledged"]) == (status, acknowledged)
    codes = [said[name]["coding"][0]["code"] for name in ("presence", "activationState")]
    assert codes == [signal, activation]
    assert said["annunciator"]["concept"]["coding"][0]["code"] == "remote"


def test_the_occurrence_ends_with_the_condition() -> None:
    begun, over = NOW.isoformat(), (NOW + timedelta(minutes=3)).isoformat()
    assert resource(an_alert())["occurrencePeriod"] == {"start": begun}
    end = resource(an_alert("end", time=NOW + timedelta(minutes=3)))
    assert end["occurrencePeriod"] == {"start": begun, "end": over}
    seen = resource(an_alert("update", presence=False, signal="off"))
    assert seen["occurrenceDateTime"] == begun
