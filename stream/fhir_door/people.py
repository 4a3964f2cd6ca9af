"""Patient, Encounter and AllergyIntolerance: records of the stay, and what is to be remembered of it. Pure.

Only an encounter that begins is an admission: no other word about a stay takes away what it does not say. Age, sex and
allergies are of now, whenever they were written down: dated before the stay they would be none of it.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from schemas.patients import PatientRecord
from stream.feeds.events import FeedEvent
from stream.fhir_door.elements import Element, codes, codings, part, parts, said, words
from stream.fhir_door.identities import identity_of, other_patient, patient_of
from stream.fhir_door.reading import LONGEST, Made, Merged, Person, Reading, SaidOf
from stream.gateway.persons import Identity
from stream.gateway.trouble import LeftOut, Trouble

_SEX: Final = {"female": "female", "male": "male"}
_BLANK_BIRTHS: Final = frozenset({"1900-01-01", "1899-12-30", "0001-01-01"})
"""Dates that are written where none was entered; as in stream/gateway/admissions.py."""
_NONE_KNOWN: Final = "716186003"
"""SNOMED CT: no known allergy."""
_NONE_OF_A_KIND: Final = frozenset({"409137002", "428607008", "429625007", "428197003"})
"""SNOMED CT: no known allergy to drugs, to the environment, to food, to insect venom: each says nothing of the rest."""
_BEGINS_AT_ONCE: Final = timedelta(hours=1)
"""An encounter is taken to begin when that is said so soon after it began, and to have begun before else. Ours: what is
admitted anew loses what was known of the stay, and a restart must not do that."""

# fmt: off
_OVER: Final = frozenset({"cancelled", "entered-in-error", "finished"})
_HERE: Final = frozenset({"arrived", "triaged", "in-progress", "onleave"})
_OUTPATIENT: Final = frozenset({"AMB", "VR", "HH", "FLD", "PRENC"})
"""v3-ActCode of encounters that begin no stay: ambulatory, virtual, at home, in the field, before admission."""
# fmt: on


def patient(resource: Element, where: str, reading: Reading, made: Made) -> None:
    """Add what a Patient says: age, sex, and under whom the record goes on; raises LeftOut."""
    who = identity_of(resource, where, reading)
    time = _time(resource, where, reading)
    for at, link in parts(resource, "link", where):
        _link(link, at, resource, who, time, reading, made)
    if any(isinstance(note, Merged) and note.old == who for note in made.notes):
        return
    if resource.get("deceasedBoolean") is True or resource.get("deceasedDateTime") is not None:
        made.leave_out(f"{where}.deceased", "0", "that a patient has died is left out: the end of the stay says it")
    born, sex = said(resource, "birthDate", where), said(resource, "gender", where)
    made.notes.append(SaidOf(who, born, sex))
    time = reading.arrived or time
    age, remark = _age(born, time)
    if remark:
        made.remark(f"{where}.birthDate", "102", remark)
    if age is None and sex not in _SEX:
        made.leave_out(where, "0", "of a patient only age and sex are read, and neither is stated")
        return
    _add(reading, made, who, time, "updated", age_years=age, sex=_SEX.get(sex))


def _link(
    link: Element, at: str, resource: Element, who: Identity, time: datetime, reading: Reading, made: Made
) -> None:
    """Two Patients are one: the one that is replaced ends, and what comes under its name is the other's."""
    kind = said(link, "type", at)
    if kind not in {"replaced-by", "replaces"}:
        made.leave_out(f"{at}.type", "0", "the link joins no records")
        return
    other = other_patient(part(link, "other", at), f"{at}.other", resource, reading)
    old, into = (who, other) if kind == "replaced-by" else (other, who)
    if old == into:
        raise LeftOut(Trouble(at, "207", "a patient can't replace itself"))
    made.notes.append(Merged(old, into, time))
    _add(reading, made, old, time, "discharged")


