"""Weight, height and pregnancy as observations: what doses and contraindications hang on. Pure."""

from datetime import datetime

from schemas.patients import PatientRecord
from stream.feeds.events import FeedEvent
from stream.fhir_door.elements import Element, codes, codings, number, part, said, words
from stream.fhir_door.reading import Made, Reading
from stream.gateway.body import ANSWERS, MOST, TERMS, UNITS
from stream.gateway.codes import LOINC, system_of
from stream.gateway.persons import Identity
from stream.gateway.trouble import LeftOut, Trouble


def term_of(concept: Element, where: str) -> str:
    """Which of our fields an observation is of; empty where of none."""
    coded = codings(concept, where)
    return next((TERMS[one.code] for one in coded if system_of(one.system) == LOINC and one.code in TERMS), "")


def body_record(
    element: Element, where: str, field: str, who: Identity, time: datetime, reading: Reading, made: Made
) -> None:
    """Add what an observation says of a patient's body; raises LeftOut."""
    filed = reading.filed(who, time)
    value = _answer(element, where) if field == "is_pregnant" else _measured(element, where, field)
    record = PatientRecord.model_validate({"patient": filed.patient, "time": time, "status": "updated", field: value})
    made.add(FeedEvent("patients", filed.patient, time, record), filed)


def _answer(element: Element, where: str) -> bool:
    concept, at = part(element, "valueCodeableConcept", where), f"{where}.valueCodeableConcept"
    stated = {*codes(concept, at), words(concept, at)}
    answers = {ANSWERS.get(one.upper()) for one in stated} - {None}
    if len(answers) != 1:
        raise LeftOut(Trouble(at, "103", "whether the patient is pregnant is not understood", "left out"))
    return bool(answers.pop())


def _measured(element: Element, where: str, field: str) -> float:
    quantity, at = part(element, "valueQuantity", where), f"{where}.valueQuantity"
    found = number(quantity, "value", at)
    if found is None or said(quantity, "comparator", at):
        raise LeftOut(Trouble(at, "102", "the value is no number or only a bound", "left out"))
    named = [one for name in ("code", "unit") if (one := said(quantity, name, at))]
    units = {UNITS[field].get(one.casefold()) for one in named} - {None}
    if len(units) != 1:
        raise LeftOut(Trouble(at, "103", "the unit is not one of what the code names"))
    value = round(found * (units.pop() or 0), 3)
    if not 0 < value <= MOST[field]:
        raise LeftOut(Trouble(at, "102", "the value is none that a body can have"))
    return value
