"""Copies that carry the variants of several named alleles at once, for which there is no name: `[*6 + *80+*28]`.

They are looked for where no pair of named alleles explains the calls, so that the answer says what was found. CPIC
gives such a copy no function, so that no phenotype follows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Final

from models.genotype.definitions import Gene
from models.genotype.matching import Match, match
from models.genotype.rows import Call

MOST_TOGETHER: Final = 3
MOST_PARTS: Final = 12
"""With more alleles of which every variant was seen, combinations are not looked for: they would be guesses."""


def match_combined(gene: Gene, calls: Mapping[int, Call]) -> Match:
    """Return the readings with the fewest named alleles put together on one copy; none where that explains nothing."""
    parts = [allele for allele in gene.alleles if _seen(gene, allele, calls)]
    if len(parts) > MOST_PARTS:
        return Match((), (), ())
    for most in range(2, MOST_TOGETHER + 1):
        together = {f"[{' + '.join(names)}]": carried for names, carried in _together(gene, parts, most)}
        found = match(replace(gene, alleles={**gene.alleles, **together}), calls)
        if found.readings:
            known = tuple(name for name in found.not_excluded if name in gene.alleles)
            return replace(found, not_excluded=known, key_open=())
    return Match((), (), ())


def _seen(gene: Gene, allele: str, calls: Mapping[int, Call]) -> bool:
    """Return whether every variant of an allele was seen on some copy."""
    places = gene.unlike_default(allele)
    return bool(places) and all(
        place in calls and gene.carries(allele, place) & set(calls[place].alleles) for place in places
    )


def _together(
    gene: Gene, parts: list[str], most: int
) -> Iterator[tuple[tuple[str, ...], Mapping[int, frozenset[str]]]]:
    for names in combinations(parts, most):
        places = [gene.unlike_default(name) for name in names]
        if sum(map(len, places)) > len(frozenset().union(*places)):  # one is part of the other
            continue
        carried: dict[int, frozenset[str]] = dict(gene.alleles[gene.default])
        for name, own in zip(names, places, strict=True):
            carried |= {place: gene.carries(name, place) for place in own}
        yield names, carried
