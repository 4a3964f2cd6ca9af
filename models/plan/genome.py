"""What is known of a patient's genes and orders, and which genes nobody knows that a guideline asks about. Pure."""

from collections.abc import Iterator

from models.plan.known import age_of
from models.treatment.cpic_rules import genes_of
from models.treatment.drug_terms import read_drug
from models.treatment.facts import NO_CALL, Facts
from models.treatment.rules import RULES, DrugWithoutGene, GeneMeetsDrug
from schemas.plan import PlanDrug, PlanGap, PlanGene, PlanVariant


def genes_known(facts: Facts, now_s: float) -> tuple[PlanGene, ...]:
    """Return the results in the order of the genes' names."""
    return tuple(
        PlanGene(
            gene=name,
            phenotype=one.phenotype,
            activity=one.activity,
            coverage=one.coverage,
            source=one.source,
            age_s=age_of(one.time_s, now_s),
        )
        for name, one in sorted(facts.genes.items())
    )


def variants_known(facts: Facts) -> tuple[PlanVariant, ...]:
    """Return the variants as they were classified, in the order in which they are known."""
    return tuple(PlanVariant(**one._asdict()) for one in facts.variants)


def drugs_known(facts: Facts, now_s: float) -> tuple[PlanDrug, ...]:
    """Return the orders by the drugs' names."""
    return tuple(
        PlanDrug(
            order=one.order,
            drug=one.name[:128],
            understood=read_drug(one.name).understood,
            route=one.route,
            age_s=age_of(one.time_s, now_s),
        )
        for one in sorted(facts.drugs, key=lambda one: (one.name, one.order))
    )


def not_covered(facts: Facts) -> tuple[PlanGap, ...]:
    """Return the genes that are known in part or not called, and those that orders ask about and nobody knows."""
    return (*_uncalled(facts), *_unasked(facts))


def _uncalled(facts: Facts) -> Iterator[PlanGap]:
    for name, gene in sorted(facts.genes.items()):
        if gene.phenotype in NO_CALL:
            yield PlanGap(about=name, why=f"nothing was called ({gene.phenotype})")
        elif gene.coverage == "partial":
            yield PlanGap(about=name, why="the assay looked at a part of the gene's variants")
        elif gene.coverage is None:
            yield PlanGap(about=name, why="nobody said how much of the gene the assay looked at")


def _unasked(facts: Facts) -> Iterator[PlanGap]:
    asked: dict[str, set[str]] = {}
    for drug in sorted({name for one in facts.drugs for name in one.ingredients}):
        for gene in (*genes_of(drug), *_of_rules(drug)):
            if gene not in facts.genes:
                asked.setdefault(gene, set()).add(drug)
    for gene, drugs in sorted(asked.items()):
        yield PlanGap(about=gene, why=f"no result; a guideline asks for it with {', '.join(sorted(drugs))}")


def _of_rules(drug: str) -> Iterator[str]:
    for rule in RULES:
        if isinstance(rule.when, GeneMeetsDrug | DrugWithoutGene) and drug in rule.when.drugs:
            yield rule.when.gene
