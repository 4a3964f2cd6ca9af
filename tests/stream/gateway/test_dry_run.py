"""`gateway decode` and `gateway unknown`: the same code as live, over files, with no network."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import generate_latest

from stream import cli
from stream.gateway.framing import Block, framed
from stream.gateway.memory import Memory
from stream.gateway.reception import read, take
from stream.gateway.tally import Tally
from tests.builders.hl7_messages import HEART_RATE, PERSON, SYSTOLIC, message, observed, request
from tests.builders.hl7_orders import GIVE, control, encoded, genetic, imaged
from tests.stream.gateway.test_beds import beat, moved
from tests.stream.gateway.test_translate import READING

UNKNOWN = "OBX|3|NM|PI^Perfusion^99OURS||1.7|%|||||R"


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WARDWATCH_IDENTITY_KEY_FILE", raising=False)


def ran(capsys: pytest.CaptureFixture[str], *arguments: str | Path, status: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(["gateway", *map(str, arguments)])
    said = capsys.readouterr()
    assert ended.value.code == status, said.err
    return said.err if status else said.out


def decoded(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ran(capsys, "decode", *arguments, "--json").splitlines()]


def test_a_message_is_shown_with_all_that_becomes_of_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "one.hl7"
    file.write_bytes(observed(SYSTOLIC, HEART_RATE, UNKNOWN))
    (said,) = decoded(capsys, file)
    assert said.keys() == {
        *("file", "index", "control_id", "profile", "ack", "answer", "records", "told", "alarms", "unused")
    }
    assert (said["file"], said["index"], said["control_id"], said["ack"]) == (str(file), 1, "42", "AA")
    (record,) = said["records"]
    assert (record["topic"], record["patient_of"], record["record"]["heart_rate_bpm"]) == ("vitals", "700123", 92)
    assert [one["place"] for one in said["told"]] == ["OBX^3^3"]
    assert said["unused"] == [{"place": "OBX^3^3", "code": "PI^Perfusion^99OURS", "why": said["told"][0]["sentence"]}]


@pytest.mark.parametrize(
    "content",
    [
        observed(SYSTOLIC) + observed(SYSTOLIC),
        framed(observed(SYSTOLIC)) + framed(observed(SYSTOLIC)),
        b"[09:15] sent\n" + framed(observed(SYSTOLIC)) + b"\n" + framed(observed(SYSTOLIC)),
        framed(observed(SYSTOLIC) + observed(SYSTOLIC)),
        b"BHS|^~\\&|X\r" + observed(SYSTOLIC) + observed(SYSTOLIC) + b"BTS|2\r",
        (observed(SYSTOLIC) + observed(SYSTOLIC)).replace(b"\r", b"\n"),
    ],
)
def test_a_file_is_read_bare_framed_or_as_a_stream(
    content: bytes, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "two").write_bytes(content)
    said = decoded(capsys, tmp_path / "two")
    assert [(one["index"], one["ack"], len(one["records"])) for one in said] == [(1, "AA", 1), (2, "AA", 1)]


def test_orders_and_results_are_shown_as_they_would_be_sent(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sent = encoded(control(), GIVE, control("ZZ"), GIVE), imaged(), genetic()
    (tmp_path / "orders").write_bytes(b"".join(map(framed, sent)))
    drug, image, gene = decoded(capsys, tmp_path / "orders")
    said = [(one["ack"], one["records"][0]["topic"], one["records"][0]["patient_of"]) for one in (drug, image, gene)]
    assert said == [("AA", topic, "700123") for topic in ("medications", "imaging-orders", "genomics")]
    assert drug["records"][0]["record"]["rxnorm"] == "32968"
    assert [one["place"] for one in drug["told"]] == [one["place"] for one in drug["unused"]] == ["ORC^2^1"]


def test_a_block_that_is_cut_is_no_message_and_is_told_apart(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "stream").write_bytes(b"\x0b" + observed(SYSTOLIC) + framed(observed(HEART_RATE)))
    with pytest.raises(SystemExit):
        cli.main(["gateway", "decode", str(tmp_path / "stream"), "--json"])
    said = capsys.readouterr()
    (one,) = map(json.loads, said.out.splitlines())
    assert one["records"][0]["record"].get("systolic_mmhg") is None
    assert "is not answered" in said.err


def test_a_folder_is_one_feed_in_the_order_of_its_names(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name, sent in {"a": moved("A01", 0, "P1"), "b": beat(5, 80), "c/d": beat(6, 81)}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(sent)
    said = decoded(capsys, tmp_path)
    assert [one["records"][0]["patient_of"] for one in said] == ["P1", "P1", "P1"]


def test_what_can_not_be_read_is_a_message_at_fault(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"hello")
    (said,) = decoded(capsys, tmp_path)
    assert (said["ack"], said["control_id"], said["records"]) == ("AE", "", [])


def test_zone_authority_and_profile_are_those_that_are_given(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "one").write_bytes(observed(SYSTOLIC, time="20260701120000", sent=""))
    assert decoded(capsys, tmp_path)[0]["ack"] == "AE"
    (here,) = decoded(capsys, tmp_path, "--zone", "Europe/Berlin", "--profile", "philips-iic")
    assert here["records"][0]["record"]["time"] == "2026-07-01T12:00:00+02:00"
    assert here["profile"] == "philips-iic"
    assert "no time zone" in ran(capsys, "decode", tmp_path, "--zone", "Mars/Dune", status=1)
    assert "no profile 'none'" in ran(capsys, "decode", tmp_path, "--profile", "none", status=1)
    assert "A=B" in ran(capsys, "decode", tmp_path, "--same-authority", "1.2.3", status=1)


def test_what_the_sender_is_sent_is_shown_beside_what_became_of_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(message(PERSON, request(), SYSTOLIC, more="|||AL|NE"))
    (tmp_path / "b").write_bytes(message(PERSON, request(), SYSTOLIC, more="|||NE|NE"))
    assert [(one["ack"], one["answer"]) for one in decoded(capsys, tmp_path)] == [("AA", "CA"), ("AA", None)]


def test_a_monitors_alarm_is_listed_as_it_was_sent_and_becomes_a_record(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    alert = (
        "OBR|1|||196616^MDC_EVT_ALARM^MDC|||20261121101500+0100",
        "OBX|1|ST|196648^MDC_EVT_HI_GT_LIM^MDC|1.0.0.0.1|HR high|||||||R",
        "OBX|2|ST|68165^MDC_ATTR_EVENT_PHASE^MDC|1.0.0.0.2|start|||||||R",
    )
    (tmp_path / "a").write_bytes(message(PERSON, *alert, kind="ORU^R40"))
    (tmp_path / "b").write_bytes(observed("OBX|1|TX|2^Yellow Alarm^MDIL-ALERT||SpO2 low||||||F"))
    alert_said, alarm_said = decoded(capsys, tmp_path)
    assert (alert_said["ack"], [one["topic"] for one in alert_said["records"]]) == ("AA", ["device-alarms"])
    assert (alert_said["records"][0]["patient_of"], alert_said["told"]) == ("700123", [])
    assert alert_said["alarms"] == [
        {
            "place": "OBR^1",
            "code": "196648^MDC_EVT_HI_GT_LIM^MDC",
            "said": "HR high",
            "attributes": {"MDC_ATTR_EVENT_PHASE": "start"},
        }
    ]
    assert ([one["topic"] for one in alarm_said["records"]], alarm_said["told"]) == (["device-alarms"], [])
    assert alarm_said["alarms"][0]["said"] == "SpO2 low"


def test_the_table_shows_every_record_and_every_trouble(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(observed(SYSTOLIC, UNKNOWN))
    (tmp_path / "two").write_bytes(observed("OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC||||||||X"))
    said = ran(capsys, "decode", tmp_path)
    assert all(word in said for word in ("record vitals", "700123", "systolic_mmhg 118.0", "OBX^2^3", "not used"))
    assert "nothing else that is used" in said


def test_pseudonyms_are_those_of_the_live_gateway_where_its_key_is_known(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("a key of sixteen bytes or more")
    (tmp_path / "one.hl7").write_bytes(observed(SYSTOLIC))
    without, again = (decoded(capsys, tmp_path / "one.hl7")[0]["records"][0]["record"]["patient"] for _ in range(2))
    monkeypatch.setenv("WARDWATCH_IDENTITY_KEY_FILE", str(tmp_path / "key"))
    live = decoded(capsys, tmp_path / "one.hl7")[0]["records"][0]["record"]["patient"]
    assert without == again != live


def test_what_is_not_used_is_listed_by_sender_and_code(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(observed(SYSTOLIC, UNKNOWN) + observed(UNKNOWN, HEART_RATE.replace("|92|", "|?|")))
    said = [json.loads(line) for line in ran(capsys, "unknown", tmp_path, "--json").splitlines()]
    assert [(one["times"], one["sender"], one["code"]) for one in said] == [
        (2, "MONITORS|WARD", "PI^99OURS"),
        (1, "MONITORS|WARD", "147842^MDC"),
    ]
    assert "PI^99OURS" in ran(capsys, "unknown", tmp_path)


def test_a_running_gateway_is_asked_by_its_metrics(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tally = Tally()
    asked: list[str] = []
    for arrived in read(Block(observed(SYSTOLIC, UNKNOWN)), READING):
        taken = take(arrived, READING, Memory(), None)
        tally.answered(taken, taken.verdict, taken.translation.troubles, datetime(2026, 11, 21, 9, 15, tzinfo=UTC))

    def answer(address: str, *, timeout: float) -> httpx.Response:
        assert timeout > 0
        asked.append(address)
        return httpx.Response(200, content=generate_latest(tally.registry), request=httpx.Request("GET", address))

    monkeypatch.setattr(httpx, "get", answer)
    capsys.readouterr()  # what the tally logged
    (line,) = ran(capsys, "unknown", "--at", "http://127.0.0.1:9100/", "--json").splitlines()
    said = json.loads(line)
    assert (said["sender"], said["code"], said["times"]) == ("MONITORS|WARD", "PI^99OURS", 1)
    monkeypatch.setenv("WARDWATCH_WEB_PORT", "9101")
    ran(capsys, "unknown")
    assert asked == ["http://127.0.0.1:9100/metrics", "http://127.0.0.1:9101/metrics"]


def test_where_no_gateway_runs_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no gateway serves /metrics" in ran(capsys, "unknown", "--at", "http://127.0.0.1:1", status=1)
    assert "--at" in ran(capsys, "unknown", status=1)
