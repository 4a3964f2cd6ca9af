"""`wardwatch genotype`: from a VCF to diplotypes, phenotypes and activity scores, and what could not be excluded."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.genotype.genotype import WrongAssembly, genotype
from models.genotype.observed import Places
from models.genotype.outside import OutsideRefusal, outside
from models.genotype.regions import Regions, RegionsRefusal
from models.genotype.result import GeneResult, Genotype
from models.genotype.rows import Row
from stream.commands.extras import needs
from stream.commands.refusal import Refusal, one_sentence

MOST_SHOWN: Final = 6
"""Alleles that were not excluded are named up to this number in the table; `--json` names all."""
_UNNAMED: Final = "-"


def command(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE.vcf[.gz]", help="Variants of one genome on GRCh38.", show_default=False),
    ] = None,
    *,
    outside_calls: Annotated[
        Path | None,
        typer.Option("--outside", metavar="FILE.tsv", help="Calls of another method: gene, tab, diplotype."),
    ] = None,
    covered: Annotated[
        Path | None,
        typer.Option(
            "--covered",
            metavar="FILE.bed[.gz]",
            help="Regions of the caller in which a position without a row is the reference. Only there it counts so.",
        ),
    ] = None,
    sample: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which sample of a file with several, by name or number.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with every reading.")] = False,
) -> None:
    """Name the alleles of pharmacogenes by CPIC, and what they mean. A position without a call is never the reference.

    Every diplotype that explains the calls is listed. CYP2D6, HLA-A, HLA-B and MT-RNR1 come from calls of another
    method. Not for clinical use.
    """
    with one_sentence():
        if file is None and outside_calls is None:
            message = "give a VCF, a table of calls with --outside, or both"
            raise Refusal(message)
        if file is None and covered is not None:
            message = "regions say nothing without a VCF"
            raise Refusal(message)
        rows = _rows(file, sample) if file else []
        found = _genotype(rows, outside_calls, covered)
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
        return
    _print(Console(highlight=False), found)


def _rows(file: Path, sample: str | None) -> list[Row]:
    with needs("genome"):
        from stream.genomes.variant_file import NoGenome, read_rows
    try:
        return read_rows(file, sample, Places())
    except NoGenome as refused:
        raise Refusal(str(refused)) from None


def _genotype(rows: list[Row], outside_calls: Path | None, covered: Path | None) -> Genotype:
    try:
        lines = outside_calls.read_text(encoding="utf-8-sig").splitlines() if outside_calls else []
        calls, warnings = outside(lines)
        found = genotype(rows, calls, warnings, Regions(_lines(covered)) if covered else None)
    except UnicodeDecodeError:
        message = f"{outside_calls or covered}: this is no text in UTF-8"
        raise Refusal(message) from None
    except (OutsideRefusal, RegionsRefusal, WrongAssembly) as refused:
        raise Refusal(str(refused)) from None
    if not found.genes:
        message = "no position that names an allele was called: is it of GRCh38, and does it hold reference calls?"
        raise Refusal(message)
    return found


def _lines(file: Path) -> Iterator[str]:
    """Return the lines of a text, which may be compressed."""
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as text:
        yield from text


def _print(out: Console, found: Genotype) -> None:
    table = Table("gene", "diplotype", "phenotype", "score", "called", "not excluded")
    for name, result in sorted(found.genes.items()):
        table.add_row(*map(Text, _cells(name, result)), style=None if result.phenotype else "yellow")
    out.print(table)
    for name, result in sorted(found.genes.items()):
        for warning in result.warnings:
            out.print(Text(f"{name}: {warning}", "yellow"))
    for warning in found.warnings:
        out.print(Text(warning, "yellow"))
    for one in found.combinations:
        state = "" if one.complete else " (incomplete)"
        said = ", ".join(f"{gene} {term}" for gene, term in one.lookup.items())
        out.print(Text(f"{' + '.join(one.genes)}{state}: {said} ({', '.join(one.drugs)})"))
    if found.not_covered:
        out.print(Text(f"Not covered: {', '.join(found.not_covered)}", "dim"))
    out.print(Text("Research software: not for clinical use.", "dim"))


def _cells(name: str, result: GeneResult) -> tuple[str, ...]:
    phenotype = ", ".join(result.phenotype) if isinstance(result.phenotype, tuple) else " or ".join(result.phenotypes)
    if result.phenotype is None and phenotype:
        phenotype = f"not determined ({phenotype})"
    score = _UNNAMED if result.activity_score is None else str(result.activity_score)
    called = f"{result.called} of {result.defined}" if result.source == "vcf" else "outside"
    more = len(result.not_excluded) - MOST_SHOWN
    names = ", ".join(result.not_excluded[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
    diplotypes = "\n".join(one.diplotype for one in result.readings) or "none"
    return name, diplotypes, phenotype or _UNNAMED, score, called, names or _UNNAMED
