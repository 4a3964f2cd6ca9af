"""The benchmark's figures: the same records for all, medians, ratios, and parts that add up to what was taken."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.vitals import VitalsFrame
from stream.bench import command_line
from stream.bench.check_path import PICTURES, CheckResult, Measurement, announced, rate
from stream.bench.latency import ReceivedAlert, UnequalError, latencies_by_id, require_same_alerts
from stream.bench.load import Load, frames
from stream.bench.pace import Mark, Pace, StalledError, follow, pace
from stream.bench.parts import PARTS, TORCH_THREADS, part_of, share_out
from stream.bench.processor import cpu_s, cpu_with_children_s
from stream.bench.result import Latency, Result, latency, speeds
from stream.cli import COMMANDS

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_the_load_is_as_large_as_asked_for_the_same_each_time_and_of_the_past() -> None:
    load = Load(frames=500, beds=7, every_s=2.0)
    events = list(frames(load, "b", NOW))
    assert len(events) == 500
    assert {event.topic for event in events} == {"vitals"}
    assert len({event.patient for event in events}) == 7
    assert [event.value for event in events] == [event.value for event in frames(load, "b", NOW)]
    times = [event.record.time for event in events if isinstance(event.record, VitalsFrame)]
    assert max(times) <= NOW
    assert max(times) - min(times) > timedelta(seconds=100)


def test_a_pace_is_what_happened_between_the_first_commit_and_the_last_but_one() -> None:
    marks = [Mark(10.0, 2_000, 1.5), Mark(12.0, 30_000, 3.0), Mark(14.0, 42_000, 4.5), Mark(14.5, 43_000, 4.5)]
    found = pace(marks)
    assert found.frames_per_s == 10_000
    assert found.cpu_us_per_frame == 75


def test_two_commits_tell_no_pace() -> None:
    with pytest.raises(StalledError, match="2 commits are too few"):
        pace([Mark(1.0, 500, 0.0), Mark(2.0, 600, 0.0)])


class Commits:
    """What a group has committed, each time it is asked."""

    def __init__(self, *counts: int) -> None:
        self.counts = list(counts)

    async def __call__(self) -> int:
        return self.counts.pop(0) if len(self.counts) > 1 else self.counts[0]


async def test_every_commit_is_marked_once_and_the_first_is_told() -> None:
    firsts: list[bool] = []
    cpu = iter(range(1000))
    marks = await follow(
        Commits(0, 0, 30, 30, 70, 100), 100, lambda: float(next(cpu)), 5.0, lambda: firsts.append(True)
    )
    assert [(mark.frames, mark.cpu_s) for mark in marks] == [(30, 2), (70, 4), (100, 5)]
    assert firsts == [True]


async def test_a_system_that_stands_still_is_told() -> None:
    with pytest.raises(StalledError, match="40 of 100"):
        await follow(Commits(0, 40), 100, lambda: 0.0, 0.1)


def test_medians_are_taken_over_repetitions_and_ratios_to_stock_faust() -> None:
    paces = {
        "wardwatch": [Pace(1000, 1 / rate, 0.1) for rate in (30, 10, 20)],
        "faust": [Pace(1000, 1 / rate, 0.4) for rate in (5, 4, 9)],
    }
    found = speeds(paces)
    assert found["wardwatch"].median == pytest.approx(20_000)
    assert (found["wardwatch"].lowest, found["wardwatch"].highest) == pytest.approx((10_000, 30_000))
    latencies = {"wardwatch": Latency(3, 4.04, 5.0)}
    result = Result("embedded", "a machine", Load(1000, 2, 1.0), found, 500.0, latencies, {"send": 1.0})
    assert result.ratios() == pytest.approx({"wardwatch": 4.0, "faust": 1.0})
    told = json.loads(json.dumps(result.as_json()))
    assert told["systems"]["wardwatch"]["ratio"] == 4.0
    assert told["systems"]["faust"]["cpu_us_per_frame"] == 400.0
    assert told["frame_to_alert"] == {"wardwatch": {"alerts": 3, "p50_ms": 4.0, "p99_ms": 5.0}}


def test_an_alert_counts_by_the_event_time_of_its_frame_once_and_of_the_wards_own_patients() -> None:
    after = NOW + timedelta(seconds=3)
    moments = {"before": after, "after": after + timedelta(milliseconds=1), "later": after + timedelta(seconds=9)}
    heard = [ReceivedAlert(name, "steady-01", moment, 10.0) for name, moment in moments.items()]
    heard += [
        ReceivedAlert("after", "steady-01", moments["after"], 99.0),
        ReceivedAlert("warm", "warm-01", moments["later"], 5.0),
    ]
    assert latencies_by_id(heard, "steady", after) == {"after": 10.0, "later": 10.0}


def test_the_benchmark_fails_when_a_system_did_not_raise_the_alerts_that_another_raised() -> None:
    require_same_alerts({"wardwatch": {"a": 1.0, "b": 2.0}, "faust-watch": {"b": 9.0, "a": 3.0}})
    with pytest.raises(UnequalError, match="of 3 are missing: wardwatch 1, faust-watch 1"):
        require_same_alerts({"wardwatch": {"a": 1.0, "b": 2.0}, "faust-watch": {"b": 9.0, "c": 3.0}})


def test_a_latency_is_told_by_median_and_99th_percentile_and_is_unknown_without_alerts() -> None:
    assert latency([float(ms) for ms in range(101)]) == Latency(101, 50.0, 99.0)
    assert latency([]).alerts == 0
    assert latency([]).p50_ms != latency([]).p50_ms


@pytest.mark.parametrize(
    ("stack", "part"),
    [
        (["numpy.core", "models.watch.frames", "stream.watch.handler", "asyncio.events"], "score and alarm"),
        (["torch.nn.modules", "models.risk.network", "models.watch.forecast"], "LSTM step"),
        (["models.risk.model", "models.watch.forecast", "concurrent.futures.thread", "threading"], "LSTM step"),
        (["concurrent.futures.thread", "threading"], "idle"),
        (["selectors", "asyncio.base_events"], "idle"),
        (["stream.delivery.decode", "stream.watch.handler"], "decode and validate"),
        (["redis.asyncio.connection", "stream.state.store", "stream.delivery.settle"], "Redis"),
        (["aiokafka.record.default_records", "aiokafka.producer.message_accumulator"], "send"),
        (["aiokafka.consumer.fetcher", "asyncio.events"], "fetch"),
        (["mode.services", "asyncio.events"], "Faust"),
        (["modern", "streams"], "other"),
    ],
)
def test_a_stack_belongs_to_the_innermost_part_that_is_known(stack: list[str], part: str) -> None:
    assert part_of(stack) == part


def test_every_module_of_the_table_is_reachable() -> None:
    """A row behind a shorter prefix of its own would never be found."""
    for number, (module, part) in enumerate(PARTS):
        assert part_of([module]) == part, number


def test_parts_add_up_to_the_time_that_was_taken() -> None:
    samples = {1: Counter({"send": 3, "Redis": 1, "idle": 96}), 2: Counter({"fetch": 5})}
    parts = share_out({1: 4.0, 2: 1.0, 3: 0.0}, samples, process_cpu_s=6.0)
    assert parts == {"send": 3.0, "Redis": 1.0, "fetch": 1.0, TORCH_THREADS: 1.0}


def test_the_check_path_is_told_as_a_share_of_the_bare_networks() -> None:
    path = rate([Measurement(10, 1.0, 2.0), Measurement(10, 5.0, 2.0), Measurement(30, 1.0, 3.0)])
    assert path == (10, 2, 30, 200)
    told = CheckResult(
        "a machine", "cpu", 10, {"check path": path, "networks": rate([Measurement(400, 1.0, 1.0)])}
    ).as_json()
    assert told["rates"]["check path"]["share"] == 0.025
    assert told["rates"]["networks"] == {
        "images_per_s": 400,
        "images_per_s_lowest": 400,
        "images_per_s_highest": 400,
        "cpu_ms_per_image": 2.5,
        "share": 1,
    }


def test_the_studies_of_the_benchmark_are_of_so_many_patients_and_of_both_kinds(tmp_path: Path) -> None:
    studies = announced(PICTURES + 2, tmp_path)
    assert len({study.patient for study in studies}) == PICTURES + 2
    assert [study.modality for study in studies[:4]] == ["DX", "US", "DX", "US"]
    assert studies[0].images == studies[PICTURES].images
    assert len(list(tmp_path.iterdir())) == PICTURES


def test_processor_time_is_that_of_a_process_and_its_children() -> None:
    program = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"
    before_s = cpu_with_children_s()
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603 our own words
        assert child.stdout is not None
        assert child.stdout.readline() == b"1\n"
        assert cpu_with_children_s() > before_s
        assert cpu_with_children_s() >= cpu_s(os.getpid()) + cpu_s(child.pid) > 0
        child.communicate(b"\n")


def test_calls_of_the_command_line_are_measured_beside_python_with_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command_line, "CALLS", [command_line.Call(("--help",), {"COLUMNS": "80"})])
    told: list[str] = []
    found = command_line.run(2, told.append)
    assert told == ["1 calls, 1 of 2", "1 calls, 2 of 2"]
    assert set(found.cpu_s) == {"COLUMNS=80 wardwatch --help"}
    assert found.ratio("COLUMNS=80 wardwatch --help") > 1
    assert json.loads(json.dumps(found.as_json()))["calls"].keys() == set(found.cpu_s)


def test_every_command_s_help_is_among_the_measured_calls() -> None:
    measured = {call.words for call in command_line.CALLS}
    assert measured >= {(name, "--help") for name in COMMANDS}
