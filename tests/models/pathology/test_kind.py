"""A note that is no pathology report is told by its kind and gives no findings; history is history."""

import pytest

from models.pathology.kind import PATHOLOGY
from models.pathology.reader import read
from models.pathology.record import findings_of
from schemas.pathology import PathologyReport
from tests.builders.dictated_notes import NOTES
from tests.builders.pathology_reports import REPORTS


@pytest.mark.parametrize("name", NOTES)
def test_a_dictated_note_is_known_as_one_and_gives_no_findings(name: str) -> None:
    kind, text = NOTES[name]
    for written in (text, text.replace(",", "\n"), text.upper()):
        reading = read(written)
        assert (reading.kind, reading.findings, reading.contradictions) == (kind, (), ())


@pytest.mark.parametrize("name", sorted(REPORTS.keys() - {"nothing of pathology"}))
def test_a_pathology_report_is_known_as_one_with_its_lines_and_without(name: str) -> None:
    text = REPORTS[name].text
    for written in (text, text.replace("\n", ","), text.upper()):
        assert read(written).kind == PATHOLOGY


def test_a_report_with_the_surgeons_diagnosis_is_still_one() -> None:
    reading = read(
        "PREOPERATIVE DIAGNOSIS: Colonic mass\nPOSTOPERATIVE DIAGNOSIS: Same\nPROCEDURE: Colonoscopy\n"
        "FINAL DIAGNOSIS:\nColon, sigmoid, biopsy: adenocarcinoma."
    )
    assert reading.kind == PATHOLOGY
    assert ("behaviour", "malignant") in {(one.name, one.value) for one in reading.findings}


def test_the_record_tells_the_kind() -> None:
    kind, text = NOTES["mammogram"]
    report = PathologyReport.model_validate(
        {"patient": "p-1", "time": "2026-01-02T03:04Z", "report": "r-1", "text": text}
    )
    assert findings_of(report, "1").kind == kind


@pytest.mark.parametrize(
    "sentence",
    [
        "The patient had invasive lobular carcinoma, grade 3, in 2011.",
        "This is a 63-year-old woman with invasive lobular carcinoma.",
        "She has a history of invasive lobular carcinoma, pT2, ER positive.",
        "71 year old man status post resection of invasive lobular carcinoma.",
        "Status post mastectomy for invasive lobular carcinoma.",
    ],
)
@pytest.mark.parametrize("heading", ["COMMENT", "FINAL DIAGNOSIS", "MICROSCOPIC DESCRIPTION"])
def test_history_is_history_under_any_heading(heading: str, sentence: str) -> None:
    reading = read(f"Breast, left, biopsy: fibroadenoma.\n{heading}: {sentence}")
    assert {one.value for one in reading.findings if one.name in {"histology", "behaviour", "er", "pt"}} == {
        "fibroadenoma", "benign",
    }  # fmt: skip
