"""Observation: vital signs, results of the laboratory, the body's size, and genes; which of its parts is what. Pure."""

from dataclasses import replace
from datetime import datetime
from typing import Final, Literal, NamedTuple

from schemas.labs import LabResults
from schemas.vitals import VitalsFrame
from stream.feeds.events import FeedEvent
from stream.fhir_door.body import body_record, term_of
from stream.fhir_door.elements import Element, codes, codings, part, parts, said
from stream.fhir_door.genomes import genetic, is_genetic
from stream.fhir_door.identities import patient_of
from stream.fhir_door.meanings import label_of, meaning_of, value_name, value_of
from stream.fhir_door.reading import Made, Reading
from stream.fhir_door.variants import is_variant, variant
from stream.gateway.codes import NotUsed
from stream.gateway.persons import Identity
from stream.gateway.selection import DOUBTFUL, OFF, SOUND, ZERO, Source, choose, is_plausible
from stream.gateway.trouble import LeftOut, Trouble

Status = Literal["stands", "corrected", "withdrawn", "pending", "unknown"]

# fmt: off
STATUSES: Final[dict[str, Status]] = {
    # FHIR R4, value set observation-status
    "preliminary": "stands", "final": "stands", "amended": "corrected", "corrected": "corrected",
    "registered": "pending", "cancelled": "withdrawn", "entered-in-error": "withdrawn", "unknown": "unknown",
}
_SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "pending": ("0", "there is no result yet"),
    "withdrawn": ("207", "the observation is withdrawn and left out; a value that was sent before still counts"),
    "unknown": ("103", "whether the observation counts is not known"),
}
# fmt: on
_CANCELLED: Final = "the observation was cancelled: there is no value"
_VALIDITY: Final = {"value": SOUND, "zero": ZERO, "off": OFF}


class _Piece(NamedTuple):
    """The observation itself, or one of its components."""

    where: str
    element: Element
    concept: Element


def observation(resource: Element, where: str, reading: Reading, made: Made) -> None:
    """Add the records of an observation; raises LeftOut where nothing of it can be used."""
    status = STATUSES.get(stated := said(resource, "status", where))
    if status is None:
        code, sentence = ("103", "the status is none of FHIR R4") if stated else ("101", "there is no status")
        raise LeftOut(Trouble(f"{where}.status", code, sentence))
    if resource.get("focus") is not None:  # as of an unborn child, in the mother's record
        made.leave_out(f"{where}.focus", "207", "it is about somebody or something else than its subject")
        return
    if is_variant(resource, where):
        variant(resource, where, status, reading, made)
        return
    if is_genetic(resource, where):
        genetic(resource, where, status, reading, made)
        return
    if status not in {"stands", "corrected"}:
        code, sentence = ("0", _CANCELLED) if stated == "cancelled" else _SENTENCES[status]
        made.leave_out(f"{where}.status", code, sentence)
        return
    who = patient_of(resource, "subject", where, reading)
    _read(resource, where, who, reading, made, is_corrected=status == "corrected")


def _read(resource: Element, where: str, who: Identity, reading: Reading, made: Made, *, is_corrected: bool) -> None:
    pieces = _pieces(resource, where)
    if not pieces:
        if resource.get("hasMember"):
            made.leave_out(f"{where}.hasMember", "0", "it only groups other observations, which count by themselves")
        else:
            made.leave_out(where, "101", "the observation has no value")
        return
    time = observed_at(resource, where, reading, made)
    sources: list[tuple[str, Source]] = []
    places: list[str] = []
    for number, piece in enumerate(pieces):
        places.append(piece.where)
        try:
            field = term_of(piece.concept, f"{piece.where}.code")
            if field and value_name(piece.element):
                body_record(piece.element, piece.where, field, who, time, reading, made)
            elif (found := _source(piece, number, time, reading, made, is_corrected=is_corrected)) is not None:
                sources.append(found)
        except LeftOut as left_out:
            made.told.leave_out(left_out.trouble, label_of(piece.concept, f"{piece.where}.code"))
    for topic in ("vitals", "labs"):
        chosen = choose(source for of, source in sources if of == topic)
        made.told.tell(*(replace(one, where=places[_number(one.where)]) for one in chosen.troubles))
        made.told.unused += [one._replace(where=places[_number(one.where)]) for one in chosen.unused]
        for instant, values in chosen.values.items():
            filed = reading.filed(who, instant)
            record = (
                VitalsFrame(patient=filed.patient, time=instant, device=_device(resource, where, reading), **values)
                if topic == "vitals"
                else LabResults(patient=filed.patient, time=instant, **values)
            )
            made.add(FeedEvent(topic, filed.patient, instant, record), filed)


