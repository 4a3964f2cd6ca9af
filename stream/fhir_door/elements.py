"""The elements of a resource: read by name, and of the type that R4 has for them, or refused. Pure.

A resource is JSON as it came. What is of another type than the specification says is never read as something else.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from stream.gateway.trouble import LeftOut, Trouble

Element = dict[str, Any]
"""A JSON object: a resource, or a part of one."""
NOTHING: Final[Element] = {}


class Coding(NamedTuple):
    """One coding of a concept; empty: not said."""

    code: str
    display: str
    system: str


def _wrong(where: str, *names: str) -> LeftOut:
    return LeftOut(Trouble(".".join((where, *names)), "100", "the element is not of the type that FHIR R4 has for it"))


def part(element: Element, name: str, where: str) -> Element:
    """The object under a name; an empty one where there is none. Raises LeftOut where it is no object."""
    found = element.get(name)
    if found is None:
        return NOTHING
    if not isinstance(found, dict):
        raise _wrong(where, name)
    return found


def parts(element: Element, name: str, where: str) -> Iterator[tuple[str, Element]]:
    """The objects of a list under a name, each with its place. Raises LeftOut where it is no list of objects."""
    found = element.get(name)
    if found is None:
        return
    if not isinstance(found, list):
        raise _wrong(where, name)
    for number, one in enumerate(found):
        at = f"{where}.{name}[{number}]"
        if not isinstance(one, dict):
            raise _wrong(at)
        yield at, one


def said(element: Element, name: str, where: str) -> str:
    """The text under a name, without blanks round it; empty where there is none. Raises LeftOut where it is no text."""
    found = element.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise _wrong(where, name)
    return found.strip()


def number(element: Element, name: str, where: str) -> float | None:
    """The number under a name, or None. Raises LeftOut where it is no number, as one in quotation marks."""
    found = element.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _wrong(where, name)
    return float(found)


def truth(element: Element, name: str, where: str) -> bool | None:
    """The yes or no under a name, or None. Raises LeftOut where it is neither."""
    found = element.get(name)
    if found is not None and not isinstance(found, bool):
        raise _wrong(where, name)
    return found


def codings(concept: Element, where: str) -> list[Coding]:
    """The codings of a CodeableConcept, but empty ones."""
    found = [
        Coding(*(said(one, name, at) for name in ("code", "display", "system")))
        for at, one in parts(concept, "coding", where)
    ]
    return [one for one in found if one.code or one.display]


def codes(concept: Element, where: str) -> set[str]:
    """The codes of a CodeableConcept, whatever their systems."""
    return {one.code for one in codings(concept, where)} - {""}


def words(concept: Element, where: str) -> str:
    """What a CodeableConcept is called: as it was entered, else as its codings show it, else the first code."""
    coded = codings(concept, where)
    named = (said(concept, "text", where), *(one.display for one in coded), *(one.code for one in coded))
    return next((one for one in named if one), "")
