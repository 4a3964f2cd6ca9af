"""What the codings of an observation mean, and what its value says in our unit. Pure.

A comparator makes a number a bound, and a bound is never a value.
"""

from typing import Final

from models.vitals import SENSOR_OFF
from stream.fhir_door.elements import Element, codings, number, part, said, truth
from stream.gateway.codes import Meaning, NotUsed, look_up, word
from stream.gateway.profile import Profile
from stream.gateway.trouble import LeftOut, Trouble
from stream.gateway.units import convert
from stream.gateway.values import OFF_VALUE, Read

_UNREAD: Final = (
    "valueSampledData", "valueRange", "valueRatio", "valueTime", "valueDateTime", "valuePeriod",
)  # fmt: skip
VALUES: Final = (
    "valueQuantity", "valueInteger", "valueCodeableConcept", "valueString", "valueBoolean", *_UNREAD,
)  # fmt: skip
"""What R4 has for value[x] of an observation."""
_NO_CODE: Final = NotUsed("", "unknown", "the observation has no code")


def meaning_of(concept: Element, where: str, profile: Profile) -> Meaning | NotUsed:
    """What a concept means: its codings are one thing said several times, so they must not say two.

    A coding that is known to have no place here counts before one that has: it is the more exact one, as skin
    temperature is beside body temperature.
    """
    found = [look_up(profile, one.code, one.display, system=one.system) for one in codings(concept, where)]
    known = [one for one in found if isinstance(one, Meaning) or one.kind != "unknown"]
    if not known:
        return found[0] if found else _NO_CODE
    without = [one for one in known if isinstance(one, NotUsed)]
    if without:
        return without[0]
    meant = [one for one in known if isinstance(one, Meaning)]
    if len({(one.topic, one.field) for one in meant}) > 1:
        return NotUsed(label_of(concept, where), "disagrees", "the codings are of two things")
    return min(meant, key=lambda one: one.rank)


def label_of(concept: Element, where: str) -> str:
    """The first coding as a list of unused codes shows it: code and system."""
    first = next(iter(codings(concept, where)), None)
    return "" if first is None else f"{first.code}^{first.system}"[:128]


def value_name(element: Element) -> str:
    """Under which name the element has a value; empty where it has none."""
    return next((name for name in VALUES if element.get(name) is not None), "")


def value_of(element: Element, where: str, meaning: Meaning, profile: Profile) -> Read:
    """The value in our unit; raises LeftOut where there is none."""
    name = value_name(element)
    at = f"{where}.{name}"
    if meaning.dimension == "words":
        return Read(_word(element, name, at, meaning, profile))
    if name == "valueQuantity":
        return _quantity(part(element, name, where), at, meaning, profile)
    if name == "valueInteger":
        return _converted(number(element, name, where) or 0.0, "", "", at, meaning, profile)
    raise LeftOut(Trouble(at, "102", "the value is no quantity", "left out"))


def _word(element: Element, name: str, at: str, meaning: Meaning, profile: Profile) -> str | bool:
    if name == "valueBoolean" and meaning.field == "on_oxygen":
        return bool(truth(element, name, at))
    if name == "valueCodeableConcept":
        concept = part(element, name, at)
        coded = codings(concept, at)
        stated = [*(one.code for one in coded), *(one.display for one in coded), said(concept, "text", at)]
    else:
        stated = [said(element, name, at)] if name == "valueString" else []
    found = word(profile, meaning, *(one for one in stated if one))
    if found is None:
        raise LeftOut(Trouble(at, "103", "the word is none that is known here", "left out"))
    return found


def _quantity(quantity: Element, at: str, meaning: Meaning, profile: Profile) -> Read:
    if said(quantity, "comparator", at):
        sentence = "the value is only a bound, which is left out"
        raise LeftOut(Trouble(f"{at}.comparator", "102", sentence, "left out"))
    found = number(quantity, "value", at)
    if found is None:
        raise LeftOut(Trouble(f"{at}.value", "101", "the quantity has no value", "left out"))
    return _converted(found, said(quantity, "code", at), said(quantity, "unit", at), at, meaning, profile)


def _converted(found: float, code: str, unit: str, at: str, meaning: Meaning, profile: Profile) -> Read:
    converted = convert(profile, found, code, unit, meaning)
    if not isinstance(converted, float):
        raise LeftOut(Trouble(at, "103", converted.sentence))
    if meaning.field == "on_oxygen":
        return Read(converted > 0)
    if meaning.topic == "vitals" and found in SENSOR_OFF:
        return Read(0.0, "zero") if found == 0 else Read(OFF_VALUE, "off")
    return Read(converted)
