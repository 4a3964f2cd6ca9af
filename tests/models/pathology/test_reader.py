"""What a pathology report states is read, with its certainty and its place; what it does not state is not."""

import random
import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pathology.finding import NAMES, Finding, ReportReading
from models.pathology.grading import group_of, nottingham_grade
from models.pathology.reader import MOST_FINDINGS, MOST_MENTIONS, read
from models.pathology.record import findings_of
from models.pathology.thresholds import receptor_of_percent
from schemas.pathology import PathologyReport
from tests.builders.pathology_reports import REPORTS


def values(reading: ReportReading, name: str) -> dict[str, str]:
    """The values of a name, and the certainty of each."""
    return {one.value: one.certainty for one in reading.findings if one.name == name}


def stated(text: str, name: str) -> str:
    """The one value of a name that a text states."""
    found = values(read(text), name)
    assert set(found.values()) == {"stated"}, found
    (value,) = found
    return value


def written(reading: ReportReading) -> set[str]:
    lines = {
        " ".join([one.part, one.name, one.value, "?" if one.certainty == "hedged" else ""]).strip()
        for one in reading.findings
    }
    return lines | {f"! {one.part} {one.name}".replace("  ", " ") for one in reading.contradictions}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_read_as_it_states_no_more_and_no_less(name: str) -> None:
    report = REPORTS[name]
    assert written(read(report.text)) == {line.strip() for line in report.states.splitlines() if line.strip()}


def test_there_are_reports_of_many_kinds() -> None:
    assert len(REPORTS) >= 20
    read_names = {one.name for report in REPORTS.values() for one in read(report.text).findings}
    assert set(NAMES) - read_names == set()


@pytest.mark.parametrize("name", REPORTS)
def test_every_span_holds_what_was_read(name: str) -> None:
    text = REPORTS[name].text
    for one in read(text).findings:
        words = text[one.start : one.end].lower()
        assert words.strip() == words
        if one.name == "pt":
            assert one.value.lower().removeprefix("p") in words
        if one.name.endswith("_percent"):
            assert one.value.lstrip("<>=") in words.replace("less than ", "<")


# Edges, each from both sides ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "er", "pr"),
    [
        ("0", "negative", "negative"),
        ("0.9", "negative", "negative"),
        ("<1", "negative", "negative"),
        ("<=1", None, None),
        ("1", "low positive", "positive"),
        (">=1", "positive", "positive"),
        ("10", "low positive", "positive"),
        ("10.1", "positive", "positive"),
        ("11", "positive", "positive"),
        ("1-10", "low positive", "positive"),
        ("5-20", "positive", "positive"),
        ("<10", None, None),
        (">10", "positive", "positive"),
        ("100", "positive", "positive"),
    ],
)
def test_a_receptor_is_positive_from_one_percent_and_er_low_positive_up_to_ten(
    percent: str, er: str | None, pr: str | None
) -> None:
    assert (receptor_of_percent("er", percent), receptor_of_percent("pr", percent)) == (er, pr)
    report = read(f"Breast, core biopsy. ER: {percent}%. PR: {percent}%.")
    assert values(report, "er") == ({er: "stated"} if er else {})
    assert values(report, "pr") == ({pr: "stated"} if pr else {})


@pytest.mark.parametrize(("score", "grade"), [(3, 1), (5, 1), (6, 2), (7, 2), (8, 3), (9, 3)])
def test_a_nottingham_score_has_its_grade(score: int, grade: int) -> None:
    assert nottingham_grade(score) == grade
    assert stated(f"Invasive lobular carcinoma, Nottingham score {score}/9.", "grade") == str(grade)


@pytest.mark.parametrize(
    ("gleason", "group"),
    [("2+3", 1), ("3+3", 1), ("3+4", 2), ("4+3", 3), ("3+5", 4), ("5+3", 4), ("4+4", 4), ("4+5", 5), ("5+5", 5)],
)
def test_a_gleason_score_has_its_grade_group(gleason: str, group: int) -> None:
    assert group_of(*map(int, gleason.split("+"))) == group
    assert stated(f"Prostatic adenocarcinoma, Gleason {gleason}.", "grade_group") == str(group)


def test_a_gleason_sum_without_its_patterns_has_no_grade_group() -> None:
    assert values(read("Prostatic adenocarcinoma, Gleason score 7."), "grade_group") == {}


