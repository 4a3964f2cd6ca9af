"""How much of each kind is known of one patient, so that nobody's state grows without end, nor the cost of an event.

What is dropped is flagged, and the watch path tells it. What a treatment rule names is dropped last, and of equals what
is oldest. The numbers are ours: several times what a patient of an intensive care unit has at once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from models.treatment.facts import Drug, Gene
from models.treatment.rules import RULES

MOST_DRUGS: Final = 100
MOST_GENES: Final = 100
MOST_ALLERGIES: Final = 100
MOST_SUGGESTED: Final = 200
"""Proposals that are remembered as published. One that is forgotten and made again has the id that it had."""

DROPPED: Final = ("drugs-dropped", "genes-dropped", "allergies-dropped")
"""The flags."""

_DRUGS: Final = frozenset(
    drug
    for rule in RULES
    for drug in (*rule.alternatives, *getattr(rule.when, "drugs", ()), *getattr(rule.when, "without_drugs", ()))
)
_GENES: Final = frozenset(
    gene
    for rule in RULES
    for gene in (*(one[0] for one in getattr(rule.when, "findings", ())), getattr(rule.when, "gene", None))
)
_Item = TypeVar("_Item")


def drugs_within(drugs: Mapping[str, Drug]) -> dict[str, Drug]:
    """The drugs of orders, without those too many."""
    return _within(drugs, MOST_DRUGS, lambda _, drug: (drug.name in _DRUGS, drug.time_s))


def genes_within(genes: Mapping[str, Gene]) -> dict[str, Gene]:
    """The results of genes, without those too many."""
    return _within(genes, MOST_GENES, lambda name, gene: (name in _GENES, gene.time_s))


def suggested_within(suggested: Mapping[str, float]) -> dict[str, float]:
    """The keys of published proposals, without those too many: those that expire first."""
    return _within(suggested, MOST_SUGGESTED, lambda _, until_s: (False, until_s))


def allergies_within(allergies: Sequence[str]) -> tuple[str, ...]:
    """The allergies, without those too many: of those that name no drug of a rule the last ones."""
    if len(allergies) <= MOST_ALLERGIES:
        return tuple(allergies)
    named = [word for word in allergies if any(_names(word, drug) for drug in _DRUGS)]
    others = [word for word in allergies if word not in set(named)]
    return (*named, *others)[:MOST_ALLERGIES]


def _names(allergy: str, drug: str) -> bool:
    word = allergy.casefold().strip()
    return bool(word) and (word in drug or drug in word)


def _within(
    items: Mapping[str, _Item], most: int, worth: Callable[[str, _Item], tuple[bool, float]]
) -> dict[str, _Item]:
    """The items that are worth most, in the order in which they came."""
    if len(items) <= most:
        return dict(items)
    kept = set(sorted(items, key=lambda name: worth(name, items[name]))[-most:])
    return {name: item for name, item in items.items() if name in kept}
