"""A genome by reference: fetched under limits, read in a process of its own, refused with the reason."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from models.genotype.result import Genotype
from schemas.examples import EXAMPLES
from schemas.genomes import FileReference, GenomeReady
from schemas.therapy import GenomicResult
from stream.check.fetch import FetchFailed
from stream.check.reading_process import SLOW, ReadFailed
from stream.check.verdict import Refusal
from stream.genomes import reading
from stream.genomes.genotyper import GenomeFailed, Genotyper, NotUsed, genotyper
from stream.genomes.reading import NO_READER, NOTHING_CALLED, Task, Unusable, read_genomes
from stream.settings import Settings
from tests.builders.genomes import LENGTHS_37, rows_of, vcf, write_vcf

ROWS = rows_of("CYP2C19", "*2", "*2")
POOR = "Poor Metabolizer"


def ready(**fields: Any) -> GenomeReady:
    plain = {name: EXAMPLES["genomes-ready"][0][name] for name in ("patient", "time", "genome")}
    return GenomeReady.model_validate(plain | fields)


def at(file: Path, **more: str) -> dict[str, str]:
    return {"url": file.as_uri()} | more


def read(variants: str | bytes | None, calls: bytes | None = None, sample: str | None = None) -> Genotype | Unusable:
    data = variants.encode() if isinstance(variants, str) else variants
    (found,) = read_genomes([Task(data, sample, calls)])
    return found


def why_not(*task: Any) -> str:
    found = read(*task)
    assert isinstance(found, Unusable)
    return found.sentence


async def test_a_genome_below_a_root_is_read_in_a_process_and_what_lies_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    file = write_vcf(tmp_path / "in" / "one.vcf.gz", vcf(ROWS))
    table = tmp_path / "in" / "calls.tsv"
    table.write_text("CYP2D6\t*4/*4\n")
    elsewhere = write_vcf(tmp_path / "two.vcf", vcf(ROWS))
    limits = {"genome_roots": (tmp_path / "in",), "genome_max_bytes": file.stat().st_size}
    async with genotyper(Settings(**limits)) as genomes:  # type: ignore[arg-type]  # by name
        results = await genomes.results(ready(variants=at(file), calls=at(table)))
        assert not isinstance(results, NotUsed)
        assert [(one.gene, one.phenotype) for one in results] == [("CYP2C19", POOR), ("CYP2D6", POOR)]
        for reference, sentence in (
            (at(elsewhere), "the reference points outside the places that genomes may come from"),
            (at(tmp_path / "in" / "none.vcf"), "there is no file at the reference"),
            (at(file, sha256="0" * 64), "the file is not the announced one: its SHA-256 differs"),
            (at(write_vcf(tmp_path / "in" / "large.vcf", vcf(ROWS))), "the file is larger than is accepted"),
        ):
            assert await genomes.results(ready(variants=reference)) == NotUsed("fetch", sentence)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_genome_is_read_plain_or_compressed(pack: Any) -> None:  # noqa: ANN401 - a function of bytes
    found = read(pack(vcf(ROWS).encode()))
    assert isinstance(found, Genotype)
    assert found.genes["CYP2C19"].phenotype == POOR


def test_grch37_is_refused_with_the_reason() -> None:
    assert "that is GRCh37, and GRCh38 is needed" in why_not(vcf(ROWS, lengths=LENGTHS_37))


def test_what_cannot_be_used_says_why_and_nothing_of_what_is_in_it() -> None:
    whole = gzip.compress(vcf(ROWS * 2000).encode(), 1)
    assert why_not(b"Jane Doe") == "the file is no VCF that can be read"
    assert why_not(whole[: len(whole) // 2]) == "the file is no VCF that can be read"
    short = "\n".join(line.rsplit("\t", 2)[0] if "rs4244285" in line else line for line in vcf(ROWS).splitlines())
    assert why_not(f"{short}\n") == "the file is no VCF that can be read"
    assert why_not(vcf([])) == NOTHING_CALLED
    assert why_not(vcf(ROWS, samples=("Jane", "Joan"))) == (
        "the file holds 2 samples: choose one with --sample, by its name or its number"
    )
    assert "no such sample" in why_not(vcf(ROWS), None, "Jane Doe")
    assert why_not(None, b"CYP2D6 *4/*4") == "line 1 of the outside calls has no tab between gene and diplotype"
    assert why_not(None, b"\xff\xfe") == "the table of calls is no text in UTF-8"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_regions_of_the_caller_count_beside_its_rows(pack: Any) -> None:  # noqa: ANN401 - a function of bytes
    variants = vcf([row for row in rows_of("CYP2C19", "*1", "*2") if any(row.genotype)]).encode()
    (open_one,) = read_genomes([Task(variants, None, None)])
    (whole,) = read_genomes([Task(variants, None, None, pack(b"chr10\t94760000\t94860000\n"))])
    assert isinstance(open_one, Genotype)
    assert isinstance(whole, Genotype)
    assert open_one.genes["CYP2C19"].missing_positions
    assert whole.genes["CYP2C19"].missing_positions == ()
    for table, sentence in (
        (b"chr10 5", "line 1 of the regions has no chromosome, start and end"),
        (b"\xff", "the table of regions is no text in UTF-8"),
        (b"\x1f\x8b1", "the table of regions is no gzip file that can be read"),
    ):
        (refused,) = read_genomes([Task(variants, None, None, table)])
        assert refused == Unusable(sentence)


def test_one_sample_of_several_is_read_by_its_name_or_number() -> None:
    for sample in ("Joan", "2"):
        assert isinstance(read(vcf(ROWS, samples=("Jane", "Joan")), None, sample), Genotype)


def test_without_htslib_calls_are_read_and_a_vcf_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_READER", "no.such.module")
    assert why_not(vcf(ROWS)) == NO_READER
    assert isinstance(read(None, b"CYP2D6\t*4/*4"), Genotype)


async def results_with(
    fetched: bytes | Refusal | Exception, found: list[Genotype | Unusable] | Refusal | Exception
) -> tuple[GenomicResult, ...] | NotUsed:
    async def fetch(_reference: FileReference) -> bytes | Refusal:
        if isinstance(fetched, Exception):
            raise fetched
        return fetched

    async def answer(_tasks: Sequence[Task]) -> list[Genotype | Unusable] | Refusal:
        if isinstance(found, Exception):
            raise found
        return found

    return await Genotyper(fetch, answer).results(ready(variants={"url": "https://sequencing.example/1.vcf"}))


async def test_what_failed_through_no_fault_of_the_genome_may_be_tried_again() -> None:
    with pytest.raises(GenomeFailed, match="could not be reached") as failed:
        await results_with(FetchFailed("the archive could not be reached"), [])
    assert failed.value.stage == "fetch"
    with pytest.raises(GenomeFailed) as failed:
        await results_with(b"", ReadFailed("the model raised KeyError"))
    assert failed.value.stage == "inference"


async def test_a_genome_that_takes_too_long_is_not_used() -> None:
    assert await results_with(b"", SLOW) == NotUsed("inference", "the genome could not be read in time")
