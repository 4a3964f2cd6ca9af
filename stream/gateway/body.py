"""Weight, height and pregnancy beside an admission (OBX, PV1-15): what doses and contraindications hang on. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from stream.gateway.codes import LOINC, system_of
from stream.gateway.segments import Segment, first, repetitions, text
from stream.gateway.trouble import LeftOut, Trouble

# fmt: off
# The four tables are those of FHIR resources, too (stream/fhir_door/body.py).
TERMS: Final = {
    "29463-7": "weight_kg",     # LOINC: Body weight
    "8302-2":  "height_cm",     # LOINC: Body height
    "82810-3": "is_pregnant",   # LOINC: Pregnancy status
}
UNITS: Final = {
    # UCUM and plain text, in lower case; the pound and the inch by definition
    "weight_kg": {"kg": 1.0, "kilogram": 1.0, "kilograms": 1.0, "g": 0.001, "gram": 0.001, "grams": 0.001,
                  "[lb_av]": 0.45359237, "lb": 0.45359237, "lbs": 0.45359237,
                  "pound": 0.45359237, "pounds": 0.45359237},
    "height_cm": {"cm": 1.0, "centimeter": 1.0, "centimeters": 1.0, "centimetre": 1.0, "m": 100.0, "mm": 0.1,
                  "[in_i]": 2.54, "in": 2.54, "inch": 2.54, "inches": 2.54},
}
MOST: Final = {"weight_kg": 700.0, "height_cm": 300.0}  # the wire's bounds
ANSWERS: Final = {
    # LOINC answers of 82810-3, the findings of SNOMED CT, and words
    "LA15173-0": True, "77386006": True, "PREGNANT": True, "YES": True, "Y": True,
    "LA26683-5": False, "60001007": False, "NOT PREGNANT": False, "NO": False, "N": False,
}
# fmt: on
_PREGNANT: Final = "B6"  # PV1-15 by HL7 table 0009
_STANDING: Final = frozenset({"", "F", "C", "A"})  # OBX-11
_NUMBER: Final = re.compile(r"\d{1,6}(\.\d*)?", re.ASCII)


def term_of(observation: Segment) -> str | None:
    """Which of our fields an observation is of; None where of none."""
    coded = ((text(observation, 3, at), system_of(text(observation, 3, at + 2))) for at in (1, 4))
    return next((TERMS[code] for code, system in coded if system == LOINC and code in TERMS), None)


class Body(NamedTuple):
    """What is said of a patient's body, by field, and which observations could not be used, with the reason."""

    fields: dict[str, Any]
    left_out: list[tuple[Trouble, Segment]]


def body(segments: Sequence[Segment], observations: Iterable[tuple[int, Segment]]) -> Body:
    """What `segments` say of a patient's body; of two values that disagree none counts.

    `observations` are the OBX among them, with their numbers in the message.
    """
    said: dict[str, dict[Any, None]] = {}
    left_out: list[tuple[Trouble, Segment]] = []
    last: dict[str, tuple[int, Segment]] = {}
    for number, one in observations:
        field = term_of(one)
        if field is None or not text(one, 5):
            continue
        try:
            said.setdefault(field, {})[_value(one, number, field)] = None
        except LeftOut as error:
            left_out.append((error.trouble, one))
        else:
            last[field] = number, one
    if text(first(list(segments), "PV1"), 15).upper() == _PREGNANT:
        said.setdefault("is_pregnant", {})[True] = None
    for field, (number, one) in last.items():
        if len(said[field]) > 1:
            sentence = "two values are stated of the patient's body: none is taken"
            left_out.append((Trouble(f"OBX^{number}^5", "207", sentence), one))
    return Body({field: next(iter(values)) for field, values in said.items() if len(values) == 1}, left_out)


def _value(observation: Segment, number: int, field: str) -> float | bool:
    where, stated = f"OBX^{number}^5", text(observation, 5)
    if text(observation, 11).upper() not in _STANDING:
        raise LeftOut(Trouble(f"OBX^{number}^11", "0", "the observation is not final", "left out"))
    if field == "is_pregnant":
        answers = {ANSWERS.get(text(observation, 5, at).upper()) for at in (1, 2)} - {None}
        if len(answers) != 1:
            raise LeftOut(Trouble(where, "103", "whether the patient is pregnant is not understood"))
        return bool(answers.pop())
    if not _NUMBER.fullmatch(stated) or repetitions(observation, 5) > 1:
        raise LeftOut(Trouble(where, "102", "the value is no number"))
    units = {UNITS[field].get(text(observation, 6, at).casefold()) for at in (1, 2) if text(observation, 6, at)}
    if None in units or len(units) != 1:
        raise LeftOut(Trouble(f"OBX^{number}^6", "103", "the unit is not one of what the code names"))
    value = round(float(stated) * float(units.pop() or 0), 3)
    if not 0 < value <= MOST[field]:
        raise LeftOut(Trouble(where, "102", "the value is none that a body can have"))
    return value
