"""Which diplotypes explain the calls: all of them, and what was not seen is named."""

from dataclasses import replace

import pytest

from models.genotype.genotype import genotype
from models.genotype.result import GeneResult
from models.genotype.rows import Row
from tests.builders.genomes import changed, rows_of


def called(name: str, rows: list[Row]) -> GeneResult:
    return genotype(rows).genes[name]


def diplotypes(result: GeneResult) -> list[str]:
    return [one.diplotype for one in result.readings]


def test_unphased_genotypes_give_every_diplotype_that_explains_them() -> None:
    result = called("CYP2C19", rows_of("CYP2C19", "*1", "*4"))
    assert diplotypes(result) == ["*1/*4"]
    rows = changed(rows_of("CYP2C19", "*1", "*4"), "rs12248560", genotype=(0, 1))
    assert diplotypes(called("CYP2C19", rows)) == ["*1/*4", "*4/*17"]


def test_readings_of_other_phenotypes_are_all_told() -> None:
    result = called("TPMT", rows_of("TPMT", "*1", "*3A"))
    assert diplotypes(result) == ["*1/*3A", "*3B/*3C"]
    assert result.phenotypes == ("Intermediate Metabolizer", "Poor Metabolizer")
    assert any("Intermediate Metabolizer or Poor Metabolizer" in warning for warning in result.warnings)


def test_phase_decides_between_readings() -> None:
    in_cis = called("TPMT", rows_of("TPMT", "*1", "*3A", phase_set=""))
    in_trans = called("TPMT", rows_of("TPMT", "*3B", "*3C", phase_set=""))
    assert (diplotypes(in_cis), in_cis.phenotype, in_cis.phased) == (["*1/*3A"], "Intermediate Metabolizer", True)
    assert (diplotypes(in_trans), in_trans.phenotype) == (["*3B/*3C"], "Poor Metabolizer")


def test_genotypes_of_two_phase_sets_are_not_phased_together() -> None:
    rows = changed(rows_of("TPMT", "*1", "*3A", phase_set="1"), "rs1142345", phase_set="2")
    result = called("TPMT", rows)
    assert diplotypes(result) == ["*1/*3A", "*3B/*3C"]
    assert not result.phased


def test_a_missing_key_position_is_never_the_reference() -> None:
    rows = rows_of("CYP2C19", "*1", "*1", without=["rs4244285", "rs12769205"])
    result = called("CYP2C19", rows)
    assert diplotypes(result) == ["*1/*1"]
    assert result.phenotype is None
    assert set(result.not_excluded) == {"*2", "*35"}
    assert result.missing_positions == ("rs12769205", "rs4244285")
    assert result.phenotypes == ("Normal Metabolizer", "Intermediate Metabolizer", "Poor Metabolizer")


@pytest.mark.parametrize("genotype_of", [(None, None), (0, None), (None, 0)])
def test_a_position_without_a_whole_call_excludes_nothing(genotype_of: tuple[int | None, ...]) -> None:
    rows = changed(rows_of("CYP3A5", "*1", "*1"), "rs776746", genotype=genotype_of)
    result = called("CYP3A5", rows)
    assert diplotypes(result) == ["*1/*1"]
    assert result.not_excluded == ("*3",)
    assert result.phenotype is None


def test_an_allele_ruled_out_by_one_of_its_positions_is_told_where_the_other_is_missing() -> None:
    result = called("CYP2C19", rows_of("CYP2C19", "*1", "*1", without=["rs4244285"]))
    assert (result.phenotype, result.not_excluded) == ("Normal Metabolizer", ())
    assert "*2 is ruled out by its other positions alone; rs4244285: not called" in result.warnings


def test_a_missing_rare_position_is_named_and_leaves_the_phenotype() -> None:
    result = called("CYP2C19", rows_of("CYP2C19", "*1", "*2", without=["rs56337013"]))
    assert result.phenotype == "Intermediate Metabolizer"
    assert result.not_excluded == ("*5",)
    assert (result.called, result.defined) == (34, 35)


def test_a_variant_that_was_seen_is_named_though_its_companion_was_not() -> None:
    result = called("CYP2C19", rows_of("CYP2C19", "*1", "*2", without=["rs12769205"]))
    assert diplotypes(result) == ["*1/*2"]


def test_what_grch38_carries_is_not_taken_for_the_usual_allele() -> None:
    assert diplotypes(called("CYP2C19", rows_of("CYP2C19", "*38", "*38"))) == ["*38/*38"]
    result = called("CYP2C19", rows_of("CYP2C19", "*1", "*2", without=["rs3758581"]))
    assert diplotypes(result) == ["*1/*2"]
    assert "*38" in result.not_excluded


def test_an_allele_with_an_ambiguous_base_is_named_with_either() -> None:
    rows = changed(rows_of("CYP2C19", "*2", "*2"), "rs58973490", genotype=(1, 1))
    assert diplotypes(called("CYP2C19", rows)) == ["*2/*2"]


