"""The genotype of a genome by reference: fetched within limits, read in a process beside the loop."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import structlog

from models.genotype.records import results_of
from models.genotype.result import Genotype
from schemas.dead_letters import Stage
from schemas.genomes import FileReference, GenomeReady
from schemas.therapy import GenomicResult
from stream.access.credentials import credentials
from stream.check.fetch import FetchFailed, FetchRules, fetch, http_client
from stream.check.reading_process import Reader, ReadFailed
from stream.check.sandbox import look_at_the_sandbox
from stream.check.verdict import Refusal
from stream.genomes.reading import GENOMES, Task, Unusable
from stream.settings import Settings

log = structlog.get_logger()

Fetch = Callable[[FileReference], Awaitable[bytes | Refusal]]
"""Port to where genomes lie. Raises FetchFailed."""
Read = Callable[[Sequence[Task]], Awaitable[list[Genotype | Unusable] | Refusal]]
"""Port to the sandboxed process. Raises ReadFailed."""
_SENTENCES: Final = {
    "place": "the reference points outside the places that genomes may come from",
    "missing": "there is no file at the reference",
    "large-file": "the file is larger than is accepted",
    "checksum": "the file is not the announced one: its SHA-256 differs",
    "time": "the genome could not be read in time",
    "crash": "the process that read the genome ended over it, for want of memory or a broken file",
    "memory": "the genome could not be read in the memory that one may take",
}


class GenomeFailed(Exception):  # noqa: N818 it says what failed
    """The genome could not be fetched or read, through no fault of its own: retry, then send a dead letter."""

    def __init__(self, sentence: str, stage: Stage) -> None:
        super().__init__(sentence)
        self.stage = stage


@dataclass(frozen=True)
class NotUsed:
    """Why nothing follows from a genome."""

    stage: Stage
    sentence: str


@dataclass
class Genotyper:
    """Reads genomes, one at a time: a file may take a good part of the memory that a worker has."""

    fetch: Fetch
    read: Read
    _one: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def results(self, ready: GenomeReady) -> tuple[GenomicResult, ...] | NotUsed:
        """Return what a genome says of each gene, or why it is not used. Raises GenomeFailed, and may be retried."""
        started = time.monotonic()
        async with self._one:
            found = await self._genotype(ready)
        if isinstance(found, NotUsed):
            return found
        results = results_of(found, ready)
        log.info(
            "genome read",
            results=len(results),
            left_open=[name for name, gene in sorted(found.genes.items()) if gene.phenotype is None],
            warnings=len(found.warnings),
            seconds=round(time.monotonic() - started, 3),
        )
        return results

    async def _genotype(self, ready: GenomeReady) -> Genotype | NotUsed:
        try:
            files = [await self._file(one) for one in (ready.variants, ready.calls, ready.covered)]
        except FetchFailed as failed:
            raise GenomeFailed(str(failed), "fetch") from failed
        refused = next((one for one in files if isinstance(one, Refusal)), None)
        if refused is not None:
            return NotUsed("fetch", _SENTENCES.get(refused.reason, refused.sentence))
        variants, calls, covered = (None if isinstance(one, Refusal) else one for one in files)
        try:
            read = await self.read([Task(variants, ready.sample, calls, covered)])
        except ReadFailed as failed:
            message = "no process to read genomes in can be started, or it failed"
            raise GenomeFailed(message, "inference") from failed
        if isinstance(read, Refusal):
            return NotUsed("inference", _SENTENCES.get(read.reason, read.sentence))
        (found,) = read
        return NotUsed("validate", found.sentence) if isinstance(found, Unusable) else found

    async def _file(self, reference: FileReference | None) -> bytes | Refusal | None:
        return None if reference is None else await self.fetch(reference)


@asynccontextmanager
async def genotyper(settings: Settings) -> AsyncIterator[Genotyper]:
    """Open a genotyper; half of a genome's time is for the download. Its process starts with the first genome."""
    half_s = settings.genome_timeout_s / 2
    rules = FetchRules(
        settings.genome_roots,
        settings.genome_hosts,
        settings.genome_max_bytes,
        half_s,
        credentials=credentials(settings.image_credentials),
    )
    look_at_the_sandbox(settings)
    reader = Reader(replace(GENOMES, confine=settings.image_sandbox != "off"), timeout_s=half_s)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(http_client())
        stack.push_async_exit(reader)
        yield Genotyper(partial(fetch, rules=rules, client=client), reader.read)
