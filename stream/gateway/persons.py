"""Who a message is about: an identifier and the whole of who assigned it, or a bed; and their pseudonyms. Pure.

Two names for one authority are one only where the site says so: a number of one authority is another patient's number
of the next.
"""

import re
from typing import Final, NamedTuple

from models.deidentify.keyed import Keyed
from stream.gateway.conventions import Conventions
from stream.gateway.segments import DELETED, Segment, parts, raw, repetitions, text

NO_PATIENT: Final = "the message names no patient"

# fmt: off
_FILLERS: Final = frozenset({
    "unknown", "unk", "unkown", "noname", "none", "null", "nil", "undefined", "unassigned", "unidentified", "anonymous",
    "anonym", "nn", "n.n.", "na", "n/a", "n.a.", "noid", "no-id", "no_id", "nopatient", "no-patient", "patient",
    "default", "dummy", "test", "temp", "xxx", "unbekannt", "inconnu", "desconocido", "desconocida", "sconosciuto",
    "onbekend", "okänd", "ukjent", "ukendt", "nieznany",
})
# fmt: on
"""What senders write for nobody, in lower case and without blanks; our choice, and a site may add its own."""
_NO_NAME: Final = re.compile(r"[\W_0]*")  # zeros and punctuation, and so what deletes a field
_OID: Final = re.compile(r"[0-2](\.\d+)+", re.ASCII)
_LONGEST: Final = 128  # characters of a code on the wire


def is_filler(stated: str) -> bool:
    """Whether a name is only what fills a field: deleted, zeros, dashes, a word for nobody."""
    return bool(_NO_NAME.fullmatch(stated)) or "".join(stated.casefold().split()) in _FILLERS


class Identity(NamedTuple):
    """A patient as senders name one; the assigning authority goes by its name, or by its universal id and no name."""

    identifier: str
    authority: str
    universal: str = ""  # with its type before it


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


def assigner(conventions: Conventions, name: str, universal: str = "", kind: str = "") -> tuple[str, str]:
    """Who assigned an identifier, of what HD says (chapter 2.A.36): a plain name, or a universal id alone.

    The universal id is the same at every sender, the name is each sender's own.
    """
    name, universal = ("" if part == DELETED else part for part in (name, universal))
    if universal:
        universal = universal.lower().removeprefix("urn:oid:")
        kind = "ISO" if _OID.fullmatch(universal) else kind.upper()
        same = conventions.same_authority.get(universal)
        return ("", f"{kind}:{universal}") if same is None else (same, "")
    name = conventions.same_authority.get(name, name)
    return ("", f"ISO:{name}") if _OID.fullmatch(name) else (name, "")


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
        name, universal = assigner(conventions, *stated)
        if name or universal:
            break
    else:
        name, universal = assigner(conventions, authority or conventions.authority)
    return Identity(text(segment, at, 1, repetition), name, universal)


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
