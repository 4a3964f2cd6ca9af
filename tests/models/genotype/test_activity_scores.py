"""Both sides of every edge of an activity score."""

import pytest

from models.genotype.copies import phenotype_of, reading
from models.genotype.genotype import genotype
from tests.builders.genomes import rows_of


@pytest.mark.parametrize(
    ("score", "phenotype"),
    [
        (0.0, "Poor Metabolizer"),
        (0.25, "Intermediate Metabolizer"),
        (1.0, "Intermediate Metabolizer"),
        (1.25, "Normal Metabolizer"),
        (2.25, "Normal Metabolizer"),
        (2.5, "Ultrarapid Metabolizer"),
    ],
)
def test_the_ranges_of_cyp2d6(score: float, phenotype: str) -> None:
    assert phenotype_of(score) == phenotype


@pytest.mark.parametrize(
    ("alleles", "score", "phenotype"),
    [
        (("*4", "*4"), 0.0, "Poor Metabolizer"),
        (("*4", "*10"), 0.25, "Intermediate Metabolizer"),
        (("*10", "*41"), 0.5, "Intermediate Metabolizer"),
        (("*1", "*4"), 1.0, "Intermediate Metabolizer"),
        (("*1", "*9"), 1.25, "Normal Metabolizer"),
        (("*1", "*36x2+*10"), 1.25, "Normal Metabolizer"),
        (("*10", "*36x2"), 0.25, "Intermediate Metabolizer"),
        (("*2x2", "*41"), 2.25, "Normal Metabolizer"),
        (("*1x2", "*17"), 2.5, "Ultrarapid Metabolizer"),
        (("*1", "*1x≥3"), "≥4.0", "Ultrarapid Metabolizer"),
        (("*1", "*2xN"), "≥3.0", "Ultrarapid Metabolizer"),
        (("*4", "*4xN"), 0.0, "Poor Metabolizer"),
        (("*10", "*10xN"), "≥0.75", "Indeterminate"),
        (("*1.001", "*4.013"), 1.0, "Intermediate Metabolizer"),
        (("*1", "*22"), None, "Indeterminate"),
        (("*1", "*999"), None, "Indeterminate"),
        (("*1",), None, "Indeterminate"),
    ],
)
def test_copies_of_cyp2d6_add_up(alleles: tuple[str, ...], score: float | str | None, phenotype: str) -> None:
    found = reading(alleles)
    assert (found.activity_score, found.phenotype) == (score, phenotype)


@pytest.mark.parametrize(
    ("alleles", "score", "phenotype"),
    [
        (("*3", "*3"), 0.0, "Poor Metabolizer"),
        (("*2", "*3"), 0.5, "Poor Metabolizer"),
        (("*1", "*3"), 1.0, "Intermediate Metabolizer"),
        (("*2", "*2"), 1.0, "Intermediate Metabolizer"),
        (("*1", "*2"), 1.5, "Intermediate Metabolizer"),
        (("*1", "*1"), 2.0, "Normal Metabolizer"),
        (("*1", "*7"), None, "Indeterminate"),
    ],
)
def test_scores_of_cyp2c9(alleles: tuple[str, ...], score: float | None, phenotype: str) -> None:
    result = genotype(rows_of("CYP2C9", *alleles, phase_set="")).genes["CYP2C9"]
    assert (result.activity_score, result.phenotype) == (score, phenotype)


@pytest.mark.parametrize(
    ("alleles", "score", "phenotype"),
    [
        (("c.1905+1G>A (*2A)", "c.1905+1G>A (*2A)"), 0.0, "Poor Metabolizer"),
        (("c.1905+1G>A (*2A)", "c.2846A>T"), 0.5, "Poor Metabolizer"),
        (("c.2846A>T", "c.2846A>T"), 1.0, "Intermediate Metabolizer"),
        (("Reference", "c.1905+1G>A (*2A)"), 1.0, "Intermediate Metabolizer"),
        (("Reference", "c.2846A>T"), 1.5, "Intermediate Metabolizer"),
        (("Reference", "Reference"), 2.0, "Normal Metabolizer"),
    ],
)
def test_scores_of_dpyd(alleles: tuple[str, ...], score: float, phenotype: str) -> None:
    result = genotype(rows_of("DPYD", *alleles, phase_set="")).genes["DPYD"]
    assert (result.activity_score, result.phenotype) == (score, phenotype)
