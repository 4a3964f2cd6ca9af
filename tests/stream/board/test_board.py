"""What the board shows of a ward, and to whom."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.alerts import Confirmation, WardStatus
from schemas.identity import device_alarm_id
from stream.board.feed import Feed
from stream.board.link import Link
from stream.board.server import PortInUseError, door, serving
from stream.board.snapshot import beds, step, ward_now
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


def shown(ward: Ward, now: datetime = NOW) -> list[dict[str, Any]]:
    return sorted(beds(ward, now).values(), key=lambda bed: bed["order"])


def labels(ward: Ward) -> list[str]:
    return [bed["label"] for bed in shown(ward)]


def above(ward: Ward, after_s: float = 0, **link: Any) -> dict[str, Any]:
    now = NOW + timedelta(seconds=after_s)
    return ward_now(ward, now, replace(Link(NOW, answered=now, read=now), **link))


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
    (bed,) = shown(ward)
    assert (bed["label"], bed["who"]) == ("1", "71f")
    assert bed["vitals"]["heart_rate_bpm"] == {"value": 131.0, "as_of": NOW.isoformat(), "points": 3}
    assert bed["vitals"]["spo2_percent"]["value"] is None
    assert bed["vitals"]["mean_arterial_mmhg"]["points"] is None
    assert (bed["news2"]["total"], bed["news2"]["upper"], bed["news2"]["complete"]) == (3, 6, False)


def test_a_bed_shows_what_its_devices_alarm_about_beside_our_alarms_which_name_them() -> None:
    by = Confirmation(alarm=device_alarm_id("sim-01", "monitor-4", "a-1"), priority="medium")
    ward = a_ward(("alerts", an_alert(confirmed_by=(by,))), ("device-alarms", a_device_alarm()))
    (bed,) = shown(ward)
    ((alarm,), (of_device,)) = bed["alarms"], bed["device_alarms"]
    assert alarm["confirmed_by"] == [of_device["id"]]
    assert (of_device["device"], of_device["priority"]) == ("monitor-4", "medium")
    assert of_device["text"] == "SpO2 LOW (monitor-4, physiological, spo2_percent 86 [90 to 100])"


def test_an_alarm_in_silence_does_not_stand_first() -> None:
    parent = an_alert(episode=1, priority="high", recipients=2)
    ward = a_ward(
        ("alerts", parent), ("alerts", an_alert(episode=2, signal="off", suppressed_by=parent.alert, presence=True))
    )
    (bed,) = shown(ward)
    assert [(one["first"], one["in_silence"], one["recipients"]) for one in bed["alarms"]] == [
        (True, False, 2),
        (False, True, 1),
    ]


def test_what_is_read_from_a_backlog_does_not_stand_first_until_it_is_said_again() -> None:
    ward = a_ward(("alerts", an_alert(signal="off", history=True)))

    def first() -> list[tuple[bool, bool]]:
        return [(one["first"], one["history"]) for one in shown(ward)[0]["alarms"]]

    assert first() == [(False, True)]
    ward.apply("alerts", an_alert("update"))
    assert first() == [(True, False)]
    ward.apply("alerts", an_alert("update", signal="ack", history=True))
    assert first() == [(True, True)]


def test_an_alarm_that_begins_to_sound_or_gets_worse_is_announced_and_no_other_step() -> None:
    ward = a_ward(("patients", an_admission()))
    said = step(ward, an_alert())
    assert said is not None
    assert (said["bed"], said["priority"], said["text"]) == ("1", "medium", "SpO2 88 % (limit 90 %)")
    assert step(ward, an_alert("escalate")) is not None
    quiet = (an_alert("update"), an_alert("end"), an_alert(signal="off"), an_alert(history=True))
    assert [step(ward, one) for one in quiet] == [None] * 4


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
    (bed,) = shown(ward)
    (one,) = bed["suggestions"]
    assert (one["source"], one["reference"], one["missing"]) == ("CPIC, 2022: Strong", "doi:1", ["allergies"])
    assert one["inputs"] == ["CYP2C19 Poor Metabolizer", "egfr 38.5"]
    assert one["voices"] == [{"text": "the DPWG advises a higher dose.", "source": "DPWG, 2021: not graded"}]
    ward.apply("vitals", a_frame(60, heart_rate_bpm=80.0))
    (bed,) = shown(ward)
    assert bed["suggestions"] == []


def test_a_proposal_that_was_withdrawn_is_not_shown() -> None:
    first = a_suggestion().model_copy(update={"expires": NOW + timedelta(hours=1)})
    ward = a_ward(("vitals", a_frame(59, heart_rate_bpm=80.0)), ("suggestions", first))
    gone = {"id": UUID(int=7), "proposal": first.id, "status": "withdrawn", "reason": "the order was stopped"}
    ward.apply("suggestions", first.model_copy(update=gone))
    (bed,) = shown(ward)
    assert bed["suggestions"] == []


def test_a_forecast_with_its_trend_and_a_report_in_a_line_are_shown() -> None:
    ward = a_ward(
        ("forecasts", a_forecast(0.02, 1)), ("forecasts", a_forecast(0.04, 2)), ("lesion-reports", a_report())
    )
    (bed,) = shown(ward)
    assert (bed["risk"]["probability"], bed["risk"]["trend"]) == (0.04, [0.02, 0.04])
    assert [report["text"].partition(":")[0] for report in bed["reports"]] == ["chest_xray"]


def test_what_is_away_is_shown_until_it_is_back() -> None:
    ward = a_ward(("vitals", a_frame(heart_rate_bpm=80.0)), ("ward-status", a_status()))
    ward.apply("ward-status", a_status(patient="sim-01"))
    assert [(one["component"], one["grave"]) for one in above(ward)["status"]] == [("state", False)]
    assert shown(ward)[0]["silent"] == NOW.isoformat()
    ward.apply("ward-status", a_status("restored"))
    ward.apply("ward-status", a_status("restored", patient="sim-01"))
    assert above(ward)["status"] == []
    assert shown(ward)[0]["silent"] is None


def test_a_bed_says_that_the_patient_is_away_and_its_alarms_stand_with_it_alone() -> None:
    quiet = an_alert().model_copy(update={"signal": "off", "inactivation": "alarm-paused"})
    ward = a_ward(("vitals", a_frame(heart_rate_bpm=80.0)), ("alerts", quiet))
    away = a_status(patient="sim-01").model_copy(update={"component": "alarms", "part": "away"})
    ward.apply("ward-status", away)
    (bed,) = shown(ward)
    assert (bed["settings"], bed["silent"], above(ward)["status"]) == (["away"], None, [])
    assert (bed["alarms"][0]["first"], bed["alarms"][0]["in_silence"]) == (False, True)
    ward.apply("ward-status", away.model_copy(update={"state": "restored"}))
    assert shown(ward)[0]["settings"] == []


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("localhost:8800", 200), ("LOCALHOST", 200), ("evil.example", 421), ("[::1]:80", 421)],
)
async def test_the_board_answers_under_its_own_names_only(host: str, status: int) -> None:
    async with serving(door("127.0.0.1", 0), ["localhost"], Feed()) as address, httpx.AsyncClient() as client:
        answer = await client.get(address, headers={"Host": host})
        assert answer.status_code == status
        assert ("Wardwatch board" in answer.text) is (status == 200)


@pytest.mark.parametrize(
    "request_line", ["GET /\x01{} HTTP/1.1", "GET http://[{} HTTP/1.1", "GET / HTTP/1.1\r\nBad {}: x"]
)
async def test_a_request_that_is_none_is_logged_without_a_word_of_it(
    request_line: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(door("127.0.0.1", 0), ["localhost"], Feed()) as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rstrip("/").rpartition(":")[2]))
        writer.write(f"{request_line.format('zzplanted')}\r\nHost: localhost\r\n\r\n".encode())
        assert (await reader.read()).startswith(b"HTTP/1.0 400 ")
        writer.close()
    assert "a request failed: " in caplog.text
    assert "zzplanted" not in caplog.text


async def test_the_page_may_load_nothing_from_elsewhere_and_is_kept_nowhere() -> None:
    async with serving(door("127.0.0.1", 0), ["127.0.0.1"], Feed()) as address, httpx.AsyncClient() as client:
        for part in ("", "page/board.js", "page/shared.js", "page/board.css"):
            answer = await client.get(address + part)
            assert answer.status_code == 200
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["a" * 5000, "..%2fserver.py", "%00", "absent.js"])
async def test_a_file_that_is_no_part_of_the_page_is_not_found_whatever_its_name(name: str) -> None:
    async with serving(door("127.0.0.1", 0), ["127.0.0.1"], Feed()) as address, httpx.AsyncClient() as client:
        assert (await client.get(f"{address}page/{name}")).status_code == 404


async def test_the_ward_is_pushed_and_a_reader_that_stays_does_not_keep_the_board_from_ending() -> None:
    feed = Feed("run")
    feed.see({"p-1": {"label": "1"}}, ["p-1"], ward={"now": "n"})
    async with (
        httpx.AsyncClient(timeout=10) as client,
        serving(door("127.0.0.1", 0), ["127.0.0.1"], feed) as address,
        client.stream("GET", f"{address}events") as answer,
    ):
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        assert [await anext(lines) for _ in range(9)] == [
            *("event: begin", "data: {}", ""),
            *("event: bed", 'data: {"label":"1"}', ""),
            *("event: ward", 'data: {"now":"n"}', "id: run-1"),
        ]
        await anext(lines)
        feed.see({"p-2": {"label": "2"}}, ["p-1", "p-2"])
        assert [await anext(lines) for _ in range(5)][1::3] == ['data: "p-1"', 'data: {"label":"2"}']


async def test_a_viewer_that_comes_back_gets_what_it_has_not_seen() -> None:
    feed = Feed("run")
    feed.see({"p-1": {"label": "1"}, "p-2": {"label": "2"}}, ["p-1", "p-2"])
    async with httpx.AsyncClient(timeout=10) as client, serving(door("127.0.0.1", 0), ["127.0.0.1"], feed) as address:

        async def first_event(last_event_id: str) -> str:
            async with client.stream("GET", f"{address}events", headers={"Last-Event-ID": last_event_id}) as answer:
                return await anext(answer.aiter_lines())

        assert await first_event("run-2") == "event: ward"
        assert await first_event("run-1") == "event: bed"
        assert await first_event("another-2") == "event: begin"


def test_a_port_in_use_is_noticed_before_anything_else_and_named() -> None:
    with door("127.0.0.1", 0) as other, pytest.raises(PortInUseError, match=r"^port \d+ of 127\.0\.0\.1 is in use"):
        door("127.0.0.1", other.getsockname()[1])


def test_a_bed_says_since_when_nobody_watches_its_partition() -> None:
    ward = Ward()
    ward.apply("vitals", a_frame(heart_rate_bpm=150.0), heard=NOW, partition=2)
    assert shown(ward)[0]["watch"]["state"] == "unknown"
    assert above(ward)["status"] == []  # a worker may yet be heard
    (grave,) = above(ward, 30)["status"]
    assert (grave["grave"], grave["text"].partition(":")[0]) == (True, "no worker has given a sign of life")
    beat = a_status("restored").model_copy(update={"component": "worker", "watches": (2,), "up_to": NOW})
    ward.apply("ward-status", beat, heard=NOW)
    assert shown(ward)[0]["watch"] == {"state": "watched", "since": None}
    assert above(ward, 8)["status"] == []
    (grave,) = above(ward, 10)["status"]
    assert grave["text"].startswith("no worker watches the ward")
    assert shown(ward, NOW + timedelta(seconds=10))[0]["watch"] == {"state": "unwatched", "since": NOW.isoformat()}


def test_why_nothing_on_the_board_is_of_now_is_said() -> None:
    ward = Ward()
    assert above(ward)["fault"] is None
    assert above(ward, 10, answered=NOW)["fault"]["text"].startswith("The broker does not answer")
    assert above(ward, 11, read=NOW)["fault"]["text"].startswith("The board is behind")
    not_read = ward_now(ward, NOW, Link(NOW, answered=NOW))
    assert not_read["fault"]["text"].startswith("The board is still reading")


def test_a_partial_news2_that_may_be_anything_has_no_band() -> None:
    ward = a_ward(("vitals", a_frame(heart_rate_bpm=80.0)), ("scores", a_score({"heart_rate_bpm": 0})))
    assert shown(ward)[0]["news2"]["band"] == "unknown"
    ward.apply("scores", a_score({"heart_rate_bpm": 3, "spo2_percent": 3, "systolic_mmhg": 3}))
    assert shown(ward)[0]["news2"]["band"] == "high"  # at least that


def test_a_number_is_as_old_as_it_was_published_or_was_measured_against_the_others() -> None:
    ward = Ward()
    late = NOW + timedelta(hours=5)  # a replay
    ward.apply("vitals", a_frame(-20, "sim-02", heart_rate_bpm=70.0), heard=late, partition=0)
    ward.apply("vitals", a_frame(0, "sim-01", heart_rate_bpm=80.0), heard=late, partition=0)
    first, second = (bed["vitals"]["heart_rate_bpm"]["as_of"] for bed in shown(ward, late))
    assert (first, second) == (late.isoformat(), (late - timedelta(minutes=20)).isoformat())
