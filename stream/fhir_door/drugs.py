"""MedicationRequest and MedicationAdministration: drugs that are ordered, given, stopped. Pure.

An administration goes by the order that it carries out, so that the end of the order ends it.
"""

from datetime import datetime
from typing import Final, Literal

from schemas.therapy import Medication
from stream.feeds.events import FeedEvent
from stream.fhir_door.elements import NOTHING, Element, codings, number, part, parts, said, words
from stream.fhir_door.identities import patient_of
from stream.fhir_door.reading import LONGEST, Made, Reading, local
from stream.gateway.drug_codes import CodedDrug, drug_of
from stream.gateway.prescriptions import NOT_NAMED
from stream.gateway.trouble import LeftOut, Trouble

Status = Literal["ordered", "active", "stopped", "entered-in-error"]

# fmt: off
_REQUESTS: Final[dict[str, Status]] = {
    # FHIR R4, value set medicationrequest-status; what is on hold may be given again any time, so rules go on
    "active": "ordered", "on-hold": "ordered",
    "cancelled": "stopped", "completed": "stopped", "stopped": "stopped", "entered-in-error": "entered-in-error",
}
_GIVEN: Final = frozenset({"in-progress", "completed", "stopped"})
"""Of medication-admin-status: at least a part was given."""
_NOT_GIVEN: Final = {
    "not-done": ("0", "the drug was not given"),
    "on-hold": ("0", "the giving of the drug is on hold"),
    "unknown": ("103", "whether the drug was given is not known"),
}
_ORDERS: Final = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})
"""Of medicationrequest-intent: proposals and plans are no orders."""
# fmt: on


def request(resource: Element, where: str, reading: Reading, made: Made) -> None:
    """Add the record of an order; raises LeftOut."""
    stated, intent = said(resource, "status", where), said(resource, "intent", where)
    status = _REQUESTS.get(stated)
    if status is None:
        code, sentence = ("0", "the order is a draft") if stated == "draft" else ("103", "how it stands is not known")
        made.leave_out(f"{where}.status", code, sentence)
        return
    if intent not in _ORDERS:
        made.leave_out(f"{where}.intent", "0", "by its intent it is no order")
        return
    if resource.get("doNotPerform") is True:
        made.leave_out(f"{where}.doNotPerform", "0", "it says that a drug is not to be given")
        return
    who = patient_of(resource, "subject", where, reading)
    drug = _drug(resource, where, reading)
    if not drug.is_named and status == "ordered":
        raise LeftOut(Trouble(f"{where}.medication", "101", "the order names no drug"))
    # What is said last counts: an order that is taken up again has the date of before.
    time = reading.said_at(resource, where)
    if time is None:
        time = _instant(said(resource, "authoredOn", where), f"{where}.authoredOn", reading, made)
    if time is None:
        raise LeftOut(Trouble(f"{where}.authoredOn", "101", "the order has no moment"))
    dosages = list(parts(resource, "dosageInstruction", where))
    if len(dosages) > 1:
        sentence = "the order has several dosages: none of them is taken"
        made.remark(f"{where}.dosageInstruction", "207", sentence)
    at, dosage = dosages[0] if len(dosages) == 1 else (where, NOTHING)
    timing = part(dosage, "timing", at)
    bounds = part(part(timing, "repeat", at), "boundsPeriod", at)
    dose, unit = _dose(next((one for _, one in parts(dosage, "doseAndRate", at)), NOTHING), "doseQuantity", at, made)
    filed = reading.filed(who, time)
    record = Medication(
        patient=filed.patient,
        time=time,
        order=_order(f"MedicationRequest/{said(resource, 'id', where)}", resource, where, reading),
        drug=drug.shown if drug.is_named else NOT_NAMED,
        rxnorm=drug.rxnorm or None,
        code=drug.code or None,
        code_system=(drug.system or None) if drug.code else None,
        dose=dose,
        dose_unit=unit,
        route=words(part(dosage, "route", at), f"{at}.route")[:LONGEST] or None,
        frequency=_frequency(timing, at),
        started_at=_instant(said(bounds, "start", at), f"{at}.timing", reading, made),
        ended_at=_instant(said(bounds, "end", at), f"{at}.timing", reading, made),
        status=status,
    )
    made.add(FeedEvent("medications", filed.patient, time, record), filed)


