"""How much of each kind is known of one patient, so that nobody's state grows without end, nor the cost of an event.

What is dropped is flagged, and the watch path tells it. What a treatment rule names is dropped last, and of equals what
is oldest. The numbers are ours: several times what a patient of an intensive care unit has at once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from models.treatment.dpwg import DPWG_RULES
from models.treatment.facts import Drug, Gene, Variant
from models.treatment.rules import RULES
from models.treatment.safety.check import CHECK_RULES, drugs_of
from models.treatment.secondary import SECONDARY_RULES
from models.treatment.table import GROUP_OF, GROUPS
from models.treatment.variant_terms import SPEAKS
from models.watch.state import Proposed

MOST_DRUGS: Final = 100
MOST_GENES: Final = 100
MOST_VARIANTS: Final = 100
MOST_ALLERGIES: Final = 100
MOST_PROPOSED: Final = 100
"""Proposals that are remembered as published. One that is forgotten and made again has the id that it had."""

DROPPED: Final = ("drugs-dropped", "genes-dropped", "variants-dropped", "allergies-dropped")
"""The flags."""

_OF_GENES: Final = frozenset(
    drug
    for rule in (*RULES, *DPWG_RULES)
    for drug in (*rule.alternatives, *getattr(rule.when, "drugs", ()), *getattr(rule.when, "without_drugs", ()))
) | frozenset(GROUP_OF)
_DRUGS: Final = _OF_GENES | frozenset(drug for rule in CHECK_RULES for drug in drugs_of(rule.when))
_GENES: Final = frozenset(
    [getattr(rule.when, "gene", None) for rule in RULES]
    + [
        name
        for group in GROUPS
        for gene, values in group.genes.items()
        for name in (gene, f"{gene}{values[0].split()[0]}")
    ]
)
_Item = TypeVar("_Item")


def drugs_within(drugs: Mapping[str, Drug]) -> dict[str, Drug]:
    """The drugs of orders, without those too many."""
    return _within(drugs, MOST_DRUGS, lambda _, drug: (not _DRUGS.isdisjoint(drug.ingredients), drug.time_s))


def genes_within(genes: Mapping[str, Gene]) -> dict[str, Gene]:
    """The results of genes, without those too many."""
    return _within(genes, MOST_GENES, lambda name, gene: (name in _GENES, gene.time_s))


def variants_within(variants: Mapping[str, Variant]) -> dict[str, Variant]:
    """The findings of variants, without those too many: first those from which nothing can follow."""
    return _within(
        variants,
        MOST_VARIANTS,
        lambda _, one: (one.gene in SECONDARY_RULES and one.significance in SPEAKS, one.time_s),
    )


def stopped_within(stopped: Mapping[str, float]) -> dict[str, float]:
    """The times at which orders were stopped, without those too many: the oldest."""
    return _within(stopped, MOST_DRUGS, lambda _, at_s: (False, at_s))


def proposed_within(proposed: Mapping[str, Proposed]) -> dict[str, Proposed]:
    """The published proposals, without those too many: of those that are over, and then of all, the first to expire."""
    return _within(proposed, MOST_PROPOSED, lambda _, one: (one.status == "open", one.expires_s))


def withdrawn_within(withdrawn: Mapping[str, int]) -> dict[str, int]:
    """How often proposals were withdrawn, without those too many: those withdrawn longest ago, which come first."""
    return dict(list(withdrawn.items())[-MOST_PROPOSED:])


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
