"""Pathology reports through check and watch workers: read once, never in the way of a vital sign, never lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.pathology import PathologyReport
from schemas.vitals import VitalsFrame
from schemas.wire import Wire
from stream.broker.topics import create_topics, list_topics
from stream.settings import Settings
from tests.stack.conftest import Stack
from tests.stack.test_worker_life import PATIENCE_S, a_worker

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

TIME = datetime(2026, 1, 2, tzinfo=UTC)
HOSTILE = ("specimen: a. b. no carcinoma. er 5-90%. " * 100_000)[:100_000]
COLON = "Diagnosis: Sigmoid colon, resection: adenocarcinoma, pT3."
ILL = {"spo2_percent": 80.0, "heart_rate_bpm": 80.0, "respiratory_rate_per_min": 15.0, "systolic_mmhg": 120.0}


async def send(broker: str, *records: tuple[str, Wire]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker) as producer:
        for topic, record in records:
            key = record.patient.encode()  # type: ignore[attr-defined]  # every input has one
            await producer.send_and_wait(topic, record.model_dump_json(exclude_none=True).encode(), key=key)


@asynccontextmanager
async def said_of(patient: str, broker: str) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, Any]]]]:
    """What is said of a patient from now on: topic and record."""
    async with AIOKafkaConsumer(bootstrap_servers=broker, group_id=None) as consumer:
        states = await list_topics(Settings(broker=broker), ["alerts", "pathology-findings", "suggestions"])
        consumer.assign([TopicPartition(state.name, number) for state in states for number in range(state.partitions)])
        await consumer.seek_to_end()

        async def those() -> AsyncIterator[tuple[str, dict[str, Any]]]:
            async for record in consumer:
                if record.key == patient.encode():
                    yield record.topic, json.loads(record.value)

        yield those()


async def test_vital_signs_are_answered_while_reports_lie_unread_and_each_is_read_although_its_reader_is_killed(
    stack: Stack, tmp_path: Path
) -> None:
    patient = f"{stack.prefix}p-1"
    where: dict[str, Any] = {"broker": stack.broker, "redis_url": stack.redis, "group": f"{stack.prefix}g"}
    await create_topics(Settings(broker=stack.broker))
    reports = [
        ("pathology-reports", PathologyReport(patient=patient, time=TIME, report=f"r-{number}", text=text))
        for number, text in enumerate([*[HOSTILE] * 5, COLON])
    ]
    frames = [
        ("vitals", VitalsFrame(patient=patient, time=TIME + timedelta(seconds=20 * number), **ILL))
        for number in range(3)
    ]
    async with said_of(patient, stack.broker) as said, asyncio.timeout(2 * PATIENCE_S):
        with a_worker(tmp_path, "watch", **where) as watch:
            await watch.ready()
            await send(stack.broker, *reports, *frames)
            # A proposal, which the alarm causes, may come from its topic before the alert does
            alert = await anext(record async for topic, record in said if topic == "alerts")
            assert alert["condition"] == "spo2-low"
            (tmp_path / "first").mkdir()
            (tmp_path / "second").mkdir()
            with a_worker(tmp_path / "first", "check", **where) as check:
                await check.ready()  # it may have begun to read
            read, proposed = list[str](), set[str]()
            with a_worker(tmp_path / "second", "check", **where):
                while "r-5" not in read or "colorectal-dpyd-unknown" not in proposed:
                    topic, record = await anext(said)
                    read += [record["report"]] if topic == "pathology-findings" else []
                    proposed |= {record["rule"]} if topic == "suggestions" else set()
    assert list(dict.fromkeys(read)) == [f"r-{number}" for number in range(6)]
