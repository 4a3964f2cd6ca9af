"""One alarm of a device, as far as a message says it, and the record that it becomes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeVar

from models.deidentify.keyed import Keyed
from schemas.device_alarms import AlarmPhase, AlarmState, AlarmValue, DeviceAlarm
from stream.gateway import alarm_terms
from stream.gateway.alarm_terms import Attribute
from stream.gateway.trouble import Told, Trouble

_LONGEST: Final = 128  # characters of a code on the wire
_LONGEST_TEXT: Final = 256
_MOST_VALUES: Final = 16
_Word = TypeVar("_Word")


class Stamp(NamedTuple):
    """A time-stamp as it was sent, and where."""

    stated: str
    where: str


@dataclass
class Draft:
    """One alarm, as far as the segments that were read say it.

    number  of its OBX in the message
    stamps  when it was, the nearest first; the first that can be read counts
    name    what makes it the same alarm in all its steps: the sender's identifier, else what it is about
    words   of its attributes, each with the OBX that says it; flags: those of OBX-8
    """

    number: int
    code: str
    event: str
    system: str
    text: str
    device: str
    name: str
    stamps: Sequence[Stamp] = ()
    words: dict[Attribute, tuple[int, list[str]]] = field(default_factory=dict)
    flags: Sequence[str] = ()
    direction: Literal["high", "low"] | None = None
    values: list[AlarmValue] = field(default_factory=list)

    def made(self, patient: str, time: datetime, key: Keyed, told: Told) -> DeviceAlarm:
        """The record; what of it is not understood is told."""
        phase, state = _whole(
            self._word("phase", alarm_terms.PHASES, told), self._word("state", alarm_terms.STATES, told)
        )
        _, written = self.words.get("text", (0, [self.text]))
        return DeviceAlarm(
            patient=patient,
            time=time,
            device=self.device[:_LONGEST] or None,
            alarm=f"a-{key.name(f'alarm|{self.name}')}",
            code=self.code[:_LONGEST] or None,
            event=self.event[:_LONGEST],
            system=self.system[:_LONGEST] or None,
            text=" ".join(written)[:_LONGEST_TEXT],
            phase=phase,
            state=state,
            inactivation=tuple(dict.fromkeys(self._all("inactivation", alarm_terms.INACTIVATIONS, told))),
            priority=self._word("priority", alarm_terms.PRIORITIES, told),
            type=self._word("type", alarm_terms.TYPES, told),
            direction=self.direction or next(iter(_known(self.flags, alarm_terms.DIRECTIONS)), None),
            values=tuple(self.values[:_MOST_VALUES]),
        )

    def _all(self, of: Attribute, known: Mapping[str, _Word], told: Told) -> list[_Word]:
        """What an attribute says, in words that are known; others are told, and cost no alarm."""
        number, said = self.words.get(of, (0, []))
        found = _known(said, known)
        if len(found) < len(said):
            told.tell(Trouble(f"OBX^{number}^5", "103", "a word about the alarm is none that is known here", "remark"))
        return found

    def _word(self, of: Attribute, known: Mapping[str, _Word], told: Told) -> _Word | None:
        """What an attribute says, else OBX-8."""
        found = self._all(of, known, told) or _known(self.flags, known)
        return found[0] if found else None


def _whole(phase: AlarmPhase | None, state: AlarmState | None) -> tuple[AlarmPhase, AlarmState]:
    """Phase and state, each from the other where it is missing: an alarm of which nothing is said is there."""
    if phase is None:
        phase = "end" if state == "inactive" else "present"
    if state is None:
        state = "inactive" if phase in {"end", "tpoint"} else "active"
    return phase, state


def _known(said: Sequence[str], known: Mapping[str, _Word]) -> list[_Word]:
    return [known[one.casefold()] for one in said if one.casefold() in known]
