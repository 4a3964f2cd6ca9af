"""A row of a VCF for one sample, and the call of a position that comes of it."""

from dataclasses import dataclass
from typing import Final

CHROMOSOMES: Final = frozenset({*(f"chr{number}" for number in range(1, 23)), "chrX", "chrY"})
REFERENCE_BLOCK: Final = frozenset({"<NON_REF>", "<*>", "<X>"})
"""What callers write for any other allele than REF where they vouch for the reference (VCF specification, 5.5)."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one row says of one sample, with the chromosome as `chr1` to `chr22`, `chrX`."""

    chromosome: str
    position: int
    rsid: str | None
    ref: str
    alts: tuple[str, ...]
    genotype: tuple[int | None, ...]
    """Numbers of the alleles, 0 for REF; None where nothing was called. One number where the caller saw one copy."""
    phase_set: str | None = None
    """Which genotypes were phased together; None where this one was not phased."""
    passed: bool = True
    end: int | None = None
    """Last position of a block of reference calls, as a gVCF has them, or of a structural variant."""
    quality: float | None = None
    """GQ."""
    depth: int | None = None
    """DP, reads."""

    @property
    def variants(self) -> tuple[str, ...]:
        """The ALTs that are bases; not `<NON_REF>`, `<*>`, `<DEL>` or `*`."""
        return tuple(alt for alt in self.alts if is_bases(alt))

    @property
    def is_block(self) -> bool:
        """Whether it vouches for the reference over a range."""
        return self.end is not None and REFERENCE_BLOCK.issuperset(self.alts)

    @property
    def is_structural(self) -> bool:
        """Whether it reports a structural variant: `<DEL>`, `<DUP>`, a breakend."""
        return self.end is not None and not self.is_block and not self.variants


@dataclass(frozen=True, slots=True)
class Call:
    """The alleles seen at a position, in the definition's terms: two, or one of one copy. None: not seen."""

    alleles: tuple[str | None, ...]
    phase_set: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every copy was seen."""
        return None not in self.alleles

    @property
    def is_mixed(self) -> bool:
        """Whether its two copies differ, or may differ."""
        return len(set(self.alleles)) > 1


def is_bases(allele: str) -> bool:
    """Return whether an allele is written out in bases."""
    return bool(allele) and not allele.upper().strip("ACGTN")
