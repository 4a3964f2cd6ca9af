"""Admission, transfer, discharge, swap, merge, allergies (ADT): records of the stay, and what is remembered of it.

Only an admission begins a stay: no other event takes away what it does not say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from schemas.patients import PatientRecord
from stream.feeds.events import FeedEvent
from stream.gateway.body import body, term_of
from stream.gateway.context import Context
from stream.gateway.filing import Filed, Subject
from stream.gateway.memory import Memory
from stream.gateway.moments import NoMomentError
from stream.gateway.observations import Record
from stream.gateway.persons import NO_PATIENT, Identity, identity, place, pseudonym_of
from stream.gateway.plan import code_of
from stream.gateway.segments import DELETED, Segment, first, raw, text
from stream.gateway.trouble import Told, Trouble, Unusable, Unused

Status = Literal["admitted", "updated", "discharged"]


class _Event(NamedTuple):
    """What an event means. `is_here`: PV1-3 says where the patient is. `of_person`: it says nothing of a stay."""

    status: Status
    is_here: bool = True
    of_person: bool = False


# fmt: off
# HL7 table 0003, chapter 3.3
EVENTS: Final[dict[str, _Event]] = {
    "A01": _Event("admitted"),
    "A02": _Event("updated"),                                 # transferred
    "A03": _Event("discharged"),
    "A04": _Event("admitted"),                                # registered: an emergency department sends no A01
    "A05": _Event("updated", is_here=False, of_person=True),  # to be admitted: PV1-3 is where the patient will be
    "A06": _Event("admitted"),                                # an outpatient becomes an inpatient
    "A07": _Event("updated"),                                 # an inpatient becomes an outpatient
    "A08": _Event("updated"),
    "A11": _Event("discharged"),                              # the admission is cancelled
    "A12": _Event("updated"),                                 # the transfer is cancelled: PV1-3 is where it began
    "A13": _Event("updated"),                                 # the discharge is cancelled: what was known still is
    "A17": _Event("updated"),                                 # two patients swap beds
    "A18": _Event("updated", is_here=False),                  # MRG-1 goes on as PID-3; before version 2.3.1
    "A28": _Event("updated", is_here=False, of_person=True),  # a person is added
    "A31": _Event("updated", is_here=False, of_person=True),  # a person's data changes
    "A34": _Event("updated", is_here=False),                  # the same, before version 2.3.1
    "A36": _Event("updated", is_here=False),                  # the same, and its account
    "A40": _Event("updated", is_here=False),                  # the same
    "A47": _Event("updated", is_here=False),                  # the identifier was a wrong one: MRG-1 is now PID-3
    "A60": _Event("updated", is_here=False, of_person=True),  # allergies change
}
# fmt: on
_MERGES: Final = frozenset({"A18", "A34", "A36", "A40", "A47"})
_OUTPATIENT: Final = frozenset({"O", "R", "C"})
"""PV1-2 by HL7 table 0004: outpatient, recurring, commercial account. Their registration begins no stay."""
_BLANK_BIRTHS: Final = frozenset({"19000101", "18991230", "00010101"})
"""Dates that devices write where none was entered; our choice."""
_LONGEST: Final = 128  # characters of a code on the wire


class _Group(NamedTuple):
    """What an event says of one patient: PID and what follows it up to the next."""

    number: int
    person: Segment
    segments: list[Segment]


class Admission:
    """Reads one event: `records` of the stays that it concerns, `told` what could not be used of it."""

    def __init__(self, context: Context, trigger: str) -> None:
        self.records: list[Record] = []
        self.told = Told()
        self._context = context
        if trigger not in EVENTS:
            raise Unusable(Trouble("MSH^1^9", "201", f"of ADT only {', '.join(EVENTS)} are taken"))
        self._event = EVENTS[trigger]
        groups = list(_groups(context.message.segments))
        if not groups:
            raise Unusable(Trouble("PID^1^3", "101", NO_PATIENT))
        self._time = self._moment(groups[0])
        if trigger == "A17":
            self._swap(groups)
        elif trigger in _MERGES:
            self._merge(groups)
        else:
            self._single(groups)
        self._tell_observations()

    def _single(self, groups: Sequence[_Group]) -> None:
        if len(groups) > 1:
            raise Unusable(Trouble("PID^2", "100", "the event is of one patient, and the message names more"))
        (group,) = groups
        who = self._who(group)
        if self._event.of_person and self._context.memory.is_gone(who):
            sentence = "the patient's stay is over: nothing was changed"
            self.told.tell(Trouble(f"PID^{group.number}", "0", sentence, "left out"))
            return
        self._remember(who, group)
        self._write(who, group, self._status(group))

    def _swap(self, groups: Sequence[_Group]) -> None:
        """Both move at one instant, so that at none two patients are in one bed."""
        if len(groups) != 2:  # noqa: PLR2004 - A17 is of two
            raise Unusable(Trouble("PID^1", "100", "a swap is of two patients"))
        people = [self._who(group) for group in groups]
        places = [place(first(group.segments, "PV1")) for group in groups]
        if people[0] == people[1] or places[0] is None or places[0] == places[1] or places[1] is None:
            raise Unusable(Trouble("PV1^2^3", "101", "a swap is of two patients and of two beds, which it names"))
        for who, group in zip(people, groups, strict=True):
            self._remember(who, group)
        for who, group in zip(people, groups, strict=True):
            self._write(who, group, "updated")

    def _merge(self, groups: Sequence[_Group]) -> None:
        """Each stay goes on under PID-3; the alarms of the name that ends, end."""
        for group in groups:
            try:
                self._merge_one(group)
            except Unusable as unusable:
                self.told.tell(unusable.trouble)

    def _merge_one(self, group: _Group) -> None:
        context, where = self._context, f"MRG^{group.number}^1"
        old = identity(first(group.segments, "MRG"), context.conventions, context.profile.authority, 1)
        if old is None:
            raise Unusable(Trouble(where, "101", "a merge names who goes on as another, in MRG-1"))
        into = self._named(group)
        memory = Memory() if context.is_test else context.memory
        if not memory.merge(old, into, self._time):
            sentence = "a merge can be neither into itself nor into a second patient"
            raise Unusable(Trouble(where, "207", sentence))
        stayed = memory.place_of(old, self._time)
        memory.move(old, None, self._time)
        if stayed is not None and memory.place_of(into, self._time) is None:
            memory.move(into, stayed, self._time)
        self._add(PatientRecord(patient=self._patient(old), time=self._time, status="discharged"), old)
        self._write(into, group, "updated", stayed.label if stayed else None)

    def _status(self, group: _Group) -> Status:
        visit = first(group.segments, "PV1")
        if self._event is EVENTS["A04"] and text(visit, 2) in _OUTPATIENT:
            return "updated"
        return self._event.status

    def _named(self, group: _Group) -> Identity:
        who = identity(group.person, self._context.conventions, self._context.profile.authority)
        if who is None:
            raise Unusable(Trouble(f"PID^{group.number}^3", "101", NO_PATIENT))
        return who

    def _who(self, group: _Group) -> Identity:
        """Who is named, under the name that the record goes on under."""
        return self._context.memory.lives_on_as(self._named(group), self._time)

    def _remember(self, who: Identity, group: _Group) -> None:
        """Take note of where the patient is from now on."""
        if self._context.is_test:
            return
        where = place(first(group.segments, "PV1")) if self._event.status != "discharged" else None
        if self._event.status != "discharged" and (where is None or not self._event.is_here):
            return
        if not self._context.memory.move(who, where, self._time):
            sentence = "it comes late: observations of the bed were filed under who was not in it"
            self.told.tell(Trouble(f"PV1^{group.number}^3", "207", sentence, "remark"))

    def _moment(self, group: _Group) -> datetime:
        """When it happened (EVN-6), else when it was recorded (EVN-2), else when the message was written."""
        event = first(self._context.message.segments, "EVN")
        subject = Subject(self._named(group), None, self._context.sender)
        stamps = {
            "EVN^1^6": text(event, 6),
            "EVN^1^2": text(event, 2),
            "MSH^1^7": text(self._context.message.header, 7),
        }
        trouble = Trouble("EVN^1^2", "102", "the event has no moment")
        for where, stated in stamps.items():
            try:
                found = self._context.moment(stated, subject) if stated else None
            except NoMomentError as error:
                trouble = Trouble(where, "102", str(error), "remark")
                if where != "EVN^1^6":
                    break
                self.told.tell(trouble)
            else:
                if found is not None:
                    return found
        raise Unusable(replace(trouble, weight="fault"))

    def _write(self, who: Identity, group: _Group, status: Status, bed: str | None = None) -> None:
        where = place(first(group.segments, "PV1")) if self._event.is_here else None
        born = text(group.person, 7)
        age = _age_years(born, self._time.date())
        if born[:8] in _BLANK_BIRTHS:
            age = None
            self.told.tell(Trouble(f"PID^{group.number}^7", "102", "the date of birth stands for none", "remark"))
        said, left_out = body(group.segments, self._observed(group))
        for trouble, one in left_out:
            self.told.leave_out(trouble, code_of(one))
        record = PatientRecord(
            patient=self._patient(who),
            time=self._time,
            status=status,
            **said,
            age_years=age,
            sex={"F": "female", "M": "male"}.get(text(group.person, 8).upper()),
            bed=where.label if where is not None else bed,
            allergies=_allergies(group.segments),
            allergies_added=_changed(group.segments, is_removed=False),
            allergies_removed=_changed(group.segments, is_removed=True),
        )
        self._add(record, who)

    def _patient(self, who: Identity) -> str:
        return ("test-" if self._context.is_test else "") + pseudonym_of(who, self._context.conventions.key)

    def _add(self, record: PatientRecord, who: Identity) -> None:
        event = FeedEvent("patients", record.patient, record.time, record)
        self.records.append(Record(event, Filed(record.patient, who.identifier)))

    def _observed(self, group: _Group) -> list[tuple[int, Segment]]:
        """The observations of a patient, with their numbers in the message."""
        own = {id(one) for one in group.segments}
        observed = (one for one in self._context.message.segments if one.name == "OBX")
        return [(number, one) for number, one in enumerate(observed, 1) if id(one) in own]

    def _tell_observations(self) -> None:
        """Observations of an admission but those of the body are nobody's vital signs here."""
        observed = [one for one in self._context.message.segments if one.name == "OBX"]
        for number, segment in enumerate(observed, 1):
            if raw(segment, 5).strip() and (term_of(segment) is None or not self.records):
                where, sentence = f"OBX^{number}", "an observation in an ADT message is left out"
                self.told.tell(Trouble(where, "0", sentence, "left out"))
                self.told.unused.append(Unused(where, code_of(segment), sentence))


