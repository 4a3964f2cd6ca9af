"""A report says the same however its lines and columns came: exports, tables, boxes, labels and values."""

from collections.abc import Callable

import pytest

from models.pathology.boxes import unboxed
from models.pathology.layout import laid_out
from models.pathology.reader import read
from tests.builders.pathology_reports import REPORTS

TWO_SPECIMENS = """CLINICAL HISTORY:
Mass in the left lung. Tubular adenoma of the colon in 2011.
GROSS DESCRIPTION:
Received fresh is a lobe of 14 cm with a firm mass of 31 mm.
FINAL DIAGNOSIS:
A. LUNG, LEFT LOWER LOBE, LOBECTOMY:
SQUAMOUS CELL CARCINOMA, POORLY DIFFERENTIATED, 2.9 CM
BRONCHIAL MARGIN NEGATIVE
B. LYMPH NODES, STATION 7, EXCISION:
METASTATIC CARCINOMA IN TWO OF FIVE LYMPH NODES (2/5)
COMMENT:
PD-L1: 45% of tumour cells.
Pathologic stage: pT1c pN2"""
READ = {
    ("A", "site", "lung"), ("A", "laterality", "left"), ("A", "procedure", "resection"),
    ("A", "behaviour", "malignant"), ("A", "histology", "squamous cell carcinoma"), ("A", "grade", "3"),
    ("A", "size_mm", "29"), ("A", "margins", "clear"), ("B", "site", "lymph node"), ("B", "procedure", "resection"),
    ("B", "behaviour", "metastatic"), ("B", "nodes", "2/5"), ("", "pdl1_tps_percent", "45"), ("", "pt", "pT1c"),
    ("", "pn", "pN2"),
}  # fmt: skip


def stated(text: str) -> set[tuple[str, str, str]]:
    return {(one.part, one.name, one.value) for one in read(text).findings if one.certainty == "stated"}


@pytest.mark.parametrize(
    "exported",
    [
        lambda text: text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\\.br\\"),
        lambda text: text.replace("\n", "\\X0D\\\\X0A\\"),
        lambda text: text.replace("\n", "~"),
        lambda text: text.replace("\n", "\\n"),
        lambda text: text.replace("\n", "<br/>"),
        lambda text: text.replace("\n", "&lt;br&gt;"),
        lambda text: "<div>" + "".join(f"<p>{line}</p>" for line in text.split("\n")) + "</div>",
        lambda text: text.replace("\n", "&#10;"),
        lambda text: text.replace("\n", "\u2028"),
        lambda text: text.replace("\n", ","),
        lambda text: text.replace("\n", ", "),
        lambda text: text.replace("\n", " "),
        lambda text: text.replace("\n", "     "),
        lambda text: text.replace("\n", "\n\n"),
    ],
    ids=[
        "lines", "crlf", "hl7 br", "hl7 hexadecimal", "hl7 repetition", "backslash n", "html", "escaped html",
        "paragraphs", "character reference", "line separator", "commas", "commas and blanks", "one line", "blanks",
        "empty lines",
    ],
)  # fmt: skip
def test_a_report_whose_lines_an_export_took_is_read_as_before(exported: Callable[[str], str]) -> None:
    text = exported(TWO_SPECIMENS)
    assert stated(text) == READ
    assert all(one.end <= len(text) for one in read(text).findings)


@pytest.mark.parametrize("name", REPORTS)
def test_a_layout_is_as_long_as_its_text_and_changes_no_place(name: str) -> None:
    for text in (REPORTS[name].text, REPORTS[name].text.replace("\n", "\\.br\\")):
        assert len(laid_out(text)) == len(text)


