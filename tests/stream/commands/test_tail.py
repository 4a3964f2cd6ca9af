"""`wardwatch tail` shows every kind of record in a line, and of a dead letter never the content."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from schemas.topics import TOPICS
from schemas.wire import Wire
from stream import cli
from stream.commands.tail import as_alert, as_line, as_object, as_resource
from stream.delivery.dead_letters import dead_letter
from stream.feeds.simulate import Ward, simulated
from stream.subscriber.lines import line
from tests.builders.demo_records import a_forecast, a_frame, a_report, a_score, a_suggestion, an_alert

SECRET = "Jane-Doe-1961"  # noqa: S105 - it stands for patient data


@dataclass
class ARecord:
    topic: str
    value: bytes | None
    key: bytes | None = b"sim-01"
    partition: int = 1
    offset: int = 42
    timestamp: int = 1_700_000_000_000
    headers: list[tuple[str, bytes]] = field(default_factory=list)


def test_a_vitals_frame_is_a_readable_line() -> None:
    record = ARecord("vitals", a_frame(heart_rate_bpm=88.0, temperature_celsius=36.6).model_dump_json().encode())
    assert as_line(record).plain == "01 14:30:00  sim-01            HR 88  T 36.6"


def test_json_says_where_a_record_lies_and_what_it_says() -> None:
    said = as_object(ARecord("vitals", a_frame(heart_rate_bpm=88.0).model_dump_json().encode()))
    assert (said["topic"], said["partition"], said["offset"], said["key"]) == ("vitals", 1, 42, "sim-01")
    assert said["value"] == {"patient": "sim-01", "time": "2026-03-01T14:30:00Z", "heart_rate_bpm": 88.0}


@pytest.mark.parametrize("value", [b"\xff\xfe\x00", SECRET.encode(), b'{"patient": "Jane-Doe-1961"}', None])
def test_what_cannot_be_read_shows_its_size_alone(value: bytes | None) -> None:
    record = ARecord("vitals", value)
    assert as_object(record)["unreadable_bytes"] == len(value or b"")
    assert SECRET not in as_line(record).plain + str(as_object(record))


def test_a_dead_letter_shows_headers_and_size_and_never_the_content() -> None:
    original = ARecord("vitals", SECRET.encode(), partition=3, offset=7)
    letter = dead_letter(
        original,
        stage="decode",
        error="the value is no JSON",
        attempt=1,
        now=datetime(2026, 3, 1, tzinfo=UTC),
        app_version="1",
    )
    record = ARecord("dead-letters", letter.value, letter.key, headers=letter.headers)
    said = as_object(record)
    assert (said["bytes"], said["stage"], said["from"]) == (len(SECRET), "decode", "vitals/3/7")
    assert "decode" in as_line(record).plain
    assert SECRET not in as_line(record).plain + str(said)


def test_a_foreign_record_among_the_dead_letters_is_named_as_such() -> None:
    record = ARecord("dead-letters", SECRET.encode())
    assert "not one of our letters" in as_line(record).plain
    assert SECRET not in as_line(record).plain + str(as_object(record))


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (a_score({"heart_rate_bpm": 2}), "NEWS2 2 to 5, missing temperature_celsius, low"),
        (a_forecast(0.425, 3), "sepsis 42.5%, hour 3 closed"),
        (a_forecast(0.4, abstained=True), "sepsis abstained"),
        (an_alert("escalate", priority="high"), "⇈ escalate    high  SpO2 88 % (limit 90 %)"),
        (a_report(predicted="pneumonia"), "chest_xray: pneumonia · suspicious 93% urgent  (preliminary)"),
        (a_suggestion(), "Consider another drug than clopidogrel.  [CPIC 2022, Strong]"),
    ],
)
def test_an_output_says_what_matters(record: Wire, words: str) -> None:
    assert words in line(record).plain


def test_every_input_of_a_simulated_ward_has_words_of_its_own() -> None:
    ward = Ward(8, datetime(2026, 3, 1, tzinfo=UTC), hours=timedelta(hours=2) / timedelta(hours=1))
    for event in simulated(ward):
        if not isinstance(event.record, bytes):
            told = as_line(ARecord(event.topic, event.value)).plain
            assert type(event.record).__name__ not in told
            assert TOPICS[event.topic].flow == "in"


def test_an_alert_is_printed_as_an_alarm_manager_takes_it() -> None:
    record = ARecord("alerts", an_alert().model_dump_json().encode())
    assert json.loads(as_alert(record, "fhir") or "")["resourceType"] == "DeviceAlert"
    lines = (as_alert(record, "hl7") or "").splitlines()
    assert [line[:3] for line in lines[:4]] == ["MSH", "PID", "OBR", "OBX"]
    assert as_alert(ARecord("alerts", SECRET.encode()), "hl7") is None


@pytest.mark.parametrize(
    ("topic", "record", "kind"),
    [
        ("alerts", an_alert(), "Flag"),
        ("suggestions", a_suggestion(), "Bundle"),
        ("lesion-reports", a_report(), "DiagnosticReport"),
    ],
)
def test_what_a_record_system_takes_is_printed_as_a_resource_of_fhir_r4(topic: str, record: Wire, kind: str) -> None:
    printed = as_resource(ARecord(topic, record.model_dump_json().encode())) or ""
    assert "\n" not in printed
    assert json.loads(printed)["resourceType"] == kind
    assert as_resource(ARecord(topic, SECRET.encode())) is None


@pytest.mark.parametrize(
    "arguments",
    [["vitals", "--as", "fhir"], ["alerts", "--json", "--as", "hl7"], ["suggestions", "--as", "hl7"],
     ["forecasts", "--as", "fhir-r4"]],
)  # fmt: skip
def test_other_records_have_no_such_form(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["tail", *arguments])
    assert ended.value.code == 1
    said = " ".join(capsys.readouterr().err.split())
    assert f"--as {arguments[-1]} is for the topic alerts" in said
    assert ("suggestions, lesion-reports" in said) is (arguments[-1] == "fhir-r4")
