"""The figures of the gateway's benchmark: the same messages for both, taken whole, and ratios to the right ruler."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from stream.bench.gateway_path import BARE, GATEWAY, SEND, Drain, GatewayResult, Memory, Size, Speed
from stream.bench.hl7_load import END, START, backlog, message
from stream.bench.result import Latency
from stream.gateway.answer import Verdict
from stream.gateway.framing import Block
from stream.gateway.memory import Memory as Remembered
from stream.gateway.reception import read, take
from tests.stream.gateway.test_translate import READING

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
MEASURED = {
    *("patient", "time", "device", "heart_rate_bpm", "spo2_percent", "respiratory_rate_per_min", "temperature_celsius"),
    *("systolic_mmhg", "diastolic_mmhg", "mean_arterial_mmhg"),
}


def test_the_messages_are_taken_whole_and_no_two_are_the_same() -> None:
    sent = [message("b-1", NOW), message("b-1", NOW)]
    assert sent[0] != sent[1]
    (arrived,) = read(Block(sent[0][len(START) : -len(END)]), READING)
    taken = take(arrived, READING, Remembered(), NOW)
    assert taken.verdict is Verdict.ACCEPTED
    assert (taken.translation.troubles, taken.translation.unused) == ([], [])
    (event,) = taken.translation.events
    assert json.loads(event.value).keys() == MEASURED


def test_a_backlog_is_as_long_as_asked_for_and_of_the_past() -> None:
    held = backlog("b-1", hours=0.5, every_s=10)
    assert len(held) == 180
    assert all(one.startswith(START) and one.endswith(END) for one in held)
    latest = datetime.strptime(held[-1].split(b"|")[6][:14].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    assert latest < datetime.now(UTC) < latest + timedelta(minutes=1)


@pytest.fixture
def result() -> GatewayResult:
    return GatewayResult(
        "Apache Kafka",
        "a machine",
        Size(),
        {GATEWAY: Speed(700, 600, 800, 900.0), BARE: Speed(1000, 900, 1100, 90.0)},
        {GATEWAY: Latency(10, 4.0, 10.0), BARE: Latency(10, 3.0, 9.0), SEND: Latency(10, 2.0, 5.0)},
        Drain(36_000, 100.0, 72.0, Latency(10, 8.0, 25.0)),
        Memory(1000, 80.0, 95.0, 100.0, 104.0),
    )


def test_each_ratio_is_to_its_ruler(result: GatewayResult) -> None:
    assert result.ratios == {
        "messages_per_s": 0.7,
        "answer_p50": 2.0,
        "drain_times_real_time": 72.0,
        "live_p99_while_draining": 2.5,
        "memory_last_to_first": 1.04,
    }
    assert result.as_json()["ratios"] == result.ratios
