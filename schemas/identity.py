"""Deterministic identifiers: the same input under the same rule has the same one, so that a replay adds nothing new."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("6f0f3c1e-5d0b-5b6e-9a53-1d2a8f6c7e40")
"""The namespace of all identifiers (UUID version 5), fixed for ever: a change would make every replay look new."""


def output_id(kind: str, patient: str, rule: str, start: datetime | float | str, *more: str) -> UUID:
    """Return the identifier of an output: a UUID of version 5 over all that is given.

    Args:
        kind: what is identified, e.g. alert or forecast.
        patient: the patient's pseudonym; empty where none is meant.
        rule: the rule or model, with its version.
        start: event time: a moment, or seconds since 1970. The same moment gives the same identifier in any time zone.
        more: whatever else tells it from others.

    Raises:
        ValueError: where the moment has no time zone.
    """
    if isinstance(start, datetime):
        if start.tzinfo is None:
            message = "the start of an output must have a time zone"
            raise ValueError(message)
        moment = start.astimezone(UTC).isoformat()
    else:
        moment = start if isinstance(start, str) else repr(float(start))
    return uuid5(NAMESPACE, "|".join((kind, patient, rule, moment, *more)))


def device_alarm_id(patient: str, device: str | None, alarm: str) -> UUID:
    """The identifier under which an alert names an alarm of a device: the same for all its steps."""
    return output_id("device-alarm", patient, device or "", "", alarm)
