"""From the alleles of a reading to the phenotype and the activity score that CPIC gives them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from models.genotype.definitions import Gene
from models.genotype.naming import core

INDETERMINATE: Final = "Indeterminate"
"""CPIC's word where the function of an allele is not known."""
_DEFICIENT: Final = ("I/Deficient with CNSHA", "II/Deficient", "III/Deficient")
_NORMAL: Final = "IV/Normal"
_TRIGGER: Final = "Malignant Hyperthermia associated"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reading means."""

    phenotype: str | None
    """None where CPIC has no phenotype for the gene: CYP4F2, IFNL3."""
    activity_score: float | str | None
    functions: tuple[str | None, ...]


def meaning(gene: Gene, alleles: tuple[str, ...]) -> Meaning:
    """Return phenotype, activity score and functions of one allele for each copy."""
    functions = tuple(gene.functions.get(core(allele)) for allele in alleles)
    if not all(allele in gene.alleles or core(allele) in gene.functions for allele in alleles):
        return Meaning(None, None, functions)  # several alleles on one copy, which CPIC does not judge
    if gene.name in BY_RULE:
        return Meaning(BY_RULE[gene.name](functions), None, functions)
    if gene.activity:
        return _by_activity(gene, alleles, functions)
    if None in functions and gene.phenotypes:
        return Meaning(INDETERMINATE, None, functions)
    pair = tuple(sorted(str(function) for function in functions))
    return Meaning(gene.phenotypes.get((pair[0], pair[-1])), None, functions)


def _by_activity(gene: Gene, alleles: tuple[str, ...], functions: tuple[str | None, ...]) -> Meaning:
    first, second = sorted(gene.activity.get(core(allele), "n/a") for allele in alleles)
    score = None if "n/a" in {first, second} else float(first) + float(second)
    return Meaning(INDETERMINATE if score is None else gene.phenotypes[first, second], score, functions)


def _g6pd(functions: tuple[str | None, ...]) -> str:
    """CPIC G6PD guideline of 2022 (doi 10.1002/cpt.2735): one copy, or two of which one may outweigh the other."""
    deficient = [function for function in functions if function in _DEFICIENT]
    if len(deficient) == len(functions):
        severe = all(function == _DEFICIENT[0] for function in functions)
        return "Deficient with CNSHA" if severe else "Deficient"
    if any(function not in (*_DEFICIENT, _NORMAL) for function in functions):
        return INDETERMINATE
    return "Variable" if deficient else "Normal"


def _ryr1(functions: tuple[str | None, ...]) -> str:
    """CPIC RYR1 and CACNA1S (doi 10.1002/cpt.1319): one such variant is enough; without one, nothing is ruled out."""
    return "Malignant Hyperthermia Susceptibility" if _TRIGGER in functions else "Uncertain Susceptibility"


BY_RULE: Final[Mapping[str, Callable[[tuple[str | None, ...]], str]]] = {"G6PD": _g6pd, "RYR1": _ryr1}
"""Genes whose phenotype is told by a rule of the guideline; that of others by CPIC's table of pairs."""
