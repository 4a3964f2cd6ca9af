"""Units as senders write them, and a number in one of them as ours.

Names are compared without case, blanks and the marks of powers. Where two units then look alike, as g/L and G/L (10^9
per litre), what is measured decides. Sources: UCUM 2.1 for names and prefixes; ISO/IEEE 11073-10101 B.4 for the MDC
reference ids and numbers (262144 is partition 4, dimensions); NIST SP 811 appendix B.8 for pressures (1 mmHg is
0.1333224 kPa, 1 cmH2O 0.0980665 kPa); Fahrenheit and kelvin by definition; 1 katal is 6e7 U by definition.
"""

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from stream.gateway.quantities import Dimension

if TYPE_CHECKING:
    from stream.gateway.codes import Meaning
    from stream.gateway.dialect import Profile


class Unit(NamedTuple):
    """A unit: value * factor + offset is the value in the base unit of its dimension."""

    name: str
    dimension: Dimension
    factor: float
    offset: float = 0.0


class Unconvertible(NamedTuple):
    """Why a number has no value in our unit. The sentence carries nothing of the message."""

    why: Literal["missing", "unknown", "disagrees", "contradicts"]
    sentence: str


_KPA: Final = 1 / 0.1333224

# fmt: off
_UNITS: Final[tuple[tuple[Unit, tuple[str, ...]], ...]] = (
    # into per minute
    (Unit("/min", "rate", 1), (
        "{beats}/min", "{beat}/min", "{breaths}/min", "{breath}/min", "{resp}/min", "1/min", "min-1", "bpm", "b/min",
        "beats/min", "beat/min", "beats per minute", "rpm", "r/min", "brpm", "br/min", "breaths/min", "breath/min",
        "breaths per minute", "resp/min", "per minute", "per min", "p/min", "ppm", "pulse/min", "pulses/min",
        "br/m", "264864", "MDC_DIM_BEAT_PER_MIN", "264928", "MDC_DIM_RESP_PER_MIN")),
    # into percent
    (Unit("%", "ratio", 1), ("percent", "pct", "262688", "MDC_DIM_PERCENT", "vol%", "%vol", "% vol")),
    (Unit("1", "ratio", 100), ("L/L", "{fraction}", "{ratio}", "fraction", "262656", "MDC_DIM_DIMLESS")),
    # into millimetre of mercury
    (Unit("mm[Hg]", "pressure", 1), ("mmHg", "mm(Hg)", "mm Hg", "torr", "266016", "MDC_DIM_MMHG")),
    (Unit("kPa", "pressure", _KPA), ("k[Pa]", "kilopascal", "265987", "MDC_DIM_KILO_PASCAL")),
    (Unit("hPa", "pressure", _KPA / 10), ("mbar", "265986", "MDC_DIM_HECTO_PASCAL")),
    (Unit("cm[H2O]", "pressure", _KPA * 0.0980665), ("cmH2O", "cm(H2O)", "266048", "MDC_DIM_CM_H2O")),
    # into degree Celsius
    (Unit("Cel", "temperature", 1), (
        "C", "degC", "°C", "degrees C", "celsius", "degree celsius", "degrees celsius", "grad C",
        "268192", "MDC_DIM_DEGC")),
    (Unit("[degF]", "temperature", 5 / 9, -160 / 9), (
        "F", "degF", "°F", "degrees F", "fahrenheit", "degree fahrenheit", "degrees fahrenheit",
        "266560", "MDC_DIM_FAHR")),
    (Unit("K", "temperature", 1, -273.15), ("kelvin", "266528", "MDC_DIM_KELVIN")),
    # into litre per minute
    (Unit("L/min", "flow", 1), ("lpm", "liter/min", "litre/min", "265216", "MDC_DIM_L_PER_MIN", "MDC_DIM_X_L_PER_MIN")),
    (Unit("mL/min", "flow", 0.001), ()),
    # into second
    (Unit("s", "time", 1), ("sec", "secs", "second", "seconds", "264320", "MDC_DIM_SEC")),
    # into pH
    (Unit("[pH]", "acidity", 1), ("pH", "1", "{pH}", "pH units", "262656", "MDC_DIM_DIMLESS", "263136", "MDC_DIM_PH")),
    # into millimole per litre
    (Unit("mmol/L", "substance concentration", 1), ("mM", "mmol/dm3", "266866", "MDC_DIM_MILLI_MOLE_PER_L")),
    (Unit("umol/L", "substance concentration", 0.001), (
        "mcmol/L", "micromol/L", "uM", "266867", "MDC_DIM_MICRO_MOLE_PER_L")),
    (Unit("mmol/dL", "substance concentration", 10), ()),
    # into milliequivalent per litre
    (Unit("meq/L", "charge concentration", 1), ("mval/L",)),
    # into milligram per decilitre
    (Unit("mg/dL", "mass concentration", 1), ("mg%", "mg/100mL", "264274", "MDC_DIM_MILLI_G_PER_DL")),
    (Unit("mg/L", "mass concentration", 0.1), ()),
    (Unit("g/L", "mass concentration", 100), ()),
    (Unit("g/dL", "mass concentration", 1000), (
        "g%", "gm/dL", "g/100mL", "264256", "MDC_DIM_X_G_PER_DL", "MDC_DIM_G_PER_DL")),
    (Unit("ug/dL", "mass concentration", 0.001), ("mcg/dL",)),
    (Unit("ug/L", "mass concentration", 1e-4), ("mcg/L",)),
    (Unit("ng/mL", "mass concentration", 1e-4), ()),
    (Unit("ng/dL", "mass concentration", 1e-6), ()),
    (Unit("ng/L", "mass concentration", 1e-7), ()),
    (Unit("pg/mL", "mass concentration", 1e-7), ()),
    # into unit per litre
    (Unit("U/L", "catalytic concentration", 1), ("[IU]/L", "IU/L", "mU/mL", "unit/L", "units/L", "E/L")),
    (Unit("ukat/L", "catalytic concentration", 60), ("mckat/L", "microkat/L")),
    (Unit("nkat/L", "catalytic concentration", 0.06), ()),
    # into thousand per microlitre
    (Unit("10*3/uL", "number concentration", 1), (
        "10*9/L", "10e3/uL", "10e9/L", "103/uL", "109/L", "x10*3/uL", "x10*9/L", "x10e3/uL", "x10e9/L", "x103/uL",
        "x109/L", "K/uL", "K/mcL", "K/mm3", "10*3/mcL", "x10*3/mcL", "10*3/mm3", "x10*3/mm3", "1000/uL", "thou/uL",
        "thousand/uL", "th/uL", "tsd/uL", "G/L", "Gpt/L", "giga/L", "/nL", "1/nL")),
    (Unit("/uL", "number concentration", 0.001), ("1/uL", "cells/uL", "{cells}/uL", "/mm3", "/mcL", "#/uL")),
)
# fmt: on