def test_a_tilde_or_a_comma_in_a_text_with_lines_ends_none() -> None:
    assert laid_out("Tumour of ~5 mm, grade 2.\nBreast,left.") == "Tumour of ~5 mm, grade 2.\nBreast,left."


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Surgical margins involved by invasive carcinoma: No", "margins", "clear"),
        ("SURGICAL MARGINS INVOLVED BY TUMOR:\nNo", "margins", "clear"),
        ("Margins involved by DCIS: Yes", "margins", "involved"),
        ("Margins involved by DCIS:\n   Yes", "margins", "involved"),
        ("Margins free of tumour: No", "margins", "involved"),
        ("Margins involved by carcinoma          No", "margins", "clear"),
        ("Margins involved by carcinoma\tNo", "margins", "clear"),
        ("| Margins involved by carcinoma | No |", "margins", "clear"),
        ("Margins involved: not identified", "margins", "clear"),
        ("Margins: [ ] involved [x] uninvolved", "margins", "clear"),
        ("Margins: [x] involved [ ] uninvolved", "margins", "involved"),
        ("Margins: ☐ involved ☒ uninvolved", "margins", "clear"),
        ("Margins: ( ) involved (x) uninvolved", "margins", "clear"),
        ("Margins: involved [ ]   uninvolved [x]", "margins", "clear"),
        ("ER: [ ] positive [x] negative   PR: [x] positive [ ] negative", "pr", "positive"),
        ("ER: [x] positive [ ] negative   PR: [ ] positive [x] negative", "pr", "negative"),
        ("Lymph nodes: Examined: 9  Positive: 4", "nodes", "4/9"),
        ("Lymphatic invasion          Not identified", "lymphovascular_invasion", "absent"),
        ("Perineural invasion\tPresent", "perineural_invasion", "present"),
        ("Angiolymphatic invasion:\nNo", "lymphovascular_invasion", "absent"),
        ("No definite lymphovascular invasion identified.", "lymphovascular_invasion", "absent"),
        ("Histologic type | Adenocarcinoma", "histology", "adenocarcinoma"),
    ],
)
def test_a_label_has_the_value_that_stands_beside_or_below_it(text: str, name: str, value: str) -> None:
    assert [one.value for one in read(text).findings if one.name == name] == [value]


@pytest.mark.parametrize("value", ["No", "Not identified", "N/A", "Not applicable", "Cannot be assessed", "Absent"])
def test_a_lesion_in_the_label_of_a_form_is_there_only_where_its_value_says_so(value: str) -> None:
    form = "Tumour type: mucinous carcinoma\nInvasive lobular carcinoma present: {}\nMultifocality: No"
    types = {one.value for one in read(form.format(value)).findings if one.name == "histology"}
    assert types == {"mucinous carcinoma"}
    assert "invasive lobular carcinoma" in {one.value for one in read(form.format("Yes")).findings}


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("[ ] present [x] absent", "            absent"),
        ("☐ present ☑ absent", "            absent"),
        ("Present [ ]  Absent [x]", "             Absent    "),
        ("No boxes here (see above)", "No boxes here (see above)"),
    ],
)
def test_of_boxes_only_what_is_ticked_stays(line: str, left: str) -> None:
    assert unboxed(line).split() == left.split()
    assert len(unboxed(line)) == len(line)


@pytest.mark.parametrize(
    "unit",
    [
        "[ ] a ", "(x) ", "A. B. ", "1. 2. ", "ER: ", "LONG CAPITALS ", "part 1: ", "<br>", "~a", "|a|", "\\.br\\",
        ".,A", "a    no ", "metastatic ", "1/2 nodes ", "2 x ", "one of two nodes ", "margins involved: ",
        "she denies ",
               "s/p chemotherapy for ", "pd-l1 5% of ", "breast primary ", "node positive: 1 ",
        "nodes examined: 2 ",
    ],
)  # fmt: skip
def test_a_hostile_layout_of_the_longest_length_is_read_in_time(unit: str) -> None:
    """What grows faster than the text would not end within the time that a test has."""
    text = (unit * 100_000)[:100_000]
    assert len(laid_out(text)) == len(text)
    read(text)
