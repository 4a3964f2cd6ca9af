"""`wardwatch genotype`: from a file to what is said of each gene, or to one sentence why not."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pysam
import pytest

from models.genotype.definitions import TABLES
from models.genotype.rows import Row
from stream.cli import main
from tests.builders.genomes import LENGTHS_37, changed, rows_of, vcf, write_vcf

ROWS = rows_of("CYP2C19", "*1", "*2")
Genotyped = Callable[..., dict[str, Any]]
SHARED = Path(__file__).parents[4] / "shared"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["genotype", *map(str, arguments)])
    return int(ended.value.code or 0)


@pytest.fixture
def as_json(capsys: pytest.CaptureFixture[str]) -> Genotyped:
    def genotyped(*arguments: object) -> dict[str, Any]:
        assert run(*arguments, "--json") == 0
        said: dict[str, Any] = json.loads(capsys.readouterr().out)
        return said

    return genotyped


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert run(*arguments) == 1
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("name", ["one.vcf", "one.vcf.gz"])
@pytest.mark.parametrize("prefix", ["chr", ""])
def test_a_file_is_read_plain_or_compressed_with_or_without_chr(
    tmp_path: Path, as_json: Genotyped, name: str, prefix: str
) -> None:
    gene = as_json(write_vcf(tmp_path / name, vcf(ROWS, prefix=prefix)))["genes"]["CYP2C19"]
    assert gene["diplotypes"] == ["*1/*2"]
    assert gene["phenotype"] == "Intermediate Metabolizer"
    assert gene["activity_score"] is None
    assert gene["phased"] is False
    assert gene["missing_positions"] == gene["not_excluded"] == []
    assert gene["coverage"] == {"called": 35, "defined": 35, "complete": True}


@pytest.mark.parametrize("lengths", [None, {}])
def test_an_indexed_file_says_the_same(tmp_path: Path, as_json: Genotyped, lengths: dict[str, int] | None) -> None:
    rows = [*rows_of("DPYD", "Reference", "c.2846A>T"), *ROWS]
    file = write_vcf(tmp_path / "one.vcf", vcf(rows, lengths=lengths))
    plain = as_json(file)
    indexed = Path(pysam.tabix_index(str(file), preset="vcf", keep_original=True))
    assert indexed.with_name(f"{indexed.name}.tbi").is_file()
    assert as_json(indexed) == plain
    assert plain["genes"]["DPYD"]["activity_score"] == 1.5


def test_phase_sets_haploid_calls_filters_and_qualities_come_through_the_file(
    tmp_path: Path, as_json: Genotyped
) -> None:
    rows = [
        *rows_of("TPMT", "*1", "*3A", phase_set="12"),
        *rows_of("G6PD", "A- 202A_376G"),
        *changed(rows_of("CYP3A5", "*1", "*1"), "rs776746", passed=False),
        *changed(rows_of("VKORC1", *["rs9923231 variant (T)"] * 2), "rs9923231", quality=7),
    ]
    genes = as_json(write_vcf(tmp_path / "one.vcf", vcf(rows)))["genes"]
    assert genes["TPMT"]["diplotypes"] == ["*1/*3A"]
    assert genes["TPMT"]["phased"] is True
    assert genes["G6PD"]["diplotypes"] == ["A- 202A_376G"]
    assert genes["CYP3A5"]["not_excluded"] == ["*3"]
    assert "did not pass" in genes["CYP3A5"]["warnings"][-1]
    assert "GQ below 20" in genes["VKORC1"]["warnings"][0]


def test_a_filter_of_the_sample_and_the_quality_of_a_reference_call_count(tmp_path: Path, as_json: Genotyped) -> None:
    more = (
        '##FORMAT=<ID=FT,Number=1,Type=String,Description="f">\n##FORMAT=<ID=RGQ,Number=1,Type=Integer,Description="q">'
    )
    text = vcf(rows_of("CYP3A5", "*1", "*3") + rows_of("VKORC1", *["rs9923231 reference (C)"] * 2))
    text = text.replace("#CHROM", f"{more}\n#CHROM").replace("GT\t0/1", "GT:FT\t0/1:LowQual")
    lines = [
        line.replace("GT\t0/0", "GT:RGQ\t0/0:0") if "rs9923231" in line else line
        for line in text.splitlines(keepends=True)
    ]
    said = as_json(write_vcf(tmp_path / "one.vcf", "".join(lines)))
    assert said["genes"]["CYP3A5"]["missing_positions"] == ["rs776746"]
    assert "VKORC1" in said["not_covered"]


def test_a_gvcf_covers_what_its_blocks_cover(tmp_path: Path, as_json: Genotyped) -> None:
    usual = replace(next(row for row in ROWS if row.rsid == "rs3758581"), alts=("G", "<NON_REF>"))
    blocks = [
        Row("chr10", 94761000, None, "A", ("<NON_REF>",), (0, 0), end=94842865, quality=60, depth=30),
        usual,
        Row("chr10", 94842867, None, "A", ("<NON_REF>",), (0, 0), end=94852800, quality=60, depth=30),
        Row("chr10", 94852801, None, "A", ("<NON_REF>",), (0, 0), end=94853000, quality=0, depth=0),
    ]
    gene = as_json(write_vcf(tmp_path / "one.g.vcf", vcf(blocks)))["genes"]["CYP2C19"]
    assert gene["diplotypes"] == ["*1/*1"]
    assert gene["missing_positions"] == ["rs55640102"]
    assert gene["not_excluded"] == ["*12"]


def test_calls_from_outside_stand_beside_the_file_or_alone(tmp_path: Path, as_json: Genotyped) -> None:
    table = tmp_path / "outside.tsv"
    table.write_text("CYP2D6\t*4/*4\nHLA-B\t*57:01/*07:02\n", encoding="utf-8")
    both = as_json(write_vcf(tmp_path / "one.vcf", vcf(ROWS)), "--outside", table)
    assert set(both["genes"]) == {"CYP2C19", "CYP2D6", "HLA-B"}
    assert both["genes"]["CYP2D6"]["activity_score"] == 0.0
    assert both["genes"]["HLA-B"]["phenotype"] == ["*15:02 negative", "*57:01 positive", "*58:01 negative"]
    assert any(one["genes"] == ["CYP2C19", "CYP2D6"] and one["complete"] for one in both["combinations"])
    assert set(as_json("--outside", table)["genes"]) == {"CYP2D6", "HLA-B"}


@pytest.mark.parametrize("name", ["regions.bed", "regions.bed.gz"])
def test_regions_of_the_caller_count_beside_a_file_of_variants_alone(
    tmp_path: Path, as_json: Genotyped, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = write_vcf(tmp_path / "one.vcf", vcf([row for row in ROWS if any(row.genotype)]))
    regions = write_vcf(tmp_path / name, "chr10\t94760000\t94860000\n")  # a text, compressed where its name ends so
    assert as_json(file)["genes"]["CYP2C19"]["coverage"]["complete"] is False
    gene = as_json(file, "--covered", regions)["genes"]["CYP2C19"]
    assert (gene["phenotype"], gene["coverage"]["complete"]) == ("Intermediate Metabolizer", True)
    assert "by the regions that were given" in gene["warnings"][0]
    (tmp_path / "broken.bed").write_text("chr10\n")
    assert refused(capsys, "--outside", regions, "--covered", regions).endswith("regions say nothing without a VCF")
    assert "line 1 of the regions" in refused(capsys, file, "--covered", tmp_path / "broken.bed")


def test_a_file_with_several_samples_asks_for_one(
    tmp_path: Path, as_json: Genotyped, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_vcf(tmp_path / "two.vcf", vcf(ROWS, samples=("FIRST", "SECOND")))
    said = refused(capsys, file)
    assert "holds 2 samples: choose one with --sample" in said
    assert "FIRST" not in said  # it may name a person
    assert as_json(file, "--sample", "SECOND")["genes"]["CYP2C19"]["diplotypes"] == ["*1/*2"]
    assert as_json(file, "--sample", "1")["genes"]["CYP2C19"]["diplotypes"] == ["*1/*2"]
    assert "no such sample" in refused(capsys, file, "--sample", "THIRD")


def test_grch37_is_refused_with_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    by_length = write_vcf(tmp_path / "length.vcf", vcf(ROWS, lengths=LENGTHS_37, reference="unknown"))
    assert "that is GRCh37, and GRCh38 is needed" in refused(capsys, by_length)
    by_name = write_vcf(tmp_path / "name.vcf", vcf(ROWS, lengths={}, reference="hg19.fa"))
    assert "names hg19 as the reference" in refused(capsys, by_name)
    moved = [replace(row, position=row.position + 1_759_757) for row in ROWS]
    by_rows = write_vcf(tmp_path / "rows.vcf", vcf(moved, lengths={}, reference="unknown"))
    assert "known variants lie elsewhere than on GRCh38" in refused(capsys, by_rows)


def test_what_cannot_be_used_is_refused_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = write_vcf(tmp_path / "empty.vcf", "")
    assert refused(capsys, empty) == "empty.vcf is no VCF that can be read"
    text = write_vcf(tmp_path / "text.vcf", "not a VCF\n")
    assert refused(capsys, text) == "text.vcf is no VCF that can be read"
    assert "there is no such file" in refused(capsys, tmp_path / "absent.vcf")
    assert "give a VCF" in refused(capsys)
    without = write_vcf(tmp_path / "without.vcf", vcf(ROWS, samples=()).replace("\tFORMAT\n", "\n", 1))
    assert "it has no sample" in refused(capsys, without) or "no VCF" in refused(capsys, without)
    elsewhere = write_vcf(tmp_path / "elsewhere.vcf", vcf([Row("chr1", 5, None, "A", ("C",), (0, 1))]))
    assert "no position that names an allele was called" in refused(capsys, elsewhere)
    table = tmp_path / "outside.tsv"
    table.write_text("CYP2D6 *4/*4\n", encoding="utf-8")
    assert "has no tab" in refused(capsys, "--outside", table)
    table.write_bytes(b"CYP2D6\t\xff\n")
    assert "no text in UTF-8" in refused(capsys, "--outside", table)


def test_the_table_for_people_tells_what_was_not_determined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = rows_of("CYP2C19", "*1", "*1", without=["rs4244285", "rs12769205"]) + rows_of("TPMT", "*1", "*3A")
    assert run(write_vcf(tmp_path / "one.vcf", vcf(rows))) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "not determined" in said
    assert "what could not be excluded (*2" in said
    assert "*1/*3A or *3B/*3C" in said
    assert "not for clinical use" in said


def test_the_shipped_tables_are_what_the_command_makes_of_the_data(tmp_path: Path) -> None:
    data = SHARED / "data" / "genomes"
    if not data.is_dir():
        pytest.skip("CPIC's data are not beside the project")
    with pytest.raises(SystemExit):
        main(["genotype-tables", "build", "--from", str(data), "--to", str(tmp_path)])
    made = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_text(encoding="utf-8") for path in TABLES.glob("*.json")}


def test_tables_are_not_made_of_other_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["genotype-tables", "build", "--from", str(tmp_path)])
    assert ended.value.code == 1
    assert os.fspath(tmp_path) in "".join(capsys.readouterr().err.split())
