"""Who a message is about: an identifier and the whole of who assigned it, or a bed; and their pseudonyms. Pure.

Who a number's authority is, `stream/gateway/authorities.py` says.
"""

from typing import Final, NamedTuple, Self
from unicodedata import normalize

from models.deidentify.keyed import Keyed
from models.fillers import is_filler
from stream.gateway.authorities import Authority, assigner
from stream.gateway.conventions import Conventions
from stream.gateway.segments import DELETED, Segment, parts, raw, repetitions, text

NO_PATIENT: Final = "the message names no patient"

_LONGEST: Final = 128  # characters of a code on the wire


class Identity(NamedTuple):
    """A patient as senders name one; the assigning authority goes by its name, or by its universal id and no name.

    An identifier counts as it is written, with its case and its leading zeros.
    """

    identifier: str
    authority: str
    universal: str = ""  # with its type before it

    @classmethod
    def of(cls, identifier: str, authority: Authority) -> Self:
        """The patient of an identifier; one text is one, however its accents are encoded (Unicode's NFC)."""
        return cls(normalize("NFC", identifier), *authority)


class Place(NamedTuple):
    """A place as PV1-3 names it: point of care, room, bed; and the facility, where it is stated."""

    point_of_care: str
    room: str
    bed: str
    facility: str = ""

    @property
    def label(self) -> str:
        """As the wire names a bed."""
        return "-".join(part for part in self[:3] if part)[:_LONGEST]

    @property
    def is_bed(self) -> bool:
        """Whether it names a bed and not only a ward."""
        return not all(map(is_filler, (self.room, self.bed)))

    @property
    def is_known_to_all(self) -> bool:
        """Whether senders can mean the same bed by it: a bare number is that of a bed in every ward."""
        return self.is_bed and not is_filler(self.point_of_care)


def is_nobody(identifier: str, conventions: Conventions) -> bool:
    """Whether an identifier names no patient, anywhere or at this site."""
    return is_filler(identifier) or identifier.casefold() in conventions.fillers


def identity(
    segment: Segment | None, conventions: Conventions, authority: str = "", field_number: int = 3
) -> Identity | None:
    """Who PID-3 names, or another field of identifiers; None where it names nobody.

    Of several identifiers the medical record number (MR) counts, else the first that names somebody. `authority` is
    that of the sender's profile.
    """
    every = range(repetitions(segment, field_number))
    known = [at for at in every if not is_nobody(text(segment, field_number, 1, at), conventions)]
    if not known:
        return None
    best = next((at for at in known if text(segment, field_number, 5, at) == "MR"), known[0])
    return _identity(segment, field_number, best, conventions, authority)


def _identity(segment: Segment | None, at: int, repetition: int, conventions: Conventions, authority: str) -> Identity:
    """One CX; where it states no assigning authority (4), the assigning facility (6) keeps two houses apart."""
    for component in (4, 6):
        stated = (*parts(segment, at, component, repetition), "", "", "")[:3]
        if any(found := assigner(conventions.same_authority, *stated)):
            break
    else:
        found = assigner(conventions.same_authority, authority or conventions.authority)
    return Identity.of(text(segment, at, 1, repetition), found)


def place(visit: Segment | None) -> Place | None:
    """Where PV1-3 says that the patient is; None where it says nothing."""
    if not raw(visit, 3):
        return None
    found = Place(*(next((one for one in parts(visit, 3, at) if one and one != DELETED), "") for at in (1, 2, 3, 4)))
    return found if found.label else None


def pseudonym_of(who: Identity, key: Keyed) -> str:
    """A keyed hash of the identifier and of who assigned it. One of a plain name is what it has always been."""
    authority = f"|{_safe(who.universal)}" if who.universal else _safe(who.authority)
    return f"p-{key.name(f'patient|{authority}|{_safe(who.identifier)}')}"


def pseudonym_of_bed(where: Place, sender: str, key: Keyed) -> str:
    """The name under which an unknown patient in a bed is watched: no patient's, and each sender's beds are its own."""
    return f"bed-{key.name('|'.join(['bed', *map(_safe, (sender, *where))]))}"


def _safe(part: str) -> str:
    """Keep two parts from being read as one, or one as two."""
    return part.replace("\\", "\\\\").replace("|", "\\|")
