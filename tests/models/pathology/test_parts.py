"""What a specimen is, and what was found in it, stand in the same part, however the report numbers them."""

import pytest

from models.pathology.reader import read
from models.treatment.rules import RULES


def of_parts(text: str, *names: str) -> dict[str, set[str]]:
    """The values of some names by part."""
    found: dict[str, set[str]] = {}
    for one in read(text).findings:
        if one.name in (names or ("site", "behaviour")):
            found.setdefault(one.part, set()).add(one.value)
    return found


CANCER_AND_NODE = {"1": {"breast", "malignant", "in situ"}, "2": {"lymph node", "benign"}}


@pytest.mark.parametrize(
    "text",
    [
        ("FINAL DIAGNOSIS:\nPART 1: LEFT BREAST, LUMPECTOMY\nA. MUCINOUS CARCINOMA\nB. DUCTAL CARCINOMA IN SITU\n"
         "PART 2: SENTINEL LYMPH NODE, EXCISION\nA. NO TUMOR SEEN"),
        ("FINAL DIAGNOSIS:\nPart 1: Breast, left, lumpectomy\n1. Mucinous carcinoma.\n2. DCIS.\n"
         "Part 2: Sentinel lymph node, excision\n1. Negative for tumour."),
        ("DIAGNOSIS:\nBREAST, LEFT, LUMPECTOMY\nPART 1:\nA. MUCINOUS CARCINOMA\nB. DCIS\nPART 2:\n"
         "C. SENTINEL LYMPH NODE EXCISION, NEGATIVE FOR METASTATIC CARCINOMA"),
        ("DIAGNOSIS\n1) Breast, left, lumpectomy:\n- Mucinous carcinoma\n- DCIS\n2) Lymph node, sentinel, excision:\n"
         "- Free of tumour"),
        ("DIAGNOSIS\nSpecimen 1\nLeft breast, lumpectomy: mucinous carcinoma and DCIS.\nSpecimen 2\n"
         "Lymph node, excision: negative for malignancy."),
    ],
)  # fmt: skip
def test_items_under_a_numbered_specimen_are_no_specimens(text: str) -> None:
    assert of_parts(text) == CANCER_AND_NODE


def test_letters_under_the_only_specimen_count_what_was_found_in_it() -> None:
    text = (
        "FINAL DIAGNOSIS:\nRIGHT COLON, HEMICOLECTOMY\nA. ADENOCARCINOMA, 3.5 CM\nB. MARGINS ARE NEGATIVE\n"
        "C. THREE OUT OF TWENTY-TWO LYMPH NODES POSITIVE FOR METASTATIC CARCINOMA"
    )
    assert of_parts(text, "site", "behaviour", "margins", "nodes", "size_mm") == {
        "": {"colorectum", "malignant", "clear", "3/22", "35"}
    }


def test_two_specimens_under_one_number_stay_apart() -> None:
    text = "DIAGNOSIS:\nPART 1: COLON, CECUM, BIOPSY\nA. TUBULAR ADENOMA\nPART 1: RECTUM, BIOPSY\nA. ADENOCARCINOMA"
    assert of_parts(text) == {"1": {"colorectum", "benign"}, "1 (2)": {"colorectum", "malignant"}}


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("Skin, back, excision: malignant melanoma.", "skin"),
        ("Kidney, left, nephrectomy: clear cell carcinoma.", "kidney"),
        ("Ovary, right, oophorectomy: serous carcinoma.", "ovary"),
        ("Thyroid, left lobe, lobectomy: papillary carcinoma.", "thyroid"),
        ("Liver, core biopsy: metastatic adenocarcinoma of colonic origin.", "liver"),
        ("Brain, frontal lobe, resection: metastatic lung carcinoma.", "brain"),
    ],
)
def test_an_organ_whose_tumours_are_not_read_in_full_is_not_taken_for_another(text: str, site: str) -> None:
    assert of_parts(text, "site") == {"": {site}}


@pytest.mark.parametrize(
    ("text", "primary", "certainty"),
    [
        ("Lung, left, biopsy: metastatic breast carcinoma.", "breast", "stated"),
        ("Lung, biopsy: metastatic adenocarcinoma consistent with a colorectal primary.", "colorectum", "hedged"),
        ("Lymph node, neck, biopsy: metastatic carcinoma, favor lung origin.", "lung", "hedged"),
        ("Lung, biopsy: metastatic renal cell carcinoma.", "kidney", "stated"),
        ("Liver, FNA: positive for malignant cells. Metastatic carcinoma of breast origin.", "breast", "stated"),
        ("Liver, biopsy: metastasis from the known prostate carcinoma.", "prostate", "stated"),
    ],
)
def test_a_metastasis_names_its_primary_and_is_none_of_its_site(text: str, primary: str, certainty: str) -> None:
    reading = read(text)
    assert [(one.value, one.certainty) for one in reading.findings if one.name == "primary"] == [(primary, certainty)]
    assert {one.value for one in reading.findings if one.name == "behaviour"} == {"metastatic"}
    assert primary not in {one.value for one in reading.findings if one.name == "site"}


def test_a_metastasis_that_nobody_expected_is_told_of_like_any_malignancy() -> None:
    (rule,) = (one for one in RULES if one.id == "pathology-malignancy-communication")
    assert dict(rule.when.shows)["behaviour"] == ("malignant", "metastatic")  # type: ignore[union-attr]  # a report's


def test_what_names_all_specimens_together_does_not_name_one_that_is_another() -> None:
    text = (
        "SPECIMEN: Lung, right, lobectomy\nFINAL DIAGNOSIS:\nA. Lung, right upper lobe: small cell carcinoma."
        ""
        "\nB. Lymph nodes, hilar, excision: negative for carcinoma."
    )
    assert of_parts(text) == {"A": {"lung", "malignant"}, "B": {"lymph node", "benign"}}