_LONGEST_AGAIN: Final = 64
_ALIKE: Final = str.maketrans({"\u03bc": "u", "\u00d7": "x", "^": "*"})


def plain(name: str) -> str:
    """Write a name without what differs between two ways of writing one unit."""
    return _plain_again(name) if len(name) <= _LONGEST_AGAIN else _plain(name)


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()  # a raised 3 becomes a 3, a micro sign a mu
    return "".join(folded.split()).translate(_ALIKE).replace("**", "*")


_plain_again = lru_cache(maxsize=4096)(_plain)  # a device writes the same units again and again


def _by_name() -> dict[str, tuple[Unit, ...]]:
    found: dict[str, tuple[Unit, ...]] = {}
    for unit, names in _UNITS:
        for name in dict.fromkeys(plain(one) for one in (unit.name, *names)):
            found[name] = (*found.get(name, ()), unit)
    return found


BY_NAME: Final = _by_name()
"""By every way of writing it, plainly; more than one where what is measured has to decide."""

WRITTEN: Final = tuple(dict.fromkeys(name for unit, names in _UNITS for name in (unit.name, *names)))
"""Every unit as it is written."""


def is_unit(name: str) -> bool:
    """Whether a unit is known by this name."""
    return bool(name.strip()) and plain(name) in BY_NAME


