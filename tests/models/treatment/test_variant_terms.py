"""The classes of variants, as laboratories write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.treatment.variant_terms import read_significance, read_symbol


@pytest.mark.parametrize(
    ("written", "significance"),
    [
        ("Pathogenic", "Pathogenic"),
        (" PATHOGENIC ", "Pathogenic"),
        ("LA6668-3", "Pathogenic"),
        ("ACMG class 5", "Pathogenic"),
        ("LP", "Likely pathogenic"),
        ("Class 4 (likely pathogenic)", "Likely pathogenic"),
        ("Pathogenic (ACMG class 5)", "Pathogenic"),
        ("5 - Pathogenic", "Pathogenic"),
        ("Klasse 3", "Uncertain significance"),
        ("wahrscheinlich pathogen", "Likely pathogenic"),
        ("Variante unklarer Signifikanz (Klasse 3)", "Uncertain significance"),
        ("Pathogenic(3)|Likely_pathogenic(1)", "Likely pathogenic"),
        ("Likely_pathogenic", "Likely pathogenic"),
        ("http://loinc.org|LA26332-9", "Likely pathogenic"),
        ("Pathogenic/Likely pathogenic", "Likely pathogenic"),
        ("Pathogenic; risk factor", "Pathogenic"),
        ("VUS", "Uncertain significance"),
        ("LA26333-7", "Uncertain significance"),
        ("Benign/Likely benign", "Likely benign"),
        ("LA6675-8", "Benign"),
        ("Pathogenic, low penetrance", "Low penetrance"),
        ("Likely risk allele", "Low penetrance"),
        ("Conflicting classifications of pathogenicity", "Conflicting"),
        ("Uncertain significance; Pathogenic/Likely pathogenic", "Conflicting"),
        ("Pathogenic/Pathogenic, low penetrance", "Conflicting"),
        ("drug response", "Not classified"),
        ("not provided; risk factor", "Not classified"),
    ],
)
def test_a_class_is_known_by_its_usual_names(written: str, significance: str) -> None:
    assert read_significance(written) == significance


@pytest.mark.parametrize(
    "written",
    [
        "not pathogenic",
        "patogenic",
        "5",
        "Pathogenic?/maybe",
        "",
        "/",
        "class 6",
        "Class 5 (likely pathogenic)",
        "4 pathogenic",
        "class 3 and more",
    ],
)
def test_what_is_not_understood_is_no_class(written: str) -> None:
    assert read_significance(written) is None


@given(st.text(max_size=40))
def test_any_text_is_read_without_an_error(written: str) -> None:
    read_significance(written)
    assert read_symbol(written) == read_symbol(read_symbol(written))


def test_a_symbol_is_known_in_any_case_and_with_blanks() -> None:
    assert [read_symbol(one) for one in ("brca1", " BRCA1 ", "BRCA1 gene")] == ["BRCA1"] * 3
