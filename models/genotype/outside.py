"""Calls that another method has made, as a table: gene, diplotype, and if it likes phenotype and activity score.

For what small variants do not tell: CYP2D6 with its copies, HLA-A and HLA-B, MT-RNR1. Tabs part the columns, `#` begins
a remark; this is the form of PharmCAT's outside calls.
"""

import re
from collections.abc import Iterable
from typing import Final

from models.genotype import copies, hla
from models.genotype.definitions import FROM_A_VCF, Gene, gene, table_of
from models.genotype.naming import core, in_order, label, natural
from models.genotype.phenotype import INDETERMINATE, meaning
from models.genotype.result import GeneResult, Reading

MITOCHONDRIAL: Final = "MT-RNR1"
NAMED_OTHERWISE: Final = frozenset({"ABCG2", "CACNA1S", "CFTR", "DPYD", "G6PD", "IFNL3", "RYR1", "VKORC1"})
"""Genes whose alleles are named by a variant or a place; those of all others have numbers."""
STARRED: Final = frozenset({"CYP2D6", *hla.GENES, *FROM_A_VCF}) - NAMED_OTHERWISE
KNOWN: Final = frozenset({*FROM_A_VCF, "CYP2D6", *hla.GENES, MITOCHONDRIAL})
_NOTHING: Final = frozenset(
    {"", ".", "-", "n/a", "na", "no call", "no result", "not available", "unknown", "unknown/unknown"}
)
_ALLELE_IN_GENE: Final = re.compile(r"(HLA-[AB])\*?(\d+:\d+)")
_ALIASES: Final = {"IFNL3/4": "IFNL3", "IFNL4": "IFNL3"}
_ALTERNATIVES: Final = re.compile(r"\s*;\s*|\s+or\s+", re.IGNORECASE)
"""Between the diplotypes of a method that could not tell them apart, as Cyrius writes them."""
_NUMBER_ALONE: Final = re.compile(r"\d+(?:\.\d{3})?(?:x.*)?", re.IGNORECASE)


class OutsideRefusal(Exception):  # noqa: N818 - an expected result
    """A line of the table cannot be read."""


def outside(lines: Iterable[str]) -> tuple[dict[str, GeneResult], list[str]]:
    """Return the results of a table by gene, and what it says that could not be used. Raises OutsideRefusal."""
    said: dict[str, list[Reading]] = {}
    warnings: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        fields = [field.strip() for field in line.rstrip("\r\n").split("\t")]
        if len(fields) < 2:  # noqa: PLR2004 - gene and diplotype
            message = f"line {number} of the outside calls has no tab between gene and diplotype"
            raise OutsideRefusal(message)
        name, fields = _gene_of(fields[0], fields[1:])
        if name.lower() in {"gene", "gene symbol"}:
            continue
        if name not in KNOWN:
            warnings.append(f"outside calls, line {number}: no table of this gene; left out")
            continue
        diplotype, phenotype, score = [*fields, "", "", ""][:3]
        readings = [_reading(name, _plain(name, one), phenotype, score) for one in _ALTERNATIVES.split(diplotype)]
        known = [one for one in readings if one is not None]
        if len(known) < len(readings):
            warnings.append(f"outside calls, line {number}: {name} was not determined")
        else:
            said.setdefault(name, []).extend(known)
    return {name: _result(name, readings) for name, readings in said.items()}, warnings


def _gene_of(name: str, fields: list[str]) -> tuple[str, list[str]]:
    """Return the gene and its fields; `HLA-B*57:01` with `positive` is the gene HLA-B with a status."""
    name = _ALIASES.get(name.upper(), name.upper()) if name.lower() != "gene" else name
    found = _ALLELE_IN_GENE.fullmatch(name)
    return (found[1], [f"*{found[2]} {fields[0]}", *fields[1:]]) if found else (name, fields)


def _plain(name: str, diplotype: str) -> str:
    """Return a diplotype without the gene's name before each allele, and with a bare number as a star allele."""
    whole = diplotype.strip()
    if whole.startswith("(") and whole.endswith(")"):
        whole = whole[1:-1]
    if name not in STARRED:
        return whole
    short = name.removeprefix("HLA-")
    parts = [part.strip() for part in re.split(r"[/|]", whole)]
    bare = [part.removeprefix(name).removeprefix(short) if part.startswith((name, short)) else part for part in parts]
    return "/".join(f"*{part}" if _NUMBER_ALONE.fullmatch(part) else part.strip() for part in bare)