class Conversion(NamedTuple):
    """A number in one unit as ours: by way of its dimension's base unit, and into another by molar mass or charge."""

    unit: Unit
    ours: Unit
    per_base: float
    factor: float
    is_stated: bool

    def of(self, value: float) -> float:
        """A number in our unit."""
        in_base = (value * self.unit.factor + self.unit.offset) * self.per_base
        found = (in_base * self.factor - self.ours.offset) / self.ours.factor
        return round(found, 6) if self.is_stated else found


def convert(profile: "Profile", value: float, identifier: str, text: str, meaning: "Meaning") -> float | Unconvertible:
    """A number in the unit that OBX-6 names (its first and second component), in ours; or why there is none."""
    found = conversion(profile, identifier, text, meaning)
    return found.of(value) if isinstance(found, Conversion) else found


def conversion(profile: "Profile", identifier: str, text: str, meaning: "Meaning") -> Conversion | Unconvertible:
    """How a number in the unit that OBX-6 names becomes one in ours; or why it does not."""
    named = [found for name in (identifier, text) if (found := _units(profile, name))]
    if not named:
        if identifier.strip() or text.strip():
            return Unconvertible("unknown", "the unit is none that is known")
        return _without_unit(meaning)
    both = [unit for unit in named[0] if unit in named[-1]]
    if not both:
        return Unconvertible("disagrees", "the unit's code and its name are two units")
    for unit in both:
        ours = _conversion(unit, meaning, is_stated=True)
        if ours is not None:
            return ours
    return Unconvertible("contradicts", "the unit is not one of what the code names")


def _units(profile: "Profile", name: str) -> tuple[Unit, ...]:
    written = plain(name)
    return BY_NAME.get(profile.unit_names.get(written, written), ()) if written else ()


def _without_unit(meaning: "Meaning") -> Conversion | Unconvertible:
    """A number without any unit: the sender's, where its profile says which, else only where there is but one."""
    stated = meaning.unit_left_out or (meaning.unit if meaning.dimension in {"rate", "acidity"} else None)
    if stated is None:
        return Unconvertible("missing", "the unit is left out, and what is measured has more than one")
    unit = next(one for one in BY_NAME[plain(stated)] if one.dimension == meaning.dimension)
    found = _conversion(unit, meaning, is_stated=False)
    return found or Unconvertible("contradicts", "the unit is not one of what the code names")


def _conversion(unit: Unit, meaning: "Meaning", *, is_stated: bool) -> Conversion | None:
    ours = next(one for one in BY_NAME[plain(meaning.unit)] if one.dimension == meaning.dimension)
    per = 1.0 if unit.dimension == meaning.dimension else _per_base(unit.dimension, meaning)
    return None if per is None else Conversion(unit, ours, per, meaning.factor, is_stated)


def _per_base(dimension: Dimension, meaning: "Meaning") -> float | None:
    """How much of the meaning's base unit one base unit of another dimension is: by molar mass, or by charge."""
    molar_mass, charge = meaning.molar_mass_g_per_mol, meaning.charge
    tenth = None if molar_mass is None else molar_mass / 10  # mg/dL in one mmol/L
    match dimension, meaning.dimension:
        case "substance concentration", "mass concentration":
            return tenth
        case "mass concentration", "substance concentration":
            return None if tenth is None else 1 / tenth
        case "charge concentration", "substance concentration":
            return None if charge is None else 1 / charge
        case "charge concentration", "mass concentration":
            return None if charge is None or tenth is None else tenth / charge
    return None
