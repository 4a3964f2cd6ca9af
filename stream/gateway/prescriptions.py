"""What an order of a drug says: which, how much, by which way, how often, and what was given of it. Pure.

The pharmacy's encoding (RXE) counts before the prescription (RXO) that it came from. Each administration (RXA) is a
record of its own, of the drug that was given.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from schemas.therapy import Medication
from stream.gateway.drug_codes import CodedDrug, coded_drug
from stream.gateway.moments import NoMomentError
from stream.gateway.order_control import Effect
from stream.gateway.order_group import Group
from stream.gateway.segments import DELETED, Segment, text
from stream.gateway.timing import Timing, timing
from stream.gateway.trouble import LeftOut, Trouble

_DETAILS: Final = ("RXE", "RXO")
DRUG_SEGMENTS: Final = frozenset({*_DETAILS, "RXA"})
NOT_NAMED: Final = "not named"
"""The drug of a record that ends an order and does not name it."""
_LONGEST: Final = 128  # characters of a code on the wire
_NUMBER: Final = re.compile(r"\d{1,12}(\.\d*)?|\.\d+", re.ASCII)
_MOST_COMPONENTS: Final = 20
"""Of a mixture; our choice."""
_UNKNOWN_AMOUNT: Final = 999.0
"""RXA-6 of an amount that is not known (chapter 4A.4.7.6)."""
_COMPLETIONS: Final = {
    **dict.fromkeys(("GIVEN", "ADMINISTERED", "COMPLETE", "COMPLETED"), "CP"),
    **dict.fromkeys(("NOT GIVEN", "NOT ADMINISTERED", "HELD", "MISSED"), "NA"),
    "REFUSED": "RE",
}
"""Words that charts write in RXA-20 in the place of HL7 table 0322; our choice of those that can mean one thing."""
_CLOCKS_APART: Final = timedelta(minutes=2)
"""So far a moment may seem to lie after its message; as in orders.py."""

Status = Literal["ordered", "active", "stopped"]
_STATUSES: Final[dict[Effect, Status]] = {
    "ordered": "ordered",
    "running": "ordered",  # somebody works on the order; that the drug is given, RXA says
    "held": "ordered",  # what is on hold may be given again any time: rules go on
    "stopped": "stopped",
    "completed": "stopped",
}


class _Place(NamedTuple):
    """Which fields of a segment say what: the drug, its least and its most amount, their unit."""

    drug: int
    least: int
    most: int
    unit: int


_PLACES: Final = {"RXE": _Place(2, 3, 4, 5), "RXO": _Place(1, 2, 3, 4), "RXA": _Place(5, 6, 6, 7)}


def drugs_of(group: Group) -> list[Medication]:
    """The records of an order of a drug; raises LeftOut where there is none.

    An order of which something was given stands, and its status is that of the giving; but that it was stopped counts.
    """
    encoded = group.first("RXE")
    order = group.named((), ((encoded, 15),))
    when = timing(group, ((group.control, 7), (encoded, 1)))
    reading = _Reading(group, order, when, _details(group), _ways(group.segments), _components(group))
    given = reading.given(group.every("RXA"))
    return [*given, reading.ordered()] if group.first("RXA") is None or group.effect == "stopped" else given


class _Named(NamedTuple):
    segment: Segment
    drug: CodedDrug


@dataclass(frozen=True)
class _Reading:
    """Reads the segments of one order."""

    group: Group
    order: str
    when: Timing
    details: Sequence[_Named]
    ways: Mapping[int, frozenset[str]]
    components: Sequence[CodedDrug]

    def ordered(self) -> Medication:
        """The order itself."""
        group, status = self.group, _STATUSES[self.group.effect]
        named = self.details
        if not named and status != "stopped":
            raise LeftOut(Trouble(f"ORC^{group.number}", "101", "the order names no drug (RXE-2 or RXO-1)"))
        effective = self._effective(is_end=status == "stopped")
        if status == "stopped":
            begins, ends = self.when.begins, effective or self.when.ends
        else:
            begins, ends = self.when.begins or effective, self.when.ends
        return self._medication(named, group.time, status, begins, ends)

    def given(self, administrations: Sequence[Segment]) -> list[Medication]:
        """What was given, a record for each moment; where nothing was, or it is not said what, that is told."""
        found: dict[datetime, list[_Named]] = {}
        for segment in administrations:
            try:
                drug = self._administered(segment)
            except LeftOut as left_out:
                self.group.told.leave_out(left_out.trouble, "")
                continue
            found.setdefault(self._given_at(segment), []).append(_Named(segment, drug))
        when = self.when
        return [self._medication(named, time, "active", when.begins, when.ends) for time, named in found.items()]

    def _administered(self, segment: Segment) -> CodedDrug:
        """The drug that was given; that it was is said by RXA-20 and 21 (HL7 tables 0322 and 0206)."""
        said, action = text(segment, 20).upper(), text(segment, 21).upper()
        completion = _COMPLETIONS.get(said, said)
        where = self.group.where
        if action == "D":
            sentence = "the administration is taken back; one that was sent before still counts"
            raise LeftOut(Trouble(where(segment, 21), "207", sentence))
        if completion in {"RE", "NA"}:
            raise LeftOut(Trouble(where(segment, 20), "0", "the drug was not given", "left out"))
        if completion not in {"", "CP", "PA"}:
            raise LeftOut(Trouble(where(segment, 20), "103", "whether the drug was given is not understood"))
        drug = coded_drug(segment, _PLACES["RXA"].drug)
        if not drug.is_named:
            raise LeftOut(Trouble(where(segment, 5), "101", "the administration names no drug"))
        return drug if drug.is_common else drug.known_as(next(iter(self.details), _Named(segment, drug)).drug)

    def _medication(
        self,
        named: Sequence[_Named],
        time: datetime,
        status: Status,
        begins: datetime | None,
        ends: datetime | None,
    ) -> Medication:
        """One record. Of several drugs in one order all names are on it, since by its number they are one."""
        detail, drug = named[0] if named else (None, CodedDrug())
        others = [one.drug for one in named if not one.drug.is_same(drug)]
        if detail is not None and others:
            sentence = "the order is of several drugs: of all but the first only the name is taken"
            self._remark(detail, 0, "207", sentence)
        dose, unit = (None, None) if detail is None or others else self._dose(detail)
        return Medication(
            patient=self.group.patient(time),
            time=time,
            order=self.order,
            drug=self._with_components(drug, others) if drug.is_named else NOT_NAMED,
            rxnorm=drug.rxnorm or None,
            code=drug.code or None,
            code_system=(drug.system or None) if drug.code else None,
            dose=dose,
            dose_unit=unit,
            route=None if detail is None else self._route(detail),
            frequency=self.when.frequency or None,
            started_at=begins,
            ended_at=ends,
            status=status,
        )

    def _with_components(self, drug: CodedDrug, others: Sequence[CodedDrug]) -> str:
        """The drug's name, and of what is mixed with it: rather a name too many than one too few."""
        mixed = (one for one in (*others, *self.components) if not one.is_same(drug))
        whole = " + ".join(dict.fromkeys([drug.shown, *(one.shown for one in mixed)]))
        if len(whole) > _LONGEST:
            self._remark(self.group.control, 0, "207", "the drug has more components than there is room for")
        return whole[:_LONGEST]

    def _dose(self, detail: Segment) -> tuple[float | None, str | None]:
        place = _PLACES[detail.name]
        stated = [one for at in (place.least, place.most) if (one := text(detail, at)) not in {"", DELETED}]
        if not all(map(_NUMBER.fullmatch, stated)):
            self._remark(detail, place.least, "102", "the amount is no number")
            return None, None
        numbers = set(map(float, stated))
        if len(numbers) > 1:
            self._remark(detail, place.least, "0", "the amount is a range, which is left out")
        if len(numbers) != 1 or (detail.name == "RXA" and numbers == {_UNKNOWN_AMOUNT}):
            return None, None
        unit, name = _code_or_name(detail, place.unit), text(detail, place.unit, 2)
        return numbers.pop(), (name[:_LONGEST] if unit.isdecimal() and name not in {"", DELETED} else unit) or None

    def _route(self, detail: Segment) -> str | None:
        said = self.ways.get(id(detail), frozenset())
        if len(said) > 1:
            self._remark(detail, 0, "0", "the order leaves a choice between several ways, which are left out")
        return next(iter(said)) if len(said) == 1 else None

    def _effective(self, *, is_end: bool) -> datetime | None:
        """When what is said takes effect (ORC-15)."""
        control = self.group.control
        stated = text(control, 15)
        try:
            found = self.group.moment(stated) if stated else None
        except NoMomentError as error:
            self._remark(control, 15, "102", str(error))
            return None
        if is_end and found is not None and found > self.group.time + _CLOCKS_APART:
            self._remark(control, 15, "0", "the order is to end later, and counts as ended from now on")
        return found

    def _given_at(self, segment: Segment) -> datetime:
        """When it was given (RXA-3), else when that was said."""
        said = self.group.sent or self.group.time
        try:
            found = self.group.moment(text(segment, 3))
        except NoMomentError as error:
            self._remark(segment, 3, "102", f"{error}: the message's moment counts")
            return said
        if found > said + _CLOCKS_APART:
            self._remark(segment, 3, "102", "the moment lies after the message was written, whose moment counts")
            return said
        return found

    def _remark(self, segment: Segment, field: int, code: str, sentence: str) -> None:
        self.group.told.tell(Trouble(self.group.where(segment, field), code, sentence, "remark"))