def administration(resource: Element, where: str, reading: Reading, made: Made) -> None:
    """Add what was given; raises LeftOut."""
    status = said(resource, "status", where)
    requested = part(resource, "request", where)
    reference = said(requested, "reference", f"{where}.request")
    if status == "entered-in-error" and reference:
        sentence = "the administration is taken back; one that was sent before still counts"
        made.leave_out(f"{where}.status", "207", sentence)
        return
    if status not in _GIVEN and status != "entered-in-error":
        code, sentence = _NOT_GIVEN.get(status, ("103", "whether the drug was given is not understood"))
        made.leave_out(f"{where}.status", code, sentence)
        return
    who = patient_of(resource, "subject", where, reading)
    drug = _drug(resource, where, reading)
    if not drug.is_named:
        raise LeftOut(Trouble(f"{where}.medication", "101", "the administration names no drug"))
    period, at = part(resource, "effectivePeriod", where), f"{where}.effectivePeriod"
    stated = said(resource, "effectiveDateTime", where) or said(period, "start", at)
    if not stated:
        raise LeftOut(Trouble(f"{where}.effective", "101", "the administration has no moment"))
    time = reading.moment(stated, f"{where}.effective")
    dosage, at_dosage = part(resource, "dosage", where), f"{where}.dosage"
    dose, unit = _dose(dosage, "dose", at_dosage, made)
    filed = reading.filed(who, time)
    own = f"MedicationAdministration/{said(resource, 'id', where)}"
    record = Medication(
        patient=filed.patient,
        time=time,
        order=_order(_named(reference, reading) if reference else own, resource, where, reading),
        drug=drug.shown,
        rxnorm=drug.rxnorm or None,
        code=drug.code or None,
        code_system=(drug.system or None) if drug.code else None,
        dose=dose,
        dose_unit=unit,
        route=words(part(dosage, "route", at_dosage), f"{at_dosage}.route")[:LONGEST] or None,
        started_at=time,
        ended_at=_instant(said(period, "end", at), f"{at}.end", reading, made),
        status="entered-in-error" if status == "entered-in-error" else "active",
    )
    made.add(FeedEvent("medications", filed.patient, time, record), filed)


def _named(reference: str, reading: Reading) -> str:
    """The order of a reference by its type and id, also where a Bundle calls it by an address of its own."""
    found = reading.resource(reference, NOTHING)
    logical = found.get("id")
    return f"MedicationRequest/{logical}" if isinstance(logical, str) else local(reference)


def _order(named: str, resource: Element, where: str, reading: Reading) -> str:
    """What stands for an order: its type and id, else its own number."""
    if named.endswith("/"):
        numbers = [said(one, "value", at) for at, one in parts(resource, "identifier", where)]
        named = next((f"{named}{one}" for one in numbers if one), "")
        if not named:
            raise LeftOut(Trouble(f"{where}.id", "101", "the order has neither an id nor an identifier"))
    return reading.conventions.key.name(f"order|fhir|{named}")


def _drug(resource: Element, where: str, reading: Reading) -> CodedDrug:
    """The drug that is coded, or that the Medication is of which the resource speaks."""
    concept, at = part(resource, "medicationCodeableConcept", where), f"{where}.medicationCodeableConcept"
    if not concept:
        pointed, at = part(resource, "medicationReference", where), f"{where}.medicationReference"
        reference = said(pointed, "reference", at)
        found = reading.resource(reference, resource) if reference else NOTHING
        concept = part(found, "code", at) or {"text": said(pointed, "display", at)}
    coded = [(one.code, one.display, one.system) for one in codings(concept, at)]
    return drug_of(coded, said(concept, "text", at))


def _dose(element: Element, name: str, at: str, made: Made) -> tuple[float | None, str | None]:
    if element.get("doseRange") is not None:
        made.remark(f"{at}.doseRange", "0", "the amount is a range, which is left out")
        return None, None
    quantity = part(element, name, at)
    value = number(quantity, "value", f"{at}.{name}")
    if value is None or value < 0 or said(quantity, "comparator", at):
        return None, None
    return value, (said(quantity, "unit", at) or said(quantity, "code", at))[:LONGEST] or None


def _frequency(timing: Element, at: str) -> str | None:
    """How often: the code or words for it, else the numbers, as 2/1 d for twice a day."""
    named = words(part(timing, "code", at), f"{at}.timing.code")
    if named:
        return named[:LONGEST]
    repeat = part(timing, "repeat", at)
    times, period, unit = repeat.get("frequency"), repeat.get("period"), repeat.get("periodUnit")
    return f"{times or 1}/{period} {unit}"[:LONGEST] if period is not None and unit else None


def _instant(stated: str, where: str, reading: Reading, made: Made) -> datetime | None:
    """The instant of what need not have one; what can't be used is told."""
    if not stated:
        return None
    try:
        return reading.moment(stated, where)
    except LeftOut as left_out:
        made.remark(left_out.trouble.where, left_out.trouble.code, left_out.trouble.sentence)
        return None


def unnamed(resource: Element, reading: Reading) -> str:
    """The reference to a Medication that has to be fetched first; empty where none has to be."""
    stated = resource.get("medicationReference")
    reference = stated.get("reference") if isinstance(stated, dict) else None
    if not isinstance(reference, str) or reading.resource(reference, resource):
        return ""
    return reference if local(reference).startswith("Medication/") else ""
