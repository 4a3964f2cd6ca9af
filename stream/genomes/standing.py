"""What has been said of a patient's genomes: what an earlier record of one said alone is taken back. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from models.genotype.records import taken_back
from schemas.genomes import GenomeReady
from schemas.identity import output_id
from schemas.therapy import GenomicResult

MOST_GENOMES: Final = 20
"""Of a patient, the latest that came are remembered."""


@dataclass(frozen=True)
class Said:
    """The newest record of a genome: its time, and the genes and alleles that it spoke of."""

    time_s: float
    genes: tuple[str, ...]


def is_older(ready: GenomeReady, known: Mapping[str, Said]) -> bool:
    """Return whether a newer record of the genome has been read."""
    said = known.get(ready.genome)
    return said is not None and ready.time.timestamp() < said.time_s


def all_of(
    ready: GenomeReady, results: Sequence[GenomicResult], known: Mapping[str, Said]
) -> tuple[tuple[GenomicResult, ...], dict[str, Said]]:
    """Return the results with what they take back of the record before, and what is known afterwards."""
    genes = tuple(one.gene for one in results)
    before = known.get(ready.genome)
    gone = [gene for gene in before.genes if gene not in genes] if before is not None else []
    others = [(name, said) for name, said in known.items() if name != ready.genome]
    after = dict([*others, (ready.genome, Said(ready.time.timestamp(), genes))][-MOST_GENOMES:])
    return (*results, *taken_back(gone, ready)), after


def event_id(ready: GenomeReady, result: GenomicResult) -> UUID:
    """Return the identifier of a result's event: the same whenever the same genome is read again."""
    return output_id("genome", ready.patient, ready.genome, ready.time, result.gene)
