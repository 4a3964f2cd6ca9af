"""Alarms that devices send: ORU^R40 (IHE PCD-04), and those that vendors send among observations (ORU^R01). Pure.

An alarm is never lost over what is wrong with a part of it: a bad value costs that value, a stamp that can't be read
leaves the request's or the message's, a word that is not known is told.
"""

import re
from typing import Final, Literal

from schemas.device_alarms import AlarmValue
from stream.gateway import alarm_terms
from stream.gateway.alarm_draft import Draft, Stamp
from stream.gateway.alarm_terms import Attribute, Written
from stream.gateway.codes import MDC, Meaning, is_of_an_object, look_up, system_of
from stream.gateway.context import Context
from stream.gateway.dialect import AlarmRow
from stream.gateway.segments import Segment, components, parts, raw, repetitions, text
from stream.gateway.trouble import LeftOut, Told, Trouble
from stream.gateway.units import convert
from stream.gateway.values import read

_LONGEST: Final = 128  # characters of a code on the wire
_NUMBER: Final = r"([+-]?\d{1,9}(?:\.\d{1,6})?)"
_RANGE: Final = re.compile(rf"\s*{_NUMBER}\s*-\s*{_NUMBER}\s*", re.ASCII)
_BOUND: Final = re.compile(rf"\s*([<>])=?\s*{_NUMBER}\s*", re.ASCII)
_PLAIN: Final = re.compile(rf"\s*{_NUMBER}\s*", re.ASCII)
_FIGURES: Final = re.compile(r"[\d.,]+")
_WITHDRAWN: Final = frozenset({"D", "W"})  # OBX-11 by HL7 table 0085: deleted, wrong
_WORD_TYPES: Final = frozenset({"", "ST", "TX", "FT", "CE", "CWE"})


