"""Builders for the checks of orders: patients of whom everything that a check asks for is known, and is harmless."""

from typing import Any, Final

from models.treatment.engine import Proposal, suggest
from models.treatment.facts import Drug, Facts, Measured

NOW_S: Final = 1_795_000_000.0
HARMLESS: Final = {
    "creatinine_mg_per_dl": Measured(0.9, NOW_S - 3600),
    "potassium_mmol_per_l": Measured(4.2, NOW_S - 3600),
    "platelets_10e3_per_ul": Measured(250.0, NOW_S - 3600),
    "qtc_ms": Measured(400.0, NOW_S - 3600),
}


def ordered(*drugs: str, route: str | None = None) -> tuple[Drug, ...]:
    """Orders of these drugs, a minute apart."""
    return tuple(Drug(f"o-{at}", drug, NOW_S - 600 + 60 * at, route) for at, drug in enumerate(drugs))


def known(*drugs: str, **more: Any) -> Facts:
    """A man of 50 with healthy kidneys and no allergy, who has these orders."""
    facts = Facts(
        readings=HARMLESS, drugs=ordered(*drugs), allergies=(), age_years=50.0, sex="male", weight_kg=80.0,
        is_pregnant=False,
    )  # fmt: skip
    return facts._replace(**more)


def reading(facts: Facts, **values: float) -> Facts:
    """The patient with other results."""
    readings = {name: Measured(value, NOW_S - 60) for name, value in values.items()}
    return facts._replace(readings={**facts.readings, **readings})


def spoken(facts: Facts) -> dict[str, Proposal]:
    """What the checks of orders propose, by rule."""
    return {one.rule: one for one in suggest(facts, NOW_S) if one.rule.startswith("order-")}
