"""`wardwatch evaluate alarms`: recorded stays through the live rules, whatever the batches; clear refusals."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.split import parts_of
from models.watch.lab.burden import Heard
from schemas.vitals import VitalsFrame
from stream.commands.evaluate import alarms as command
from stream.feeds.events import FeedEvent
from stream.feeds.recordings import recorded
from stream.rehearsal import rehearse
from stream.rehearsal.alarms import RiskModelWithoutDrivers, play_alarms
from stream.settings import Settings
from tests.builders.risk_stays import a_stay, many_stays, write_psv

START = datetime(2026, 1, 1, tzinfo=UTC)


def evaluate(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def summary(*arguments: object) -> dict[str, Any]:
    done = evaluate(*arguments, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rehearsed(feed: list[FeedEvent]) -> tuple[Heard, int]:
    return play_alarms(iter(feed), RiskModelWithoutDrivers.load(device="cpu"), Settings(), lambda _: None)


def test_alarms_are_counted_by_kind_and_priority_with_and_without_the_rules(tmp_path: Path) -> None:
    racing = a_stay(24, HR=[122.0, 140.0] * 12, Resp=16.0)  # well, and so near the limit that one number ends nothing
    found = summary("--data", write_psv(tmp_path, p1=racing, p2=a_stay(24, Resp=16.0)))
    assert found["data"] == {"patients": 2, "septic": 0, "hours": 48, "refused": 0}
    assert found["before_onset"] == []
    racing_heart = next(one for one in found["alarms"] if one["condition"] == "heart-rate-high")
    assert (racing_heart["type"], racing_heart["priority"]) == ("physiological", "medium")
    assert racing_heart["limits"]["value"] == pytest.approx(6.0)  # twelve crossings in two days
    assert racing_heart["live"]["value"] == pytest.approx(0.5)  # one alarm
    assert racing_heart["held_back"] == pytest.approx(1 - 0.5 / 6.0, abs=1e-4)


def test_labelled_stays_tell_how_early_the_alarms_are(tmp_path: Path) -> None:
    septic = a_stay(20, onset_label=10, HR=[80.0] * 13 + [140.0] * 7)  # onset at the end of hour 17
    found = summary("--data", write_psv(tmp_path, p1=septic, p2=a_stay(20, HR=80.0)))
    assert found["data"]["septic"] == 1
    lead = next(one for one in found["before_onset"] if one["condition"] == "heart-rate-high")
    assert (lead["septic"]["value"], lead["others"]["value"]) == (1.0, 0.0)
    assert lead["lead_h"]["value"] == pytest.approx(3.5)  # hour 14's frame lies in the middle of the hour


def test_what_is_heard_does_not_depend_on_the_micro_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    racing = [80.0, 140.0, 150.0, 80.0, 80.0, 80.0]
    stays = read_stays(write_psv(tmp_path, p1=a_stay(6, HR=racing, Lactate=4.0), p2=a_stay(6, HR=racing[::-1])))
    feed = list(recorded(stays, START))
    together = rehearsed(feed)[0]
    monkeypatch.setattr(rehearse, "MAX_BATCH", 1)
    alone = rehearsed(feed)[0]
    assert sorted(alone.live) == sorted(together.live)
    assert sorted(alone.limits) == sorted(together.limits)
    assert alone.hours == together.hours
    assert together.live
    assert together.limits


def test_a_record_that_the_watch_path_would_refuse_is_counted_and_left_out(tmp_path: Path) -> None:
    feed = list(recorded(read_stays(write_psv(tmp_path, p1=a_stay(3))), START))
    patient, time = feed[0].patient, feed[-1].time
    ahead = VitalsFrame(patient=patient, time=time + timedelta(hours=1), heart_rate_bpm=300)
    broken = [FeedEvent("vitals", patient, time, b"{"), FeedEvent("vitals", patient, time, ahead)]
    heard, refused = rehearsed([*feed, *broken, FeedEvent("labs", patient, time, b"?")])
    assert refused == 3
    assert heard.hours == rehearsed(feed)[0].hours


def test_a_part_and_a_number_of_patients_can_be_chosen(tmp_path: Path) -> None:
    stays = many_stays(tmp_path, count=40)
    tune = int(np.sum(parts_of(stays.patient_id) == "tune"))
    assert summary("--data", tmp_path, "--part", "tune")["data"]["patients"] == tune
    assert summary("--data", tmp_path, "--patients", 2)["data"]["patients"] == 2


def test_the_tables_show_rates_with_intervals(tmp_path: Path) -> None:
    done = evaluate("--data", write_psv(tmp_path, p1=a_stay(20, onset_label=10, HR=140.0), p2=a_stay(9)))
    assert done.exit_code == 0, done.output
    assert "heart-rate-high" in done.stdout
    assert "held back" in done.stdout
    assert "alarms in the 12 h up to onset" in done.stdout
    assert "1000 resamples of patients" in done.stdout
    assert "not for clinical use" in done.stdout


def test_data_or_weights_that_cannot_be_used_end_in_one_sentence_and_status_two(tmp_path: Path) -> None:
    data = write_psv(tmp_path / "in", p1=a_stay(3))
    broken = write_psv(tmp_path / "broken", p1=a_stay(3).drop(columns="HR"))
    for arguments, said in (
        (("--data", broken), "p1.psv: lacks the columns HR"),
        (("--data", tmp_path / "absent"), "there is no such file or folder"),
        (("--data", data, "--model", tmp_path), "risk.safetensors is missing"),
    ):
        done = evaluate(*arguments)
        assert done.exit_code == 2
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_the_page_is_written_beside_what_is_printed(tmp_path: Path) -> None:
    data = write_psv(tmp_path, p1=a_stay(20, onset_label=10, HR=[80.0] * 13 + [140.0] * 7), p2=a_stay(20, HR=80.0))
    page = tmp_path / "alarms.html"
    found = summary("--data", data, "--report", page)
    assert "heart-rate-high" in page.read_text(encoding="utf-8")
    assert [one["technique"] for one in found["compared"]].count("NEWS2") == 2
    refused = evaluate("--data", data, "--report", tmp_path / "no" / "folder.html")
    assert refused.exit_code == 2