@pytest.mark.parametrize(
    ("ihc", "ish", "her2"),
    [
        ("0", None, "negative"),
        ("1+", None, "negative"),
        ("2+", None, "equivocal"),
        ("2+", "amplified", "positive"),
        ("2+", "not amplified", "negative"),
        ("3+", None, "positive"),
        (None, "amplified", "positive"),
        (None, "not amplified", "negative"),
    ],
)
def test_her2_follows_from_its_score_and_a_score_of_two_from_the_hybridisation(
    ihc: str | None, ish: str | None, her2: str
) -> None:
    told = [f"HER2 IHC: {ihc}." if ihc else "", f"HER2 FISH: {ish}." if ish else ""]
    reading = read("Breast, core biopsy: invasive ductal carcinoma. " + " ".join(told))
    assert values(reading, "her2") == {her2: "stated"}
    assert values(reading, "her2_ihc") == ({ihc: "stated"} if ihc else {})
    assert values(reading, "her2_ish") == ({ish: "stated"} if ish else {})
    assert reading.contradictions == ()


@pytest.mark.parametrize(
    ("text", "her2"),
    [
        ("HER2: equivocal (2+). HER2 FISH: not amplified.", {"negative": "stated"}),
        ("HER2 FISH: amplified. HER2: equivocal (2+).", {"positive": "stated"}),
        ("HER2: equivocal (2+). HER2 FISH: not amplified. Overall HER2: negative.", {"negative": "stated"}),
        ("HER2: equivocal (2+). HER2 FISH: equivocal.", {"equivocal": "stated"}),
        ("HER2: equivocal (2+). HER2 FISH: pending.", {"equivocal": "stated"}),
        ("HER2: equivocal (2+). Probable HER2 FISH: not amplified.", {"equivocal": "stated", "negative": "hedged"}),
    ],
)
def test_her2_that_was_equivocal_is_what_the_hybridisation_says_and_its_score_stays(
    text: str, her2: dict[str, str]
) -> None:
    reading = read(f"Breast, core biopsy: invasive ductal carcinoma. {text}")
    assert values(reading, "her2") == her2
    assert values(reading, "her2_ihc") == {"2+": "stated"}
    assert reading.contradictions == ()


@pytest.mark.parametrize(
    "text",
    [
        "HER2 IHC: 3+. HER2 FISH: not amplified.",
        "HER2 IHC: 1+. HER2 FISH: amplified.",
        "HER2 negative (3+).",
        "HER2 positive. HER2 negative.",
    ],
)
def test_her2_that_contradicts_itself_is_said_to(text: str) -> None:
    assert [one.name for one in read(text).contradictions] == ["her2"]


@pytest.mark.parametrize("lost", ["MLH1", "PMS2", "MSH2", "MSH6"])
def test_one_lost_protein_is_deficient_repair(lost: str) -> None:
    assert stated(f"Colon: adenocarcinoma. {lost}: lost.", "mmr") == "deficient"


def test_repair_is_proficient_when_all_four_proteins_are_there_and_unknown_with_three() -> None:
    three = "Colon: adenocarcinoma. MLH1, PMS2 and MSH2: retained."
    assert values(read(three), "mmr") == {}
    assert stated(three + " MSH6: retained.", "mmr") == "proficient"


@pytest.mark.parametrize(
    "written_so",
    [
        "pT1c", "ypT2", "rpT3", "pTis(DCIS)", "pT1mi", "pT2(m)", "pT4b", "pTX", "pT0", "yrpT2",
    ],
)  # fmt: skip
def test_a_category_keeps_its_prefix_and_suffix(written_so: str) -> None:
    assert stated(f"Stage {written_so} N1.", "pt") == written_so


@pytest.mark.parametrize("written_so", ["pN0", "pN0(i+)", "pN1mi", "pN1a(sn)", "ypN2a", "pN3c", "pNX"])
def test_a_node_category_keeps_its_prefix_and_suffix(written_so: str) -> None:
    assert stated(f"Nodes: {written_so}.", "pn") == written_so


@pytest.mark.parametrize("text", ["cT2 N1 M0", "T2 weighted images", "T1 N2 was the clinical stage", "CT1", "pt2x"])
def test_a_stage_that_is_not_the_pathologists_is_not_read(text: str) -> None:
    assert not [one for one in read(text).findings if one.name in {"pt", "pn", "pm"}]


# Certainty ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "suspicious for invasive ductal carcinoma", "cannot exclude invasive ductal carcinoma",
        "favour invasive ductal carcinoma", "consistent with invasive ductal carcinoma",
        "invasive ductal carcinoma cannot be excluded", "probable invasive ductal carcinoma",
        "suspicious for but not diagnostic of invasive ductal carcinoma",
    ],
)  # fmt: skip
def test_what_is_left_open_is_hedged(words: str) -> None:
    reading = read(f"Breast, core biopsy: {words}.")
    assert values(reading, "histology") == {"invasive carcinoma of no special type": "hedged"}
    assert values(reading, "behaviour") == {"malignant": "hedged"}


