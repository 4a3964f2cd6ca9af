"""An alert as a DeviceAlert of FHIR R6, version 6.0.0-ballot4. Pure.

R5 has no such resource. The elements and codes are those of the StructureDefinition in github.com/HL7/fhir,
source/devicealert, and of hl7.org/fhir/6.0.0-ballot4/devicealert.html. What was measured is a contained Observation,
since a DeviceAlert refers to one and holds no value of its own.
"""

from typing import Any, Final

from models.alert_report.events import MDC_URI, OWN_URI, event_of, side_of, vital_of
from schemas.alerts import Alert, Evidence

Json = dict[str, Any]

VERSION: Final = "6.0.0-ballot4"
_CORE: Final = "http://hl7.org/fhir"
_LOINC: Final = "http://loinc.org"
_UCUM: Final = "http://unitsofmeasure.org"
_EVIDENCE: Final = "urn:wardwatch:evidence"
_PSEUDONYM: Final = "urn:wardwatch:pseudonym"


def device_alert(alert: Alert) -> Json:
    """Return the resource for one step of an alert. All steps of an episode are versions of one resource."""
    observations = [_observation(alert, one, number) for number, one in enumerate(alert.evidence, 1)]
    resource: Json = {
        "resourceType": "DeviceAlert",
        "id": str(alert.alert),
        "meta": {"lastUpdated": alert.time.isoformat()},
        "contained": observations,
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{alert.alert}"}],
        "status": "in-progress" if alert.presence or alert.signal == "latched" else "completed",
        "type": _concept("devicealert-type", alert.type),
        "priority": _concept("devicealert-priority", alert.priority),
        "code": {"coding": _codings(alert), "text": alert.condition},
        "subject": {"type": "Patient", "identifier": {"system": _PSEUDONYM, "value": alert.patient}},
        "presence": alert.presence,
        **_occurrence(alert),
        "device": {"type": "Device", "display": f"Wardwatch {alert.provenance.software}, not for clinical use"},
        "acknowledged": alert.signal == "ack",
        "derivedFrom": [_derived(alert, one, number) for number, one in enumerate(alert.evidence, 1)],
        "label": alert.text,
        "signal": [_signal(alert)],
    }
    return {name: value for name, value in resource.items() if value != []}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": f"{_CORE}/{system}", "code": code}]}


def _codings(alert: Alert) -> list[Json]:
    event = event_of(alert)
    own = {"system": OWN_URI, "code": alert.condition}
    return [own] if event is None else [{"system": MDC_URI, "code": str(event.code), "display": event.name}, own]


def _occurrence(alert: Alert) -> Json:
    """The period of the condition; of one that was over before this step only the beginning is known."""
    start = alert.episode_start.isoformat()
    if alert.presence:
        return {"occurrencePeriod": {"start": start}}
    if alert.phase == "end":
        return {"occurrencePeriod": {"start": start, "end": alert.time.isoformat()}}
    return {"occurrenceDateTime": start}


def _signal(alert: Alert) -> Json:
    """One that sounds elsewhere than at the bed, unless it is silent: as staff have set, or beside a graver alarm."""
    silent = "off" if alert.inactivation == "audio-off" else "paused"
    state = silent if alert.presence and alert.signal == "off" else "on"
    return {
        "activationState": _concept("devicealert-activationState", state),
        "presence": _concept("devicealert-presence", alert.signal),
        "annunciator": {"concept": _concept("devicealert-annunciation", "remote")},
    }


def _derived(alert: Alert, one: Evidence, number: int) -> Json:
    derived: Json = {"observation": {"reference": f"#evidence-{number}"}}
    side = side_of(alert)
    if one.limit is not None and side is not None and alert.presence:
        derived["limit"] = {side: _quantity(one.limit, one.unit)}
    return derived


def _observation(alert: Alert, one: Evidence, number: int) -> Json:
    vital = vital_of(one.name)
    coding = [{"system": _EVIDENCE, "code": one.name}]
    if vital is not None:
        coding.insert(0, {"system": _LOINC, "code": vital.loinc})
        if vital.mdc is not None:
            coding.insert(1, {"system": MDC_URI, "code": str(vital.mdc)})
    return {
        "resourceType": "Observation",
        "id": f"evidence-{number}",
        "status": "preliminary",
        "code": {"coding": coding, "text": one.name},
        "effectiveDateTime": alert.time.isoformat(),
        "valueQuantity": _quantity(one.value, one.unit),
    }


def _quantity(value: float, unit: str | None) -> Json:
    return {"value": value} if unit is None else {"value": value, "unit": unit, "system": _UCUM, "code": unit}
