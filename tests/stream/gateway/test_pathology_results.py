"""Pathology reports as results (ORU^R01): one for each request, whole, under the headings that its codes stand for."""

from datetime import UTC, datetime

import pytest

from models.pathology.record import findings_of
from schemas.pathology import PathologyReport
from stream.gateway.segments import split
from stream.gateway.translate import Translation, translate
from stream.gateway.trouble import Unusable
from tests.builders.hl7_messages import PERSON, message, pseudonym_in
from tests.stream.gateway.test_documents import document
from tests.stream.gateway.test_server import READING


def section(number: int, code: str, text: str, kind: str = "TX", status: str = "F") -> str:
    return f"OBX|{number}|{kind}|{code}||{text}||||||{status}"


DIAGNOSIS = section(1, "22637-3^Path report.final diagnosis^LN", "Left breast: invasive ductal carcinoma, grade 2.")
HISTORY = section(2, "22636-5^Path report.relevant Hx^LN", "Carcinoma of the colon, pT4 pN2.")


def report(
    *observations: str, code: str = "11529-5^Surgical pathology study^LN", section_: str = "", status: str = "F",
    number: str = "S26-1", site: str = "", person: str = PERSON,
) -> bytes:  # fmt: skip
    fields = dict.fromkeys(range(1, 26), "") | {3: number, 4: code, 7: "20261119080000+0100", 15: site}
    fields |= {22: "20261120160000+0100", 24: section_, 25: status}
    request = "|".join(["OBR", *(fields[at] for at in sorted(fields))])
    return message(person, request, *(observations or (DIAGNOSIS,)))


def read(sent: bytes) -> Translation:
    (one,) = split(sent.decode())
    return translate(one, READING)


def report_in(sent: bytes) -> PathologyReport:
    (event,) = read(sent).events
    assert event.topic == "pathology-reports"
    assert isinstance(event.record, PathologyReport)
    return event.record


def test_a_report_arrives_under_its_patient_and_number_when_it_was_issued() -> None:
    sent = report(site="BRST&Breast, left")
    found = report_in(sent)
    assert found.text == "Final diagnosis:\nLeft breast: invasive ductal carcinoma, grade 2."
    assert found.time == datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert (found.patient, found.specimen) == (pseudonym_in(sent, READING), "Breast, left")
    assert "S26" not in found.report
    assert read(sent).troubles == []


def test_one_report_as_document_and_as_result_is_one() -> None:
    (event,) = read(document()).events
    assert isinstance(event.record, PathologyReport)
    assert report_in(report(number="S26-4711^LAB")).report == event.record.report


def test_what_a_patient_once_had_is_not_read_as_found() -> None:
    # NAACCR, volume V: sections by their LOINC codes; the text need not repeat what the code says.
    sections = [HISTORY, section(3, "22634-0^Path report.gross observation^LN", "A mass of 9 cm."), DIAGNOSIS]
    for sent in (report(*sections), document(*sections)):
        (event,) = read(sent).events
        assert isinstance(event.record, PathologyReport)
        assert event.record.text.startswith("Clinical history:\nCarcinoma of the colon")
        found = findings_of(event.record, "0.1.0").findings
        assert {(one.name, one.value) for one in found} >= {("grade", "2"), ("site", "breast")}
        assert not {one.value for one in found} & {"colorectum", "4", "2/2"}
        assert not {one.name for one in found} & {"pt", "pn", "size_mm"}


# Mirth at a hospital (public example of an ORU with CPT 88305): one text that brings its heading, and a coded value.
WRITTEN_OUT = (
    section(1, "22637-3^Pathology report final diagnosis^LN",
            "FINAL DIAGNOSIS:\\.br\\Left breast:\\.br\\- Invasive ductal carcinoma, grade 2", "FT"),
    "OBX|2|CE|33731-4^Histology type^LN||8500/3^Infiltrating duct carcinoma NOS^ICD-O-3||||||F",
)  # fmt: skip


def test_a_heading_that_is_there_is_not_doubled_and_a_code_beside_the_text_is_told() -> None:
    sent = report(*WRITTEN_OUT, code="88305^Surgical pathology^CPT")
    assert report_in(sent).text == "FINAL DIAGNOSIS:\nLeft breast:\n- Invasive ductal carcinoma, grade 2"
    assert [one.where for one in read(sent).unused] == ["OBX^2^3"]


@pytest.mark.parametrize(
    ("more", "code", "is_report"),
    [
        ({"section_": "SP"}, "1^own^L", True),
        ({"code": "11526-1^Pathology study^LN"}, "1^own^L", True),
        ({"code": "88305^Level IV^CPT"}, "1^own^L", True),
        ({"code": "1^own^L"}, "22637-3^Diagnosis^LN", True),
        ({"code": "1^own^L"}, "1^own^L", False),
        ({"code": "71046^Chest^CPT", "section_": "RAD"}, "1^own^L", False),
    ],
)
def test_a_request_is_of_pathology_by_section_code_or_content(more: dict[str, str], code: str, is_report: bool) -> None:  # noqa: FBT001 - a table's column
    sent = report(section(1, code, "Benign."), **more)
    translation = read(sent)
    assert [one.topic for one in translation.events] == ["pathology-reports"] * is_report
    assert bool(translation.unused) is not is_report


def test_sections_under_names_of_the_house_keep_their_names() -> None:
    own = [section(1, "D^Diagnosis^L", "Benign."), section(2, "H^Anamnese^L", "Carcinoma."),
           section(3, "ER^Estrogen receptor^L", "negative", "ST")]  # fmt: skip
    found = report_in(report(*own, section_="SP"))
    assert found.text == "Diagnosis:\nBenign.\nAnamnese:\nCarcinoma.\nEstrogen receptor: negative"


def test_a_report_whose_every_part_is_not_final_waits() -> None:
    for sent in (report(DIAGNOSIS, section(2, "22638-1^x^LN", "see below", status="P")), report(status="P")):
        translation = read(sent)
        assert translation.events == []
        assert [one.weight for one in translation.troubles] == ["left out"]


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        (report(DIAGNOSIS.replace("||||||F", "||||||W")), "OBX^1^11"),
        (report(number=""), "OBR^1^3"),
        (report(person="PID|||UNKNOWN"), "PID^1^3"),
        (report(section(1, "22637-3^x^LN", "a" * 100_001)), "OBX^1^5"),
        (report(section(1, "22637-3^x^LN", "\\H\\", "FT"), code="1"), "OBX^1^5"),
    ],
)
def test_a_report_at_fault_is_refused_with_the_place(sent: bytes, place: str) -> None:
    with pytest.raises(Unusable) as refused:
        read(sent)
    assert place in [one.where for one in refused.value.troubles]


def test_two_requests_are_two_reports() -> None:
    second = "OBR|2||S26-2|11529-5^x^LN|||20261119080000+0100"
    assert len({one.record.report for one in read(report(DIAGNOSIS, second, HISTORY)).events}) == 2  # type: ignore[union-attr]  # reports
