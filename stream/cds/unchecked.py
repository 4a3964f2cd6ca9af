"""What could not be checked of draft orders, so that nobody takes silence for safety. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from models.treatment import cpic_rules
from models.treatment.facts import NO_CALL, Facts
from models.treatment.safety import check
from models.treatment.safety.allergens import unread
from stream.cds.draft import Draft, NotRead


class Unchecked(NamedTuple):
    """What could not be checked.

    parts    of which kinds the checks were, in a word each, by the labels of the drafts
    lines    a sentence for each draft and kind
    results  results that are not known, by the wire's names
    genes    genes of which no result is known
    """

    parts: dict[str, list[str]]
    lines: tuple[str, ...]
    results: frozenset[str]
    genes: frozenset[str]


def unchecked(facts: Facts, drafts: Sequence[Draft], not_read: Sequence[NotRead], tested: frozenset[str]) -> Unchecked:
    """Return what could not be checked of these drafts; `tested` are genes that another card asks for."""
    parts: dict[str, list[str]] = {}
    lines: list[str] = []
    results: set[str] = set()
    genes: set[str] = set()
    for one in drafts:
        if not one.understood:
            parts.setdefault(one.label, []).append("the drug is not known here")
            lines.append(f"{one.label}: the drug is not known here; only its name was compared with allergies")
        lacking: dict[str, set[str]] = defaultdict(set)
        for drug in one.drug.ingredients:
            for part, missing in check.of_drug(drug, facts).not_done:
                lacking[part].update(missing)
                results.update(missing)
            unknown = [gene for gene in cpic_rules.genes_of(drug) if _is_unknown(gene, facts)]
            if left := set(unknown) - tested:
                lacking["genotype"].update(left)
                genes.update(left)
        for part, names in lacking.items():
            parts.setdefault(one.label, []).append(part)
            lines.append(f"{one.label}: {part} (not known: {', '.join(_words(name) for name in sorted(names))})")
    for left_out in not_read:
        label = left_out.label or "an order"
        parts.setdefault(label, []).append("the order could not be read")
        lines.append(f"{label}: the order could not be read: {left_out.why}")
    if drafts and (count := unread(facts.allergies or ())):
        lines.append(f"{count} recorded allergies name no drug that is known here")
    return Unchecked(parts, tuple(lines), frozenset(results), frozenset(genes))


def _is_unknown(gene: str, facts: Facts) -> bool:
    known = facts.genes.get(gene)
    return known is None or known.phenotype in NO_CALL


def _words(name: str) -> str:
    return name.replace("_", " ")
