"""How alleles and pairs of them are ordered and written."""

import re
from collections.abc import Iterable
from typing import Final

from models.genotype.definitions import Gene

ONE_ALLELE_NAMED: Final = frozenset({"CACNA1S", "CFTR", "DPYD", "RYR1"})
"""Genes whose alleles are named by their variant: one beside the reference is written as `variant (heterozygous)`."""
_SUBALLELE: Final = re.compile(r"(\*\d+)\.\d{3}")
_NUMBER: Final = re.compile(r"(\d+)")


def core(allele: str) -> str:
    """Return the core allele of a suballele: `*45.001` is a *45."""
    found = _SUBALLELE.fullmatch(allele)
    return found[1] if found else allele


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return a key by which *2 stands before *10."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBER.split(name))


def in_order(alleles: Iterable[str], reference: str | None = None) -> tuple[str, ...]:
    """Return alleles by their numbers and letters; the reference, where one is named, first."""
    return tuple(sorted(alleles, key=lambda name: (name != reference, natural(name))))


def label(gene: Gene, strands: Iterable[str]) -> str:
    """Return the name of a diplotype, or of the one allele of a hemizygous gene, in the order in which CPIC writes it.

    That is by number or letter, also where one of them is the reference: `*1/*38`, `Arakawa/B (reference)`.
    """
    first, *others = ones = in_order(strands, gene.reference)
    if gene.name in ONE_ALLELE_NAMED and first == gene.reference and len(others) == 1 and others[0] != first:
        return f"{others[0]} (heterozygous)"
    return "/".join(in_order(ones))
