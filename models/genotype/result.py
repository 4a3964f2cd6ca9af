"""What is said of a gene, and of all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Phenotype = str | tuple[str, ...] | None
"""CPIC's term. Of an HLA gene the status of every allele that a guideline asks for. None: not determined."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the calls."""

    diplotype: str
    alleles: tuple[str, ...]
    functions: tuple[str | None, ...]
    phenotype: Phenotype
    activity_score: float | str | None


@dataclass(frozen=True, slots=True)
class GeneResult:
    """What the genome, or a call from outside, says of a gene."""

    source: Literal["vcf", "outside"]
    readings: tuple[Reading, ...]
    """All of them. The first needs the fewest alleles beside the default one; for DPYD it is the lowest function."""
    phenotype: Phenotype
    """Of the first reading; None where a key position was not seen and would change it."""
    phenotypes: tuple[str, ...]
    """Every phenotype that the readings and the key positions without a call leave possible."""
    activity_score: float | str | None
    phased: bool
    missing_positions: tuple[str, ...]
    not_excluded: tuple[str, ...]
    called: int
    defined: int
    variants: tuple[str, ...]
    """What differs from the default allele, by position."""
    edition: str
    also_shown: Mapping[str, str | None] = field(default_factory=dict)
    """Positions that a guideline asks for beside the alleles, and what was called there."""
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the result in the form of `--json`."""
        return {
            "source": self.source,
            "diplotypes": [one.diplotype for one in self.readings],
            "phenotype": _listed(self.phenotype),
            "phenotypes": list(self.phenotypes),
            "activity_score": self.activity_score,
            "phased": self.phased,
            "missing_positions": list(self.missing_positions),
            "not_excluded": list(self.not_excluded),
            "coverage": {
                "called": self.called,
                "defined": self.defined,
                "complete": self.called == self.defined,
            },
            "readings": [
                {
                    "diplotype": one.diplotype,
                    "alleles": list(one.alleles),
                    "functions": list(one.functions),
                    "phenotype": _listed(one.phenotype),
                    "activity_score": one.activity_score,
                }
                for one in self.readings
            ],
            "variants": list(self.variants),
            "also_shown": dict(self.also_shown),
            "edition": self.edition,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class Combination:
    """Genes that a guideline reads together."""

    genes: tuple[str, ...]
    drugs: tuple[str, ...]
    guideline: str
    lookup: Mapping[str, str]
    """Of each gene what the guideline looks up; `No Result` where nothing was determined."""
    complete: bool

    def as_json(self) -> dict[str, Any]:
        """Return the combination in the form of `--json`."""
        return {
            "genes": list(self.genes),
            "drugs": list(self.drugs),
            "guideline": self.guideline,
            "lookup": dict(self.lookup),
            "complete": self.complete,
        }


@dataclass(frozen=True, slots=True)
class Genotype:
    """What is said of all genes."""

    genes: Mapping[str, GeneResult]
    not_covered: tuple[str, ...]
    """Genes of which no position was called and no call came from outside."""
    combinations: tuple[Combination, ...]
    warnings: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return everything in the form of `--json`."""
        return {
            "assembly": "GRCh38",
            "genes": {name: one.as_json() for name, one in sorted(self.genes.items())},
            "not_covered": list(self.not_covered),
            "combinations": [one.as_json() for one in self.combinations],
            "warnings": list(self.warnings),
            "note": "Research software: not for clinical use.",
        }


def _listed(phenotype: Phenotype) -> str | list[str] | None:
    return list(phenotype) if isinstance(phenotype, tuple) else phenotype
