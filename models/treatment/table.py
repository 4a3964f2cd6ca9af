"""CPIC's recommendations as a table: drug, results of one or two genes and population to strength and kinds of advice.

The table (cpic.json) is made by `models/treatment/lab/cpic.py`; its results are CPIC's words, activity scores and
statuses of alleles, with `No Result` for a gene that is not known.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from models.treatment.facts import NO_CALL, Gene

Kind = str
"""What advice is about: another drug, dose, or other guidance."""


class Outcome(NamedTuple):
    """What the guideline says: its strength in its own words, empty for no statement, and the kinds of advice."""

    strength: str
    kinds: tuple[Kind, ...]


class Group(NamedTuple):
    """Drugs that are treated alike; `populations` have an outcome for each combination of results, the last varying."""

    drugs: tuple[str, ...]
    genes: Mapping[str, tuple[str, ...]]
    pmid: str
    populations: Mapping[str, tuple[Outcome | None, ...]]

    def outcome(self, population: str, results: Sequence[str]) -> Outcome | None:
        """Return what the guideline says of these results; None where it has no line for them."""
        at = 0
        for values, result in zip(self.genes.values(), results, strict=True):
            if result not in values:
                return None
            at = at * len(values) + values.index(result)
        return self.populations[population][at]


def _groups(told: Mapping[str, Any]) -> tuple[Group, ...]:
    outcomes = [Outcome(strength, tuple(kinds)) for strength, *kinds in told["outcomes"]]
    return tuple(
        Group(
            tuple(group["drugs"]),
            {gene: tuple(values) for gene, values in group["genes"].items()},
            group["pmid"],
            {
                name: tuple(None if at is None else outcomes[at] for at in cells)
                for name, cells in group["populations"].items()
            },
        )
        for group in told["groups"]
    )


_TOLD: Final = json.loads(Path(__file__).with_name("cpic.json").read_text(encoding="utf-8"))
EDITION: Final[str] = _TOLD["edition"]
GROUPS: Final = _groups(_TOLD)
_OF_SOURCE: Final = {drug: group for group in GROUPS for drug in group.drugs}
_ALIKE: Final = dict.fromkeys(("dibekacin", "neomycin", "netilmicin", "ribostamycin"), "gentamicin")
"""Aminoglycosides that the guideline names (PMID 34032273) and the source of the table has no lines for."""
GROUP_OF: Final[Mapping[str, Group]] = _OF_SOURCE | {drug: _OF_SOURCE[other] for drug, other in _ALIKE.items()}

NO_RESULT: Final = "No Result"
_SCORES: Final[Mapping[str, Mapping[str, tuple[float, float]]]] = {
    # The activity scores of a phenotype, from and to: CYP2D6 by the consensus of CPIC and DPWG, doi:10.1111/cts.12692;
    # CYP2C9 by the guideline for phenytoin, doi:10.1002/cpt.2008; DPYD by its guideline, doi:10.1002/cpt.911.
    "CYP2D6": {"Poor": (0, 0), "Intermediate": (0.25, 1), "Normal": (1.25, 2.25), "Ultrarapid": (2.5, math.inf)},
    "CYP2C9": {"Poor": (0, 0.5), "Intermediate": (1, 1.5), "Normal": (2, 2)},
    "DPYD": {"Poor": (0, 0.5), "Intermediate": (1, 1.5), "Normal": (2, math.inf)},
}


def results_of(gene: str, values: Sequence[str], genes: Mapping[str, Gene]) -> tuple[str, ...]:
    """Return the results in the table that a patient's result of a gene may be; several where it does not tell enough.

    An activity score that is not known is one of those of the phenotype. A likely or possible phenotype that the table
    does not know is taken for the one itself.
    """
    if gene.startswith("HLA-"):
        allele = values[0].split()[0]
        held = genes.get(f"{gene}{allele}")
        return (NO_RESULT if held is None or held.phenotype in NO_CALL else f"{allele} {held.phenotype}",)
    held = genes.get(gene)
    if held is None or held.phenotype in NO_CALL - {"Indeterminate"}:
        score = held.activity if held is not None and gene in _SCORES else None
        return (score if score is not None and score in values else NO_RESULT,)
    if gene in _SCORES:
        return _by_score(gene, held, values)
    plain = held.phenotype.removeprefix("Likely ").removeprefix("Possible ")
    return (held.phenotype if held.phenotype in values else plain,)


def phenotype_of(gene: str, held: Gene) -> str:
    """Return the phenotype of a result, by its activity score where the laboratory called none."""
    if held.phenotype not in NO_CALL or held.activity is None or gene not in _SCORES:
        return held.phenotype
    score = float(held.activity.removeprefix("≥"))
    return next((f"{name} Metabolizer" for name, (low, high) in _SCORES[gene].items() if low <= score <= high), "")


def _by_score(gene: str, held: Gene, values: Sequence[str]) -> tuple[str, ...]:
    if held.activity is not None and held.activity in values:
        return (held.activity,)
    speed = held.phenotype.removeprefix("Likely ").removeprefix("Possible ").removesuffix(" Metabolizer")
    if speed not in _SCORES[gene]:
        return ("n/a",)
    low, high = _SCORES[gene][speed]
    scores = {value: float(value.removeprefix("≥")) for value in values if value.removeprefix("≥")[0].isdigit()}
    return tuple(value for value, score in scores.items() if low <= score <= high)