class Alarms:
    """Reads the alarms of one patient's part of a message; `drafts` are those that were read."""

    def __init__(self, context: Context, told: Told) -> None:
        self.drafts: list[Draft] = []
        self._context = context
        self._told = told
        self._request: Segment | None = None
        self._request_number = 0
        self._device = ""
        self._early: list[tuple[int, Segment]] = []  # of the request, before the alarm is named
        self._open: Draft | None = None
        self._is_left_out = False  # the alarm that was named last, and with it what is said of it

    def begin(self, request: Segment, number: int) -> None:
        """A request (OBR) begins: one alarm, and what is said of it."""
        self.end()
        self._request, self._request_number = request, number

    def end(self) -> None:
        """The request is over: where no event names its alarm, its first text does; else what it said is told."""
        if self._early and not (self._open or self._is_left_out):
            self._name_by_text()
        for number, segment in () if self._open or self._is_left_out else self._early:
            self._leave_out(number, segment, "101", "it says something of an alarm, and none is named", "fault")
        self._early, self._open, self._device, self._is_left_out = [], None, "", False

    def observe(self, segment: Segment, number: int) -> None:
        """Take in one OBX of an ORU^R40; raises LeftOut where the alarm that it names is none."""
        names = _names(segment)
        attribute = alarm_terms.attribute_of(*names)
        if attribute is None and is_of_an_object(names[1], names[0], is_number_enough=_is_mdc(segment)):
            self._device = next((one for one in components(segment, 18) if one), self._device)
        elif attribute is None and alarm_terms.is_event(*names):
            self._is_left_out = True
            self._name(segment, number)
        elif self._is_left_out:
            return
        elif self._open is None:
            self._early.append((number, segment))
        elif attribute is not None:
            self._say(self._open, attribute, segment, number)
        else:
            self._measure(self._open, segment, number)

    def _name_by_text(self) -> None:
        named = (one for one in self._early if _is_worded(one[1]))
        number, segment = next((one for one in named if alarm_terms.attribute_of(*_names(one[1])) is None), (0, None))
        if segment is None:
            return
        self._early.remove((number, segment))
        self._is_left_out = True
        try:
            self._name(segment, number)
        except LeftOut as left_out:
            self._told.leave_out(left_out.trouble, _code_of(segment))

    def observe_vendor(self, segment: Segment, number: int, row: AlarmRow) -> None:
        """Take in an alarm that a vendor's device sends among its observations."""
        _require_a_patients(segment, number, self._context)
        said = text(segment, 5, 2) or text(segment, 5)
        is_coded = bool(text(segment, 5, 2))
        written = alarm_terms.written_in(said)
        label = alarm_terms.unmarked(said)
        code, event, system = (
            (text(segment, 5), label, "") if is_coded else (text(segment, 3), text(segment, 3, 2), text(segment, 3, 3))
        )
        draft = Draft(
            number,
            code,
            event or code,
            system,
            label,
            self._context.device or "",
            "|".join((self._context.sender, code, event, _FIGURES.sub("#", label))),
            self._stamps(segment, number),
            direction=written.direction,
        )
        priority = alarm_terms.marked_priority(said) or row.priority
        draft.words["phase"] = number, ["present"]
        if row.type is not None:
            draft.words["type"] = number, [row.type]
        if priority is not None:
            draft.words["priority"] = number, [priority]
        if written.label:
            draft.values.append(self._written(written))
        self.drafts.append(draft)

    def _name(self, segment: Segment, number: int) -> None:
        """The OBX that says which alarm it is: PCD-04 names the event in OBX-5, the supplements before it in OBX-3."""
        _require_a_patients(segment, number, self._context)
        code, event, system = _named(segment, 3)
        said = text(segment, 5)
        if event.upper() == alarm_terms.ALIVE:
            raise LeftOut(Trouble(f"OBX^{number}^3", "0", "the sender says that it lives, and no alarm", "left out"))
        is_any = event.upper() == alarm_terms.ALARM or (not event and code == alarm_terms.ALARM_NUMBER)
        if is_any and alarm_terms.is_event(text(segment, 5, 2), said):
            code, event, system = _named(segment, 5)
            said = text(segment, 5, 9)
        draft = Draft(
            number,
            code,
            event or code or alarm_terms.ALARM,
            system,
            said,
            self._device or next((one for one in components(segment, 18) if one), "") or self._context.device or "",
            self._identity(segment, event),
            self._stamps(segment, number),
            flags=components(segment, 8),
        )
        if self._open is not None:  # a request should hold one alarm
            draft.name += f"|{code}|{event}"
        self.drafts.append(draft)
        self._open, self._is_left_out = draft, False
        early, self._early = self._early, []
        for at, one in early:  # said before the alarm was named
            self.observe(one, at)

    def _say(self, draft: Draft, attribute: Attribute, segment: Segment, number: int) -> None:
        if attribute == "other":
            self._leave_out(number, segment, "0", "an attribute of the alarm that has no field", "left out")
        elif attribute == "source":
            self._device = self._device or text(segment, 5, 2) or text(segment, 5)
            draft.device = draft.device or self._device
        elif attribute == "device":
            draft.device = text(segment, 5) or draft.device
        elif said := [one for at in range(repetitions(segment, 5)) if (one := text(segment, 5, 1, at).casefold())]:
            draft.words[attribute] = number, [text(segment, 5)] if attribute == "text" else said

    def _measure(self, draft: Draft, segment: Segment, number: int) -> None:
        """A measurement that the alarm is about; one that is not understood keeps the sender's name and unit."""
        asked = (text(segment, 3, at) for at in range(1, 7))
        identifier, name, system, other, other_name, other_system = asked
        meaning = look_up(
            self._context.profile, identifier, name, other, other_name, system, other_system, text(segment, 4)
        )
        low, high = _limits(text(segment, 7))
        try:
            if isinstance(meaning, Meaning) and meaning.topic == "vitals" and meaning.dimension != "words":
                found = read(segment, number, meaning, self._context.profile) if text(segment, 5) else None
                value = None if found is None or found.kind == "off" else float(found.value)
                limits = [self._converted(one, segment, meaning) for one in (low, high)]
                draft.values.append(AlarmValue(name=meaning.field, value=value, low=limits[0], high=limits[1]))
                return
        except LeftOut as left_out:
            self._told.leave_out(left_out.trouble, _code_of(segment))
            return
        plain = _PLAIN.fullmatch(text(segment, 5))
        if plain is None and low is None and high is None:
            self._leave_out(number, segment, "0", "what is said with the alarm has no field", "left out")
            return
        draft.values.append(
            AlarmValue(
                name=(name or identifier)[:_LONGEST],
                value=None if plain is None else float(plain[1]),
                unit=(text(segment, 6, 2) or text(segment, 6))[:_LONGEST] or None,
                low=low,
                high=high,
            )
        )

    def _converted(self, limit: float | None, segment: Segment, meaning: Meaning) -> float | None:
        if limit is None:
            return None
        found = convert(self._context.profile, limit, text(segment, 6), text(segment, 6, 2), meaning)
        return found if isinstance(found, float) else None

    def _written(self, written: Written) -> AlarmValue:
        """What the text of an alarm measures: a field of the wire where the profile knows the label and the unit."""
        profile = self._context.profile
        label = written.label.upper()
        rows = (row for (_, name), row in profile.by_name.items() if name == label and row.topic == "vitals")
        row = next(rows, None)
        meaning = None if row is None else look_up(profile, row.code, label, system=row.system)
        stated = (written.value, *(written.limit if written.direction == side else None for side in ("low", "high")))
        if isinstance(meaning, Meaning):
            ours = [None if one is None else convert(profile, one, written.unit, "", meaning) for one in stated]
            value, low, high = (one if isinstance(one, float) else None for one in ours)
            if (value, low, high).count(None) == stated.count(None):
                return AlarmValue(name=meaning.field, value=value, low=low, high=high)
        value, low, high = stated
        return AlarmValue(name=written.label[:_LONGEST], value=value, unit=written.unit or None, low=low, high=high)

    def _identity(self, segment: Segment, event: str) -> str:
        """What all steps share: the filler number of the first (OBR-29, else OBR-3), else what the alarm is about."""
        parent = parts(self._request, 29, 2)
        filler = [text(self._request, 3, at) for at in range(1, 5)]
        named = [*parent] if any(parent) else filler
        while named and not named[-1]:
            named.pop()
        about = [] if named else [self._context.device or "", event, text(segment, 4).rpartition(".")[0]]
        return "|".join([self._context.sender, *named, *about])

    def _stamps(self, segment: Segment, number: int) -> list[Stamp]:
        header = self._context.message.header
        every = (
            Stamp(text(segment, 14), f"OBX^{number}^14"),
            Stamp(text(self._request, 7), f"OBR^{self._request_number}^7"),
            Stamp(text(header, 7), "MSH^1^7"),
        )
        return [one for one in every if one.stated]

    def _leave_out(
        self, number: int, segment: Segment, code: str, why: str, weight: Literal["fault", "left out"]
    ) -> None:
        self._told.leave_out(Trouble(f"OBX^{number}^3", code, why, weight), _code_of(segment))


