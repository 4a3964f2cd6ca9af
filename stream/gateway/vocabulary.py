"""What the translation reads by: the codes of the plain profile with every unit that each may come in."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from stream.gateway.codes import LOINC, MDC, Meaning, look_up
from stream.gateway.profile import load
from stream.gateway.quantities import Topic
from stream.gateway.units import WRITTEN, Unconvertible, convert


class Unit(NamedTuple):
    """How a number in a unit becomes ours: value * factor + offset."""

    factor: float = 1.0
    offset: float = 0.0


class Place(NamedTuple):
    """Where an observation belongs; of several for one field at one time the lowest rank counts."""

    topic: Topic
    field: str
    rank: int
    units: Mapping[str, Unit]


_PLAIN: Final = load("plain")


def _units(meaning: Meaning) -> dict[str, Unit]:
    found = {}
    for name in WRITTEN:
        at_0, at_1e6 = (convert(_PLAIN, value, name, "", meaning) for value in (0.0, 1e6))
        if not isinstance(at_0, Unconvertible) and not isinstance(at_1e6, Unconvertible):
            found[name] = Unit((at_1e6 - at_0) / 1e6, at_0)
    return found


def _places() -> dict[tuple[str, str], Place]:
    found = {}
    for system, code in _PLAIN.by_code:
        meaning = look_up(_PLAIN, code, "", system=system)
        if (
            system in {LOINC, MDC}
            and isinstance(meaning, Meaning)
            and meaning.field not in {"on_oxygen", "consciousness"}
        ):
            found[system, code] = Place(meaning.topic, meaning.field, meaning.rank, _units(meaning))
    return found


PLACES: Final[Mapping[tuple[str, str], Place]] = _places()
"""By coding system and code."""
