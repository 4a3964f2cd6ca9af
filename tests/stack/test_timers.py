"""Nobody answers and nothing more comes: the next group is called all the same. The worker's clock is the test's."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from schemas.vitals import VitalsFrame
from stream.delivery import logbook
from stream.subscriber.listen import listening
from stream.worker import assembly
from stream.worker.assembly import Parts, Role, RolePath
from stream.worker.life import work
from tests.builders.worker_process import PATIENCE_S
from tests.stack.conftest import Stack
from tests.stack.ward import ward

ANSWER_S: Final = 300.0
"""How long an alarm at high priority waits for an answer (models/alarms/episodes.py)."""

pytestmark = pytest.mark.timeout(400)


class Clock:
    """The machine's clock, set forward by the test."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the watch path, and of its looks at the logs."""
    of_worker = Clock()

    @asynccontextmanager
    async def path(of: Parts) -> AsyncIterator[RolePath]:
        yield assembly.watch(of, None, of_worker)

    monkeypatch.setitem(assembly.ROLES, "watch", Role("patient", path))
    monkeypatch.setattr(logbook, "time", SimpleNamespace(time=of_worker))
    return of_worker


async def until(found: Any, expected: int) -> None:  # noqa: ANN401 - a list that grows
    async with asyncio.timeout(PATIENCE_S):
        while len(found()) < expected:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.1)


async def test_one_set_of_twenty_points_and_nothing_else_calls_the_second_group(
    stack: Stack, tmp_path: Path, clock: Clock
) -> None:
    patient = f"{stack.prefix}alone"
    severe = VitalsFrame(
        patient=patient,
        time=datetime.now(UTC),
        heart_rate_bpm=135,
        respiratory_rate_per_min=30,
        spo2_percent=80,
        systolic_mmhg=75,
        temperature_celsius=34.5,
        on_oxygen=True,
        consciousness="unresponsive",
    )
    alerts: list[dict[str, Any]] = []

    def called(group: int) -> list[dict[str, Any]]:
        mine = [one for one in alerts if one["patient"] == patient]
        return [one for one in mine if one["condition"] == "news2" and one["recipients"] == group]

    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        stop = asyncio.Event()
        async with listening(one.settings, ["alerts"]) as listener:

            async def listen() -> None:
                async for record in listener.records(stop):
                    alerts.append(json.loads(record.value))  # noqa: PERF401 - it is looked at while it grows

            hearing = asyncio.create_task(listen())
            working = asyncio.create_task(work(one.settings, "watch"))
            await until(lambda: one.seen.beats, 1)
            await one.feed([severe], per_s=100)
            await until(lambda: called(1), 1)
            clock.ahead_s = ANSWER_S - 30
            await asyncio.sleep(5)
            assert called(2) == []
            clock.ahead_s = ANSWER_S + 10
            await until(lambda: called(2), 1)
            os.kill(os.getpid(), signal.SIGTERM)
            assert await working == 0
            stop.set()
            await hearing
        assert len(called(2)) == 1
        await until(lambda: [beat for beat in one.seen.beats if not beat["watches"]], 1)
        assert {at for beat in one.seen.beats for at in beat["watches"]} >= {0, 1}
