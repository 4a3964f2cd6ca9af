"""An alarm as a Flag of FHIR 4.0.1, for record systems that know no DeviceAlert. Pure.

A Flag warns who opens the record. It is no way to annunciate an alarm: for that are the alerts themselves.
"""

from typing import Any, Final

from models.alert_report.events import OWN_URI
from models.fhir_out.elements import Json, author, cleaned, own_id, subject, uuid_identifier
from models.lesion_report.fhir_elements import TERMINOLOGY, concept_of, filled
from schemas.alerts import Alert, Priority
from schemas.plan import Plan, PlanAlarm

_PRIORITY: Final = "http://hl7.org/fhir/StructureDefinition/flag-priority"
_CODES: Final[dict[Priority, tuple[str, str]]] = {
    "low": ("PL", "Low priority"),
    "medium": ("PM", "Medium priority"),
    "high": ("PH", "High priority"),
}
"""Code system flag-priority-code of FHIR R4."""


def flag_of_alert(alert: Alert) -> Json:
    """Return the Flag for one step of an alert: all steps of an episode are versions of one."""
    end = {"end": alert.time.isoformat()} if not alert.presence else {}
    return _flag(
        alert.patient,
        str(alert.alert),
        alert.condition,
        alert.text,
        alert.priority,
        {"start": alert.episode_start.isoformat()} | end,
        alert.provenance.software,
        active=alert.presence or alert.signal == "latched",
    )


def flag_of_alarm(plan: Plan, alarm: PlanAlarm) -> Json:
    """Return the Flag for an alarm of a plan; that of one of ours is a version of the same as for its alerts."""
    name = alarm.alert or own_id(plan.patient, "device-alarm", alarm.condition, alarm.since.isoformat())
    period = {"start": alarm.since.isoformat()}
    software = plan.provenance.software
    return _flag(plan.patient, name, alarm.condition, alarm.text, alarm.priority, period, software, active=True)


def _flag(
    patient: str,
    episode: str,
    condition: str,
    text: str,
    priority: Priority | None,
    period: dict[str, Any],
    software: str,
    *,
    active: bool,
) -> Json:
    code = concept_of("http://hl7.org/fhir/flag-priority-code", *_CODES[priority]) if priority else None
    flag: Json = filled(
        resourceType="Flag",
        id=own_id(patient, "Flag", episode),
        extension=[{"url": _PRIORITY, "valueCodeableConcept": code}] if code else [],
        identifier=[uuid_identifier(episode)],
        status="active" if active else "inactive",
        category=[concept_of(f"{TERMINOLOGY}/flag-category", "clinical", "Clinical")],
        code={"coding": [{"system": OWN_URI, "code": condition}], "text": text},
        subject=subject(patient),
        period=period,
        author=author(software),
    )
    return {name: cleaned(element) for name, element in flag.items()}
