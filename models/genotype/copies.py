"""CYP2D6 by copies: what `*1x2`, `*4xN`, `*1x≥3` or `*36x2+*10` on a chromosome add up to.

Activity values are CPIC's; the ranges of the sum are those of the consensus of CPIC and DPWG (doi 10.1111/cts.12692).
"""

import re
from typing import Final

from models.genotype.definitions import table_of
from models.genotype.naming import core
from models.genotype.phenotype import INDETERMINATE
from models.genotype.result import Reading

_UNIT: Final = re.compile(r"(\*\d+(?:\.\d{3})?)(?:\s*[xX]\s*(N|≥\s*\d+|>=\s*\d+|\d+))?")
SEVERAL: Final = 2
"""`xN`: more than one copy, how many was not counted."""
# fmt: off
RANGES: Final = (  # from, phenotype
    (0.0,  "Poor Metabolizer"),
    (0.25, "Intermediate Metabolizer"),
    (1.25, "Normal Metabolizer"),
    (2.5,  "Ultrarapid Metabolizer"),  # above 2.25; scores come in quarters
)
# fmt: on


def reading(alleles: tuple[str, ...]) -> Reading:
    """Return what the alleles of both chromosomes mean; Indeterminate where the value of one is not known."""
    values = [_value(allele) for allele in alleles]
    score, at_least = None, False
    if None not in values and len(values) == len(alleles) > 1:
        score = sum(value for value, _ in filter(None, values))
        at_least = any(more for _, more in filter(None, values))
    diplotype = "/".join(alleles)
    functions = tuple(_shown(*value) if value else None for value in values)
    if score is None:
        return Reading(diplotype, alleles, functions, INDETERMINATE, None)
    if at_least and phenotype_of(score) != RANGES[-1][1]:  # more copies might lift it into the next range
        return Reading(diplotype, alleles, functions, INDETERMINATE, f"≥{score}")
    return Reading(diplotype, alleles, functions, phenotype_of(score), f"≥{score}" if at_least else score)


def phenotype_of(score: float) -> str:
    """Return the phenotype of an activity score."""
    return next(phenotype for least, phenotype in reversed(RANGES) if score >= least)


def _value(chromosome: str) -> tuple[float, bool] | None:
    """Return the activity of a chromosome, and whether it may be more."""
    total, more = 0.0, False
    for part in chromosome.split("+"):
        unit = _UNIT.fullmatch(part.strip())
        activity = table_of("CYP2D6")["activity"].get(core(unit[1])) if unit else None
        if unit is None or activity in (None, "n/a"):
            return None
        count = unit[2] or "1"
        open_end = not count.isdecimal()
        counted = SEVERAL if count == "N" else int(re.sub(r"\D", "", count))
        total += float(activity) * counted
        more |= open_end and float(activity) > 0
    return total, more


def _shown(value: float, more: bool) -> str:  # noqa: FBT001 - the pair that `_value` gives
    return f"≥{value}" if more else str(value)
