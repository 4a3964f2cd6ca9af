"""Genes, phenotypes and allele statuses as laboratories write them; what is not understood is said to be so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.treatment.facts import NO_CALL
from models.treatment.gene_terms import GENES, read_result


def read(gene: str, phenotype: str, activity: float | str | None = None) -> list[tuple[str, str]]:
    readings, doubts = read_result(gene, phenotype, activity)
    assert doubts == ()
    return [(one.gene, one.phenotype) for one in readings]


@pytest.mark.parametrize("gene", ["CYP2C19", "cyp2c19", " CYP2C19 ", "CYP 2C19", "Cyp2C19 gene", "CYP-2C19"])
def test_a_gene_is_known_in_any_case_and_with_blanks(gene: str) -> None:
    assert read(gene, "Poor Metabolizer") == [("CYP2C19", "Poor Metabolizer")]


@pytest.mark.parametrize(
    ("written", "phenotype"),
    [
        ("PM", "Poor Metabolizer"),
        ("poor metaboliser", "Poor Metabolizer"),
        ("POOR METABOLIZERS", "Poor Metabolizer"),
        ("CYP2C19 poor metabolizer", "Poor Metabolizer"),
        ("LA9657-3", "Poor Metabolizer"),
        ("http://loinc.org|LA9657-3", "Poor Metabolizer"),
        ("IM", "Intermediate Metabolizer"),
        ("LA10317-8", "Intermediate Metabolizer"),
        ("NM", "Normal Metabolizer"),
        ("EM", "Normal Metabolizer"),
        ("Extensive Metabolizer", "Normal Metabolizer"),
        ("LA25391-6", "Normal Metabolizer"),
        ("RM", "Rapid Metabolizer"),
        ("LA25390-8", "Rapid Metabolizer"),
        ("UM", "Ultrarapid Metabolizer"),
        ("Ultra-Rapid Metabolizer", "Ultrarapid Metabolizer"),
        ("LA10315-2", "Ultrarapid Metabolizer"),
        ("Likely Poor Metabolizer", "Likely Poor Metabolizer"),
        ("likely PM", "Likely Poor Metabolizer"),
        ("Possible Intermediate Metabolizer", "Possible Intermediate Metabolizer"),
        ("n/a", "No Result"),
        ("N/A", "No Result"),
        ("Not tested", "No Result"),
        ("LA13538-6", "No Result"),
        ("indeterminate", "Indeterminate"),
        ("no call", "No Call"),
        ("Unknown", "Unknown"),
    ],
)
def test_a_phenotype_is_known_by_its_usual_names(written: str, phenotype: str) -> None:
    assert read("CYP2C19", written) == [("CYP2C19", phenotype)]


@pytest.mark.parametrize(
    ("gene", "written", "phenotype"),
    [
        ("VKORC1", "-1639 AG", "-1639 AG"),
        ("VKORC1", "c.-1639 A/A", "-1639 AA"),
        ("VKORC1", "-1639GA", "-1639 AG"),
        ("VKORC1", "VKORC1 -1639G>A: A/A", "-1639 AA"),
        ("NAT2", "slow acetylator", "Poor Metabolizer"),
        ("NAT2", "Fast Acetylator", "Rapid Metabolizer"),
        ("NAT2", "intermediate acetylator", "Intermediate Metabolizer"),
        ("SLCO1B1", "poor", "Poor Function"),
        ("SLCO1B1", "LA25395-7", "Decreased Function"),
        ("SLCO1B1", "possible decreased function", "Possible Decreased Function"),
        ("ABCG2", "Normal Function", "Normal Function"),
        ("G6PD", "deficient", "Deficient"),
        ("G6PD", "Deficient with CNSHA", "Deficient with CNSHA"),
        ("MT-RNR1", "increased risk", "increased risk of aminoglycoside-induced hearing loss"),
        (
            "mtrnr1",
            "increased risk of aminoglycoside-induced hearing loss",
            "increased risk of aminoglycoside-induced hearing loss",
        ),
        ("RYR1", "Malignant hyperthermia susceptible", "Malignant Hyperthermia Susceptibility"),
        ("CACNA1S", "Uncertain Susceptibility", "Uncertain Susceptibility"),
        ("CFTR", "ivacaftor responsive in CF patients", "ivacaftor responsive in CF patients"),
    ],
)
def test_genes_without_metabolizers_have_their_own_words(gene: str, written: str, phenotype: str) -> None:
    assert [said for _, said in read(gene, written)] == [phenotype]


@pytest.mark.parametrize(
    ("gene", "written"),
    [
        ("HLA-B*57:01", "positive"),
        ("HLA-B*57:01", "Detected"),
        ("HLA-B*57:01", "present"),
        ("HLA-B*57:01", "LA6576-8"),
        ("HLA-B*57:01", "LA11882-0"),
        ("HLA-B*5701", "pos"),
        ("HLA-B5701", "heterozygous"),
        ("hla b*57:01", "carrier"),
        ("HLA-B*57:01:01", "positive"),
        ("HLA-B", "*57:01 positive"),
        ("HLA-B", "*5701 detected"),
        ("HLA-B", "HLA-B*57:01: present"),
        ("HLA-B", "Positive for *57:01"),
    ],
)
def test_an_allele_is_known_however_its_presence_is_written(gene: str, written: str) -> None:
    assert read(gene, written) == [("HLA-B*57:01", "positive")]


@pytest.mark.parametrize("written", ["negative", "Not detected", "absent", "LA6577-6", "LA11883-8", "non-carrier"])
def test_absence_is_never_read_as_presence(written: str) -> None:
    assert read("HLA-A*31:01", written) == [("HLA-A*31:01", "negative")]
    assert read("HLA-A", f"*31:01 {written.replace('LA6577-6', 'neg').replace('LA11883-8', 'not detected')}") == [
        ("HLA-A*31:01", "negative")
    ]


def test_a_result_on_several_alleles_says_something_of_each() -> None:
    assert read("HLA-B", "*57:01 negative; *58:01 positive, *15:02 not detected") == [
        ("HLA-B*57:01", "negative"),
        ("HLA-B*58:01", "positive"),
        ("HLA-B*15:02", "negative"),
    ]


@pytest.mark.parametrize(
    ("gene", "written", "doubt"),
    [
        ("CYP2C19", "somewhat slow", "phenotype-not-understood"),
        ("CYP2C19", "*2/*2", "phenotype-not-understood"),
        ("HLA-B", "*57:01/*08:01", "phenotype-not-understood"),
        ("HLA-B*57:01", "maybe", "phenotype-not-understood"),
        ("HLA-B", "positive", "phenotype-not-understood"),
        ("VKORC1", "-1639G>A", "phenotype-not-understood"),
        ("P450", "Poor Metabolizer", "gene-not-understood"),
        ("HLA-B locus", "positive", "gene-not-understood"),
    ],
)
def test_what_is_not_understood_is_told_and_calls_nothing(gene: str, written: str, doubt: str) -> None:
    readings, doubts = read_result(gene, written)
    assert doubts == (doubt,)
    assert all(one.phenotype in NO_CALL for one in readings if one.gene in GENES or "*" in one.gene)


@pytest.mark.parametrize(
    ("score", "phenotype"),
    [
        (0, "Poor Metabolizer"),
        (0.5, "Poor Metabolizer"),
        (1.0, "Intermediate Metabolizer"),
        (1.5, "Intermediate Metabolizer"),
        (2.0, "Normal Metabolizer"),
        (2.5, "No Result"),
        ("≥1.0", "No Result"),
        (None, "No Result"),
    ],
)
def test_an_activity_score_of_dpyd_speaks_where_no_phenotype_does(score: float | str | None, phenotype: str) -> None:
    assert read("DPYD", "n/a", score) == [("DPYD", phenotype)]
    assert read("CYP2D6", "n/a", score) == [("CYP2D6", "No Result")]


@given(st.text(max_size=128), st.text(max_size=128))
def test_any_text_is_read_without_an_error_and_reading_it_again_changes_nothing(gene: str, phenotype: str) -> None:
    readings, doubts = read_result(gene, phenotype)
    assert readings or doubts
    for one in readings:
        again, _ = read_result(one.gene, one.phenotype)
        assert [(two.gene, two.phenotype) for two in again] == [(one.gene, one.phenotype)]