def _named(segment: Segment, at: int) -> tuple[str, str, str]:
    """Code, name and coding system of an event; some senders write the name first."""
    first, second, system = (text(segment, at, component) for component in (1, 2, 3))
    if alarm_terms.is_event(first) and not first.isdecimal():
        first, second = ("" if second == first else second), first
    return ("" if first == "0" else first), second, system


def _limits(stated: str) -> tuple[float | None, float | None]:
    """OBX-7: `90-100`, `>90` (what is well lies above) or `<120`."""
    if found := _RANGE.fullmatch(stated):
        return float(found[1]), float(found[2])
    if found := _BOUND.fullmatch(stated):
        return (float(found[2]), None) if found[1] == ">" else (None, float(found[2]))
    return None, None


def _require_a_patients(segment: Segment, number: int, context: Context) -> None:
    """Leave out the alarm of a simulator, and one that the sender takes back."""
    if any(context.profile.flags.get(flag.upper()) == "test" for flag in components(segment, 8)):
        raise LeftOut(Trouble(f"OBX^{number}^8", "202", "test data is no patient's alarm", "left out"))
    if text(segment, 11) in _WITHDRAWN:
        raise LeftOut(Trouble(f"OBX^{number}^11", "207", "the alarm is withdrawn and left out"))


def _names(segment: Segment) -> tuple[str, str]:
    """What OBX-3 is called, and its code."""
    return text(segment, 3, 2), text(segment, 3)


def _is_mdc(segment: Segment) -> bool:
    return system_of(text(segment, 3, 3)) == MDC


def _is_worded(segment: Segment) -> bool:
    return text(segment, 2) in _WORD_TYPES and bool(text(segment, 5))


def _code_of(segment: Segment) -> str:
    return raw(segment, 3)[:_LONGEST]
