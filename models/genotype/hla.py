"""HLA-A and HLA-B: whether an allele that a CPIC guideline asks for is there."""

import re
from collections.abc import Mapping
from typing import Final

from models.genotype.naming import natural
from models.genotype.result import Reading

ASKED_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "HLA-A": ("*31:01",),  # carbamazepine, doi 10.1002/cpt.1004
    "HLA-B": (
        "*15:02",  # carbamazepine, oxcarbazepine, doi 10.1002/cpt.1004; phenytoin, doi 10.1002/cpt.2008
        "*57:01",  # abacavir, doi 10.1038/clpt.2013.103
        "*58:01",  # allopurinol, doi 10.1038/clpt.2015.49
    ),
}
GENES: Final = frozenset(ASKED_FOR)
_ALLELE: Final = re.compile(r"\*?(\d{2,3}):?(\d{2,3})(?::\d{2,3})*[A-Z]?")
_STATUS: Final = re.compile(r"(\*?\d{2,3}:?\d{2,3})\s+(\w+)")
_WORDS: Final = {"positive": "positive", "detected": "positive", "present": "positive", "negative": "negative"}


def reading(gene: str, said: str) -> Reading:
    """Return the status of each allele asked for: from a typing of both chromosomes, or from one status."""
    status = _STATUS.fullmatch(said.strip())
    if status and status[2].lower() in _WORDS:
        name = f"{_allele(status[1])} {_WORDS[status[2].lower()]}"
        return Reading(name, (), (), (name,), None)
    alleles = tuple(sorted((_allele(part) or part.strip() for part in said.split("/")), key=natural))
    typed = len(alleles) > 1 and all(_ALLELE.fullmatch(allele) for allele in alleles)
    statuses = tuple(
        f"{asked} {'positive' if asked in alleles else 'negative'}"
        for asked in ASKED_FOR[gene]
        if typed or asked in alleles  # one chromosome alone rules nothing out
    )
    return Reading("/".join(alleles), alleles, tuple(None for _ in alleles), statuses or None, None)


def _allele(written: str) -> str | None:
    """Return an allele at two fields, `*57:01`, from `5701` or `*57:01:01:01`."""
    found = _ALLELE.fullmatch(written.strip().removeprefix("HLA-A").removeprefix("HLA-B"))
    return f"*{found[1]}:{found[2]}" if found else None
