"""The result of a gene from its calls in a VCF."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from models.genotype import each_variant
from models.genotype.combining import match_combined
from models.genotype.definitions import Gene
from models.genotype.matching import Match, is_phased, match
from models.genotype.naming import label
from models.genotype.observed import LOW_DEPTH, LOW_QUALITY, Observed
from models.genotype.phenotype import Meaning, meaning
from models.genotype.result import GeneResult, Reading
from models.genotype.rows import Call

_BROKEN: Final = (
    "the caller reports a structural variant in it, which may have taken or doubled a copy: no phenotype is told"
)
MOST_NAMED: Final = 8
"""Positions that a warning names."""


def from_calls(gene: Gene, observed: Observed) -> GeneResult | None:
    """Return what the calls say of a gene, None where no position of it was called."""
    calls = {
        at: observed.calls[gene.chromosome, at] for at in gene.positions if (gene.chromosome, at) in observed.calls
    }
    if not calls:
        return None
    strange = {at: call for at, call in calls.items() if _undefined(gene, at, call)}
    if gene.name in each_variant.GENES:  # each position tells of alleles of its own, so that the others still count
        calls = {at: call for at, call in calls.items() if at not in strange}
        found = each_variant.match_each(gene, calls)
    else:
        found = match(gene, calls)
    if not found.readings:
        found = match_combined(gene, calls)
    readings = tuple(_reading(gene, alleles) for alleles in found.readings)
    open_ones = [meaning(gene, alleles) for alleles in found.key_open]
    phenotypes = _terms([*readings, *open_ones])
    is_broken = observed.has_structural(gene.chromosome, min(gene.positions), max(gene.positions))
    settled = bool(readings) and set(phenotypes) == set(_terms(readings)) and not is_broken
    scores_settled = settled and {one.activity_score for one in open_ones} <= {one.activity_score for one in readings}
    missing = [one for at, one in gene.positions.items() if at not in calls or not calls[at].is_complete]
    return GeneResult(
        source="vcf",
        readings=readings,
        phenotype=readings[0].phenotype if settled else None,
        phenotypes=phenotypes,
        activity_score=readings[0].activity_score if scores_settled else None,
        phased=is_phased(calls.values()),
        missing_positions=tuple(one.name for one in missing),
        not_excluded=found.not_excluded,
        called=len(gene.positions) - len(missing),
        defined=len(gene.positions),
        variants=tuple(_variants(gene, calls | strange)),
        also_shown={one.name: _shown(observed.calls.get((one.chromosome, one.position))) for one in gene.also_shown},
        edition=gene.edition,
        warnings=(
            *([_BROKEN] if is_broken else []),
            *_warnings(gene, observed, readings, found, phenotypes, settled=settled or is_broken),
            *_excluded_in_part(gene, calls, found),
            *(f"{gene.positions[at].name}: a base was called that no allele has" for at in strange),
        ),
    )


def _undefined(gene: Gene, at: int, call: Call) -> bool:
    """Return whether a base was called that no allele of the definitions carries."""
    known = {gene.positions[at].ref, *gene.positions[at].alts}
    return any(base is not None and base not in known for base in call.alleles)


def _reading(gene: Gene, alleles: tuple[str, ...]) -> Reading:
    means = meaning(gene, alleles)
    return Reading(label(gene, alleles), alleles, means.functions, means.phenotype, means.activity_score)


def _terms(means: Sequence[Reading | Meaning]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.phenotype for one in means if isinstance(one.phenotype, str)))


def _variants(gene: Gene, calls: Mapping[int, Call]) -> Iterator[str]:
    for at, call in calls.items():
        if any(base is not None and base not in gene.carries(gene.default, at) for base in call.alleles):
            yield f"{gene.positions[at].name} {_shown(call)}"


def _shown(call: Call | None) -> str | None:
    if call is None:
        return None
    return ("|" if call.phase_set is not None else "/").join(base or "." for base in call.alleles)


def _warnings(
    gene: Gene,
    observed: Observed,
    readings: Sequence[Reading],
    found: Match,
    phenotypes: tuple[str, ...],
    *,
    settled: bool,
) -> Iterator[str]:
    if not readings:
        yield "no pair of defined alleles explains what was called"
    elif not settled:
        could = ", ".join(dict.fromkeys(name for pair in found.key_open for name in pair if name in found.not_excluded))
        yield f"positions that decide were not called; what could not be excluded ({could}) would change the phenotype"
    if any("[" in one.diplotype for one in readings):
        yield "a copy carries the variants of several named alleles; CPIC gives that no function"
    if len(readings) > 1:
        diplotypes = " or ".join(one.diplotype for one in readings)
        yield f"the phase is not known: {len(readings)} diplotypes are possible, {diplotypes}"
    if settled and len(phenotypes) > 1:
        yield f"its readings differ in phenotype: {' or '.join(phenotypes)}"
    if readings and any(function is None for one in readings for function in one.functions) and gene.functions:
        yield "CPIC has not assigned a function to every allele of it"
    vouched = sum((gene.chromosome, at) in observed.vouched_for for at in gene.positions)
    if vouched:
        yield f"{vouched} positions without a row are the reference by the regions that were given"
    for places, what in (
        (observed.filtered, "did not pass the caller's filters and count as not called"),
        (observed.contradicted, "are called in contradictory ways and count as not called"),
        (observed.other_ref, "have another REF than GRCh38 and count as not called"),
        (observed.weak, f"are called with GQ below {LOW_QUALITY} or fewer than {LOW_DEPTH} reads"),
    ):
        names = [one.name for at, one in gene.positions.items() if (gene.chromosome, at) in places]
        if names:
            more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            yield f"{', '.join(names[:MOST_NAMED])}{more}: {what}"


def _excluded_in_part(gene: Gene, calls: Mapping[int, Call], found: Match) -> Iterator[str]:
    """Tell which alleles to look for are ruled out by one of their positions while another is missing."""
    told = {*found.not_excluded}.union(*found.readings)
    for allele in gene.key_alleles:
        own = sorted(gene.unlike_default(allele))
        missing = [gene.positions[at].name for at in own if at not in calls]
        contradicted = any(at in calls and not gene.carries(allele, at) & set(calls[at].alleles) for at in own)
        if missing and contradicted and found.readings and allele not in told:
            yield f"{allele} is ruled out by its other positions alone; {', '.join(missing)}: not called"
