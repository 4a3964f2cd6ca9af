"""What nurses and physicians ask for at the board, until the alarms' own life-cycle says what became of it. Pure.

A deed is a record on a topic, and nothing on the board changes by it: it stands as requested until an event comes back.
Of two who ask for the same the first one is heard, and both see it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from models.alarms.settings import LONGEST_S
from schemas.alarm_settings import AlarmSetting
from schemas.alerts import Acknowledgement
from schemas.wire import Code, Pseudonym
from stream.board.users import User
from stream.subscriber.ward import Ward

UNANSWERED: Final = timedelta(seconds=10)
"""Ours: then it is said that nothing came back, and it may be asked for again."""
_SHOWN: Final = timedelta(minutes=5)


class Deed(BaseModel):
    """What a page asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    deed: Literal["acknowledge", "pause", "standby", "away", "end"]
    patient: Pseudonym
    alert: UUID | None = None
    reason: Code | None = None
    ends: Literal["pause", "standby", "away"] | None = None

    @property
    def asks_for(self) -> tuple[str, ...]:
        """What two deeds have in common of which one is enough."""
        return (self.deed, self.patient, str(self.alert), str(self.ends))


class DeedError(Exception):
    """A deed that can't be asked for; the text is a sentence for the one who asked."""


@dataclass(frozen=True)
class Requested:
    """A deed that was asked for."""

    deed: Deed
    by: str
    at: datetime


@dataclass
class Deeds:
    """The deeds that were asked for and not answered yet."""

    ward: Ward
    open: list[Requested] = field(default_factory=list)

    def ask(self, deed: Deed, user: User, now: datetime) -> tuple[str, Acknowledgement | AlarmSetting]:
        """Return topic and record of a deed. Raises DeedError."""
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as the answer will have it
        bed = self.ward.beds.get(deed.patient)
        if bed is None or not user.may("act"):
            raise DeedError("there is no such bed" if bed is None else "that role only looks")
        self.settle(now)
        for one in self.open:
            if one.deed.asks_for == deed.asks_for:
                if now - one.at <= UNANSWERED:
                    message = f"{one.by} has asked for that already"
                    raise DeedError(message)
                self.open.remove(one)
                break
        record: Acknowledgement | AlarmSetting
        if deed.deed == "acknowledge":
            alert = None if deed.alert is None else bed.alarms.get(deed.alert)
            if alert is None or alert.signal not in {"on", "latched"}:
                raise DeedError("that alarm does not sound any more")  # noqa: EM101, TRY003 - a sentence for the user
            topic = "acknowledgements"
            record = Acknowledgement(patient=deed.patient, time=now, alert=alert.alert, by=user.name)
        else:
            topic, record = "alarm-settings", _setting(deed, user, now)
        self.open.append(Requested(deed, user.name, now))
        self.ward.touched.add(deed.patient)
        return topic, record

    def settle(self, now: datetime) -> None:
        """Drop what was answered, and what nobody has answered for long."""
        self.open = [
            one for one in self.open if now - one.at <= _SHOWN and not _ANSWERED[one.deed.deed](self.ward, one)
        ]

    def of(self, patient: str, now: datetime) -> list[dict[str, str | bool | None]]:
        """Return what stands as requested for a bed, for the page."""
        return [
            {
                "deed": one.deed.deed,
                "alert": None if one.deed.alert is None else str(one.deed.alert),
                "ends": one.deed.ends,
                "by": one.by,
                "at": one.at.isoformat(),
                "unanswered": now - one.at > UNANSWERED,
            }
            for one in self.open
            if one.deed.patient == patient
        ]


def _setting(deed: Deed, user: User, now: datetime) -> AlarmSetting:
    """Return the record of a setting, for as long as the role may set it. Raises DeedError."""
    assert deed.deed != "acknowledge"  # noqa: S101 - that is no setting
    assert user.role in {"nurse", "physician"}  # noqa: S101 - no other role may act (stream/board/roles.py)
    said = {"patient": deed.patient, "time": now, "action": deed.deed, "role": user.role, "by": user.name}
    if deed.deed == "end":
        if deed.ends is None:
            raise DeedError("it has to be said what ends")  # noqa: EM101, TRY003 - a sentence for the user
        return AlarmSetting.model_validate(said | {"ends": deed.ends})
    if deed.reason is None:
        raise DeedError("that needs a reason")  # noqa: EM101, TRY003 - as above
    until = now + timedelta(seconds=LONGEST_S[deed.deed][user.role])
    return AlarmSetting.model_validate(said | {"until": until, "reason": deed.reason})


def _is_acknowledged(ward: Ward, asked: Requested) -> bool:
    """The alarm's own event came back: it is silent now, or over."""
    bed = ward.beds.get(asked.deed.patient)
    alert = None if bed is None or asked.deed.alert is None else bed.alarms.get(asked.deed.alert)
    return alert is None or alert.signal not in {"on", "latched"}


def _is_told(ward: Ward, asked: Requested) -> bool:
    """The worker has said what became of this very setting."""
    return any(
        one.setting is not None and one.patient == asked.deed.patient and one.setting.time == asked.at
        for one in ward.statuses
    )


_ANSWERED: Final[dict[str, Callable[[Ward, Requested], bool]]] = {
    "acknowledge": _is_acknowledged,
    **dict.fromkeys(("pause", "standby", "away", "end"), _is_told),
}
