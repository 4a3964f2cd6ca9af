"""What a call brings, in our terms: who it is about, records of that patient, and draft orders. Pure.

The FHIR gateway's readers read it, so that the same resource means the same by either door, and the same patient has
the same pseudonym.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from schemas.patients import PatientRecord
from schemas.wire import Wire
from stream.cds.call import Call
from stream.cds.draft import Draft, NotRead, draft_of, id_of
from stream.feeds.events import FeedEvent
from stream.fhir_door.identities import patient_of
from stream.fhir_door.reading import Reading
from stream.fhir_door.translate import records
from stream.gateway.trouble import LeftOut

Element = dict[str, Any]

READ: Final = frozenset(
    {"Patient", "AllergyIntolerance", "MedicationRequest", "MedicationAdministration", "Observation"}
)
"""Types of resources that are looked at; others came for somebody else."""
USED: Final = frozenset({"patients", "labs", "genomics", "medications"})
"""Topics of records that the checks look at."""
_NOBODY: Final = "cds-hooks-call"
"""Who assigns the logical ids of a call whose patient has no identifier: they count within the call alone."""
_MOST_TOLD: Final = 5  # of what could not be read; our choice


class Brought(NamedTuple):
    """What a call brings.

    patient        the patient's pseudonym
    is_identified  whether that is the name under which the ward knows the patient
    records        of the patient, to be added to what is known
    drafts         draft orders that can be checked
    not_read       draft orders that can't
    others         draft orders that are of no drug, by their types
    told           what of the call could not be used, without a word of it
    """

    patient: str
    is_identified: bool
    records: tuple[Wire, ...]
    drafts: tuple[Draft, ...]
    not_read: tuple[NotRead, ...]
    others: tuple[str, ...]
    told: tuple[str, ...]


def brought(call: Call, reading: Reading, now: datetime) -> Brought:
    """Read what a call brings; `reading` is the site's."""
    subject = f"Patient/{call.patient_id}"
    reading = replace(reading, known=_known(call, subject), arrived=now)
    patient, reading, is_identified = _patient(call, subject, reading, now)
    found, told = _records(call, patient, reading)
    drafts = [
        draft_of(one, number, patient, subject, reading, is_selected=_is_selected(one, call))
        for number, (_, one) in enumerate(call.drafts)
    ]
    return Brought(
        patient,
        is_identified,
        tuple(found),
        _selected([one for one in drafts if isinstance(one, Draft)]),
        tuple(one for one in drafts if isinstance(one, NotRead)),
        tuple(dict.fromkeys(_other(one) for _, one in call.drafts if one.get("resourceType") != "MedicationRequest")),
        tuple(told),
    )


def _known(call: Call, subject: str) -> dict[str, Element]:
    """What the resources may point at: each other, by type and id, also with the server's address before it."""
    known: dict[str, Element] = {}
    for _, one in (*call.resources, *call.drafts):
        if logical := id_of(one):
            known[f"{one['resourceType']}/{logical}"] = one
    if subject not in known:  # a Patient without its id is the one that was asked for
        alone = [one for _, one in call.resources if one.get("resourceType") == "Patient"]
        if len(alone) == 1 and not id_of(alone[0]):
            known[subject] = alone[0]
    return known | ({f"{call.server}/{name}": one for name, one in known.items()} if call.server else {})


def _patient(call: Call, subject: str, reading: Reading, now: datetime) -> tuple[str, Reading, bool]:
    """The pseudonym of the patient; a stand-in, and a reading that knows it, where nothing identifies them."""
    pointing = {"subject": {"reference": subject}}
    try:
        who = patient_of(pointing, "subject", "context", reading)
        is_identified = True
    except LeftOut:
        known = dict(reading.known)
        whole = {**known.get(subject, {"resourceType": "Patient"}), "id": "in-context"}
        known |= dict.fromkeys((subject, *([f"{call.server}/{subject}"] if call.server else [])), whole)
        reading = replace(reading, known=known, id_authority=_NOBODY, id_system="")
        who = patient_of(pointing, "subject", "context", reading)
        is_identified = False
    return reading.filed(who, now).patient, reading, is_identified


def _records(call: Call, patient: str, reading: Reading) -> tuple[list[Wire], list[str]]:
    found: list[Wire] = []
    told: list[str] = []
    is_of_others = False
    for where, one in call.resources:
        if one["resourceType"] not in READ:
            continue
        outcome = records(_as_known(one, call, reading), reading, where)
        told += [f"{each.where}: {each.sentence}" for each in outcome.troubles if each.weight == "fault"][:1]
        for event in outcome.events:
            if event.patient != patient:
                is_of_others = True
            elif _is_used(event):
                found.append(event.record)  # type: ignore[arg-type]  # a gateway makes no bytes
    if is_of_others:
        told.append("some of what came along is about another patient")
    more = len(told) - _MOST_TOLD
    return found, told[:_MOST_TOLD] + ([f"and {more} more could not be read"] if more > 0 else [])


def _as_known(one: Element, call: Call, reading: Reading) -> Element:
    """The resource; the patient of the call as others that point at it find it."""
    is_asked = one["resourceType"] == "Patient" and id_of(one) in {"", call.patient_id}
    return reading.known.get(f"Patient/{call.patient_id}", one) if is_asked else one


def _is_used(event: FeedEvent) -> bool:
    """Whether the checks look at a record; that a record was merged ends no stay here."""
    is_end = isinstance(event.record, PatientRecord) and event.record.status != "updated"
    return event.topic in USED and not is_end


def _is_selected(resource: Element, call: Call) -> bool:
    logical = id_of(resource)
    return not call.selected or not call.selected.isdisjoint((logical, f"MedicationRequest/{logical}"))


def _selected(drafts: list[Draft]) -> tuple[Draft, ...]:
    """The drafts; all count as selected where what was selected is none of them."""
    if any(one.is_selected for one in drafts):
        return tuple(drafts)
    return tuple(one._replace(is_selected=True) for one in drafts)


def _other(resource: Element) -> str:
    kind = resource.get("resourceType")
    return (
        kind if kind in {"DeviceRequest", "NutritionOrder", "ServiceRequest", "VisionPrescription"} else "another type"
    )
