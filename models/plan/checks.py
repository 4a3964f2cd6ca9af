"""What was checked for a plan, and what could not be. Pure."""

from collections.abc import Iterator

from models.misread_units import WORDS
from models.plan.seen import Seen
from models.scores.news2 import MIN_AGE_YEARS
from models.treatment.drug_terms import read_drug
from models.treatment.facts import Facts
from models.treatment.safety import check
from models.treatment.safety.check import CHECK_RULES
from models.watch.bounds import DROPPED
from models.watch.state import PatientState
from schemas.plan import PlanGap


def checked(facts: Facts, state: PatientState) -> Iterator[str]:
    """Yield what was looked at, in sentences."""
    orders = _understood(facts)
    if orders:
        yield f"Orders of {', '.join(orders)}: by {len(CHECK_RULES)} checks of orders, and by the rules on genes."
    for drug in orders:
        lacking = {part for part, _ in check.of_drug(drug, facts).not_done}
        parts = sorted(check.of_drug(drug, facts).parts - lacking)
        if parts:
            yield f"{drug.capitalize()}: {', '.join(parts)}."
    if facts.allergies is not None:
        known = ", ".join(facts.allergies) or "none is known"
        yield f"Allergies as recorded: {known}."
    if state.value_ms.any():
        yield "Vital signs: by alarm rules and NEWS2."
    if facts.pathology:
        yield f"Pathology reports ({len(facts.pathology)}): by the rules on reports."


def not_checked(facts: Facts, state: PatientState, seen: Seen) -> Iterator[PlanGap]:
    """Yield what could not be checked, and why."""
    if state.left_ms:
        yield PlanGap(about="orders and results", why="the patient was discharged: no rule is applied any more")
    yield from _orders(facts)
    for fault in dict.fromkeys(one for one in state.fault.tolist() if one):
        yield PlanGap(about="vital signs", why=WORDS[fault])
    too_young = state.stay.too_young_for_news2
    nobody_said = {
        ("NEWS2", f"it is not offered under {MIN_AGE_YEARS} years"): too_young,
        ("NEWS2", "no vital sign is known that is young enough"): not too_young and "news2_total" not in facts.readings,
        ("allergies", "nobody said whether any is known"): facts.allergies is None,
        ("forecast of sepsis", "no forecast is at hand"): seen.forecast is None,
        ("images", "no report on an image is at hand"): not seen.reports and not state.lesions,
        ("genome", "no genomic result is known"): not state.genes and not state.variants,
        ("messages", f"{seen.unused} parts of what was sent have no place here"): seen.unused > 0,
        ("announced files", f"{seen.announced} announcements: no image and no genome is read here"): seen.announced > 0,
    }
    yield from (PlanGap(about=about, why=why) for (about, why), holds in nobody_said.items() if holds)
    for flag in DROPPED:
        if state.flagged.get(flag):
            yield PlanGap(about=flag.partition("-")[0], why="more were sent than are remembered: some are missing here")


def _orders(facts: Facts) -> Iterator[PlanGap]:
    for one in facts.drugs:
        if not read_drug(one.name).understood:
            yield PlanGap(about=one.name[:128], why="the drug's name was not understood: no check looked at the order")
    asked: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for drug in _understood(facts):
        for lacking in check.of_drug(drug, facts).not_done:
            asked.setdefault(lacking, []).append(drug)
    for (part, names), drugs in asked.items():
        yield PlanGap(about=f"{part} with {', '.join(drugs)}"[:128], why=f"not known: {', '.join(names)}")


def _understood(facts: Facts) -> list[str]:
    """Return the ingredients of the orders whose names were understood."""
    return sorted({name for one in facts.drugs if read_drug(one.name).understood for name in one.ingredients})