def _reading(name: str, diplotype: str, phenotype: str, score: str) -> Reading | None:
    diplotype = "" if diplotype.lower() in _NOTHING else diplotype
    phenotype = "" if phenotype.lower() in _NOTHING else phenotype
    if not diplotype:
        if name in hla.GENES and phenotype:
            return hla.reading(name, phenotype)
        counted = _number(score)
        means = phenotype or _by_score(name, counted)
        return Reading("", (), (), means, counted) if means else None
    own = _by_table(name, diplotype)
    if not phenotype and not score:
        return own
    # The laboratory's own words stand before what its diplotype would give here.
    said = _number(score)
    counted = own.activity_score if said is None else said
    return Reading(own.diplotype, own.alleles, own.functions, phenotype or own.phenotype, counted)


def _by_table(name: str, diplotype: str) -> Reading:
    if name in hla.GENES:
        return hla.reading(name, diplotype)
    if name == MITOCHONDRIAL:
        diplotype = f"m.{diplotype}" if diplotype[:1].isdecimal() else diplotype
        function = table_of(name)["functions"].get(diplotype)
        means = function[0].lower() + function[1:] if function else None
        return Reading(diplotype, (diplotype,), (function,), means, None)
    alleles = tuple(sorted((part.strip() for part in diplotype.split("/")), key=natural))
    if name == "CYP2D6":
        return copies.reading(alleles)
    return _of_known_gene(gene(name), alleles)


def _of_known_gene(known: Gene, alleles: tuple[str, ...]) -> Reading:
    ordered = in_order(alleles, known.reference)
    assigned = all(core(allele) in known.functions or allele in known.alleles for allele in ordered)
    if not assigned:
        return Reading(label(known, ordered), ordered, tuple(None for _ in ordered), None, None)
    means = meaning(known, ordered)
    return Reading(label(known, ordered), ordered, means.functions, means.phenotype, means.activity_score)


def _by_score(name: str, score: float | str | None) -> str | None:
    """Return the phenotype of an activity score that comes without alleles; None where the gene has no scores."""
    if not isinstance(score, float):
        return None
    if name == "CYP2D6":
        return copies.phenotype_of(score)
    known = gene(name) if name in FROM_A_VCF else None
    pairs = known.phenotypes.items() if known is not None and known.activity else ()
    return next((said for pair, said in pairs if "n/a" not in pair and sum(map(float, pair)) == score), None)


def _number(score: str) -> float | str | None:
    if not score or score.lower() in _NOTHING:
        return None
    try:
        return float(score)
    except ValueError:
        return score


def _statuses(readings: list[Reading]) -> tuple[str, ...] | None:
    """Return the status of every HLA allele that is told one way alone; None where none is, or one stands both ways.

    An allele has a status of its own, so that lines on two of them are two results and no contradiction.
    """
    every = [one for reading in readings if isinstance(reading.phenotype, tuple) for one in reading.phenotype]
    by_allele = {one.partition(" ")[0]: one for one in every}
    return tuple(by_allele[allele] for allele in sorted(by_allele)) if set(by_allele.values()) == set(every) else None


def _result(name: str, readings: list[Reading]) -> GeneResult:
    unlike = list({one.diplotype + str(one.phenotype): one for one in readings}.values())
    first = unlike[0]
    statuses = _statuses(unlike) if name in hla.GENES else None
    agreed = len({one.phenotype for one in unlike}) == 1
    phenotypes = [
        term
        for one in unlike
        for term in (one.phenotype if isinstance(one.phenotype, tuple) else (one.phenotype,))
        if term is not None
    ]
    said = statuses or (first.phenotype if agreed else None)
    warnings = [] if len(unlike) == 1 or said else ["the outside calls contradict each other"]
    if first.phenotype is None:
        warnings.append("no phenotype is known for this diplotype")
    if any(one.phenotype == INDETERMINATE for one in unlike):
        warnings.append("CPIC has not assigned a function to every allele of it")
    return GeneResult(
        source="outside",
        readings=tuple(unlike),
        phenotype=said,
        phenotypes=tuple(dict.fromkeys(phenotypes)),
        activity_score=first.activity_score if len({one.activity_score for one in unlike}) == 1 else None,
        phased=False,
        missing_positions=(),
        not_excluded=(),
        called=0,
        defined=0,
        variants=(),
        edition=table_of("CYP2D6" if name in hla.GENES else name)["edition"],
        warnings=tuple(warnings),
    )
