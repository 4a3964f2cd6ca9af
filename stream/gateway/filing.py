"""Under whom an observation is filed: who its message names, else who was in its bed at that instant. Pure.

Nobody is ever guessed: in a bed whose patient is not known at that instant lies an unknown patient, who is watched too.
"""

from datetime import datetime
from typing import Final, NamedTuple

from stream.gateway.conventions import Conventions
from stream.gateway.memory import Memory
from stream.gateway.persons import Identity, Place, pseudonym_of, pseudonym_of_bed
from stream.gateway.trouble import Trouble

_BY_BED: Final = "the message names no patient: filed under who was in the bed at that time"
_UNKNOWN: Final = "the message names no patient: filed under an unknown patient in the bed"


class Subject(NamedTuple):
    """Whom a part of a message is about, as far as it says.

    who     the patient that PID names; None: nobody
    place   where PV1 says that the patient is; None where it does not say, or says two
    sender  whose bed it is
    number  which PID of the message, from 1; 0 before the first
    """

    who: Identity | None
    place: Place | None
    sender: str
    number: int = 1

    @property
    def known_as(self) -> str:
        """One name for the subject, whoever it turns out to be."""
        return repr(self.who or self.place)


class Filed(NamedTuple):
    """Under whom: the pseudonym, and the identifier that it stands for; `in_bed`: it was found by its bed."""

    patient: str
    label: str
    is_unknown: bool = False
    remark: Trouble | None = None
    in_bed: tuple[Place, Identity] | None = None


def is_somebody(subject: Subject, conventions: Conventions) -> bool:
    """Whether anything can be filed at all: a patient is named, or a bed."""
    by_bed = subject.place is not None and subject.place.is_bed and conventions.knows_beds
    return subject.who is not None or by_bed


def filed(subject: Subject, time: datetime, memory: Memory, conventions: Conventions, *, is_test: bool) -> Filed:
    """Under whom what happened at an instant is filed. The subject is somebody."""
    where, mark = f"PID^{max(1, subject.number)}^3", "test-" if is_test else ""
    if subject.who is not None:
        who = memory.lives_on_as(subject.who, time)
        return Filed(mark + pseudonym_of(who, conventions.key), who.identifier)
    place = subject.place
    assert place is not None  # noqa: S101 - else it is nobody
    known = None if is_test else memory.who_is_in(place, time)
    if known is not None:
        told = Trouble(where, "101", _BY_BED, "remark")
        return Filed(pseudonym_of(known, conventions.key), known.identifier, remark=told, in_bed=(place, known))
    unknown = mark + pseudonym_of_bed(place, subject.sender, conventions.key)
    label = f"unknown patient in bed {place.label}"
    return Filed(unknown, label, is_unknown=True, remark=Trouble(where, "101", _UNKNOWN, "remark"))
