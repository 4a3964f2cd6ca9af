"""What one FHIR R4 resource means in our records, and what of it could not be used. Pure.

Whatever is known and is no value, and whatever is not known, is told and left out, never guessed and never passed over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import orjson

from schemas import cloudevents, identity
from schemas.topics import TOPICS
from stream.feeds.events import FeedEvent
from stream.fhir_door.drugs import administration, request
from stream.fhir_door.elements import Element, part, parts, said
from stream.fhir_door.observations import observation
from stream.fhir_door.people import allergy, encounter, patient
from stream.fhir_door.reading import Made, Note, Reading
from stream.fhir_door.reports import report
from stream.gateway.observations import Record
from stream.gateway.trouble import LeftOut, Trouble, Unused

Reader = Callable[[Element, str, Reading, Made], None]
READERS: Final[Mapping[str, Reader]] = {
    "Encounter": encounter,
    "Patient": patient,
    "AllergyIntolerance": allergy,
    "MedicationRequest": request,
    "MedicationAdministration": administration,
    "Observation": observation,
    "DiagnosticReport": report,
}
"""What is read, in the order in which a Bundle's resources count: an admission before what is said of the stay."""
SUBJECTS: Final = {"AllergyIntolerance": "patient"}
"""Under which name a type has its patient, where that is not `subject`."""
_TEST: Final = "HTEST"
"""v3-ActReason: test health data. It stands among the tags in the specification's own examples."""


@dataclass(frozen=True)
class Outcome:
    """What becomes of a resource: its records, what is told of it, what is to be remembered once they are confirmed."""

    records: tuple[Record, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    unused: tuple[Unused, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether nothing of it is used, through a fault of its own; what only lacks a place here is no fault."""
        return not self.records and any(one.weight == "fault" for one in self.troubles)

    @property
    def events(self) -> list[FeedEvent]:
        """What goes to the broker."""
        return [one.event for one in self.records]


def refused(trouble: Trouble) -> Outcome:
    """A resource of which nothing is used, for one reason."""
    return Outcome(troubles=(trouble,))


def digest_of(resource: Element, reading: Reading) -> str:
    """A keyed hash of a resource's content, whatever the order of its elements; raises LeftOut where it has no end."""
    try:
        written = orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        sentence = "the resource is nested deeper than any that FHIR R4 has"
        raise LeftOut(Trouble(str(resource.get("resourceType", "")), "100", sentence)) from None
    return reading.conventions.key.name(f"resource|{written.decode()}")


def records(resource: Element, reading: Reading, where: str = "") -> Outcome:
    """What becomes of a resource; `where` is its place in a Bundle."""
    kind = resource.get("resourceType")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None or not isinstance(kind, str):
        where = where or "resourceType"
        if not isinstance(kind, str):
            return refused(Trouble(where, "100", "it is no FHIR resource: it has no resourceType"))
        return refused(Trouble(where, "200", f"the resource is none of {', '.join(READERS)}"))
    where, made, digest = where or kind, Made(), ""
    try:
        digest = digest_of(resource, reading)
        _read(resource, where, reader, reading, made)
    except LeftOut as left_out:
        made.told.leave_out(left_out.trouble, "")
        if not made.records:
            made.notes.clear()
    if not (made.records or made.told.troubles):
        made.leave_out(where, "0", "nothing of it is read here")
    found = tuple(_with_ids(made.records, digest))
    return Outcome(found, tuple(made.told.troubles), tuple(made.told.unused), tuple(made.notes))


def _read(resource: Element, where: str, reader: Reader, reading: Reading, made: Made) -> None:
    if _is_test(resource, where):
        if not reading.conventions.takes_tests:
            raise LeftOut(Trouble(f"{where}.meta", "202", "it is test data (HTEST)"))
        reading = replace(reading, is_test=True)
    if resource.get("modifierExtension") is not None:
        sentence = "a modifier extension changes what it means, and is not known here"
        raise LeftOut(Trouble(f"{where}.modifierExtension", "200", sentence))
    if resource.get("implicitRules") is not None:
        raise LeftOut(Trouble(f"{where}.implicitRules", "200", "the rules that it follows are not known here"))
    reader(resource, where, reading, made)


def _is_test(resource: Element, where: str) -> bool:
    meta, at = part(resource, "meta", where), f"{where}.meta"
    return any(said(one, "code", of) == _TEST for name in ("security", "tag") for of, one in parts(meta, name, at))


def _with_ids(found: list[Record], digest: str) -> list[Record]:
    """Records with CloudEvents headers; a resource that comes again has the same ids again."""
    numbered = []
    for number, (event, filed) in enumerate(found):
        headers = cloudevents.headers(
            event_id=identity.output_id("fhir", event.patient, "gateway/1", digest, event.topic, str(number)),
            ce_type=TOPICS[event.topic].ce_type,
            subject=event.patient,
            time=event.time,
        )
        numbered.append(Record(replace(event, headers=tuple(headers)), filed))
    return numbered
