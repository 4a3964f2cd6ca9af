"""Documents: a signed pathology report arrives as it was written, under its patient; whatever is not taken is told."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.pathology import PathologyReport
from stream.gateway.conventions import Conventions
from stream.gateway.segments import split
from stream.gateway.translate import Translation, translate
from stream.gateway.trouble import Unusable
from tests.builders.hl7_messages import PERSON, message, pseudonym_in
from tests.stream.gateway.test_server import READING

TXA = "TXA|1|SP|TX|20261120090000+0100||||||||S26-4711^LAB|{parent}||||{signed}||{available}"


def document(
    *lines: str,
    trigger: str = "T02",
    kind: str = "SP",
    parent: str = "",
    signed: str = "LA",
    available: str = "AV",
    person: str = PERSON,
) -> bytes:
    observed = lines or ("OBX|1|TX|11529-5^Surgical pathology^LN||Invasive ductal carcinoma.||||||F",)
    header = TXA.format(parent=parent, signed=signed, available=available).replace("|SP|", f"|{kind}|")
    event = "EVN||20261121101500+0100"
    return message(event, person, "PV1||I|MICU^3^B", header, *observed, kind=f"MDM^{trigger}^MDM_T02")


def read(sent: bytes, reading: Conventions = READING) -> Translation:
    (one,) = split(sent.decode())
    return translate(one, reading)


def report_in(sent: bytes) -> PathologyReport:
    (event,) = read(sent).events
    assert event.topic == "pathology-reports"
    record: Any = event.record
    assert isinstance(record, PathologyReport)
    return record


def test_a_signed_pathology_report_arrives_as_it_was_written() -> None:
    lines = [
        "OBX|1|TX|11529-5^Surgical pathology^LN||Final diagnosis:~Breast, left \\T\\ right: benign.||||||F",
        "OBX|2|FT|11529-5^Surgical pathology^LN||\\H\\Margins\\N\\ 3 mm\\.br\\ER 5\\X25\\||||||F",
    ]
    report = report_in(document(*lines))
    assert report.text == "Final diagnosis:\nBreast, left & right: benign.\nMargins 3 mm\nER 5%"
    assert report.time == datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
    assert report.patient == pseudonym_in(document(), READING)
    assert "4711" not in report.report


@pytest.mark.parametrize(
    ("trigger", "parent", "is_the_same"),
    [("T02", "", True), ("T04", "", True), ("T08", "", True), ("T10", "S26-1", False), ("T06", "S26-1", True)],
)
def test_a_replacement_goes_by_the_document_that_it_replaces(trigger: str, parent: str, is_the_same: bool) -> None:  # noqa: FBT001 - a table's column
    original = report_in(document()).report
    assert (report_in(document(trigger=trigger, parent=parent)).report == original) is is_the_same
    replaced = report_in(document(trigger="T10", parent="S26-4711")).report
    assert replaced == original


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        (document(trigger="T01"), "MSH^1^9"),
        (document(trigger="T11"), "MSH^1^9"),
        (document(kind="DS"), "TXA^1^2"),
        (document(signed="IP"), "TXA^1^17"),
        (document(signed="DO"), "TXA^1^17"),
        (document(signed=""), "TXA^1^17"),
        (document(available="CA"), "TXA^1^19"),
        (document(available="OB"), "TXA^1^19"),
    ],
)
def test_what_is_no_signed_pathology_report_is_accepted_and_told(sent: bytes, place: str) -> None:
    translation = read(sent)
    assert translation.events == []
    assert [(one.where, one.weight) for one in translation.troubles] == [(place, "left out")]


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        (document(person="PID|||UNKNOWN"), "PID^1^3"),
        (document(person=f"{PERSON}\r{PERSON}"), "PID^1^3"),
        (document().replace(b"S26-4711^LAB", b""), "TXA^1^12"),
        (document("OBX|1|TX|11529-5^x^LN||||||||F"), "OBX^1^5"),
        (document("OBX|1|TX|11529-5^x^LN||" + "a" * 100_001), "OBX^1^5"),
        (document().replace(b"20261121101500+0100", b"2026"), "EVN^1^2"),
        (message(PERSON, kind="MDM^T02"), "TXA^1"),
    ],
)
def test_a_document_at_fault_is_refused_with_the_place(sent: bytes, place: str) -> None:
    with pytest.raises(Unusable) as refused:
        read(sent)
    assert refused.value.trouble.where == place


def test_a_picture_beside_the_text_is_told_and_listed() -> None:
    picture = "OBX|2|ED|11529-5^Surgical pathology^LN||^application^pdf^Base64^AAAA||||||F"
    translation = read(document("OBX|1|TX|11529-5^x^LN||Benign.||||||F", picture))
    assert len(translation.events) == 1
    assert [one.where for one in translation.unused] == ["OBX^2^2"]
