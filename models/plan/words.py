"""How a plan is said to a reader: values with units, ages, signs of what is old or missing. Pure."""

from collections.abc import Iterable
from typing import Final

from models.risk.wording import named, unit_in_words
from schemas.plan import PlanGene, PlanProposal, PlanStay, PlanValue, PlanVariant
from schemas.suggestions import UsedInput

_HOUR_S: Final = 3600.0
_DAY_S: Final = 24 * _HOUR_S
_STAY: Final = {"age_years": "age", "weight_kg": "weight", "is_pregnant": "pregnancy"}
"""What admission data are called where they are missing."""


def shown(text: str) -> str:
    """Return a text as it can be shown to a reader: what steers a terminal or turns the direction of writing is marked.

    Words from outside may hold such characters, by mistake or by intent.
    """
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


def age(age_s: float) -> str:
    """Say an age, such as `4 min`."""
    if age_s < 60:  # noqa: PLR2004 - a minute
        return "now"
    if age_s < 2 * _HOUR_S:
        return f"{age_s / 60:.0f} min"
    return f"{age_s / _HOUR_S:.0f} h" if age_s < 2 * _DAY_S else f"{age_s / _DAY_S:.0f} d"


def value(one: PlanValue) -> str:
    """Say a value with its unit and age, such as `lactate 4.5 mmol/L (2 h, old)`."""
    number = one.value if isinstance(one.value, str) else f"{one.value:g}"
    told = " ".join(part for part in (named(one.name), number, unit_in_words(one.unit or "")) if part)
    return f"{told} ({age(one.age_s)}{', old' if one.old else ''})"


def missing(names: Iterable[str]) -> str:
    """Say names in words, separated by commas; names of genes and the like stay as they are."""
    return ", ".join(_STAY.get(name) or (named(name) if name.islower() else name) for name in names)


def stay(one: PlanStay) -> str:
    """Say what admission data say."""
    pregnant = {True: "pregnant", False: "not pregnant", None: None}[one.is_pregnant]
    allergies = None if one.allergies is None else "allergies: " + (", ".join(one.allergies) or "none known")
    parts = (
        None if one.age_years is None else f"{one.age_years:g} years",
        one.sex,
        None if one.weight_kg is None else f"{one.weight_kg:g} kg",
        pregnant,
        allergies,
        f"admitted {one.admitted:%Y-%m-%d %H:%M}" if one.admitted else None,
        f"discharged {one.discharged:%Y-%m-%d %H:%M}" if one.discharged else None,
    )
    return ", ".join(filter(None, parts)) or "nothing is known of the stay"


def gene(one: PlanGene) -> str:
    """Say a result on a gene."""
    about = (one.activity and f"activity score {one.activity}", one.coverage and f"{one.coverage} coverage", one.source)
    said = ", ".join((*filter(None, about), age(one.age_s)))
    return f"{one.gene} {one.phenotype} ({said})"


def variant(one: PlanVariant) -> str:
    """Say a variant as the laboratory classified it."""
    about = ", ".join(filter(None, (one.zygosity, one.origin, one.source)))
    return f"{one.gene} {one.hgvs}: {one.significance}" + (f" ({about})" if about else "")


def source(one: PlanProposal) -> str:
    """Say where a proposal comes from and how strong it is there."""
    return f"{one.citation.guideline} ({one.citation.edition}): {one.citation.strength}; {one.citation.reference}"


def basis(one: PlanProposal) -> str:
    """Say the values that a proposal rests on, with their ages."""
    return "; ".join(map(_used, one.inputs))


def _used(one: UsedInput) -> str:
    name = named(one.name) if one.name.islower() else one.name
    told = one.value if isinstance(one.value, str) else f"{one.value:g}"
    return f"{name} {told}" + ("" if one.age_s is None else f" ({age(one.age_s)})")
