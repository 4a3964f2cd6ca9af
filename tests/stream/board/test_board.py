"""What the board shows of a ward, and to whom."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from schemas.alerts import Confirmation, WardStatus
from schemas.identity import device_alarm_id
from stream.board.server import serving
from stream.board.snapshot import snapshot
from stream.subscriber.ward import Ward
from tests.builders.demo_records import (
    BY,
    NOW,
    a_device_alarm,
    a_forecast,
    a_frame,
    a_report,
    a_score,
    a_suggestion,
    an_admission,
    an_alert,
)


def a_ward(*records: tuple[str, object]) -> Ward:
    ward = Ward()
    for topic, record in records:
        ward.apply(topic, record)  # type: ignore[arg-type]  # wire models all
    return ward


def labels(ward: Ward) -> list[str]:
    return [bed["label"] for bed in snapshot(ward, NOW, None)["beds"]]


def a_status(state: str = "degraded", patient: str | None = None) -> WardStatus:
    alert = an_alert()
    return WardStatus.model_validate(
        {"id": alert.id, "time": NOW, "worker": "w1", "component": "feed" if patient else "state", "patient": patient}
        | {"state": state, "text": "away", "provenance": BY}
    )


def test_a_bed_shows_its_numbers_with_points_and_a_sensor_that_is_off() -> None:
    ward = a_ward(
        ("patients", an_admission()),
        ("vitals", a_frame(heart_rate_bpm=131.0, spo2_percent=0.0, mean_arterial_mmhg=71.0)),
        ("scores", a_score({"heart_rate_bpm": 3})),
    )
    (bed,) = snapshot(ward, NOW, NOW)["beds"]
    assert (bed["label"], bed["who"]) == ("1", "71f")
    assert bed["vitals"]["heart_rate_bpm"] == {"value": 131.0, "time": NOW.isoformat(), "points": 3}
    assert bed["vitals"]["spo2_percent"]["value"] is None
    assert bed["vitals"]["mean_arterial_mmhg"]["points"] is None
    assert (bed["news2"]["total"], bed["news2"]["upper"], bed["news2"]["complete"]) == (3, 6, False)


def test_a_bed_shows_what_its_devices_alarm_about_beside_our_alarms_which_name_them() -> None:
    by = Confirmation(alarm=device_alarm_id("sim-01", "monitor-4", "a-1"), priority="medium")
    ward = a_ward(("alerts", an_alert(confirmed_by=(by,))), ("device-alarms", a_device_alarm()))
    (bed,) = snapshot(ward, NOW, None)["beds"]
    ((alarm,), (of_device,)) = bed["alarms"], bed["device_alarms"]
    assert alarm["confirmed_by"] == [of_device["id"]]
    assert (of_device["device"], of_device["priority"]) == ("monitor-4", "medium")
    assert of_device["text"] == "SpO2 LOW (monitor-4, physiological, spo2_percent 86 [90 to 100])"
    assert [one["bed"] for one in snapshot(ward, NOW, None)["alarms"]] == ["sim-01"]  # ours alone


def test_the_worst_alarm_of_the_ward_stands_first_and_an_older_one_before_a_newer() -> None:
    ward = a_ward(
        ("alerts", an_alert(episode=1, priority="low")),
        ("alerts", an_alert(episode=2, priority="high", episode_start=NOW + timedelta(minutes=1))),
        ("alerts", an_alert(episode=3, priority="high", patient="sim-02")),
    )
    assert [(one["bed"], one["priority"]) for one in snapshot(ward, NOW, None)["alarms"]] == [
        ("sim-02", "high"),
        ("sim-01", "high"),
        ("sim-01", "low"),
    ]


def test_an_alarm_in_silence_stands_with_its_bed_alone() -> None:
    parent = an_alert(episode=1, priority="high", recipients=2)
    ward = a_ward(
        ("alerts", parent), ("alerts", an_alert(episode=2, signal="off", suppressed_by=parent.alert, presence=True))
    )
    shown_ward = snapshot(ward, NOW, None)
    assert [(one["priority"], one["recipients"]) for one in shown_ward["alarms"]] == [("high", 2)]
    assert [one["in_silence"] for one in shown_ward["beds"][0]["alarms"]] == [False, True]


def test_what_is_read_from_a_backlog_stands_with_its_bed_alone_until_it_is_said_again() -> None:
    past = an_alert(signal="off", history=True)
    ward = a_ward(("alerts", past))
    assert snapshot(ward, NOW, None)["alarms"] == []
    assert [one["history"] for one in snapshot(ward, NOW, None)["beds"][0]["alarms"]] == [True]
    ward.apply("alerts", an_alert("update"))
    assert len(snapshot(ward, NOW, None)["alarms"]) == 1
    ward.apply("alerts", an_alert("update", signal="ack", history=True))
    assert len(snapshot(ward, NOW, None)["alarms"]) == 1


def test_beds_stand_in_the_order_of_their_numbers() -> None:
    names = ("10", "2", "1B", "1A")
    ward = a_ward(
        *(("patients", an_admission(f"p-{name}", name)) for name in names),
        *(("vitals", a_frame(patient=f"p-{name}", heart_rate_bpm=80.0)) for name in names),
    )
    assert labels(ward) == ["1A", "1B", "2", "10"]


def test_who_was_discharged_or_never_more_than_admitted_is_not_shown() -> None:
    ward = a_ward(
        ("patients", an_admission("p-1", "1")),
        ("patients", an_admission("p-2", "2")),
        ("vitals", a_frame(patient="p-2", heart_rate_bpm=80.0)),
    )
    assert labels(ward) == ["2"]
    ward.apply("patients", an_admission("p-2", "2").model_copy(update={"status": "discharged"}))
    assert labels(ward) == []


def test_a_proposal_is_shown_with_its_source_until_it_expires_by_the_wards_own_clock() -> None:
    suggestion = a_suggestion().model_copy(update={"expires": NOW + timedelta(hours=1)})
    ward = a_ward(("vitals", a_frame(59, heart_rate_bpm=80.0)), ("suggestions", suggestion))
    (bed,) = snapshot(ward, NOW, None)["beds"]
    assert [one["source"] for one in bed["suggestions"]] == ["CPIC, 2022: Strong"]
    ward.apply("vitals", a_frame(60, heart_rate_bpm=80.0))
    (bed,) = snapshot(ward, NOW, None)["beds"]
    assert bed["suggestions"] == []


def test_a_proposal_that_was_withdrawn_is_not_shown() -> None:
    first = a_suggestion().model_copy(update={"expires": NOW + timedelta(hours=1)})
    ward = a_ward(("vitals", a_frame(59, heart_rate_bpm=80.0)), ("suggestions", first))
    gone = {"id": UUID(int=7), "proposal": first.id, "status": "withdrawn", "reason": "the order was stopped"}
    ward.apply("suggestions", first.model_copy(update=gone))
    (bed,) = snapshot(ward, NOW, None)["beds"]
    assert bed["suggestions"] == []


def test_a_forecast_with_its_trend_and_a_report_in_a_line_are_shown() -> None:
    ward = a_ward(
        ("forecasts", a_forecast(0.02, 1)), ("forecasts", a_forecast(0.04, 2)), ("lesion-reports", a_report())
    )
    (bed,) = snapshot(ward, NOW, None)["beds"]
    assert (bed["risk"]["probability"], bed["risk"]["trend"]) == (0.04, [0.02, 0.04])
    assert [report["text"].partition(":")[0] for report in bed["reports"]] == ["chest_xray"]


def test_what_is_away_is_shown_until_it_is_back() -> None:
    ward = a_ward(("vitals", a_frame(heart_rate_bpm=80.0)), ("ward-status", a_status()))
    ward.apply("ward-status", a_status(patient="sim-01"))
    away = snapshot(ward, NOW, None)
    assert [one["component"] for one in away["status"]] == ["state"]
    assert away["beds"][0]["silent"]
    ward.apply("ward-status", a_status("restored"))
    ward.apply("ward-status", a_status("restored", patient="sim-01"))
    back = snapshot(ward, NOW, None)
    assert back["status"] == []
    assert not back["beds"][0]["silent"]


def test_a_bed_says_that_the_patient_is_away_and_its_alarms_stand_with_it_alone() -> None:
    quiet = an_alert().model_copy(update={"signal": "off", "inactivation": "alarm-paused"})
    ward = a_ward(("vitals", a_frame(heart_rate_bpm=80.0)), ("alerts", quiet))
    away = a_status(patient="sim-01").model_copy(update={"component": "alarms", "part": "away"})
    ward.apply("ward-status", away)
    shown = snapshot(ward, NOW, None)
    (bed,) = shown["beds"]
    assert (bed["settings"], bed["silent"], shown["status"]) == (["away"], False, [])
    assert (shown["alarms"], bed["alarms"][0]["in_silence"]) == ([], True)
    ward.apply("ward-status", away.model_copy(update={"state": "restored"}))
    assert snapshot(ward, NOW, None)["beds"][0]["settings"] == []


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("localhost:8800", 200), ("LOCALHOST", 200), ("evil.example", 421), ("[::1]:80", 421)],
)
async def test_the_board_answers_under_its_own_names_only(host: str, status: int) -> None:
    async with serving("127.0.0.1", 0, ["localhost"], dict) as address, httpx.AsyncClient() as client:
        answer = await client.get(address, headers={"Host": host})
        assert answer.status_code == status
        assert ("Wardwatch board" in answer.text) is (status == 200)


@pytest.mark.parametrize(
    "request_line", ["GET /\x01{} HTTP/1.1", "GET http://[{} HTTP/1.1", "GET / HTTP/1.1\r\nBad {}: x"]
)
async def test_a_request_that_is_none_is_logged_without_a_word_of_it(
    request_line: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving("127.0.0.1", 0, ["localhost"], dict) as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rstrip("/").rpartition(":")[2]))
        writer.write(f"{request_line.format('zzplanted')}\r\nHost: localhost\r\n\r\n".encode())
        assert (await reader.read()).startswith(b"HTTP/1.0 400 ")
        writer.close()
    assert "a request failed: " in caplog.text
    assert "zzplanted" not in caplog.text


async def test_the_page_may_load_nothing_from_elsewhere_and_is_kept_nowhere() -> None:
    async with serving("127.0.0.1", 0, ["127.0.0.1"], dict) as address, httpx.AsyncClient() as client:
        for part in ("", "page/board.js", "page/board.css"):
            answer = await client.get(address + part)
            assert answer.status_code == 200
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
            assert answer.headers["Cache-Control"] == "no-store"


async def test_the_ward_is_pushed_and_a_reader_that_stays_does_not_keep_the_board_from_ending() -> None:
    async with (
        httpx.AsyncClient(timeout=10) as client,
        serving("127.0.0.1", 0, ["127.0.0.1"], lambda: {"beds": []}) as address,
        client.stream("GET", f"{address}events") as answer,
    ):
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            assert line == 'data: {"beds":[]}'
            break
