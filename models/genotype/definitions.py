"""What is known of a gene: the positions that define its alleles, and what CPIC says of their function.

The tables are made by `wardwatch genotype-tables build` (models/genotype/lab) from CPIC's data, which are CC0.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

TABLES: Final = Path(__file__).parent / "tables"
FROM_A_VCF: Final = (
    "ABCG2", "CACNA1S", "CFTR", "CYP2B6", "CYP2C19", "CYP2C9", "CYP3A4", "CYP3A5", "CYP4F2", "DPYD", "G6PD", "IFNL3",
    "NAT2", "NUDT15", "RYR1", "SLCO1B1", "TPMT", "UGT1A1", "VKORC1",
)  # fmt: skip
"""Genes whose alleles small variants tell; CYP2D6 needs its copies counted, the HLA genes typing."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place on GRCh38 where alleles differ. An indel is anchored leftmost, at the base left of it."""

    chromosome: str
    position: int
    rsid: str | None
    ref: str
    alts: tuple[str, ...]
    shifts: tuple[int, ...]
    """For each ALT, by how many bases another caller may have placed it to the right: repeats let it slide."""

    @property
    def name(self) -> str:
        """The rsID, or the place where it has none."""
        return self.rsid or f"{self.chromosome}:{self.position}"

    @property
    def is_single_base(self) -> bool:
        """Whether no indel and no run of bases is defined here."""
        return len(self.ref) == 1 and all(len(alt) == 1 for alt in self.alts)


@dataclass(frozen=True, slots=True)
class Gene:
    """A gene whose alleles are named by what they carry at its positions."""

    name: str
    edition: str
    chromosome: str
    reference: str
    """The allele that GRCh38 carries."""
    default: str
    """The allele that a position without a call is measured against: never taken for seen."""
    key_alleles: tuple[str, ...]
    positions: Mapping[int, Position]
    also_shown: tuple[Position, ...]
    """Positions that name no allele and that a guideline asks for all the same."""
    alleles: Mapping[str, Mapping[int, frozenset[str]]]
    """What an allele may carry where it differs from the reference."""
    functions: Mapping[str, str]
    activity: Mapping[str, str]
    phenotypes: Mapping[tuple[str, str], str]

    def carries(self, allele: str, position: int) -> frozenset[str]:
        """Return what an allele may carry at a position."""
        return self.alleles[allele].get(position) or frozenset({self.positions[position].ref})

    def unlike_default(self, allele: str) -> frozenset[int]:
        """Return the positions where an allele cannot carry what the default allele carries."""
        places = self.alleles[allele].keys() | self.alleles[self.default].keys()
        return frozenset(
            place for place in places if not self.carries(allele, place) & self.carries(self.default, place)
        )


@cache
def gene(name: str) -> Gene:
    """Return a gene of `FROM_A_VCF`."""
    table = table_of(name)
    chromosome = table["chromosome"]
    positions = [_position(chromosome, row) for row in table["positions"]]
    return Gene(
        name=name,
        edition=table["edition"],
        chromosome=chromosome,
        reference=table["reference"],
        default=table["default"],
        key_alleles=tuple(table["key_alleles"]),
        positions={one.position: one for one in positions},
        also_shown=tuple(_position(chromosome, row) for row in table["also_shown"]),
        alleles={
            allele: {int(place): frozenset(bases.split("|")) for place, bases in differences.items()}
            for allele, differences in table["alleles"].items()
        },
        functions=table["functions"],
        activity=table.get("activity", {}),
        phenotypes={(first, second): phenotype for first, second, phenotype in table["phenotypes"]},
    )


@cache
def table_of(name: str) -> dict[str, Any]:
    """Return the table of a gene as it was written: also of those that no VCF tells."""
    table: dict[str, Any] = json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))
    return table


def _position(chromosome: str, row: list[Any]) -> Position:
    place, rsid, ref, alts = row[:4]
    shifts = row[4] if len(row) > 4 else [0] * len(alts)  # noqa: PLR2004 - the fifth column is left out where it is 0
    return Position(chromosome, place, rsid, ref, tuple(alts), tuple(shifts))