def _age(born: str, time: datetime) -> tuple[float | None, str]:
    """Whole years since a full date of birth; none for a part of one. And what is odd."""
    if not born:
        return None, ""
    if born in _BLANK_BIRTHS:
        return None, "the date of birth stands for none"
    try:
        day, today = date.fromisoformat(born), time.date()
    except ValueError:
        return None, "of a part of a date of birth no age is made"
    years = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    if not 0 <= years <= 130:  # noqa: PLR2004 - the wire's bounds
        return None, "the date of birth is none of a living patient"
    return float(years), ""


def encounter(resource: Element, where: str, reading: Reading, made: Made) -> None:
    """Add what an Encounter says: admission, bed, discharge; raises LeftOut."""
    status = said(resource, "status", where)
    who = patient_of(resource, "subject", where, reading)
    period, at = part(resource, "period", where), f"{where}.period"
    name = reading.conventions.key.name(f"encounter|{who}|{said(resource, 'id', where)}")
    if said(part(resource, "class", where), "code", f"{where}.class") in _OUTPATIENT:
        made.leave_out(f"{where}.class", "0", "it is a visit, and neither begins nor ends a stay")
        return
    if status in _OVER and resource.get("partOf") is not None:
        made.leave_out(f"{where}.partOf", "0", "the end of a part of a stay is not the end of the stay")
        return
    if status in _OVER:
        has_begun = reading.stays.has_begun(name)
        stated = said(period, "end", at) if status == "finished" else ""
        if status != "finished" and not has_begun:
            made.leave_out(f"{where}.status", "207", "an encounter that is not known to have begun is taken back")
            return
        said_at = _time(resource, where, reading)
        _add(reading, made, who, _ended(stated, said_at, f"{at}.end", reading, made, has_begun=has_begun), "discharged")
        return
    if status not in _HERE:
        is_planned = status == "planned"
        sentence = "the encounter has not begun" if is_planned else "whether the patient is there is not known"
        made.leave_out(f"{where}.status", "0" if is_planned else "103", sentence)
        return
    _stay(resource, where, who, name, reading, made)


def _ended(stated: str, said_at: datetime, at: str, reading: Reading, made: Made, *, has_begun: bool) -> datetime:
    """When an encounter ended; where only the day is stated, when that was said, so that its alarms end.

    But not of one that ended on another day: a change of an old record must not end the stay of today. Raises LeftOut.
    """
    try:
        if stated:
            return reading.moment(stated, at)
    except LeftOut:
        if not (has_begun or stated == said_at.date().isoformat()):
            raise
    if not (stated or has_begun):
        raise LeftOut(Trouble(at, "101", "when the encounter ended is not said", "left out"))
    made.remark(at, "102", "when the encounter ended is not said to the minute: when that was said counts")
    return said_at


def _stay(resource: Element, where: str, who: Identity, name: str, reading: Reading, made: Made) -> None:
    """An encounter in progress: its begin, if that is what is new, and the bed since the patient is in it."""
    start = said(part(resource, "period", where), "start", f"{where}.period")
    began = reading.moment(start, f"{where}.period.start") if start else None
    said_at = reading.said_at(resource, where)
    bed, since = _bed(resource, where, reading)
    is_part = resource.get("partOf") is not None  # as a department's of a hospital's
    is_new = began is not None and not is_part and (said_at is None or said_at - began <= _BEGINS_AT_ONCE)
    if is_new and began is not None and not reading.stays.has_begun(name):
        person = _person(resource, who, reading)
        age, _ = _age(person.born, began)
        known = tuple(sorted(person.allergies)) or None
        in_bed = bed if since is None or since <= began else None
        sex = _SEX.get(person.sex)
        _add(reading, made, who, began, "admitted", age_years=age, sex=sex, bed=in_bed, allergies_added=known)
        made.notes.append(name)
        if in_bed or bed is None:
            return
    elif bed is None:
        made.leave_out(where, "0", "it says nothing new of the stay")
        return
    time = since or said_at or began
    if time is None:
        raise LeftOut(Trouble(f"{where}.period.start", "101", "the encounter has no moment"))
    _add(reading, made, who, time, "updated", bed=bed)


