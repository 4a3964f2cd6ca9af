"""What follows from a genome on the topic `genomics`: a record for each gene or allele that it determines. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from models.genotype.result import GeneResult, Genotype
from schemas.genomes import GenomeReady
from schemas.therapy import GenomicResult

LONGEST: Final = 128
"""Characters of a short text on the wire."""
LONGEST_SOURCE: Final = 48
"""Of these for laboratory and method: the rest says by what the alleles were named, and what is left open."""
TAKEN_BACK: Final = "No Result"


def results_of(found: Genotype, ready: GenomeReady) -> tuple[GenomicResult, ...]:
    """Return a result for each gene of which the phenotype is determined, and for each HLA allele with a status.

    Of a gene that the genome leaves open nothing is said, so that it wipes no earlier result out.
    """
    return tuple(one for name, result in sorted(found.genes.items()) for one in _of_gene(name, result, ready))


def taken_back(genes: Sequence[str], ready: GenomeReady) -> tuple[GenomicResult, ...]:
    """Return the records that take back what an earlier record of the genome said of these genes."""
    return tuple(
        GenomicResult(
            patient=ready.patient, time=ready.time, gene=gene, phenotype=TAKEN_BACK, status="entered-in-error"
        )
        for gene in genes
    )


def _of_gene(name: str, result: GeneResult, ready: GenomeReady) -> Iterator[GenomicResult]:
    if result.phenotype is None:
        return
    if not isinstance(result.phenotype, tuple):
        yield _record(name, result.phenotype, result, ready)
        return
    for status in result.phenotype:  # of an HLA gene, `*57:01 positive`
        allele, _, said = status.partition(" ")
        yield _record(f"{name}{allele}", said, result, ready)


def _record(gene: str, phenotype: str, result: GeneResult, ready: GenomeReady) -> GenomicResult:
    return GenomicResult(
        patient=ready.patient,
        time=ready.time,
        gene=gene,
        diplotype=_diplotypes([one.diplotype for one in result.readings]),
        phenotype=phenotype,
        activity_score=result.activity_score,
        source=_source(result, phenotype, ready),
        coverage=_coverage(result),
        status="corrected" if ready.status == "corrected" else "final",
    )


def _diplotypes(every: Sequence[str]) -> str | None:
    """Return all diplotypes that explain the calls, as many as fit, and how many more there are."""
    named = [one for one in every if one]
    for shown in range(len(named), 0, -1):
        more = f" or {len(named) - shown} more" if shown < len(named) else ""
        said = " or ".join(named[:shown]) + more
        if len(said) <= LONGEST:
            return said
    return None


def _coverage(result: GeneResult) -> Literal["full", "partial"] | None:
    """Return `full` only where no allele is left that could be there unseen; what another method saw is not known."""
    if result.source == "outside":
        return None
    return "partial" if result.not_excluded or result.called < result.defined else "full"


def _source(result: GeneResult, phenotype: str, ready: GenomeReady) -> str:
    """Return laboratory and method, the edition of the definitions, other possible phenotypes, and what is open."""
    others = [one for one in result.phenotypes if one != phenotype]
    said = [
        (ready.source or "")[:LONGEST_SOURCE],
        f"CPIC {result.edition[:10]}" if result.source == "vcf" else "called elsewhere",
        f"phase not known, or {' or '.join(others)}" if others and not isinstance(result.phenotype, tuple) else "",
        _left_open(result.not_excluded),
    ]
    text = "; ".join(part for part in said if part)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _left_open(alleles: Sequence[str]) -> str:
    if not alleles:
        return ""
    more = f" and {len(alleles) - 3} more" if len(alleles) > 3 else ""  # noqa: PLR2004 - as many as fit beside the rest
    return f"not excluded: {', '.join(alleles[:3])}{more}"
