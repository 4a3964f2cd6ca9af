"""Read a VCF with htslib: plain or compressed, one sample of it, at the positions that name alleles."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

import pysam

from models.genotype.assembly import chromosome, wrong_by_header
from models.genotype.observed import Places
from models.genotype.rows import REFERENCE_BLOCK, Row

GZIP: Final = b"\x1f\x8b"
BGZF: Final = b"BC"
"""Name of the extra field in which bgzip writes the length of a block (SAM specification, 4.1)."""
PASSED: Final = frozenset({"PASS", "."})


class NoGenome(Exception):  # noqa: N818 - an expected result
    """The file cannot be used as a genome; the text says why, without what is in it."""


def read_rows(path: Path, sample: str | None, places: Places) -> list[Row]:
    """Return the rows of one sample at the places that name alleles, and those of variants known to lie at one.

    Raises NoGenome where it is no VCF, not of GRCh38 by its header, or holds several samples and none was named.
    """
    if not path.is_file():  # htslib would say no more than that it failed
        raise FileNotFoundError(2, "there is no such file", str(path))
    if not _is_plain_gzip(path):
        return _read(str(path), path.name, sample, places)
    with path.open("rb") as file:  # htslib reads it as a stream, and by its name would seek in it
        return _read(file, path.name, sample, places)


def rows_in(file: IO[bytes], sample: str | None, places: Places) -> list[Row]:
    """Return the rows of an opened file that has a descriptor, as `read_rows` does; it has no index."""
    return _read(file, "the file", sample, places)


def _read(source: str | IO[bytes], name: str, sample: str | None, places: Places) -> list[Row]:
    before = pysam.set_verbosity(0)  # htslib writes to standard error what a caller's header lacks
    try:
        with pysam.VariantFile(source) as file:
            return list(_rows(file, sample, places))
    # TypeError: of an opened file that ends too early, pysam cannot say its name
    except (OSError, ValueError, EOFError, TypeError) as error:
        message = f"{name} is no VCF that can be read"
        raise NoGenome(message) from error
    finally:
        pysam.set_verbosity(before)


def _is_plain_gzip(path: Path) -> bool:
    """Return whether a file is compressed, and not in the blocks of bgzip that htslib can find its way in."""
    with path.open("rb") as file:
        start = file.read(14)
    return start[:2] == GZIP and start[12:14] != BGZF


def _rows(file: pysam.VariantFile, sample: str | None, places: Places) -> Iterator[Row]:
    header = file.header
    lengths = {chromosome(str(name)): contig.length or 0 for name, contig in header.contigs.items()}
    lines = " ".join(str(one).strip() for one in header.records if one.key in {"reference", "assembly", "contig"})
    wrong = wrong_by_header(lengths, lines)
    if wrong:
        raise NoGenome(wrong)
    index = _sample(list(header.samples), sample)
    ranges = places.ranges
    for record in _records(file, ranges):
        if len(record.samples) <= index:
            message = "a row ends before the sample"
            raise ValueError(message)
        name = chromosome(record.chrom)
        last = max(record.pos, record.stop)
        in_range = any(record.pos <= end and last >= start for start, end in ranges.get(name, ()))
        if in_range or not places.by_rsid.keys().isdisjoint(
            (record.id or "").split(";")
        ):  # a known variant elsewhere tells of another assembly
            yield _row(name, record, index)


def _records(file: pysam.VariantFile, ranges: dict[str, list[tuple[int, int]]]) -> Iterator[pysam.VariantRecord]:
    """Return the records in the ranges where the file has an index, all of them where it has none."""
    if file.index is None or not file.header.contigs:
        yield from file
        return
    for contig in map(str, file.header.contigs):
        for start, end in ranges.get(chromosome(contig), ()):
            yield from file.fetch(contig, max(start - 1, 0), end)


def _sample(names: list[str], wanted: str | None) -> int:
    if not names:
        message = "the file holds no genotypes: it has no sample"
        raise NoGenome(message)
    if wanted is not None:
        if wanted in names:
            return names.index(wanted)
        if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
            return int(wanted) - 1
        message = f"the file has no such sample; it holds {len(names)}: name one, or give its number"
        raise NoGenome(message)
    if len(names) > 1:
        message = f"the file holds {len(names)} samples: choose one with --sample, by its name or its number"
        raise NoGenome(message)
    return 0


def _row(name: str, record: pysam.VariantRecord, index: int) -> Row:
    said = record.samples[index]
    genotype = tuple(said.get("GT") or (None,)) if "GT" in record.format else (None, None)
    alts = tuple(record.alts or ())
    return Row(
        chromosome=name,
        position=record.pos,
        rsid=record.id,
        ref=record.ref or "",
        alts=alts,
        genotype=genotype,
        phase_set=_phase_set(said, len(genotype)) if "GT" in record.format else None,
        passed=not {*map(str, record.filter.keys()), *_filters_of_sample(said, record)} - PASSED,
        end=record.stop if "END" in record.info or set(alts) & REFERENCE_BLOCK else None,
        quality=_first(said, record, "GQ", "RGQ"),
        depth=_first(said, record, "DP", "MIN_DP"),
    )


def _filters_of_sample(said: Any, record: pysam.VariantRecord) -> list[str]:  # noqa: ANN401 - a sample of htslib
    """Return the filters of FT, which a caller sets for one sample alone."""
    filters = said["FT"] if "FT" in record.format else None
    return str(filters).split(";") if filters else []


def _phase_set(said: Any, copies: int) -> str | None:  # noqa: ANN401 - a sample of htslib
    """Return the set of genotypes phased together: by PS; without it, all phased genotypes of a chromosome are one."""
    if not said.phased or copies == 1:
        return None
    try:
        known = said.get("PS")
    except (KeyError, ValueError):
        known = None
    return "" if known is None else str(known)


def _first(said: Any, record: pysam.VariantRecord, *fields: str) -> int | None:  # noqa: ANN401 - a sample of htslib
    values = [said[field] for field in fields if field in record.format]
    numbers = [value for value in values if isinstance(value, int | float)]
    return int(min(numbers)) if numbers else None