def _details(group: Group) -> list[_Named]:
    """What was ordered: as it was encoded, else as it was prescribed."""
    every = ([_Named(one, coded_drug(one, _PLACES[name].drug)) for one in group.every(name)] for name in _DETAILS)
    return next((found for one in every if (found := [two for two in one if two.drug.is_named])), [])


def _ways(segments: Sequence[Segment]) -> dict[int, frozenset[str]]:
    """The ways (RXR) of each segment that they stand behind, by its identity.

    Of administrations in a row all go by what stands behind the last.
    """
    found: dict[int, frozenset[str]] = {}
    ways: set[str] = set()
    last = ""  # which kind of segment the ways are known to be of
    for one in reversed(segments):
        if one.name == "RXR":
            ways, last = (set() if last else ways) | {_code_or_name(one, 1)}, ""
        elif one.name in DRUG_SEGMENTS:
            if last in {"", "RXA"} and (not last or one.name == "RXA"):
                found[id(one)] = frozenset(ways - {""})
            else:
                ways = set()
            last = one.name
    return found


def _components(group: Group) -> list[CodedDrug]:
    """What is mixed (RXC)."""
    mixed = group.every("RXC")
    if len(mixed) > _MOST_COMPONENTS:
        trouble = Trouble(group.where(mixed[0], 0), "207", "the drug has more components than are read", "remark")
        group.told.tell(trouble)
    named = (coded_drug(one, 2) for one in mixed[:_MOST_COMPONENTS])
    return [one for one in named if one.is_named]


def _code_or_name(segment: Segment, field: int) -> str:
    """The first two components of a coded field: the code, or else its name."""
    said = (text(segment, field, at) for at in (1, 2))
    return next((one for one in said if one not in {"", DELETED}), "")[:_LONGEST]
