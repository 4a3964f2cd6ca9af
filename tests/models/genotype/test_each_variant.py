"""DPYD and RYR1: the variant of lowest function on each copy decides."""

import pytest

from models.genotype.genotype import genotype
from models.genotype.result import GeneResult
from tests.builders.genomes import changed, rows_of

HAPB3 = "c.1129-5923C>G, c.1236G>A (HapB3)"
CAUSE, TAG = "rs75017182", "rs56038477"


def dpyd(*alleles: str, phase_set: str | None = None) -> GeneResult:
    return genotype(rows_of("DPYD", *alleles, phase_set=phase_set)).genes["DPYD"]


def test_one_variant_beside_the_reference() -> None:
    result = dpyd("Reference", "c.2846A>T")
    assert [one.diplotype for one in result.readings] == ["c.2846A>T (heterozygous)"]
    assert (result.phenotype, result.activity_score) == ("Intermediate Metabolizer", 1.5)


def test_unphased_variants_count_as_on_different_copies_and_the_other_reading_is_told() -> None:
    result = dpyd("c.1905+1G>A (*2A)", "c.2846A>T")
    assert [one.diplotype for one in result.readings] == [
        "c.1905+1G>A (*2A)/c.2846A>T",
        "c.1905+1G>A (*2A) (heterozygous)",
    ]
    assert [one.activity_score for one in result.readings] == [0.5, 1.0]
    assert (result.phenotype, result.activity_score) == ("Poor Metabolizer", 0.5)
    assert result.phenotypes == ("Poor Metabolizer", "Intermediate Metabolizer")


def test_phased_variants_lie_where_they_are() -> None:
    result = dpyd("c.1905+1G>A (*2A)", "c.2846A>T", phase_set="")
    assert [one.activity_score for one in result.readings] == [0.5]
    rows = changed(rows_of("DPYD", "Reference", "c.1905+1G>A (*2A)", phase_set=""), "rs67376798", genotype=(0, 1))
    in_cis = genotype(rows).genes["DPYD"]
    assert [one.activity_score for one in in_cis.readings] == [1.0]


def test_variants_of_normal_function_give_one_reading() -> None:
    result = dpyd("c.85T>C (*9A)", "c.1601G>A (*4)")
    assert [one.diplotype for one in result.readings] == ["c.85T>C (*9A)/c.1601G>A (*4)"]
    assert (result.phenotype, result.activity_score) == ("Normal Metabolizer", 2.0)


@pytest.mark.parametrize(
    ("tag", "cause", "diplotype", "score"),
    [
        ((0, 1), (0, 1), f"{HAPB3} (heterozygous)", 1.5),
        ((1, 1), (1, 1), f"{HAPB3}/{HAPB3}", 1.0),
        ((0, 0), (0, 1), "c.1129-5923C>G (heterozygous)", 1.5),
        ((0, 1), (None, None), f"{HAPB3} (heterozygous)", 1.5),
        ((None, None), (0, 1), f"{HAPB3} (heterozygous)", 1.5),
        ((0, 1), (0, 0), "Reference/Reference", 2.0),
    ],
)
def test_hapb3_is_told_by_its_cause_and_by_its_tag_where_that_was_not_called(
    tag: tuple[int | None, ...], cause: tuple[int | None, ...], diplotype: str, score: float
) -> None:
    rows = changed(changed(rows_of("DPYD", "Reference", "Reference"), TAG, genotype=tag), CAUSE, genotype=cause)
    result = genotype(rows).genes["DPYD"]
    assert (result.readings[0].diplotype, result.readings[0].activity_score) == (diplotype, score)


def test_four_positions_leave_most_of_dpyd_open() -> None:
    four = {"rs67376798", "rs3918290", "rs55886062", "rs75017182"}
    rows = [row for row in rows_of("DPYD", "Reference", "Reference") if row.rsid in four]
    result = genotype(rows).genes["DPYD"]
    assert result.phenotype is None
    assert result.activity_score is None
    assert {"c.557A>G", "c.868A>G", "c.2279C>T"} <= set(result.not_excluded)
    assert not {"c.2846A>T", "c.1905+1G>A (*2A)", HAPB3} & set(result.not_excluded)


def test_a_base_that_no_allele_has_leaves_its_position_open() -> None:
    rows = changed(rows_of("DPYD", "Reference", "Reference"), "rs67376798", alts=("G",), genotype=(0, 1))
    result = genotype(rows).genes["DPYD"]
    assert result.phenotype is None
    assert result.not_excluded == ("c.2846A>T",)
    assert result.variants == ("rs67376798 T/G",)
    assert "rs67376798: a base was called that no allele has" in result.warnings


def test_one_variant_of_ryr1_is_enough() -> None:
    found = genotype(rows_of("RYR1", "Reference", "c.1840C>T") + rows_of("CACNA1S", "Reference", "Reference"))
    assert found.genes["RYR1"].readings[0].diplotype == "c.1840C>T (heterozygous)"
    assert found.genes["RYR1"].phenotype == "Malignant Hyperthermia Susceptibility"
    assert found.genes["CACNA1S"].phenotype == "Uncertain Susceptibility"


def test_no_variant_of_ryr1_rules_nothing_out() -> None:
    assert genotype(rows_of("RYR1", "Reference", "Reference")).genes["RYR1"].phenotype == "Uncertain Susceptibility"
    assert genotype(rows_of("RYR1", "Reference", "c.1598G>A")).genes["RYR1"].phenotype == "Uncertain Susceptibility"
