"""What an HL7 v2 message means in our records: ORU for vital signs and results, ADT for admission and discharge. Pure.

A known observation in an unknown unit, or with a value that is none, is told and left out, never guessed. What we have
no field for is left out without a word: monitors send far more than is watched.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Final, Literal

from models.deidentify.keyed import Keyed
from schemas.labs import LabResults
from schemas.patients import PatientRecord
from schemas.vitals import VitalsFrame
from stream.feeds.events import FeedEvent
from stream.gateway.segments import DELETED, Message, NoMomentError, Segment, first, moment, repetitions, text
from stream.gateway.vocabulary import PLACES, Place

# OBX-11 by HL7 table 0085, up to version 2.9. An empty one is taken for a value, since monitors leave it out.
_MEASURED: Final = frozenset({"", "A", "B", "C", "F", "P", "R", "S", "U", "V"})
_CORRECTED: Final = "C"
_WITHDRAWN: Final = frozenset({"D", "W"})  # deleted; wrong, as for another patient
_NOT_OBTAINED: Final = "X"
_NOT_YET: Final = frozenset({"I", "N", "O"})  # pending; not asked for; description of an order
_NO_RESULTS: Final = frozenset({"X", "Y", "Z"})
"""OBR-25 by HL7 table 0123: the order is cancelled, or there is none, or no such patient."""

_STATUS: Final[dict[str, Literal["admitted", "updated", "discharged"]]] = {
    "A01": "admitted",
    "A02": "updated",  # transferred
    "A03": "discharged",
    "A08": "updated",
    "A11": "discharged",  # the admission is cancelled
    "A13": "updated",  # the discharge is cancelled: the stay goes on with what was known of it
}
"""By HL7 table 0003. Only an admission begins a stay: no other takes away what it does not say."""
_LONGEST: Final = 128  # characters of a code on the wire


@dataclass(frozen=True)
class Trouble:
    """What was left out. Nothing of the message's content is in it but segment, number and field."""

    where: str  # as ERR-2: segment^number^field
    code: str  # of HL7 table 0357; 0 where the message is as it should be
    sentence: str


class Unusable(Exception):  # noqa: N818 - the message is at fault
    """Nothing of the message can be used."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble


@dataclass(frozen=True)
class Conventions:
    """How a gateway reads: the key that pseudonyms follow from, the zone of stamps without one, whose ids are bare."""

    key: Keyed
    zone: tzinfo | None = None
    authority: str = ""


@dataclass
class Translation:
    """The records of a message, in its order, and what of it could not be used."""

    events: list[FeedEvent] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


def translate(message: Message, conventions: Conventions) -> Translation:
    """Translate a message; raises Unusable where nothing of it can be used."""
    header = message[0]
    if text(header, 11) != "P":
        raise Unusable(Trouble("MSH^1^11", "202", "only production messages (MSH-11 P) are taken"))
    kind = (text(header, 9), text(header, 9, 2))
    meaning = _MEANINGS.get(kind[0])
    if meaning is None:
        raise Unusable(Trouble("MSH^1^9", "200", "the message type is none of ORU, ADT"))
    return meaning(message, kind[1], conventions)


def pseudonym(person: Segment | None, conventions: Conventions) -> str:
    """The patient's pseudonym: a keyed hash of the identifier in PID-3 and of who assigned it.

    Of several identifiers the medical record number (MR) counts, else the first. Raises Unusable without any.
    """
    found = range(repetitions(person, 3)) if person is not None else range(0)
    known = [number for number in found if text(person, 3, 1, number)]
    if not known:
        raise Unusable(Trouble("PID^1^3", "101", "the message names no patient"))
    best = next((number for number in known if text(person, 3, 5, number) == "MR"), known[0])
    authority = text(person, 3, 4, best).partition("&")[0] or conventions.authority
    return f"p-{conventions.key.name(f'patient|{authority}|{text(person, 3, 1, best)}')}"


def _moment(stated: str, where: str, conventions: Conventions) -> datetime:
    try:
        return moment(stated, conventions.zone)
    except NoMomentError as error:
        raise Unusable(Trouble(where, "102", str(error))) from None


@dataclass
class _Group:
    """One OBR with its observations, sorted by moment, kind and field: rank and value of what counts so far."""

    report: str | None
    stated: str
    number: int
    has_results: bool
    found: dict[tuple[datetime, str], dict[str, tuple[int, float]]] = field(default_factory=lambda: defaultdict(dict))


def _observations(message: Message, trigger: str, conventions: Conventions) -> Translation:
    if trigger != "R01":
        raise Unusable(Trouble("MSH^1^9", "201", "of ORU only R01 is taken"))
    patient = pseudonym(first(message, "PID"), conventions)
    device = text(message[0], 3)[:_LONGEST] or None
    out = Translation()
    for group, segments in _groups(message, conventions):
        for number, segment in segments:
            _place(segment, number, group, conventions, out.troubles)
        for (time, topic), values in group.found.items():
            if not values:  # all withdrawn
                continue
            measured = {name: value for name, (_, value) in values.items()}
            record: VitalsFrame | LabResults
            if topic == "vitals":
                record = VitalsFrame(patient=patient, time=time, device=device, **measured)
            else:
                record = LabResults(patient=patient, time=time, report=group.report, **measured)
            out.events.append(FeedEvent(topic, patient, time, record))
    at_fault = [one for one in out.troubles if one.code != "0"]
    if at_fault and not out.events:
        raise Unusable(at_fault[0])
    return out


def _groups(message: Message, conventions: Conventions) -> Iterator[tuple[_Group, list[tuple[int, Segment]]]]:
    group: _Group | None = None
    held: list[tuple[int, Segment]] = []
    requests = observations = 0
    for segment in message:
        name = str(segment[0])
        if name == "OBR":
            if group is not None:
                yield group, held
            requests += 1
            filler = text(segment, 3)
            report = conventions.key.name(f"report|{filler}") if filler else None
            has_results = text(segment, 25) not in _NO_RESULTS
            group, held = _Group(report, text(segment, 7), requests, has_results), []
        elif name == "OBX":
            observations += 1
            if group is None:
                raise Unusable(Trouble(f"OBX^{observations}", "100", "an observation comes before its request (OBR)"))
            held.append((observations, segment))
    if group is not None:
        yield group, held


def _place(segment: Segment, number: int, group: _Group, conventions: Conventions, troubles: list[Trouble]) -> None:
    """Put one observation where it belongs, or say why it is left out."""
    place, status = _place_of(segment), text(segment, 11)
    if place is None:
        return
    if status in _WITHDRAWN:
        _withdraw(group, place)
    left_out = _left_out(segment, number, status, place, group)
    if left_out is None and (status not in _MEASURED or not text(segment, 5)):
        return
    read = left_out or _value(segment, number, place)
    if isinstance(read, Trouble):
        troubles.append(read)
        return
    own = text(segment, 14)
    where = f"OBX^{number}^14" if own else f"OBR^{group.number}^7"
    found = group.found[_moment(own or group.stated, where, conventions), place.topic]
    rank, value = found.get(place.field, (math.inf, read))
    if place.rank < rank or (place.rank == rank and status == _CORRECTED):
        found[place.field] = (place.rank, read)
    elif place.rank == rank and value != read:
        sentence = "one observation has two values at one moment; the first counts, or the corrected one"
        troubles.append(Trouble(f"OBX^{number}^5", "205", sentence))


def _withdraw(group: _Group, place: Place) -> None:
    """Forget what the request said of an observation before it withdrew it."""
    for (_, topic), values in group.found.items():
        if topic == place.topic and place.field in values and values[place.field][0] == place.rank:
            del values[place.field]


def _left_out(segment: Segment, number: int, status: str, place: Place, group: _Group) -> Trouble | None:
    """What has to be told of an observation that does not count by its status or its request's."""
    where = f"OBX^{number}^11"
    if status in _WITHDRAWN:
        return Trouble(where, "207", "the result is withdrawn and left out; one that was sent before still counts")
    if status == _NOT_OBTAINED and place.topic == "labs":  # a monitor says so all the time: a sensor is off
        return Trouble(where, "0", "no result could be obtained; one that was sent before still counts")
    if not text(segment, 5) or status in _NOT_YET | {_NOT_OBTAINED}:
        return None
    if status not in _MEASURED:
        return Trouble(where, "103", "the status is none of HL7 table 0085")
    if not group.has_results:
        return Trouble(f"OBR^{group.number}^25", "207", "by its status the request has no results")
    return None


