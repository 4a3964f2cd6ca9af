"""Genomes made from the tables of alleles: rows that carry two named alleles, and the VCF that says so. No person's."""

import gzip
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from models.genotype.definitions import gene
from models.genotype.rows import Row

LENGTHS_38: Final = {"chr1": 248956422, "chr10": 133797422, "chr19": 58617616, "chrX": 156040895}
LENGTHS_37: Final = {"chr1": 249250621, "chr10": 135534747, "chr19": 59128983, "chrX": 155270560}


def rows_of(name: str, *alleles: str, phase_set: str | None = None, without: Iterable[str] = ()) -> list[Row]:
    """Return a row for every position of a gene whose copies carry these alleles, but for those left out."""
    known, rows, left_out = gene(name), [], set(without)
    for position in known.positions.values():
        if position.name in left_out:
            continue
        usual = known.carries(known.default, position.position)
        # Of several bases that a definition allows, an allele carries that of the default allele, if it is among them.
        bases = [min(may & usual or may) for may in (known.carries(allele, position.position) for allele in alleles)]
        choices = (position.ref, *position.alts)
        genotype = tuple(choices.index(base) for base in bases)
        row = Row(
            position.chromosome, position.position, position.rsid, position.ref, position.alts, genotype, phase_set
        )
        rows.append(row)
    return rows


def changed(rows: Sequence[Row], rsid: str, **fields: object) -> list[Row]:
    """Return rows in which the one with an rsID is another."""
    assert any(row.rsid == rsid for row in rows)
    return [replace(row, **fields) if row.rsid == rsid else row for row in rows]  # type: ignore[arg-type]  # by name


def vcf(
    rows: Iterable[Row],
    *,
    samples: Sequence[str] = ("SAMPLE",),
    lengths: dict[str, int] | None = None,
    reference: str = "GRCh38",
    prefix: str = "chr",
) -> str:
    """Return the VCF of rows; every sample has the same genotypes."""
    known = lengths if lengths is not None else LENGTHS_38
    contigs = {row.chromosome: known.get(row.chromosome) for row in rows} | dict(known)
    header = [
        "##fileformat=VCFv4.2",
        f"##reference={reference}",
        '##FILTER=<ID=PASS,Description="All filters passed">',
        '##FILTER=<ID=LowQual,Description="Low quality">',
        '##INFO=<ID=END,Number=1,Type=Integer,Description="Last position of the block">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">',
        '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
        '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set">',
        *(
            f"##contig=<ID={prefix}{name.removeprefix('chr')}{f',length={length}' if length else ''}>"
            for name, length in contigs.items()
        ),
        "\t".join(("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples)),
    ]
    return "\n".join([*header, *(_line(row, len(samples), prefix) for row in rows)]) + "\n"


def write_vcf(path: Path, text: str) -> Path:
    """Write a VCF, compressed where its name ends so."""
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def _line(row: Row, samples: int, prefix: str) -> str:
    genotype = ("/" if row.phase_set is None else "|").join("." if one is None else str(one) for one in row.genotype)
    said = {"GT": genotype}
    if row.phase_set:
        said["PS"] = row.phase_set
    if row.quality is not None:
        said["GQ"] = f"{row.quality:.0f}"
    if row.depth is not None:
        said["DP"] = str(row.depth)
    fields = (
        prefix + row.chromosome.removeprefix("chr"),
        str(row.position),
        row.rsid or ".",
        row.ref,
        ",".join(row.alts) or ".",
        ".",
        "PASS" if row.passed else "LowQual",
        f"END={row.end}" if row.end else ".",
        ":".join(said),
        *[":".join(said.values())] * samples,
    )
    return "\t".join(fields)