def _person(resource: Element, who: Identity, reading: Reading) -> Person:
    """What is known of a patient: as the Patient beside the encounter says, else as an earlier one did."""
    known = reading.stays.person(who)
    reference = part(resource, "subject", "").get("reference")
    beside = reading.resource(reference, resource) if isinstance(reference, str) else {}
    born, sex = beside.get("birthDate"), beside.get("gender")
    return known._replace(
        born=born if isinstance(born, str) else known.born, sex=sex if isinstance(sex, str) else known.sex
    )


def _bed(resource: Element, where: str, reading: Reading) -> tuple[str | None, datetime | None]:
    """The bed, or the place, in which the patient is now, and since when."""
    found: list[tuple[bool, str, datetime | None]] = []
    for at, one in parts(resource, "location", where):
        if said(one, "status", at) in {"planned", "reserved", "completed"}:
            continue
        place = part(one, "location", at)
        kind = codes(part(one, "physicalType", at), f"{at}.physicalType")
        reference = said(place, "reference", f"{at}.location")
        pointed = reading.resource(reference, resource) if reference else {}
        label = said(place, "display", f"{at}.location") or said(pointed, "name", f"{at}.location")
        label = label or reference.rpartition("/")[2]
        since = said(part(one, "period", at), "start", f"{at}.period")
        if label:
            moment = reading.moment(since, f"{at}.period.start") if since else None
            found.append(("bd" in kind, label[:LONGEST], moment))
    if not found:
        return None, None
    _, label, moment = next((one for one in found if one[0]), found[-1])
    return label, moment


def allergy(resource: Element, where: str, reading: Reading, made: Made) -> None:
    """Add what an AllergyIntolerance says; raises LeftOut."""
    who = patient_of(resource, "patient", where, reading)
    concept, at = part(resource, "code", where), f"{where}.code"
    verified = codes(part(resource, "verificationStatus", where), f"{where}.verificationStatus")
    clinical = codes(part(resource, "clinicalStatus", where), f"{where}.clinicalStatus")
    time = reading.arrived or _time(resource, where, reading)
    is_over = bool(verified & {"refuted", "entered-in-error"} or clinical & {"inactive", "resolved"})
    of = codes(concept, at)
    if of & _NONE_OF_A_KIND:
        made.leave_out(at, "0", "that none of one kind is known says nothing of the others")
        return
    if _NONE_KNOWN in of:
        if is_over:
            made.leave_out(at, "0", "that no allergy is known no longer holds, and no allergy is named")
            return
        made.notes.append(SaidOf(who, is_all=True))
        _add(reading, made, who, time, "updated", allergies=())
        return
    name = next((one.display for one in codings(concept, at) if one.display), "") or words(concept, at)
    if not name:
        raise LeftOut(Trouble(at, "101", "the allergy names nothing"))
    name = name.lower()[:LONGEST]
    named = frozenset({name})
    made.notes.append(SaidOf(who, not_allergic_to=named) if is_over else SaidOf(who, allergic_to=named))
    _add(reading, made, who, time, "updated", **{"allergies_removed" if is_over else "allergies_added": (name,)})


def _time(resource: Element, where: str, reading: Reading) -> datetime:
    """When this was said; raises LeftOut where that is not known."""
    found = reading.said_at(resource, where)
    if found is None:
        raise LeftOut(Trouble(f"{where}.meta.lastUpdated", "101", "the resource has no moment"))
    return found


def _add(
    reading: Reading,
    made: Made,
    who: Identity,
    time: datetime,
    status: Literal["admitted", "updated", "discharged"],
    **stated: Any,
) -> None:
    filed = reading.filed(who, time)
    record = PatientRecord(patient=filed.patient, time=time, status=status, **stated)
    made.add(FeedEvent("patients", filed.patient, time, record), filed)
