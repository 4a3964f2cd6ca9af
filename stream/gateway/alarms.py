"""Alarms of a message as they were sent, for the dry run, beside the records that become of them. Pure."""

from typing import Final, NamedTuple

from stream.gateway.segments import Message, Segment, raw, text

_ALERT_SYSTEMS: Final = ("ALERT", "ALARM")
"""How the coding system of a vendor's alarm in an ORU^R01 ends, as MDIL-ALERT."""
_ATTRIBUTE: Final = "MDC_ATTR_"


class MonitorAlarm(NamedTuple):
    """One alarm as it was sent; `attributes` by the reference id of IHE PCD-04."""

    place: str
    code: str
    said: str
    attributes: dict[str, str]


def alarms(message: Message) -> list[MonitorAlarm]:
    """The alarms of a message: of an ORU^R40 one a request, of an ORU^R01 those in a vendor's own coding system."""
    if text(message.header, 9) != "ORU":
        return []
    is_alert = text(message.header, 9, 2) == "R40"
    found: list[MonitorAlarm] = []
    requests = observations = 0
    for segment in message.segments:
        if segment.name == "OBR":
            requests += 1
            if is_alert:
                found.append(MonitorAlarm(f"OBR^{requests}", text(segment, 4, 2) or text(segment, 4), "", {}))
        elif segment.name == "OBX":
            observations += 1
            if is_alert and found:
                found[-1] = _with(found[-1], segment)
            elif text(segment, 3, 3).upper().endswith(_ALERT_SYSTEMS):
                found.append(MonitorAlarm(f"OBX^{observations}", raw(segment, 3), text(segment, 5), {}))
    return found


def _with(alarm: MonitorAlarm, segment: Segment) -> MonitorAlarm:
    """Add an observation of an alert: its event, or one of its attributes."""
    name, said = text(segment, 3, 2), text(segment, 5)
    if name.startswith(_ATTRIBUTE):
        return alarm._replace(attributes=alarm.attributes | {name: said})
    return alarm._replace(code=raw(segment, 3), said=said) if said else alarm
