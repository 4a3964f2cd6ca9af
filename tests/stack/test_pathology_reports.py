"""Pathology reports through check and watch workers: read once, never in the way of a vital sign, never lost."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.pathology import PathologyReport
from schemas.vitals import VitalsFrame
from stream.broker.topics import create_topics
from stream.settings import Settings
from tests.builders.pathology_report_topics import COLON, ILL, outputs_for, send
from tests.builders.worker_process import PATIENCE_S, a_worker
from tests.stack.conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

TIME = datetime(2026, 1, 2, tzinfo=UTC)
HOSTILE = ("specimen: a. b. no carcinoma. er 5-90%. " * 100_000)[:100_000]


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
    async with outputs_for(patient, stack.broker) as said, asyncio.timeout(2 * PATIENCE_S):
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
