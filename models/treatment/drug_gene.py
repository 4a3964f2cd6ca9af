"""Match the rules on genes and the drugs that are ordered or given. Two orders of one drug are one cause."""

from collections.abc import Iterator
from typing import Final

from models.treatment.facts import NO_CALL, Drug, Facts, Gene
from models.treatment.match import Cause, Input, Match
from models.treatment.rules import DrugWithoutGene, GeneMeetsDrug

_NORMAL: Final = frozenset({"Normal Metabolizer", "Normal Function", "Normal", "negative"})


def rules_out(gene: Gene | None) -> bool:
    """Tell whether a result could answer what a test is asked for: a call, and if normal one of the whole gene."""
    if gene is None or gene.phenotype in NO_CALL:
        return False
    return not (gene.phenotype in _NORMAL and gene.coverage == "partial")


def met(when: GeneMeetsDrug, facts: Facts, now_s: float) -> Iterator[Match]:
    """Yield a match for every drug of the rule that is ordered for a patient with one of the phenotypes."""
    gene = facts.genes.get(when.gene)
    if gene is None or gene.phenotype not in when.phenotypes or gene.activity in when.other_activity:
        return
    if when.activity and gene.activity not in when.activity:
        return
    for name, orders in _ordered(when.drugs, facts):
        yield _match(when.gene, gene, name, orders, now_s)


def unknown(when: DrugWithoutGene, facts: Facts, now_s: float) -> Iterator[Match]:
    """Yield a match for every drug of the rule that is ordered while no result of the gene could rule it out."""
    gene = facts.genes.get(when.gene)
    if rules_out(gene):
        return
    for name, orders in _ordered(when.drugs, facts):
        first = orders[0]
        yield Match(
            name,
            Cause(first.order, first.time_s),
            first.time_s,
            (Input("drug", name, now_s - first.time_s), *(() if gene is None else _inputs(when.gene, gene, now_s))),
            missing=(when.gene,),
            to_check=in_part(when.gene, gene),
            former=tuple(order.order for order in orders),
        )


def orders_of(name: str, facts: Facts) -> list[Drug]:
    """Return the orders of a drug, the oldest first."""
    orders = [drug for drug in facts.drugs if name in drug.ingredients]
    return sorted(orders, key=lambda drug: (drug.time_s, drug.order))


def _ordered(names: tuple[str, ...], facts: Facts) -> Iterator[tuple[str, list[Drug]]]:
    """Yield each of the drugs that is ordered, with its orders, the oldest first."""
    yield from ((name, orders) for name in names if (orders := orders_of(name, facts)))


def _match(name: str, gene: Gene, drug: str, orders: list[Drug], now_s: float) -> Match:
    """Match a genomic result and a drug from the later of their times; name the result's source and coverage."""
    began_s = orders[0].time_s
    about = {f"source of {name}": gene.source, f"coverage of {name}": gene.coverage}
    return Match(
        f"{name}+{drug}",
        Cause(name, gene.time_s),
        max(gene.time_s, began_s),
        (
            Input(name, gene.phenotype, now_s - gene.time_s),
            Input("drug", drug, now_s - began_s),
            *(Input(what, value, now_s - gene.time_s) for what, value in about.items() if value is not None),
            *(
                ()
                if gene.activity is None
                else (Input(f"activity score of {name}", gene.activity, now_s - gene.time_s),)
            ),
        ),
        missing=tuple(what for what, value in about.items() if value is None),
        to_check=in_part(name, gene),
        former=tuple(f"{name}@{gene.time_s!r}+{order.order}" for order in orders),
    )


def _inputs(name: str, gene: Gene, now_s: float) -> tuple[Input, ...]:
    return (Input(name, gene.phenotype, now_s - gene.time_s),)


def in_part(name: str, gene: Gene | None) -> tuple[str, ...]:
    """Return what there is to check where the assay covered the gene in part."""
    partial = gene is not None and gene.coverage == "partial"
    return (f"{name}: the assay covered the gene in part",) if partial else ()
