"""What a resource is read by: the site's conventions, what was remembered, and what it points at. Pure."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from stream.feeds.events import FeedEvent
from stream.fhir_door.elements import NOTHING, Element, part, said
from stream.gateway.conventions import Conventions
from stream.gateway.filing import Filed
from stream.gateway.memory import Memory
from stream.gateway.moments import Clock, NoMomentError, moment
from stream.gateway.observations import Record
from stream.gateway.persons import Identity, pseudonym_of
from stream.gateway.profile import Profile
from stream.gateway.trouble import LeftOut, Told, Trouble, Weight

LONGEST: Final = 128
"""Characters of a code on the wire."""
_AHEAD: Final = timedelta(minutes=2)
"""So far a moment may lie after its resource's arrival; the worker's default, too (future_s)."""
_PART_OF_A_DATE: Final = re.compile(r"\d{4}(-\d\d){0,2}", re.ASCII)
"""What R4 allows a dateTime to be, and no instant: a year, a month, a day. No fault, and of no use."""
_FIRST_YEAR: Final = 2000  # the worker refuses what lies before it (schemas/vitals.py)
_MOST: Final = 100_000  # patients and encounters; our choice


class Merged(NamedTuple):
    """From an instant on a patient goes on under another identity."""

    old: Identity
    into: Identity
    time: datetime


class Person(NamedTuple):
    """What was said of a patient, so that an admission that comes after does not lose it."""

    born: str = ""
    sex: str = ""
    allergies: frozenset[str] = frozenset()


class SaidOf(NamedTuple):
    """What one resource says of a patient; empty: nothing. `is_all`: no other allergy is known."""

    who: Identity
    born: str = ""
    sex: str = ""
    allergic_to: frozenset[str] = frozenset()
    not_allergic_to: frozenset[str] = frozenset()
    is_all: bool = False


class Stays:
    """What is known of patients and encounters since the start of the gateway: the newest of each, bounded."""

    def __init__(self) -> None:
        self._persons: OrderedDict[Identity, Person] = OrderedDict()
        self._begun: OrderedDict[str, None] = OrderedDict()

    def person(self, who: Identity) -> Person:
        """What was said of a patient."""
        return self._persons.get(who, Person())

    def tell(self, said_of: SaidOf) -> None:
        """Take note of what was said of a patient."""
        who, known = said_of.who, self.person(said_of.who)
        before = frozenset() if said_of.is_all else known.allergies
        allergies = (before | said_of.allergic_to) - said_of.not_allergic_to
        self._persons[who] = Person(said_of.born or known.born, said_of.sex or known.sex, allergies)
        self._persons.move_to_end(who)
        if len(self._persons) > _MOST:
            self._persons.popitem(last=False)

    def has_begun(self, encounter: str) -> bool:
        """Whether an encounter is known to have begun."""
        return encounter in self._begun

    def begin(self, encounter: str) -> None:
        """Take note that an encounter has begun."""
        self._begun[encounter] = None
        self._begun.move_to_end(encounter)
        if len(self._begun) > _MOST:
            self._begun.popitem(last=False)


@dataclass(frozen=True)
class Reading:
    """What one resource is read by.

    id_authority  who assigned a patient's logical id, where that counts as the identifier; empty: identifiers count
    id_system     of a patient's identifiers only those of this system count; empty: any
    base          the address of the one server that may be asked; empty: none
    known         resources that this one may point at, by type and id, and by the address that a Bundle gives them
    arrived       when it came; None where that says nothing, as for a file
    is_test       it is of a test stand (HTEST among meta.security or meta.tag)
    """

    conventions: Conventions
    profile: Profile
    memory: Memory
    stays: Stays
    id_authority: str = ""
    id_system: str = ""
    base: str = ""
    known: Mapping[str, Element] = field(default_factory=dict)
    arrived: datetime | None = None
    is_test: bool = False

    def moment(self, stated: str, where: str) -> datetime:
        """The instant of a dateTime; raises LeftOut where it is none that can be used."""
        try:
            found = moment(stated, Clock(self.conventions.zone, None, self.arrived))
        except NoMomentError as error:
            weight: Weight = "left out" if _PART_OF_A_DATE.fullmatch(stated) else "fault"
            raise LeftOut(Trouble(where, "102", str(error), weight)) from None
        if found.year < _FIRST_YEAR:
            raise LeftOut(Trouble(where, "102", "the moment lies before the year 2000", "left out"))
        if self.arrived is not None and found > self.arrived + _AHEAD:
            raise LeftOut(Trouble(where, "102", "the moment lies in the future"))
        return found

    def said_at(self, resource: Element, where: str) -> datetime | None:
        """When a resource was last changed, else when it came; None where neither is known."""
        stated = said(part(resource, "meta", where), "lastUpdated", f"{where}.meta")
        return self.moment(stated, f"{where}.meta.lastUpdated") if stated else self.arrived

    def resource(self, reference: str, owner: Element) -> Element:
        """The resource that a reference names, contained in `owner` or known; an empty one where it is not."""
        if reference.startswith("#"):
            inside = owner.get("contained")
            every = inside if isinstance(inside, list) else []
            found = next((one for one in every if isinstance(one, dict) and one.get("id") == reference[1:]), NOTHING)
            return found if isinstance(found, dict) else NOTHING
        return self.known.get(reference) or self.known.get(unversioned(reference)) or NOTHING

    def filed(self, who: Identity, time: datetime) -> Filed:
        """Under whom what happened at an instant is filed."""
        lives_on = self.memory.lives_on_as(who, time)
        mark = "test-" if self.is_test else ""
        return Filed(mark + pseudonym_of(lives_on, self.conventions.key), lives_on.identifier)


Note = Merged | SaidOf | str
"""What is to be remembered once the broker has the records: a merge, what was said of a patient, an encounter begun."""


@dataclass
class Made:
    """What was made of one resource, and what is told of it."""

    told: Told = field(default_factory=Told)
    records: list[Record] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def add(self, event: FeedEvent, filed: Filed) -> None:
        """Add a record."""
        self.records.append(Record(event, filed))

    def remark(self, where: str, code: str, sentence: str) -> None:
        """Tell what is odd of something that is taken."""
        self.told.tell(Trouble(where, code, sentence, "remark"))

    def leave_out(self, where: str, code: str, sentence: str) -> None:
        """Tell that something is left out, through no fault of the sender."""
        self.told.tell(Trouble(where, code, sentence, "left out"))


def unversioned(reference: str) -> str:
    """A reference without the version that it names. What an address of another server names is another resource."""
    return reference.partition("/_history/")[0]


def local(reference: str) -> str:
    """The type and id at the end of a reference, without address and version; as it is where it is of another form."""
    path = reference.partition("?")[0].partition("/_history/")[0].rstrip("/").split("/")
    return "/".join(path[-2:]) if len(path) > 1 and path[-2][:1].isupper() else reference


def remember(notes: list[Note], reading: Reading) -> None:
    """Take note of what a resource has said, once its records are where they belong."""
    for note in notes:
        if isinstance(note, Merged):
            reading.memory.merge(note.old, note.into, note.time)
        elif isinstance(note, str):
            reading.stays.begin(note)
        else:
            reading.stays.tell(note)
