"""Negation, doubt, treatment, counts, sizes and scores mean in a report what the pathologist meant."""

import pytest

from models.pathology.reader import read


def told(text: str, name: str) -> dict[str, str]:
    return {one.value: one.certainty for one in read(text).findings if one.name == name}


@pytest.mark.parametrize(
    "words",
    [
        "The morphology does not align with adenocarcinoma or squamous cell carcinoma.",
        "The features are not consistent with adenocarcinoma.",
        "The stains do not support adenocarcinoma.",
        "The findings are inconsistent with adenocarcinoma.",
        "The changes do not meet criteria for adenocarcinoma.",
        "The immunoprofile argues against adenocarcinoma.",
    ],
)
def test_what_the_findings_do_not_fit_is_not_there_and_no_contradiction(words: str) -> None:
    reading = read(f"Lung, left, core biopsy: small cell carcinoma. {words}")
    assert {one.value for one in reading.findings if one.name == "histology"} == {"small cell carcinoma"}
    assert reading.contradictions == ()


@pytest.mark.parametrize("words", ["no definite", "no definitive", "no unequivocal"])
def test_what_is_not_definitely_there_is_no_finding(words: str) -> None:
    text = f"Colon, biopsy: tubular adenoma. There is {words} invasive carcinoma."
    assert told(text, "behaviour") == {"benign": "stated"}


@pytest.mark.parametrize("words", ["insufficient for", "not sufficient for", "insufficient for the diagnosis of"])
def test_what_is_insufficient_for_a_lesion_leaves_it_open(words: str) -> None:
    assert told(f"Breast, biopsy: atypical cells, {words} invasive ductal carcinoma.", "histology") == {
        "invasive carcinoma of no special type": "hedged"
    }


@pytest.mark.parametrize(
    "words",
    [
        "S/P chemo for invasive lobular carcinoma, grade 3, with metastases to axillary nodes.",
        "Status post neoadjuvant chemotherapy for invasive lobular carcinoma, grade 3.",
        "After radiotherapy for lobular carcinoma, grade 3, of the left breast.",
    ],
)
@pytest.mark.parametrize("left", ["No residual carcinoma", "NO RESIDUAL TUMOR IDENTIFIED", "Complete response"])
def test_a_tumour_that_was_treated_away_is_no_finding(words: str, left: str) -> None:
    text = f"FINAL DIAGNOSIS:\nBREAST, LEFT, MASTECTOMY\nA. {words}\nB. {left}.".replace(
        "Complete response", "Pathologic complete response"
    )
    assert told(text, "behaviour") == {"no residual tumour": "stated"}
    assert told(text, "histology") == told(text, "grade") == {}
    assert told(text, "site") == {"breast": "stated"}


def test_residual_tumour_that_is_there_and_is_not_is_a_contradiction() -> None:
    reading = read("Breast, mastectomy: residual invasive lobular carcinoma, 4 mm. No residual tumor identified.")
    assert [one.name for one in reading.contradictions] == ["behaviour"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("PD-L1 (22C3) is expressed in 80 % of tumour cells.", "80"),
        ("Approximately 30 % of the tumor cells express PD-L1.", "30"),
        ("PD-L1: thirty percent of tumour cells show membranous staining.", "30"),
        ("The tumor proportion score for PD-L1 is sixty-five per cent.", "65"),
        ("PD-L1 expression with a TPS of <1%.", "<1"),
        ("PD-L1 SP263: tumour cells 55%, immune cells 10%.", "55"),
    ],
)
def test_pd_l1_in_prose_is_the_share_of_tumour_cells(text: str, value: str) -> None:
    assert told(f"Lung, biopsy: adenocarcinoma. {text}", "pdl1_tps_percent") == {value: "stated"}


@pytest.mark.parametrize(
    "text", ["PD-L1: immune cells 5%.", "PD-L1 testing is pending.", "PD-L1 is not performed, 20%."]
)
def test_immune_cells_and_pending_tests_are_no_share_of_tumour_cells(text: str) -> None:
    assert told(f"Lung, biopsy: adenocarcinoma. {text}", "pdl1_tps_percent") == {}


TABLE = """
RESULT                 H-SCORE
ESTROGEN        POSITIVE        220
PROGESTERONE    NEGATIVE        0
HER-2/NEU       NEGATIVE        0"""


def test_a_table_of_receptors_gives_status_and_h_score_and_no_score_of_her2() -> None:
    text = f"Breast, left, biopsy: invasive lobular carcinoma.\nIMMUNOHISTOCHEMISTRY:{TABLE}"
    got = {name: told(text, name) for name in ("er", "er_h_score", "pr", "pr_h_score", "her2", "her2_ihc")}
    assert got == {
        "er": {"positive": "stated"}, "er_h_score": {"220": "stated"}, "pr": {"negative": "stated"},
        "pr_h_score": {"0": "stated"}, "her2": {"negative": "stated"}, "her2_ihc": {},
    }  # fmt: skip


