"""Fields and moments of HL7 v2 messages, read the same way everywhere."""

from datetime import datetime, tzinfo
from typing import Any, Final

import hl7
from hl7.datatypes import parse_datetime

Segment = Any  # hl7.Segment; the library is untyped
Message = Any  # hl7.Message

DELETED: Final = '""'
"""What a field holds whose value is to be deleted (chapter 2.5.3)."""
_TO_THE_MINUTE: Final = 12  # digits of YYYYMMDDHHMM


class NoMomentError(Exception):
    """A field holds no moment that can be used; the text says why and carries nothing of the field."""


def text(segment: Segment | None, field: int, component: int = 1, repetition: int = 0) -> str:
    """One component of a field, without blanks round it; empty where it is not there."""
    if segment is None:
        return ""
    try:
        found = segment(field)[repetition]
    except (IndexError, KeyError):
        return ""
    if not isinstance(found, hl7.Repetition):
        return str(found).strip() if component == 1 else ""
    try:
        return str(found(component)).strip()
    except IndexError:
        return ""


def repetitions(segment: Segment, field: int) -> int:
    """How often a field is repeated; 0 where it is not there."""
    try:
        return len(segment(field))
    except (IndexError, KeyError):
        return 0


def first(message: Message, name: str) -> Segment | None:
    """The first segment of a name, or None."""
    return next((segment for segment in message if str(segment[0]) == name), None)


def moment(stated: str, zone: tzinfo | None) -> datetime:
    """The instant of an HL7 time-stamp; one without a zone lies in `zone`.

    Raises NoMomentError when it is less exact than a minute, no date, or has no zone and none was given.
    """
    digits = len(stated) - len(stated.lstrip("0123456789"))
    if digits < _TO_THE_MINUTE:
        message = "a time-stamp to the minute or better is needed"
        raise NoMomentError(message)
    try:
        found: datetime = parse_datetime(stated)
    except ValueError:
        message = "a time-stamp is not one"
        raise NoMomentError(message) from None
    if found.tzinfo is None:
        if zone is None:
            message = "a time-stamp has no zone, and the gateway was not told which to take"
            raise NoMomentError(message)
        found = found.replace(tzinfo=zone)
    return found