@pytest.mark.parametrize(
    "words",
    [
        "no evidence of invasive ductal carcinoma", "negative for invasive ductal carcinoma",
        "invasive ductal carcinoma is not identified", "without invasive ductal carcinoma",
        "fibroadenoma, free of invasive ductal carcinoma", "invasive ductal carcinoma: not identified",
    ],
)  # fmt: skip
def test_what_is_denied_is_not_a_finding(words: str) -> None:
    reading = read(f"Breast, core biopsy: {words}.")
    assert "malignant" not in values(reading, "behaviour")
    assert "invasive carcinoma of no special type" not in values(reading, "histology")


@pytest.mark.parametrize(
    "words",
    [
        "Negative for atypia but invasive ductal carcinoma is present.",
        "No DCIS; invasive ductal carcinoma, grade 2.",
        "Not only fibroadenoma: invasive ductal carcinoma.",
        "Changes of the previous biopsy site with residual invasive ductal carcinoma.",
        "Invasive ductal carcinoma, margins not involved.",
        "Invasive ductal carcinoma, lymphovascular invasion not identified.",
        "Invasive ductal carcinoma without lymphovascular invasion.",
    ],
)
def test_a_negation_does_not_reach_what_it_does_not_speak_of(words: str) -> None:
    assert values(read(words), "behaviour")["malignant"] == "stated"


@pytest.mark.parametrize(
    "heading", ["Clinical history", "CLINICAL INFORMATION", "Indication", "Gross description", "Frozen section"]
)
def test_what_stands_below_a_heading_of_no_findings_is_none(heading: str) -> None:
    assert read(f"{heading}: Invasive ductal carcinoma, grade 3, pT2, ER positive.\nHER2: positive").empty


def test_typical_and_atypical_are_never_mistaken_for_each_other() -> None:
    assert read("Typical cells, typical glands.").empty
    assert values(read("Atypicl glands."), "behaviour") == {"uncertain": "stated"}


def test_the_latest_addendum_has_the_last_word_wherever_it_stands() -> None:
    first, second = "Addendum 1:\nHER2 IHC: 1+.\n", "Addendum 2:\nHER2 IHC: 3+.\n"
    body = "Diagnosis: Breast, biopsy: invasive ductal carcinoma. HER2 IHC: 2+.\n"
    for text in (body + first + second, second + first + body):
        assert stated(text, "her2_ihc") == "3+"
        assert stated(text, "her2") == "positive"


def test_a_line_of_a_form_is_no_heading_that_ends_a_part_or_an_addendum() -> None:
    parts = read(
        "A. Breast, left:\nHistologic type: fibroadenoma\nB. Breast, right:\nHistologic grade: 2\nPathologic stage: pT2"
    )
    assert {(one.part, one.name) for one in parts.findings if one.name in {"grade", "pt"}} == {
        ("B", "grade"),
        ("B", "pt"),
    }
    later = read("Diagnosis: Breast: invasive lobular carcinoma, grade 2.\nAddendum:\nHistologic grade: 3")
    assert values(later, "grade") == {"3": "stated"}


