"""From the files of a genome to its genotype. This is the code of a sandboxed process."""

import gzip
import os
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import IO, Final

from pydantic import TypeAdapter

from models.genotype.genotype import WrongAssembly, genotype
from models.genotype.observed import Places
from models.genotype.outside import OutsideRefusal, outside
from models.genotype.regions import Regions, RegionsRefusal
from models.genotype.result import Genotype
from models.genotype.rows import Row
from stream.check.channel import Exchange
from stream.check.reading_process import JudgeSource

GZIP: Final = b"\x1f\x8b"
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
    covered: bytes | None = None  # regions of the caller, a table in BED


@dataclass(frozen=True)
class Unusable:
    """Why a genome cannot be read, in a sentence without what is in it."""

    sentence: str


class _NotUsable(Exception):  # noqa: N818 - an expected result
    """Why a genome cannot be read."""


GENOMES: Final = JudgeSource(
    Exchange(TypeAdapter(Task), TypeAdapter(list[Genotype | Unusable]), files=("variants", "calls", "covered")),
    made_by="stream.genomes.reading:reading",
    libraries=("models.genotype.genotype",),
)
"""How a sandboxed process reads genomes."""


def reading() -> tuple[Exchange[Task, Genotype | Unusable], Callable[[Sequence[Task]], list[Genotype | Unusable]]]:
    """Return how to ask, and what reads."""
    return GENOMES.exchange, read_genomes


def read_genomes(tasks: Sequence[Task]) -> list[Genotype | Unusable]:
    """Return what is said of each genome, or why it cannot be used."""
    return [_read(task) for task in tasks]


def _read(task: Task) -> Genotype | Unusable:
    try:
        calls, warnings = outside(_text(task.calls or b"", "calls").splitlines())
        rows = [] if task.variants is None else _rows(task.variants, task.sample)
        covered = None if task.covered is None else Regions(_text(task.covered, "regions").splitlines())
        found = genotype(rows, calls, warnings, covered)
    except (_NotUsable, OutsideRefusal, RegionsRefusal, WrongAssembly) as refused:
        return Unusable(str(refused))
    return found if found.genes else Unusable(NOTHING_CALLED)


def _text(data: bytes, of: str) -> str:
    """Return the text of a table, which may be compressed."""
    try:
        return (gzip.decompress(data) if data.startswith(GZIP) else data).decode("utf-8-sig")
    except UnicodeDecodeError:
        message = f"the table of {of} is no text in UTF-8"
    except (EOFError, OSError, zlib.error):
        message = f"the table of {of} is no gzip file that can be read"
    raise _NotUsable(message)


def _unnamed_file() -> IO[bytes]:
    """A file for htslib, which reads no bytes: in memory where there is such a thing, for the sandbox has no folder."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("genome"), "w+b")
    return tempfile.TemporaryFile()


def _rows(data: bytes, sample: str | None) -> list[Row]:
    try:
        reader = import_module(_READER)
    except ImportError:
        raise _NotUsable(NO_READER) from None
    with _unnamed_file() as file:
        file.write(data)
        file.seek(0)
        try:
            rows: list[Row] = reader.rows_in(file, sample, Places())
        except reader.NoGenome as refused:
            raise _NotUsable(str(refused)) from None
    return rows
