"""Whether a file is of GRCh38: refused where it is of another, with the reason."""

from dataclasses import replace

import pytest

from models.genotype.assembly import chromosome, wrong_by_header, wrong_by_rows
from models.genotype.genotype import WrongAssembly, genotype
from models.genotype.observed import Observed
from models.genotype.rows import Row
from tests.builders.genomes import LENGTHS_37, LENGTHS_38, changed, rows_of


@pytest.mark.parametrize(
    ("written", "name"),
    [("1", "chr1"), ("chr1", "chr1"), ("CHR1", "chr1"), ("X", "chrX"), ("23", "chrX"), ("chrx", "chrX"),
     ("NC_000010.11", "chr10"), ("NC_000023.11", "chrX"),
     ("CM000663.2", "chr1"), ("CM000672.2", "chr10"), ("CM000685.2", "chrX"), ("chrUn_1", "chrUn_1")],
)  # fmt: skip
def test_chromosomes_are_named_in_one_way(written: str, name: str) -> None:
    assert chromosome(written) == name


def test_the_lengths_of_chromosomes_tell_the_assembly() -> None:
    assert wrong_by_header(LENGTHS_38, "") is None
    assert "that is GRCh37, and GRCh38 is needed" in str(wrong_by_header(LENGTHS_37, ""))
    assert "another assembly" in str(wrong_by_header({"chr1": 248387328}, ""))
    assert wrong_by_header({"chr1": 0, "chr3": 5}, "") is None


@pytest.mark.parametrize("said", ["file:///ref/hg19.fa", "human_g1k_b37.fasta", "GRCh37.p13", "hs37d5", "T2T-CHM13v2"])
def test_the_header_names_another_reference(said: str) -> None:
    assert wrong_by_header({}, f"##reference={said}") is not None


@pytest.mark.parametrize("said", ["GRCh38", "hg38_no_alt", "hg19_lifted_to_hg38.fa", "Homo_sapiens_assembly38.fasta"])
def test_the_header_names_grch38(said: str) -> None:
    assert wrong_by_header({}, f"##reference={said}") is None


def test_known_variants_elsewhere_are_of_another_assembly() -> None:
    on_37 = [
        Row("chr10", 96541616, "rs4244285", "G", ("A",), (0, 1)),
        Row("chr10", 96521657, "rs12248560", "C", ("T",), (0, 0)),
    ]
    with pytest.raises(WrongAssembly, match="2 known variants lie elsewhere than on GRCh38"):
        genotype(on_37)


def test_one_known_variant_elsewhere_is_no_proof() -> None:
    rows = [*rows_of("CYP2C19", "*1", "*1"), Row("chr10", 96541616, "rs4244285", "G", ("A",), (0, 1))]
    assert genotype(rows).genes["CYP2C19"].phenotype == "Normal Metabolizer"


def test_many_rows_with_another_ref_are_of_another_assembly() -> None:
    places = {("chr1", number) for number in range(3)}
    assert wrong_by_rows(Observed(other_ref=places)) is not None
    assert wrong_by_rows(Observed(other_ref={("chr1", 1)})) is None


def test_one_row_with_another_ref_is_told() -> None:
    rows = changed(rows_of("CYP3A5", "*1", "*1"), "rs776746", ref="G")
    result = genotype(rows).genes["CYP3A5"]
    assert result.phenotype is None
    assert any("rs776746: have another REF than GRCh38" in warning for warning in result.warnings)


def test_variants_on_contigs_of_other_names_do_not_tell_of_another_assembly() -> None:
    rows = [replace(row, chromosome="chrten") for row in rows_of("CYP2C19", "*1", "*2")]
    assert genotype(rows).genes == {}