def test_parts_of_a_report_do_not_contradict_each_other() -> None:
    reading = read("A. Breast, left: ER positive. pT1c.\nB. Breast, right: ER negative. pT2.")
    assert reading.contradictions == ()
    assert read("Breast, left: ER positive. pT1c.\nER negative. pT2.").contradictions != ()


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("Perineural invasion is noted.", "perineural_invasion present"),
        ("Pn0, R0.", "perineural_invasion absent"),
        ("Neither lymphovascular nor perineural invasion is seen.", ("lymphovascular_invasion absent; "
         "perineural_invasion absent")),
        ("No definite lymphovascular invasion.", "lymphovascular_invasion absent ?"),
        ("PNI: no. Gleason 4+5.", "perineural_invasion absent; gleason 4+5=9; grade_group 5"),
        ("In situ hybridisation excludes HER2 amplification.", "her2 negative; her2_ish not amplified"),
        ("HER2 IHC 2+ / FISH positive.", "her2 positive; her2_ihc 2+; her2_ish amplified"),
        ("HER2/neu IHC: Negative (0-1+)", "her2 negative"),
        ("HER2 negative (2+).", "her2 negative; her2_ihc 2+; ! her2"),
        ("Tumor cells lack ER and PR expression.", "er negative; pr negative"),
        ("ER+ PR- HER2-", "er positive; pr negative; her2 negative"),
        ("95% of the nuclei stain for ER (positive).", "er positive; er_percent 95"),
        ("ER: 0% (negative), internal control positive.", "er negative; er_percent 0"),
        ("ER is scored 0 to 3+.", ""),
        ("MLH1 (-), PMS2 (-), MSH2 (+), MSH6 (+)", "mlh1 lost; pms2 lost; msh2 intact; msh6 intact; mmr deficient"),
        ("Loss of MSH6 with intact internal controls.", "msh6 lost; mmr deficient"),
        ("No evidence of deficient mismatch repair.", "mmr proficient"),
        ("No loss of MMR proteins: low probability of MSI-H.", "mmr proficient"),
        ("MLH1 promoter methylation: present.", ""),
        ("Squamous cell carcinoma vs adenocarcinoma.", ("behaviour malignant ?; histology squamous cell carcinoma ?; "
         "histology adenocarcinoma ?")),
        ("Non-malignant tissue.", "behaviour benign"),
        ("0/2 nodes contain metastasis.", "nodes 0/2"),
        ("Insufficient for HER2 testing.", ""),
        ("Insufficient tissue; no malignancy.", "behaviour insufficient"),
        ("See the breast cancer biomarker template.", ""),
        ("pT2 pN0 cM0", "pt pT2; pn pN0"),
        ("pT1, but pT2 cannot be excluded.", "pt pT1; pt pT2 ?"),
        ("Gleason pattern 3.", ""),
        ("Nothing malignant.", "behaviour benign"),
    ],
)  # fmt: skip
def test_turns_of_phrase_mean_what_they_mean(text: str, states: str) -> None:
    reading = read(text)
    told = written(reading._replace(findings=tuple(one for one in reading.findings if one.name != "site")))
    assert told == {line for line in states.split("; ") if line}


@pytest.mark.parametrize(
    ("heading", "counts"),
    [
        ("Reporting pathologist's diagnosis", True), ("Microscopical findings", True), ("Signed-out diagnosis", True),
        ("History of presenting illness", False), ("Relevant clinical information", False), ("Gross findings", False),
    ],
)  # fmt: skip
def test_a_heading_that_no_table_has_is_known_by_its_words(heading: str, *, counts: bool) -> None:
    reading = read(f"Clinical history: fibroadenoma.\n{heading}: invasive ductal carcinoma, grade 3.")
    assert ("malignant" in values(reading, "behaviour")) is counts
    assert "benign" not in values(reading, "behaviour")


LOBULAR = "DIAGNOSIS:\nBreast, left, core biopsy: invasive lobular carcinoma."


@pytest.mark.parametrize("heading", ["ANAMNESIS", "Vorgeschichte", "Remarks of the ward"])
@pytest.mark.parametrize("between", [" ", "\n"])
def test_what_stands_before_the_diagnosis_under_a_heading_that_nobody_knows_is_no_diagnosis_and_left_open(
    heading: str, between: str
) -> None:
    reading = read(f"{heading}:{between}Tubular carcinoma in 2010, pT2, ER 80%. No malignancy since.\n{LOBULAR}")
    assert values(reading, "histology") == {"invasive lobular carcinoma": "stated"}
    assert values(reading, "pt") == {}
    assert values(reading, "er_percent") == {"80": "hedged"}
    assert values(reading, "behaviour") == {"malignant": "stated"}
    assert reading.contradictions == ()


@pytest.mark.parametrize(
    "before",
    [
        "Left breast:\npT2",  # a place is no heading
        "Tumor size: 3 cm\npT2",  # nor is a line of a form
        "Laterality: left\nMargins: clear, pT2",  # which ends what is not known
        "Laterality: left\nMICROSCOPIC:\npT2",
        "MICROSCOPIC:\nFocality: single, pT2",
        "ADDENDUM:\nOutside review: pT2",
    ],
)
def test_a_heading_that_is_known_by_any_word_leaves_nothing_open(before: str) -> None:
    assert values(read(f"{before}\n{LOBULAR}"), "pt") == {"pT2": "stated"}


def test_a_history_goes_on_under_a_heading_that_nobody_knows() -> None:
    assert values(read(f"Clinical history: a lump.\nSmoker: ER 80% in 2010.\n{LOBULAR}"), "er_percent") == {}


