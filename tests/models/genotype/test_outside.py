"""Calls of another method: CYP2D6, HLA, MT-RNR1, and what a laboratory writes."""

import pytest

from models.genotype.genotype import genotype
from models.genotype.outside import OutsideRefusal, outside
from tests.builders.genomes import rows_of


def test_a_diplotype_of_cyp2d6_is_scored() -> None:
    results, warnings = outside(["CYP2D6\t*41/*10"])
    result = results["CYP2D6"]
    assert (result.readings[0].diplotype, result.phenotype, result.activity_score) == (
        "*10/*41",
        "Intermediate Metabolizer",
        0.5,
    )
    assert result.source == "outside"
    assert warnings == []


@pytest.mark.parametrize("written", ["*57:01/*07:02", "*07:02:01:01/*57:01:01", "HLA-B*57:01/HLA-B*07:02", "5701/0702"])
def test_hla_alleles_are_told_as_a_set_of_statuses(written: str) -> None:
    result = outside([f"HLA-B\t{written}"])[0]["HLA-B"]
    assert result.phenotype == ("*15:02 negative", "*57:01 positive", "*58:01 negative")
    assert result.readings[0].diplotype == "*07:02/*57:01"


def test_one_typed_allele_rules_nothing_out() -> None:
    assert outside(["HLA-B\t*57:01"])[0]["HLA-B"].phenotype == ("*57:01 positive",)
    assert outside(["HLA-B\t*07:02"])[0]["HLA-B"].phenotype is None


@pytest.mark.parametrize(
    "line", ["HLA-B\t*57:01 positive", "HLA-B*57:01\tpositive", "HLA-B*57:01\tdetected", "hla-b*57:01\tPositive"]
)
def test_a_status_of_one_allele_is_told(line: str) -> None:
    assert outside([line])[0]["HLA-B"].phenotype == ("*57:01 positive",)


def test_a_variant_of_the_mitochondria_has_a_risk() -> None:
    result = outside(["MT-RNR1\tm.1555A>G"])[0]["MT-RNR1"]
    assert result.phenotype == "increased risk of aminoglycoside-induced hearing loss"


def test_a_gene_that_a_vcf_tells_as_well_is_looked_up() -> None:
    result = outside(["CYP2C19\t*2/*1"])[0]["CYP2C19"]
    assert (result.readings[0].diplotype, result.phenotype) == ("*1/*2", "Intermediate Metabolizer")
    assert outside(["CYP2C19\t*1/*36"])[0]["CYP2C19"].phenotype == "Intermediate Metabolizer"  # a deleted gene


def test_the_words_of_the_laboratory_stand_before_ours() -> None:
    result = outside(["CYP2D6\t*1/*4\tIntermediate Metabolizer (lab)\t0"])[0]["CYP2D6"]
    assert (result.phenotype, result.activity_score) == ("Intermediate Metabolizer (lab)", 0.0)
    assert outside(["CYP2D6\t\tPoor Metabolizer"])[0]["CYP2D6"].phenotype == "Poor Metabolizer"


@pytest.mark.parametrize("line", ["G6PD\t\tNot available", "CYP2D6\tNo Call", "CYP2D6\t"])
def test_what_was_not_determined_is_told_and_is_no_result(line: str) -> None:
    results, warnings = outside([line])
    assert results == {}
    assert "was not determined" in warnings[0]


def test_remarks_headings_and_blank_lines_are_passed_over() -> None:
    results, warnings = outside(["# made by hand\n", "\n", "Gene\tDiplotype\n", "CYP2D6\t*1/*1\r\n"])
    assert list(results) == ["CYP2D6"]
    assert warnings == []


def test_a_gene_without_a_table_is_told() -> None:
    results, warnings = outside(["BRCA1\t*1/*1"])
    assert results == {}
    assert "no table of this gene" in warnings[0]


def test_lines_that_contradict_each_other_determine_nothing() -> None:
    result = outside(["CYP2D6\t*1/*1", "CYP2D6\t*4/*4"])[0]["CYP2D6"]
    assert result.phenotype is None
    assert [one.diplotype for one in result.readings] == ["*1/*1", "*4/*4"]
    assert "contradict" in result.warnings[0]


@pytest.mark.parametrize(
    "lines",
    [["HLA-B*57:01\tpositive", "HLA-B*58:01\tnegative"], ["HLA-B\t*57:01 positive; *58:01 negative"]],
)
def test_statuses_of_two_alleles_of_a_gene_are_two_results(lines: list[str]) -> None:
    result = outside(lines)[0]["HLA-B"]
    assert result.phenotype == ("*57:01 positive", "*58:01 negative")
    assert result.warnings == ()


def test_an_allele_that_stands_both_ways_determines_nothing() -> None:
    result = outside(["HLA-B\t*57:01 positive", "HLA-B\t*57:01 negative"])[0]["HLA-B"]
    assert result.phenotype is None
    assert "contradict" in result.warnings[0]


@pytest.mark.parametrize("written", ["CYP2D6*1/CYP2D6*4", "(*1/*4)", "*4|*1", "1/4"])
def test_a_diplotype_is_understood_as_programs_write_it(written: str) -> None:
    result = outside([f"CYP2D6\t{written}"])[0]["CYP2D6"]
    assert (result.readings[0].diplotype, result.activity_score) == ("*1/*4", 1.0)


def test_diplotypes_that_a_program_could_not_tell_apart_are_all_told() -> None:
    result = outside(["CYP2D6\t*1/*4;*4/*10"])[0]["CYP2D6"]
    assert [one.diplotype for one in result.readings] == ["*1/*4", "*4/*10"]
    assert (result.phenotype, result.activity_score) == ("Intermediate Metabolizer", None)
    assert outside(["CYP2D6\t*1/*1;*4/*10"])[0]["CYP2D6"].phenotype is None


@pytest.mark.parametrize(
    ("line", "phenotype"),
    [
        ("CYP2D6\t\t\t1.25", "Normal Metabolizer"),
        ("CYP2D6\t\t\t0", "Poor Metabolizer"),
        ("CYP2C9\t\t\t1.0", "Intermediate Metabolizer"),
        ("DPYD\t\t\t0.5", "Poor Metabolizer"),
    ],
)
def test_an_activity_score_alone_has_a_phenotype(line: str, phenotype: str) -> None:
    (result,) = outside([line])[0].values()
    assert result.phenotype == phenotype


def test_an_allele_of_no_known_function_is_told() -> None:
    result = outside(["CYP2D6\t*1/*999"])[0]["CYP2D6"]
    assert result.phenotype == "Indeterminate"
    assert "has not assigned a function" in result.warnings[0]


def test_a_line_without_a_tab_is_refused() -> None:
    with pytest.raises(OutsideRefusal, match="line 1 of the outside calls has no tab"):
        outside(["CYP2D6 *1/*1"])


def test_a_diplotype_that_is_in_no_table_has_no_phenotype() -> None:
    result = outside(["CYP2C19\t*1/*999"])[0]["CYP2C19"]
    assert result.phenotype is None
    assert "no phenotype is known" in result.warnings[0]


def test_a_call_from_outside_stands_before_the_rows_and_a_contradiction_is_told() -> None:
    calls, _ = outside(["CYP2C19\t*2/*2"])
    found = genotype(rows_of("CYP2C19", "*1", "*1"), calls)
    assert found.genes["CYP2C19"].phenotype == "Poor Metabolizer"
    assert found.warnings == ("CYP2C19: the call from outside stands; the VCF says *1/*1",)