def _groups(segments: Sequence[Segment]) -> Iterator[_Group]:
    """The segments from each PID to the next; a visit before the first PID is nobody's."""
    begins = [at for at, segment in enumerate(segments) if segment.name == "PID"]
    if len(begins) == 1:
        yield _Group(1, segments[begins[0]], list(segments))
        return
    for number, (begin, end) in enumerate(pairwise([*begins, len(segments)]), 1):
        yield _Group(number, segments[begin], list(segments[begin:end]))


def _age_years(born: str, today: date) -> float | None:
    """Whole years since a full date of birth; None for a part of one: on which side of an age it lies is not known."""
    try:
        day = date(int(born[:4]), int(born[4:6]), int(born[6:8]))
    except ValueError:
        return None
    years = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    return float(years) if 0 <= years <= 130 else None  # noqa: PLR2004 - the wire's bounds


def _allergies(segments: Sequence[Segment]) -> tuple[str, ...] | None:
    """What AL1-3 names, in lower case: its words, else its code. None where no AL1 says anything.

    In HL7's snapshot mode the segments of a message replace those before, and one of deleted fields leaves none.
    """
    said = [text(one, 3, 2) or text(one, 3) for one in segments if one.name == "AL1"]
    named = tuple(one.lower()[:_LONGEST] for one in said if one not in {"", DELETED})
    return named if named or DELETED in said else None


def _changed(segments: Sequence[Segment], *, is_removed: bool) -> tuple[str, ...] | None:
    """What IAM-3 names as added or as removed (IAM-6, HL7 table 0323); None where no IAM says so.

    An action that can't be read adds: rather one allergy too many than one too few.
    """
    said = [text(one, 3, 2) or text(one, 3) for one in segments if one.name == "IAM" and _removes(one) is is_removed]
    return tuple(one.lower()[:_LONGEST] for one in said if one not in {"", DELETED}) or None


def _removes(allergy: Segment) -> bool:
    return text(allergy, 6).upper() == "D"
