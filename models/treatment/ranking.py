"""The drugs of a class beside each other, with what speaks for and against each in this patient. No score.

They stand by four words that say what is known, and by name within: nothing against, care, not all checked, against.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple, get_args

from models.treatment import cpic_rules
from models.treatment.dpwg import DPWG_RULES
from models.treatment.engine import Proposal, holding
from models.treatment.facts import Drug, Facts
from models.treatment.rules import RULES, DrugWithoutGene, GeneMeetsDrug, TableSays, When
from models.treatment.safety.allergens import allergens
from models.treatment.safety.allergy_rules import CROSSES_NOT
from models.treatment.safety.check import Reason as Held
from models.treatment.safety.check import Reasons, of_drug
from models.treatment.safety.classes import CLASSES

Standing = Literal["nothing against", "care", "not all checked", "against"]
ORDER: Final[tuple[Standing, ...]] = get_args(Standing)
_GENES: Final = (GeneMeetsDrug, TableSays)
_WHEN: Final[Mapping[str, When]] = {
    rule.id: rule.when for rule in (*RULES, *DPWG_RULES, *cpic_rules.CPIC_RULES.values())
}


class Reason(NamedTuple):
    """Something that speaks for or against a drug, with its source where it has one."""

    about: str
    text: str
    source: str | None = None


class Candidate(NamedTuple):
    """A drug of the class in this patient; `ordered` where it is ordered already."""

    drug: str
    standing: Standing
    reasons_for: tuple[Reason, ...]
    reasons_against: tuple[Reason, ...]
    reasons_for_care: tuple[Reason, ...]
    not_checked: tuple[str, ...]
    ordered: bool


def rank(name: str, facts: Facts, now_s: float) -> tuple[Candidate, ...]:
    """Return the drugs of a class (`CLASSES`) in the order of what is known of them. Raises KeyError for another."""
    found = [_candidate(drug, facts, now_s) for drug in CLASSES[name]]
    return tuple(sorted(found, key=lambda one: (ORDER.index(one.standing), one.drug)))


def _candidate(drug: str, facts: Facts, now_s: float) -> Candidate:
    checked, genes = of_drug(drug, facts), _genes(drug, facts, now_s)
    avoid = "another drug" in cpic_rules.kinds_of(drug, facts)
    spoken = [_of_gene(one) for one in genes if isinstance(_WHEN[one.rule], _GENES)]
    against = [_of_check(one) for one in checked.held if one.bars] + (spoken if avoid else [])
    care = [_of_check(one) for one in checked.held if not one.bars] + ([] if avoid else spoken)
    not_checked = [f"{part}: {', '.join(names)}" for part, names in checked.not_done]
    not_checked += [f"genotype: {gene}" for gene in _unknown_genes(drug, facts, genes)]
    standing: Standing = "against" if against else "not all checked" if not_checked else "care" if care else ORDER[0]
    return Candidate(
        drug,
        standing,
        tuple(_for(drug, facts, checked, spoken)),
        tuple(against),
        tuple(care),
        tuple(not_checked),
        any(drug in order.ingredients for order in facts.drugs),
    )


def _genes(drug: str, facts: Facts, now_s: float) -> list[Proposal]:
    """Return what the rules on genes would propose of the drug if it were ordered beside what is ordered."""
    beside = facts._replace(drugs=(*facts.drugs, Drug("of the class", drug, now_s)))
    asked = (*_GENES, DrugWithoutGene)
    found = holding(beside, now_s, lambda rule: isinstance(rule.when, asked), of_orders=False)
    return [one for one in found if any(shown[:2] == ("drug", drug) for shown in one.inputs)]


def _unknown_genes(drug: str, facts: Facts, genes: list[Proposal]) -> list[str]:
    """Return the genes that a guideline asks for and of which nothing is known."""
    asked = [name for one in genes if isinstance(_WHEN[one.rule], DrugWithoutGene) for name in one.missing]
    return sorted({*asked, *(name for name in cpic_rules.genes_of(drug) if name not in facts.genes)})


def _of_gene(proposal: Proposal) -> Reason:
    return Reason("genotype", proposal.text, f"{proposal.citation.guideline}, {proposal.citation.strength}")


def _of_check(held: Held) -> Reason:
    source = f"{held.citation.guideline}, {held.citation.strength}"
    return Reason(held.part, held.words, source)


def _for(drug: str, facts: Facts, checked: Reasons, genes: list[Reason]) -> Iterator[Reason]:
    """Yield what was looked at and speaks for the drug, or at least not against it."""
    lacking = {part for part, _ in checked.not_done}
    speaking = {one.part for one in checked.held}
    recorded = allergens(facts.allergies or ())
    for row in CROSSES_NOT:
        if drug in row.drugs and set(row.allergens) & set(recorded):
            yield Reason("allergies", row.text, f"{row.citation.guideline}, {row.citation.strength}")
    if "allergies" not in lacking | speaking:
        yield Reason("allergies", "no recorded allergy speaks against it")
    if facts.drugs and "interactions" not in speaking:
        yield Reason("interactions", "no pair with another order is known here")
    if "kidney function" in checked.parts - lacking - speaking:
        yield Reason("kidney function", "no limit of kidney function is reached")
    known = [gene for gene in cpic_rules.genes_of(drug) if gene in facts.genes]
    if known and not genes:
        yield Reason("genotype", f"the guideline asks for no change with {' and '.join(known)}")
