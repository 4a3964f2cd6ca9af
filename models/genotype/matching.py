"""Which pairs of named alleles explain the calls of a gene: every pair, phased or not, none of them chosen.

A pair explains a call when one allele may carry what one copy shows and the other what the other shows. Genotypes that
were phased together have to agree on which is which. A position without a call rules nothing out; what a pair would
carry there unseen is counted, and the readings are the pairs that need least of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Final

from models.genotype.definitions import Gene
from models.genotype.naming import core, in_order, natural
from models.genotype.rows import Call

ONE_COPY, TWO_COPIES = 1, 2
X: Final = "chrX"


@dataclass(frozen=True, slots=True)
class Match:
    """The readings of a gene and what its missing positions leave open. A reading is one allele for each copy."""

    readings: tuple[tuple[str, ...], ...]
    not_excluded: tuple[str, ...]
    """Alleles of pairs that explain the calls as well, if something is there that was not seen."""
    key_open: tuple[tuple[str, ...], ...]
    """Such pairs in which only alleles come new that the least of tests has to look for."""


def match(gene: Gene, calls: Mapping[int, Call]) -> Match:
    """Return the readings of a gene's calls, keyed by position; none where no pair of alleles explains them."""
    copies = ONE_COPY if one_copy(gene, calls) else TWO_COPIES
    possible = [
        allele for allele in gene.alleles if all(_may_carry(gene, allele, at, call) for at, call in calls.items())
    ]
    # Where both copies show the same base, that every allele of `possible` may carry it is all that there is to ask.
    asked = {at: call for at, call in calls.items() if call.is_mixed or not call.is_complete}
    beyond = {allele: [at for at in gene.unlike_default(allele) if at not in calls] for allele in possible}
    explaining = {}
    for pair in combinations_with_replacement(possible, copies):
        unseen = _unseen(gene, pair, asked)
        if unseen is not None:
            explaining[pair] = tuple(unseen + [at for allele in pair for at in beyond[allele]])
    if not explaining:
        return Match((), (), ())
    least = min(len(unseen) for unseen in explaining.values())
    chosen = [pair for pair, unseen in explaining.items() if len(unseen) == least]
    others = [pair for pair in explaining if pair not in set(chosen)]
    settled = {*gene.key_alleles}.union(*chosen)
    return Match(
        readings=_ranked(gene, chosen),
        not_excluded=_open(gene, chosen, others),
        key_open=_ranked(gene, (pair for pair in others if settled.issuperset(pair))),
    )


def one_copy(gene: Gene, calls: Mapping[int, Call]) -> bool:
    """Return whether the caller saw one copy of a gene of the X chromosome, as it does in males."""
    ploidies = {len(call.alleles) for call in calls.values()}
    return gene.chromosome == X and ONE_COPY in ploidies and not any(call.is_mixed for call in calls.values())


def is_phased(calls: Iterable[Call]) -> bool:
    """Return whether it is known which alleles lie on the same copy, by one phase set over all that differ."""
    seen = [call for call in calls if len(call.alleles) > ONE_COPY]
    together = {call.phase_set for call in seen if call.is_mixed}
    return all(call.phase_set is not None for call in seen) and len(together) <= 1


def _may_carry(gene: Gene, allele: str, at: int, call: Call) -> bool:
    return None in call.alleles or bool(gene.carries(allele, at) & set(call.alleles))


def _unseen(gene: Gene, pair: tuple[str, ...], calls: Mapping[int, Call]) -> list[int] | None:
    """Return the positions where a pair carries what was not seen, once for each copy; None if it explains nothing."""
    oriented: dict[str, set[bool]] = {}
    unseen: list[int] = []
    for at, call in calls.items():
        ways = _ways(gene, pair, at, call.alleles)
        if not ways:
            return None
        if call.phase_set is not None and call.is_mixed:
            left = oriented.setdefault(call.phase_set, {False, True})
            left.intersection_update(ways)
            if not left:
                return None
        unseen += [at] * min(ways.values())
    return unseen


def _ways(gene: Gene, pair: tuple[str, ...], at: int, seen: tuple[str | None, ...]) -> dict[bool, int]:
    """Return how a pair explains a call, as seen or the other way round, with the number of its unseen variants."""
    carried = [gene.carries(allele, at) for allele in pair]
    usual = gene.carries(gene.default, at)
    if len(seen) < len(carried):  # one base for two copies: the other copy was not seen
        seen = (*seen, None)
    elif len(seen) > len(carried):  # a caller that writes the one copy twice
        seen = seen[: len(carried)]
    ways = {}
    for turned, bases in ((False, seen), (True, seen[::-1])):
        if all(base is None or base in alleles for base, alleles in zip(bases, carried, strict=True)):
            ways[turned] = sum(
                base is None and not alleles & usual for base, alleles in zip(bases, carried, strict=True)
            )
    return ways


def _ranked(gene: Gene, pairs: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return pairs once each, those with most copies of the default allele and fewest variants first."""
    named = {in_order(map(core, pair), gene.reference): pair for pair in pairs}

    def rank(names: tuple[str, ...]) -> tuple[int, int, list[object]]:
        pair = named[names]
        variants = sum(len(gene.unlike_default(allele)) for allele in pair)
        return sum(allele != gene.default for allele in pair), variants, [natural(name) for name in names]

    return tuple(sorted(named, key=rank))


def _open(gene: Gene, chosen: list[tuple[str, ...]], others: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the alleles of which other pairs have more copies than any reading."""

    def most(pairs: list[tuple[str, ...]]) -> Counter[str]:
        found: Counter[str] = Counter()
        for pair in pairs:
            found |= Counter(map(core, pair))
        return found

    have = most(chosen)
    return in_order((name for name, copies in most(others).items() if copies > have[name]), gene.reference)