def test_an_undefined_base_gives_no_diplotype() -> None:
    rows = changed(rows_of("CYP2C19", "*1", "*1"), "rs28399504", alts=("T",), genotype=(0, 1))
    result = called("CYP2C19", rows)
    assert diplotypes(result) == []
    assert result.phenotype is None
    assert result.variants == ("rs28399504 A/T",)
    assert "no pair of defined alleles" in result.warnings[0]


def test_one_copy_of_the_x_chromosome_is_one_allele() -> None:
    result = called("G6PD", rows_of("G6PD", "A- 202A_376G"))
    assert diplotypes(result) == ["A- 202A_376G"]
    assert result.phenotype == "Deficient"


def test_one_copy_written_twice_in_part_is_still_one() -> None:
    rows = [
        replace(row, genotype=row.genotype * 2) if index % 2 else row for index, row in enumerate(rows_of("G6PD", "A"))
    ]
    assert diplotypes(called("G6PD", rows)) == ["A"]


@pytest.mark.parametrize(
    ("alleles", "phenotype"),
    [
        (("B (reference)", "A- 202A_376G"), "Variable"),
        (("A- 202A_376G", "A- 202A_376G"), "Deficient"),
        (("B (reference)", "B (reference)"), "Normal"),
        (("Aachen", "Aachen"), "Deficient with CNSHA"),
        (("Gidra", "B (reference)"), "Indeterminate"),
    ],
)
def test_two_copies_of_g6pd(alleles: tuple[str, ...], phenotype: str) -> None:
    assert called("G6PD", rows_of("G6PD", *alleles)).phenotype == phenotype


def test_several_named_alleles_on_one_copy_are_told_without_a_phenotype() -> None:
    rows = rows_of("UGT1A1", "*1", "*80+*28", phase_set="")
    rows = changed(rows, "rs4148323", genotype=(0, 1))
    result = called("UGT1A1", rows)
    assert diplotypes(result) == ["*1/[*6 + *80+*28]"]
    assert result.phenotype is None


def test_an_allele_without_an_assigned_function_is_indeterminate() -> None:
    result = called("CYP2C19", rows_of("CYP2C19", "*1", "*41"))
    assert result.phenotype == "Indeterminate"
    assert any("not assigned" in warning for warning in result.warnings)


def test_a_gene_without_any_call_is_not_covered() -> None:
    found = genotype(rows_of("CYP3A5", "*1", "*3"))
    assert set(found.genes) == {"CYP3A5"}
    assert "CYP2C19" in found.not_covered
    assert "CYP2D6" in found.not_covered


def test_a_position_of_interest_is_shown_beside_the_alleles() -> None:
    rows = [*rows_of("CYP2C9", "*1", "*2"), Row("chr10", 94645745, "rs12777823", "G", ("A",), (0, 1))]
    assert called("CYP2C9", rows).also_shown == {"rs12777823": "G/A"}
    assert called("CYP2C9", rows[:-1]).also_shown == {"rs12777823": None}


def test_the_deciding_position_of_cyp2b6_leaves_it_open_though_its_companion_was_called() -> None:
    result = called("CYP2B6", rows_of("CYP2B6", "*1", "*1", without=["rs3745274"]))
    assert result.phenotype is None
    assert "*9" in result.not_excluded
    whole = called("CYP2B6", rows_of("CYP2B6", "*1", "*1", without=["rs2279343"]))
    assert whole.phenotype == "Normal Metabolizer"
    assert "*4" in whole.not_excluded


@pytest.mark.parametrize(
    ("name", "alleles", "diplotype"),
    [
        ("G6PD", ("B (reference)", "Arakawa"), "Arakawa/B (reference)"),
        ("CYP2C19", ("*38", "*1"), "*1/*38"),
        ("DPYD", ("Reference", "c.2846A>T"), "c.2846A>T (heterozygous)"),
        ("ABCG2", ("rs2231142 variant (T)", "rs2231142 reference (G)"),
         "rs2231142 reference (G)/rs2231142 variant (T)"),
    ],
)  # fmt: skip
def test_a_diplotype_is_written_in_the_order_of_cpic(name: str, alleles: tuple[str, str], diplotype: str) -> None:
    assert genotype(rows_of(name, *alleles)).genes[name].readings[0].diplotype == diplotype


@pytest.mark.parametrize(("at", "genotype_of", "told"), [(50, (0, 1), None), (50, (0, 0), "Normal Metabolizer"),
                                                         (-90_000, (0, 1), "Normal Metabolizer")])  # fmt: skip
def test_of_a_gene_with_a_structural_variant_no_phenotype_is_told(
    at: int, genotype_of: tuple[int, int], told: str | None
) -> None:
    rows = rows_of("DPYD", "Reference", "Reference")
    start = min(row.position for row in rows) + at
    deletion = Row("chr1", start, None, "N", ("<DEL>",), genotype_of, end=start + 40)
    result = genotype([*rows, deletion]).genes["DPYD"]
    assert (result.phenotype, result.phenotypes) == (told, ("Normal Metabolizer",))
    assert (result.activity_score is None) == (told is None)
    assert ("structural variant" in " ".join(result.warnings)) == (told is None)