def _value(segment: Segment, number: int, place: Place) -> float | Trouble:
    """The number in our unit, or why there is none."""
    unit = next((place.units[name] for name in (text(segment, 6, 2), text(segment, 6)) if name in place.units), None)
    if unit is None:
        return Trouble(f"OBX^{number}^6", "103", "the unit is none that this observation is taken in")
    try:
        value = float(text(segment, 5)) if text(segment, 2) == "NM" else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        return Trouble(f"OBX^{number}^5", "102", "the value is no number (OBX-2 NM)")
    return round(value * unit.factor + unit.offset, 6)


def _place_of(segment: Segment) -> Place | None:
    """Find the field by the code or by its alternative (OBX-3.1 to 3.3, 3.4 to 3.6)."""
    codes = ((text(segment, 3, at + 2), text(segment, 3, at)) for at in (1, 4))
    return next((PLACES[code] for code in codes if code in PLACES), None)


def _admission(message: Message, trigger: str, conventions: Conventions) -> Translation:
    if trigger not in _STATUS:
        raise Unusable(Trouble("MSH^1^9", "201", f"of ADT only {', '.join(_STATUS)} are taken"))
    person, visit, event = (first(message, name) for name in ("PID", "PV1", "EVN"))
    patient = pseudonym(person, conventions)
    stated = text(event, 2)
    time = _moment(stated or text(message[0], 7), "EVN^1^2" if stated else "MSH^1^7", conventions)
    record = PatientRecord(
        patient=patient,
        time=time,
        status=_STATUS[trigger],
        age_years=_age_years(text(person, 7), time.date()),
        sex={"F": "female", "M": "male"}.get(text(person, 8)),
        bed="-".join(part for part in (text(visit, 3, at) for at in (1, 2, 3)) if part not in {"", DELETED})[:_LONGEST]
        or None,
        allergies=_allergies(message),
    )
    return Translation([FeedEvent("patients", patient, time, record)])


def _age_years(born: str, today: date) -> float | None:
    """Whole years since a full date of birth; None for a part of one: on which side of an age it lies is not known."""
    try:
        day = date(int(born[:4]), int(born[4:6]), int(born[6:8]))
    except ValueError:
        return None
    years = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    return float(years) if 0 <= years <= 130 else None  # noqa: PLR2004 - the wire's bounds


def _allergies(message: Message) -> tuple[str, ...] | None:
    """What AL1-3 names, in lower case: its words, else its code. None where no AL1 says anything.

    In HL7's snapshot mode the segments of a message replace those before, and one of deleted fields leaves none.
    """
    said = [text(one, 3, 2) or text(one, 3) for one in message if str(one[0]) == "AL1"]
    named = tuple(one.lower()[:_LONGEST] for one in said if one not in {"", DELETED})
    return named if named or DELETED in said else None


_MEANINGS: Final[dict[str, Callable[[Message, str, Conventions], Translation]]] = {
    "ORU": _observations,
    "ADT": _admission,
}