def _number(where: str) -> int:
    """Which piece a sentence of the choice is about."""
    return int(where.split("^")[1])


def _pieces(resource: Element, where: str) -> list[_Piece]:
    """The parts that say something: a value, or why there is none."""
    found = [_Piece(at, one, part(one, "code", at)) for at, one in parts(resource, "component", where)]
    if value_name(resource) or (resource.get("dataAbsentReason") is not None and not found):
        found.insert(0, _Piece(where, resource, part(resource, "code", where)))
    return found


def _source(
    piece: _Piece, number: int, time: datetime, reading: Reading, made: Made, *, is_corrected: bool
) -> tuple[str, Source] | None:
    """The topic and the value of one part; None where there is nothing to say of it. Raises LeftOut."""
    where, profile = piece.where, reading.profile
    if piece.element.get("modifierExtension") is not None:
        sentence = "a modifier extension changes what it means, and is not known here"
        raise LeftOut(Trouble(f"{where}.modifierExtension", "200", sentence))
    meaning = meaning_of(piece.concept, f"{where}.code", profile)
    if isinstance(meaning, NotUsed):
        code = "0" if meaning.kind in {"no place", "structure"} else "103"
        raise LeftOut(Trouble(f"{where}.code", code, meaning.reason, "left out"))
    absent = codes(part(piece.element, "dataAbsentReason", where), f"{where}.dataAbsentReason")
    if not value_name(piece.element):
        sentence = "there is no value, and the sender says why" if absent else "there is no value"
        raise LeftOut(Trouble(f"{where}.dataAbsentReason", "0", sentence, "left out"))
    if meaning.remark:
        made.remark(f"{where}.code", "103", meaning.remark)
    flags = {profile.flags.get(one.upper()) for one in _interpretations(piece)}
    if flags & {"test", "off"}:
        sentence = "by its interpretation the value is no patient's"
        raise LeftOut(Trouble(f"{where}.interpretation", "202", sentence, "left out"))
    read = value_of(piece.element, where, meaning, profile)
    validity = _VALIDITY[read.kind]
    is_doubtful = "doubtful" in flags or not is_plausible(meaning.topic, meaning.field, read.value)
    if validity == SOUND and is_doubtful:
        made.remark(where, "0", "the value is doubtful")
        validity = DOUBTFUL
    label = label_of(piece.concept, f"{where}.code")
    return meaning.topic, Source(time, meaning.field, validity, meaning.rank, is_corrected, number, label, read.value)


def _interpretations(piece: _Piece) -> list[str]:
    found = []
    for at, one in parts(piece.element, "interpretation", piece.where):
        found += [coding.code for coding in codings(one, at)]
    return found


def observed_at(resource: Element, where: str, reading: Reading, made: Made) -> datetime:
    """When it was observed; else when it was issued, which is told. Raises LeftOut where neither is an instant."""
    period, at = part(resource, "effectivePeriod", where), f"{where}.effectivePeriod"
    stated = {
        f"{where}.effectiveDateTime": said(resource, "effectiveDateTime", where),
        f"{where}.effectiveInstant": said(resource, "effectiveInstant", where),
        f"{at}.end": said(period, "end", at),
        f"{at}.start": said(period, "start", at),
    }
    for place, one in stated.items():
        if one:
            return reading.moment(one, place)
    issued = said(resource, "issued", where)
    if not issued:
        raise LeftOut(Trouble(f"{where}.effective", "101", "the observation has no moment"))
    made.remark(f"{where}.effective", "101", "the observation has no moment of its own: when it was issued counts")
    return reading.moment(issued, f"{where}.issued")


def _device(resource: Element, where: str, reading: Reading) -> str:
    """A name for the device of its own: the columns of each are judged against themselves."""
    stated, at = part(resource, "device", where), f"{where}.device"
    named = said(stated, "reference", at) or said(part(stated, "identifier", at), "value", at)
    return f"fhir-{reading.conventions.key.name(f'device|{named}')[:8]}" if named else "fhir"
