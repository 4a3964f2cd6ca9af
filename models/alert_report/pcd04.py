"""An alert as an alert report of IHE Patient Care Device, transaction PCD-04 (ORU^R40, HL7 2.6). Pure.

IHE PCD Technical Framework, volume 2, Report Alert: one OBR is one alarm, each OBX under it says one thing of it. The
numbers of the attributes (68481 to 68485, 68546) and the identifier of the profile in MSH-21 are those on which public
senders agree (Masimo, Mindray, Draeger, B. Braun).
"""

from datetime import UTC, datetime
from typing import Final

from models.alert_report.events import MDC, OWN, event_of, side_of, vital_of
from schemas.alerts import Alert, Evidence

_PRIORITIES: Final = {"high": "PH", "medium": "PM", "low": "PL"}
_TYPES: Final = {"physiological": "SP", "technical": "ST"}
_SIDES: Final = {"high": "H", "low": "L", None: "A"}
_APPLICATION: Final = "WARDWATCH"
_PROFILE: Final = "IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.4.4^ISO"
_HEADER: Final = ("P", "2.6", "", "", "AL", "NE", "", "UNICODE UTF-8", "", "", _PROFILE)
"""MSH-11 to MSH-21; PCD-04 asks for the commit's answer and no other."""
_ESCAPES: Final = str.maketrans(
    {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\r": " ", "\n": " "}
)
"""Chapter 2.7."""
_TREE: Final = "1.0.0.0"
"""OBX-4: one device and no parts. What stands behind it numbers what is said of the alarm (PCD TF-2, appendix B.8)."""


def alert_report(alert: Alert) -> str:
    """Return the message for one step of an alert, a carriage return behind each segment.

    OBR-3 numbers the step, and for the first one the episode, which later ones name as their parent (OBR-29).
    """
    sent = _stamp(alert.time)
    is_first = alert.phase == "start"
    step = f"{alert.alert if is_first else alert.id}^{_APPLICATION}"
    parent = [""] * 22 if is_first else [*[""] * 21, f"^{alert.alert}&{_APPLICATION}"]
    lines = [
        ["MSH", "^~\\&", _APPLICATION, "", "", "", sent, "", "ORU^R40^ORU_R40", alert.id.hex, *_HEADER],
        ["PID", "", "", f"{_plain(alert.patient)}^^^{_APPLICATION}^PI", "", "^^^^^^S"],
        ["OBR", "1", step, step, f"196616^MDC_EVT_ALARM^{MDC}", "", "", sent, *parent],
        *_observations(alert, sent),
        ["NTE", "1", "", f"Wardwatch {_plain(alert.provenance.software)}: not for clinical use"],
    ]
    return "".join("|".join(fields).rstrip("|") + "\r" for fields in lines)


def _observations(alert: Alert, sent: str) -> list[list[str]]:
    priority, kind = _PRIORITIES[alert.priority], _TYPES[alert.type]
    said = [
        ("CWE", f"196616^MDC_EVT_ALARM^{MDC}", _event(alert), "", "", f"{_SIDES[side_of(alert)]}~{priority}~{kind}"),
        *(_measured(alert, one) for one in alert.evidence if vital_of(one.name) is not None),
        ("ST", f"68481^MDC_ATTR_EVENT_PHASE^{MDC}", alert.phase, "", "", ""),
        ("ST", f"68482^MDC_ATTR_ALARM_STATE^{MDC}", _state(alert), "", "", ""),
        ("ST", f"68483^MDC_ATTR_ALARM_INACTIVATION_STATE^{MDC}", _inactivation(alert), "", "", ""),
        ("ST", f"68484^MDC_ATTR_ALARM_PRIORITY^{MDC}", priority, "", "", ""),
        ("ST", f"68485^MDC_ATTR_ALERT_TYPE^{MDC}", kind, "", "", ""),
        ("ST", f"68546^MDC_ATTR_ALERT_TEXT^{MDC}", _plain(alert.text), "", "", ""),
    ]
    return [
        ["OBX", str(number), form, name, f"{_TREE}.{number}", value, unit, limits, flags, "", "", "F", "", "", sent]
        for number, (form, name, value, unit, limits, flags) in enumerate(said, 1)
    ]


def _event(alert: Alert) -> str:
    own = f"{_plain(alert.condition)}^{_plain(alert.condition)}^{OWN}"
    event = event_of(alert)
    return own if event is None else f"{event.code}^{event.name}^{MDC}^{own}"


def _measured(alert: Alert, one: Evidence) -> tuple[str, str, str, str, str, str]:
    vital = vital_of(one.name)
    assert vital is not None  # noqa: S101 - only vital signs are asked for
    code = f"{vital.loinc}^{one.name}^LN"
    unit = "" if one.unit is None else f"{_plain(one.unit)}^{_plain(one.unit)}^UCUM"
    beyond = {"high": "<", "low": ">"}.get(side_of(alert) or "")
    limits = "" if one.limit is None or beyond is None or not alert.presence else f"{beyond}{one.limit:g}"
    return "NM", code, f"{one.value:g}", unit, limits, ""


def _state(alert: Alert) -> str:
    if alert.presence:
        return "active"
    return "latched" if alert.signal == "latched" else "inactive"


def _inactivation(alert: Alert) -> str:
    if alert.signal == "ack":
        return "alert-acknowledged"
    if alert.inactivation is not None:
        return alert.inactivation
    return "audio-paused" if alert.presence and alert.signal == "off" else "enabled"


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%d%H%M%S}.{moment.microsecond // 1000:03}+0000"


def _plain(text: str) -> str:
    return text.translate(_ESCAPES)
