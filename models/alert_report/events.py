"""What our conditions are called in ISO/IEEE 11073-10101, as far as a public source says so."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from models.alarms.rules import LIMIT_RULES, SEPSIS_RISK
from schemas.alerts import Alert
from schemas.codes import VITALS, VitalCode
from schemas.vitals import NUMERICS

MDC: Final = "MDC"
OWN: Final = "99WARDWATCH"
"""The coding system of our conditions in HL7 v2: 99 begins a local one (HL7 table 0396)."""
OWN_URI: Final = "urn:wardwatch:alarm-condition"
"""And in FHIR."""
MDC_URI: Final = "urn:iso:std:iso:11073:10101"


class Event(NamedTuple):
    """An event of the nomenclature: its number and reference id."""

    code: int
    name: str


# 3 is the partition of events: 3 * 65536 + term. Limits: IHE PCD, supplement ACM of 2011 (196648), and the value set of
# R6 device alerts of T-CABS (196648, 196670); events: DICOM PS3.16, codes 3:3072 and 3:3076; lead off: Mindray
# BeneVision's ORU^R40, as two public receivers show it.
_HIGH: Final = Event(196648, "MDC_EVT_HI")
_LOW: Final = Event(196670, "MDC_EVT_LO")
_NAMED: Final[Mapping[str, Event]] = {
    "apnoea": Event(199680, "MDC_EVT_APNEA"),
    "asystole": Event(199684, "MDC_EVT_ECG_ASYSTOLE"),
    "sensor-off:heart_rate": Event(196680, "MDC_EVT_LEAD_OFF"),
}
_SIDES: Final[Mapping[str, Literal["high", "low"]]] = {
    rule.condition: "high" if rule.direction == "above" else "low" for rule in (*LIMIT_RULES, SEPSIS_RISK)
}
_VITAL_LIMITS: Final = frozenset(rule.condition for rule in LIMIT_RULES if rule.input in NUMERICS)
_CODES: Final = {vital.field: vital for vital in VITALS}


def side_of(alert: Alert) -> Literal["high", "low"] | None:
    """Whether what the alert is about is too high or too low; None where it is neither."""
    return _SIDES.get(alert.condition)


def event_of(alert: Alert) -> Event | None:
    """The event of the nomenclature; None for a condition that it has none for, such as a score."""
    if alert.condition in _VITAL_LIMITS:
        return _HIGH if side_of(alert) == "high" else _LOW
    return _NAMED.get(alert.condition)


def vital_of(name: str) -> VitalCode | None:
    """The codes of a vital sign; None for another input of a rule."""
    return _CODES.get(name)
