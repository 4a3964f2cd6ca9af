"""Instants of HL7 time-stamps. Pure.

A zone that is written is never replaced, nor one that can't be read passed over. Without one, the zone of MSH-7 counts
(chapter 2.15.9.7: the default of the whole message), then the sender's.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_STAMP: Final = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+)|(\d{3})(?!\d))?)?\s*(\S.*)?",
    re.ASCII | re.DOTALL,
)
_ZONE: Final = re.compile(r"([+-])(\d\d)(?::?([0-5]\d))?", re.ASCII)
_TAIL: Final = re.compile(r"\d{4}-?\d\d-?\d\d(?:[T ]?[\d:.,]*)?\s*(Z|[+-]\d\d:?\d\d|[+-]\d\d)", re.ASCII)
_FURTHEST_H: Final = 14  # no zone is further from UTC
_AHEAD: Final = timedelta(minutes=2)
"""So far a sender's clock may run ahead before an instant is no possible one; the worker's default, too (future_s)."""
_LIVE: Final = timedelta(minutes=15)
"""What arrives so soon after its instant is taken for a running feed and not for a backlog; our choice."""
_NEAR: Final = timedelta(hours=2)
"""What was heard of a patient at most so long ago tells which of two hours it is; our choice."""


def zone_named(name: str) -> ZoneInfo:
    """The time zone of this name; raises ValueError, whose text is one sentence."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last of a folder's name, or a very long one
        message = f"there is no time zone {name!r}"
        raise ValueError(message) from None


class NoMomentError(Exception):
    """A field holds no moment that can be used; the text says why and carries nothing of the field."""


class Clock(NamedTuple):
    """How the stamps of one message are read.

    zone       of stamps that state none: the message's, else the sender's; None where neither is known
    heard      the last instant that this sender has stated of this patient, in order of arrival
    arrived    when the message arrived; None where that says nothing, as for a file
    """

    zone: tzinfo | None
    heard: datetime | None = None
    arrived: datetime | None = None


def moment(stated: str, clock: Clock) -> datetime:
    """The instant of a time-stamp.

    Raises NoMomentError when it is less exact than a minute, no date, has a zone that can't be read, or none where none
    is known.
    """
    found = _STAMP.fullmatch(stated)
    if found is None:
        message = "a time-stamp to the minute or better is needed"
        raise NoMomentError(message)
    *digits, fraction, milliseconds, written = found.groups()  # some senders write milliseconds without the point
    microsecond = int(f"{fraction or milliseconds or 0:0<6}"[:6])
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in digits)
        local = datetime(year, month, day, hour, minute, second, microsecond)  # noqa: DTZ001 - zoned below
    except ValueError:
        message = "a time-stamp is not one"
        raise NoMomentError(message) from None
    zone = clock.zone if written is None else _zone(written)
    if zone is None:
        message = "a time-stamp has no zone, and the gateway was not told which to take"
        raise NoMomentError(message)
    try:
        return _at(local, zone, clock)
    except OverflowError:
        message = "a time-stamp is not one"
        raise NoMomentError(message) from None


def zone_of(stated: str) -> tzinfo | None:
    """The zone that a time-stamp states, of whatever precision; None without one that can be read."""
    found = _TAIL.fullmatch(stated)
    try:
        return _zone(found.group(1)) if found else None
    except NoMomentError:
        return None


@lru_cache(maxsize=256)
def _zone(written: str) -> tzinfo:
    """Z is no form of HL7, but leaves nothing to guess."""
    if written in {"Z", "z", "UTC", "GMT"}:
        return UTC
    found = _ZONE.fullmatch(written)
    if found is None or int(found.group(2)) > _FURTHEST_H:
        message = "the zone of a time-stamp can't be read"
        raise NoMomentError(message)
    sign, hours, minutes = found.groups()
    away = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-away if sign == "-" else away)


def _at(local: datetime, zone: tzinfo, clock: Clock) -> datetime:
    """The instant of a local time; of two in the hour that a clock goes back, the one that fits the feed's order."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    before, after = first.astimezone(UTC), second.astimezone(UTC)
    if before >= after:  # one instant; or none, when the clock goes forward: read as if it had not
        return before if before > after else first
    arrived, heard = clock.arrived, clock.heard
    if arrived is not None:
        if after > arrived + _AHEAD:
            return before
        if abs(arrived - after) <= _AHEAD:
            return after
    if heard is not None and before - _NEAR <= heard <= after + _NEAR:
        return min((after, before), key=lambda instant: abs(instant - heard))
    return after if arrived is not None and arrived - after <= _LIVE else before
