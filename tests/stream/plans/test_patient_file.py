"""One patient's file in any of its forms gives the same records."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from stream.rehearsal.feed import Arrival, FeedError
from stream.rehearsal.patient_file import MOST_BYTES, read

EARLY: Final = {"patient": "p-1", "time": "2026-01-02T01:00:00Z", "lactate_mmol_per_l": 2.0}
LATE: Final = {"patient": "p-1", "time": "2026-01-02T02:00:00Z", "order": "o", "drug": "aspirin", "status": "active"}
LINES: Final = [{"topic": "labs", "record": EARLY}, {"topic": "medications", "record": LATE}]
NODULE: Final = {
    "patient": "p-1", "time": "2026-01-02T00:00:00Z", "context": "incidental", "kind": "solid", "diameter_mm": 7,
}  # fmt: skip


def event(topic: str, data: dict[str, Any]) -> dict[str, Any]:
    head = {"specversion": "1.0", "id": "1", "source": "urn:x", "type": f"org.wardwatch.{topic}.v1"}
    return head | {"time": data["time"], "datacontenttype": "application/json", "data": data}


def written(folder: Path, text: str) -> Path:
    file = folder / "patient.json"
    file.write_text(text, encoding="utf-8")
    return file


def told(arrivals: tuple[Arrival, ...]) -> list[tuple[str, int, bytes, Any]]:
    return [(one.topic, one.timestamp, one.key, json.loads(one.value)) for one in arrivals]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(json.dumps, LINES)),
        "\ufeff" + "\n\n".join(map(json.dumps, LINES)) + "\n",
        json.dumps(LINES, indent=2),
        json.dumps({"labs": EARLY, "medications": [LATE]}),
        json.dumps({"medications": [LATE], "labs": [EARLY]}),  # sorted by the times that they state
        json.dumps([event("labs", EARLY), event("medications", LATE)]),
        "\n".join(map(json.dumps, (event("labs", EARLY), LINES[1]))),
    ],
)
def test_every_form_gives_the_same_records(tmp_path: Path, text: str) -> None:
    found = read(written(tmp_path, text)).arrivals
    assert told(found) == [
        ("labs", 1_767_315_600_000, b"p-1", EARLY),
        ("medications", 1_767_319_200_000, b"p-1", LATE),
    ]
    assert [one.offset for one in found] == [1, 2]


def test_one_object_on_a_line_of_its_own_is_a_record(tmp_path: Path) -> None:
    assert [one.topic for one in read(written(tmp_path, json.dumps(LINES[0]))).arrivals] == ["labs"]
    assert [one.topic for one in read(written(tmp_path, json.dumps(event("labs", EARLY)))).arrivals] == ["labs"]


def test_what_a_gateway_made_of_messages_is_taken_and_what_it_did_not_use_is_counted(tmp_path: Path) -> None:
    record = {"patient_of": "x", "topic": "labs", "record": EARLY}
    lines = [
        {"file": "a", "records": [{"topic": "medications", "record": LATE}], "told": [{"code": "1"}], "unused": []},
        {"file": "a", "records": [record], "told": [], "unused": [{"code": "2"}, {"code": "3"}]},
    ]
    found = read(written(tmp_path, "\n".join(map(json.dumps, lines))))
    assert [one.topic for one in found.arrivals] == ["labs", "medications"]
    assert found.unused == 3
    assert read(written(tmp_path, json.dumps(lines[1]))).unused == 2
    with pytest.raises(FeedError, match="line 1, record 1: not of the form"):
        read(written(tmp_path, json.dumps({"records": [7]})))


def test_nodules_stand_beside_the_topics(tmp_path: Path) -> None:
    (nodule,) = read(written(tmp_path, json.dumps({"labs": [EARLY], "nodules": [NODULE]}))).nodules
    assert (nodule.kind, nodule.diameter_mm, nodule.risk) == ("solid", 7, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "patient.json, line 1: no JSON"),
        ('{"topic": "labs", "record": {}}\n{', "patient.json, line 2: no JSON"),
        ("[1]", "patient.json, entry 1: not of the form"),
        ('{"resourceType": "Bundle", "entry": []}', "it is FHIR; make records of it first: wardwatch gateway decode"),
        ('{"labs": 7}', "patient.json, labs, entry 1: not of the form"),
        ('{"secrets": {}}', "patient.json, secrets, entry 1: the topic is none"),
        (json.dumps(event("labs", EARLY) | {"type": "other"}), "the CloudEvent's type is none"),
        (
            json.dumps({"nodules": [NODULE | {"kind": "round"}]}),
            "patient.json, nodules, entry 1: kind: Input should be",
        ),
    ],
)
def test_what_has_none_of_the_forms_is_refused_by_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FeedError) as refused:
        read(written(tmp_path, text))
    assert words in str(refused.value)


def test_an_error_quotes_nothing_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(FeedError) as refused:
        read(written(tmp_path, json.dumps({"nodules": [NODULE | {"kind": "Mrs Miller"}]})))
    assert "Miller" not in str(refused.value)


def test_bytes_that_are_no_text_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "patient.json"
    file.write_bytes(b"\xff\xfe{")
    with pytest.raises(FeedError, match="no text in UTF-8"):
        read(file)
    with file.open("wb") as out:
        out.truncate(MOST_BYTES + 1)
    with pytest.raises(FeedError, match="larger than 64 MiB"):
        read(file)
