"""What genomic results and orders change in a patient's state: the newest by its own time counts. Pure.

What was taken back or stopped is remembered as such, so that an older record that arrives late can't bring it back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from models.treatment.drug_terms import DrugReading, read_drug
from models.treatment.facts import TAKEN_BACK, Drug, Gene
from models.treatment.gene_terms import read_result
from models.watch.bounds import (
    MOST_DRUGS,
    MOST_GENES,
    drugs_within,
    genes_within,
    stopped_within,
)
from models.watch.state import Named, PatientState
from schemas.therapy import GenomicResult, Medication

NOT_UNDERSTOOD: Final = (
    "gene-not-understood",
    "phenotype-not-understood",
    "drug-not-understood",
    "significance-not-understood",
)
"""The flags of records of which something was not understood."""


def result(state: PatientState, event: GenomicResult) -> tuple[PatientState, tuple[str, ...]]:
    """The state after a genomic result, and the flags that it earns."""
    time_s = event.time.timestamp()
    readings, doubts = read_result(event.gene, event.phenotype, event.activity_score)
    flags: list[str] = list(doubts)
    said = {one.gene: Gene(one.phenotype, time_s, event.source, event.coverage, one.activity) for one in readings}
    if event.status == "entered-in-error":
        whole = {one.gene for one in readings if "*" not in one.gene}
        alleles = [name for name in state.genes if name.partition("*")[0] in whole]
        said = {name: Gene(TAKEN_BACK, time_s) for name in (*said, *alleles)}
    newest = {name: gene for name, gene in said.items() if not _is_older(name, gene, state.genes)}
    if len(newest) < len(said):
        flags.append("genomics-older")
    kept = {name: gene for name, gene in newest.items() if not _hides_what_was_taken_back(name, gene, state.genes)}
    genes = {**state.genes, **kept}
    if len(genes) > MOST_GENES:
        flags.append("genes-dropped")
    return replace(state, genes=genes_within(genes)), tuple(flags)


def order(state: PatientState, event: Medication) -> tuple[PatientState, tuple[str, ...]]:
    """The state after a record of an order, and the flags that it earns."""
    time_s = event.time.timestamp()
    held = state.drugs.get(event.order)
    read = read_drug(event.drug, (("rxnorm", event.rxnorm), (event.code_system, event.code)))
    named = _named(state.named, event.order, read, time_s)
    if time_s < state.stopped.get(event.order, time_s) or (held is not None and time_s < held.time_s):
        drugs = state.drugs if held is None else {**state.drugs, event.order: _under_its_name(held, named)}
        return replace(state, drugs=drugs, named=named), ("medications-older",)
    drugs = {name: drug for name, drug in state.drugs.items() if name != event.order}
    stopped = {name: at_s for name, at_s in state.stopped.items() if name != event.order}
    if event.status in {"stopped", "entered-in-error"}:
        stopped = stopped_within(stopped | {event.order: time_s})
        return replace(state, drugs=drugs, stopped=stopped, named=_of_orders(named, drugs, stopped)), ()
    drugs[event.order] = _under_its_name(Drug(event.order, read.name, time_s, event.route), named)
    dropped = ("drugs-dropped",) if len(drugs) > MOST_DRUGS else ()
    unclear = () if event.order in named else ("drug-not-understood",)
    drugs = drugs_within(drugs)
    return replace(state, drugs=drugs, stopped=stopped, named=_of_orders(named, drugs, stopped)), (*dropped, *unclear)


def genes_of_earlier(genes: Mapping[str, Gene]) -> dict[str, Gene]:
    """The results of a stored state in the terms of the rules: earlier versions kept them as they were written."""
    known: dict[str, Gene] = {}
    for name, gene in sorted(genes.items(), key=lambda one: one[1].time_s):
        readings, _ = read_result(name, gene.phenotype, gene.activity)
        for one in readings:
            kept = one.phenotype if one.phenotype != "Not Understood" else gene.phenotype
            known[one.gene] = gene._replace(phenotype=kept)
    return known


def drugs_of_earlier(drugs: Mapping[str, Drug]) -> dict[str, Drug]:
    """The orders of a stored state, their drugs in the terms of the rules."""
    return {name: drug._replace(name=read_drug(drug.name).name) for name, drug in drugs.items()}


def names_of_earlier(named: Mapping[str, Named], drugs: Mapping[str, Drug]) -> dict[str, Named]:
    """The understood names of a stored state; earlier versions kept none beside the orders."""
    known = {order: Named(drug.name, drug.time_s) for order, drug in drugs.items() if read_drug(drug.name).understood}
    return known | dict(named)


def latest_s(state: PatientState) -> Iterable[float]:
    """The times of all that is known of genes and orders."""
    yield from (gene.time_s for gene in state.genes.values())
    yield from (variant.time_s for variant in state.variants.values())
    yield from (drug.time_s for drug in state.drugs.values())
    yield from state.stopped.values()


def _named(named: Mapping[str, Named], order: str, read: DrugReading, time_s: float) -> Mapping[str, Named]:
    """The newest understood name of each order, after a record of one."""
    known = named.get(order)
    if not read.understood or (known is not None and time_s < known.time_s):
        return named
    return {**named, order: Named(read.name, time_s)}


def _under_its_name(drug: Drug, named: Mapping[str, Named]) -> Drug:
    """An order under the newest name that was understood: a record of a dose given may name the house's code alone.

    Rather a drug too many than one that no check looks at.
    """
    known = named.get(drug.order)
    return drug if known is None else drug._replace(name=known.name)


def _of_orders(
    named: Mapping[str, Named], drugs: Mapping[str, Drug], stopped: Mapping[str, float]
) -> Mapping[str, Named]:
    """The names of orders that are remembered."""
    return {order: one for order, one in named.items() if order in drugs or order in stopped}


def _is_older(name: str, said: Gene, genes: Mapping[str, Gene]) -> bool:
    """Tell whether a newer result is known of a gene or allele, or all of an allele's gene was taken back later."""
    held, gene = genes.get(name), genes.get(name.partition("*")[0])
    if _is_of_alleles(name) and said.phenotype == TAKEN_BACK and held is not None and held.phenotype != TAKEN_BACK:
        return False
    taken_back = gene is not None and gene.phenotype == TAKEN_BACK and said.time_s < gene.time_s
    return taken_back or (held is not None and said.time_s < held.time_s)


def _hides_what_was_taken_back(name: str, said: Gene, genes: Mapping[str, Gene]) -> bool:
    """Tell whether a result without a call would take the place of what was taken back of a gene of alleles.

    An older result on an allele that arrives after both must still find that it was taken back.
    """
    held = genes.get(name)
    return _is_of_alleles(name) and said.phenotype != TAKEN_BACK and held is not None and held.phenotype == TAKEN_BACK


def _is_of_alleles(name: str) -> bool:
    """Tell whether this is a whole HLA gene, whose alleles have results of their own and which itself has no call."""
    return name.startswith("HLA-") and "*" not in name