def test_a_specimen_is_still_one_before_a_heading_that_nobody_knows() -> None:
    reading = read(f"Specimen: breast, core biopsy.\nAnamnesis: tubular carcinoma.\n{LOBULAR}")
    assert values(reading, "histology") == {"invasive lobular carcinoma": "stated"}


def test_without_a_heading_of_the_diagnosis_a_heading_that_nobody_knows_may_be_it() -> None:
    assert values(read("Erkenntnis:\nBreast: tubular carcinoma."), "histology") == {"tubular carcinoma": "stated"}


# Any text -------------------------------------------------------------------------------------------------------------

WORDS = [word for report in REPORTS.values() for word in report.text.split(" ")]
pieces = st.one_of(st.sampled_from(WORDS), st.text(max_size=6), st.sampled_from(["\n", "\r\n", "A.", "B.", "[ ]", ":"]))


def sound(text: str, reading: ReportReading) -> bool:
    return all(
        0 <= one.start < one.end <= len(text) and one.name in NAMES and isinstance(one, Finding)
        for one in reading.findings
    )


@given(st.lists(pieces, max_size=120).map(" ".join))
def test_any_text_is_read_without_an_error_and_spans_lie_inside_it(text: str) -> None:
    reading = read(text)
    assert sound(text, reading)
    assert reading == read(text)


@given(st.lists(pieces, max_size=120).map(" ".join), st.text(max_size=128))
def test_what_is_read_of_any_text_makes_a_record_under_one_id(text: str, specimen: str) -> None:
    time = datetime(2026, 1, 2, tzinfo=UTC)
    report = PathologyReport(patient="p-1", time=time, report="r-1", specimen=specimen or None, text=text)
    record = findings_of(report, "1")
    assert record == findings_of(report, "1")
    assert record.id != findings_of(report.model_copy(update={"text": text + "."}), "1").id
    assert [tuple(one.model_dump().values()) for one in record.findings] == list(read(text).findings)


@given(st.text(max_size=300))
def test_text_of_any_script_is_read_without_an_error(text: str) -> None:
    assert sound(text, read(text))


@pytest.mark.parametrize(
    "unit",
    [
        " ", "\n", "a", "(", "3+", "no carcinoma, ", "er, ", "mlh1 pms2 ", "her2 fish ", "pT2, ", "t2n1, ", "gleason ",
        "A. breast\n", "addendum:\n", "well to moderately ", "er 5%\n", "\u0130", "microsatellite ", "clinical ",
    ],
)  # fmt: skip
def test_a_hostile_text_of_the_longest_length_is_read_in_time(unit: str) -> None:
    """What grows faster than the text would not end within the time that a test has."""
    text = (unit * 100_000)[:100_000]
    reading = read(text)
    assert sound(text, reading)
    assert len(reading.findings) <= MOST_FINDINGS


def test_headings_in_one_line_take_no_longer_than_their_text() -> None:
    """At four times the longest length, what grows with the square of it takes more than a test's time."""
    text = "specimen: a. b. c. d. " * 20_000
    assert sound(text, read(text))


def test_a_text_with_more_mentions_than_can_be_weighed_is_not_read_and_says_so() -> None:
    mention = "Addendum:\nER positive\n"
    most = read(mention * MOST_MENTIONS)
    assert values(most, "er") == {"positive": "stated"}
    assert not most.cut
    assert read(mention * (MOST_MENTIONS + 1)) == ReportReading(cut=True)


def test_amounts_contradict_each_other_where_no_number_is_in_all_of_them() -> None:
    assert read("Lung: CPS 1-10. CPS 5-20. CPS 9.").contradictions == ()
    assert [one.name for one in read("Lung: CPS 1-10. CPS 5-20. CPS 11-30.").contradictions] == ["pdl1_cps"]


def test_a_text_with_more_findings_than_a_report_can_have_says_that_it_was_cut() -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    text = "\n".join(
        f"{letter}. Breast: ER {chance.randint(11, 100)}%, PR {chance.randint(11, 99)}%, Ki-67 {chance.randint(1, 99)}%"
        for letter in string.ascii_uppercase
    )
    reading = read(text)
    assert reading.cut
    assert len(reading.findings) == MOST_FINDINGS
    assert not read(REPORTS["two specimens in capitals"].text).cut


@pytest.mark.parametrize("text", ["", " \n", "Thank you.", "Specimen: breast, left, core biopsy"])
def test_a_text_in_which_nothing_could_be_read_says_so(text: str) -> None:
    assert read(text).empty
    assert not read("Diagnosis: fibroadenoma").empty
