"""From the files of a genome to its genotype. This is the code of a sandboxed process."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from models.genotype.genotype import WrongAssembly, genotype
from models.genotype.observed import Places
from models.genotype.outside import OutsideRefusal, outside
from models.genotype.result import Genotype
from models.genotype.rows import Row

LIBRARIES: Final = ("models.genotype.genotype",)
"""Modules that a sandboxed process imports before its first genome."""
_READER: Final = "stream.genomes.variant_file"
"""Named and not imported: it needs htslib, which the extra `genome` installs and no other work of a worker asks for."""
NO_READER: Final = "this worker reads no VCF: it needs wardwatch[genome]"
NOTHING_CALLED: Final = (
    "no position that names an allele was called: is it of GRCh38, and does it hold calls of the reference?"
)


@dataclass(frozen=True)
class Task:
    """The files of one genome."""

    variants: bytes | None  # a VCF
    sample: str | None
    calls: bytes | None  # a table of another method's calls


@dataclass(frozen=True)
class Unusable:
    """Why a genome cannot be read, in a sentence without what is in it."""

    sentence: str


def read_genomes(tasks: Sequence[Task]) -> list[Genotype | Unusable]:
    """Return what is said of each genome, or why it cannot be used."""
    return [_read(task) for task in tasks]


def _read(task: Task) -> Genotype | Unusable:
    try:
        calls, warnings = outside((task.calls or b"").decode("utf-8-sig").splitlines())
    except UnicodeDecodeError:
        return Unusable("the table of calls is no text in UTF-8")
    except OutsideRefusal as refused:
        return Unusable(str(refused))
    rows = [] if task.variants is None else _rows(task.variants, task.sample)
    if isinstance(rows, Unusable):
        return rows
    try:
        found = genotype(rows, calls, warnings)
    except WrongAssembly as refused:
        return Unusable(str(refused))
    return found if found.genes else Unusable(NOTHING_CALLED)


def _rows(data: bytes, sample: str | None) -> list[Row] | Unusable:
    try:
        reader = import_module(_READER)
    except ImportError:
        return Unusable(NO_READER)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        try:
            rows: list[Row] = reader.rows_in(file, sample, Places())
        except reader.NoGenome as refused:
            return Unusable(str(refused))
    return rows
