"""DPYD and RYR1: alleles named by one variant each, of which the one of lowest function on a copy decides.

CPIC takes variants whose phase is not known to lie on different copies, and counts the lowest on each (DPYD guideline,
doi 10.1002/cpt.911, and its update of 2024). Every other reading is listed after that one.
"""

from collections.abc import Mapping
from itertools import product
from typing import Final

from models.genotype.definitions import Gene
from models.genotype.matching import TWO_COPIES, Match
from models.genotype.naming import in_order
from models.genotype.rows import Call

GENES: Final = frozenset({"DPYD", "RYR1"})
MOST_UNPHASED: Final = 8
"""More variants than this are not laid out in every way: the reading in which they all count is given alone."""
HAPB3: Final = "c.1129-5923C>G, c.1236G>A (HapB3)"
HAPB3_CAUSE: Final = "c.1129-5923C>G"
_RANK: Final = {
    "0.0": 0, "0.5": 1, "1.0": 2,
    "Malignant Hyperthermia associated": 0, "Uncertain function": 1, "Normal function": 2,
}  # fmt: skip

Strands = tuple[tuple[str, ...], tuple[str, ...]]


def match_each(gene: Gene, calls: Mapping[int, Call]) -> Match:
    """Return the readings of a gene: for each copy the allele of lowest function, or the reference."""
    missing = [
        allele
        for allele in gene.alleles
        if any(at not in calls or not calls[at].is_complete for at in _deciding(gene, allele, calls))
    ]
    fixed, loose = _copies(gene, calls)
    readings: dict[tuple[int, ...], tuple[str, ...]] = {}
    for strands in _layouts(fixed, loose):
        pair = in_order((lowest(gene, strand) for strand in strands), gene.reference)
        functions = tuple(sorted(rank(gene, allele) for allele in pair))
        known = readings.get(functions)
        if known is None or pair.count(gene.reference) < known.count(gene.reference):
            readings[functions] = pair
    ordered = [readings[functions] for functions in sorted(readings)]
    found = {allele for strand in fixed for allele in strand} | set(loose)
    unseen = [allele for allele in missing if allele not in found]
    key = [allele for allele in unseen if allele in gene.key_alleles]
    return Match(
        readings=tuple(ordered),
        not_excluded=in_order(unseen, gene.reference),
        key_open=tuple(in_order((one, other), gene.reference) for one in key for other in (*ordered[0], *key)),
    )


def rank(gene: Gene, allele: str) -> int:
    """Return how low the function of an allele is: 0 is the lowest."""
    return _RANK.get(gene.activity.get(allele) or gene.functions.get(allele) or "Uncertain function", 1)


def lowest(gene: Gene, strand: tuple[str, ...]) -> str:
    """Return the allele that decides for a copy; the reference where it carries no variant."""
    return min(strand, key=lambda allele: (rank(gene, allele), strand.index(allele)), default=gene.reference)


def _copies(gene: Gene, calls: Mapping[int, Call]) -> tuple[Strands, list[str]]:
    """Return the variants of which the copy is known, and those of which it is not; two copies are one on each."""
    first: list[str] = []
    second: list[str] = []
    loose: list[str] = []
    mixed_sets = {call.phase_set for call in calls.values() if call.is_mixed}
    one_set = len(mixed_sets) == 1 and None not in mixed_sets
    for allele in _named(gene, calls):
        carried = _carried(gene, allele, calls)
        if len(carried) == TWO_COPIES and all(carried):
            first.append(allele)
            second.append(allele)
        elif any(carried) and one_set:
            (first if carried[0] else second).append(allele)
        elif any(carried):
            loose.append(allele)
    return (tuple(first), tuple(second)), loose


def _named(gene: Gene, calls: Mapping[int, Call]) -> list[str]:
    """Return the alleles to look for: where it was called, the variant that causes HapB3 decides about it.

    c.1236G>A is inherited with c.1129-5923C>G and stands for it where a test did not look there (CPIC, DPYD, update of
    2024). The cause without it has a name of its own.
    """
    names = [name for name in gene.alleles if name != gene.reference]
    if HAPB3 not in names:
        return names
    cause, tag = _cause_and_tag(gene)
    alone = tag in calls and not gene.carries(HAPB3, tag) & set(calls[tag].alleles) and cause in calls
    return [name for name in names if name != (HAPB3 if alone else HAPB3_CAUSE)]


def _cause_and_tag(gene: Gene) -> tuple[int, int]:
    (cause,) = gene.alleles[HAPB3_CAUSE]
    (tag,) = gene.alleles[HAPB3].keys() - {cause}
    return cause, tag


def _carried(gene: Gene, allele: str, calls: Mapping[int, Call]) -> tuple[bool, ...]:
    """Return for each copy whether it carries an allele."""
    places = sorted(_deciding(gene, allele, calls))
    shown = [calls[place].alleles if place in calls else () for place in places]
    return tuple(
        all(base in gene.carries(allele, place) for place, base in zip(places, bases, strict=True))
        for bases in zip(*shown, strict=False)
    )


def _deciding(gene: Gene, allele: str, calls: Mapping[int, Call]) -> frozenset[int]:
    """Return the positions that tell whether an allele is there."""
    if allele != HAPB3:
        return gene.unlike_default(allele)
    cause, tag = _cause_and_tag(gene)
    return frozenset({tag if cause not in calls and tag in calls else cause})


def _layouts(fixed: Strands, loose: list[str]) -> list[Strands]:
    """Return every way to lay unphased variants on the two copies, those apart from each other first."""
    if not loose:
        return [fixed]
    if len(loose) > MOST_UNPHASED:
        return [((*fixed[0], *loose), (*fixed[1], *loose[1:]))]
    found = []
    for sides in product((False, True), repeat=len(loose)):
        first = (*fixed[0], *(one for one, side in zip(loose, sides, strict=True) if not side))
        second = (*fixed[1], *(one for one, side in zip(loose, sides, strict=True) if side))
        found.append((first, second))
    return found