def test_a_table_that_says_otherwise_than_the_text_is_a_contradiction() -> None:
    text = f"Breast, left, biopsy: invasive lobular carcinoma.\nThe tumour is estrogen receptor negative.\n{TABLE}"
    assert [one.name for one in read(text).contradictions] == ["er"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ER: positive, H-score: 180", "180"), ("ER positive (H score of 95)", "95"),
        ("ER positive, H-score 300", "300"),
    ],
)  # fmt: skip
def test_an_h_score_is_read(text: str, value: str) -> None:
    assert told(f"Breast: lobular carcinoma. {text}", "er_h_score") == {value: "stated"}


def test_an_h_score_above_three_hundred_is_none() -> None:
    assert told("Breast: lobular carcinoma. ER: positive, H-score: 301", "er_h_score") == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Two of eleven lymph nodes are positive for metastatic carcinoma.", "2/11"),
        ("Metastatic carcinoma in 4 of 17 lymph nodes (4/17).", "4/17"),
        ("Twenty-one lymph nodes, negative for malignancy (0/21).", "0/21"),
        ("One lymph node, negative for metastatic carcinoma.", "0/1"),
        ("One lymph node positive for metastatic carcinoma.", "1/1"),
        ("No metastatic carcinoma in nine lymph nodes.", "0/9"),
        ("Number of lymph nodes examined: 14\nNumber of lymph nodes involved: 3", "3/14"),
        ("LYMPH NODES POSITIVE: 0\nLYMPH NODES EXAMINED: 6", "0/6"),
        ("All regional lymph nodes negative for tumor\nTotal number of lymph nodes examined: 12", "0/12"),
        ("Sentinel lymph nodes: 0/2.", "0/2"),
    ],
)
def test_nodes_are_counted_as_positive_of_examined(text: str, value: str) -> None:
    assert told(f"Colon, sigmoid, resection: adenocarcinoma.\n{text}", "nodes") == {value: "stated"}


@pytest.mark.parametrize(
    "text", ["Nottingham score 7/9.", "3 of 12 cores.", "Signed 1/30 in 2010.", "Gleason 3/5 nodes"]
)
def test_other_fractions_are_no_counts_of_nodes(text: str) -> None:
    assert told(f"Breast, biopsy: lobular carcinoma. {text}", "nodes") == {}


def test_no_positive_node_and_a_category_of_positive_nodes_contradict_each_other() -> None:
    text = "Breast, mastectomy: lobular carcinoma. Lymph nodes: 0/7. {}"
    assert [one.name for one in read(text.format("pT2 pN1a")).contradictions] == ["pn"]
    assert read(text.format("pT2 pN0")).contradictions == ()
    assert read(text.format("pT3 pN1c")).contradictions == ()  # deposits outside of nodes


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Invasive lobular carcinoma, 2.4 cm in greatest dimension.", "24"),
        ("Carcinoma measures 7 mm.", "7"),
        ("Lobular carcinoma. Tumor size: 1.9 x 1.4 x 0.8 cm", "19"),
        ("Lobular carcinoma.\nTumour size        31 mm", "31"),
        ("A 12 mm invasive lobular carcinoma.", "12"),
    ],
)
def test_the_largest_dimension_of_a_tumour_is_read_in_millimetres(text: str, value: str) -> None:
    assert told(f"Breast, lumpectomy: {text}", "size_mm") == {value: "stated"}


@pytest.mark.parametrize(
    "text",
    [
        "Tumour is 3 mm from the deep margin.", "Largest metastasis measures 6 mm.", "DCIS spans 22 mm.",
        "The specimen measures 9 cm.", "Distance of carcinoma to the closest margin: 5 mm",
        "Cores up to 14 mm with carcinoma.",
    ],
)  # fmt: skip
def test_other_lengths_are_no_size_of_the_tumour(text: str) -> None:
    assert told(f"Breast, lumpectomy: lobular carcinoma.\n{text}", "size_mm") == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Three foci of invasive lobular carcinoma.", "3"), ("Multifocality: No", "1"), ("Focality: single", "1"),
        ("Tumour is multifocal.", "multiple"),
    ],
)  # fmt: skip
def test_the_places_in_which_a_tumour_grows_are_read(text: str, value: str) -> None:
    assert told(f"Breast, lumpectomy: lobular carcinoma.\n{text}", "focality") == {value: "stated"}


def test_every_new_finding_tells_its_place() -> None:
    text = "Breast, left, lumpectomy: lobular carcinoma, 2.4 cm. Lymph nodes: 1/3. ER: positive, H-score: 180"
    places = {one.name: text[one.start : one.end] for one in read(text).findings}
    assert places["laterality"] == "left"
    assert places["size_mm"] == "2.4 cm"
    assert places["nodes"] == "1/3"
    assert places["er_h_score"] == "ER: positive, H-score: 180"
