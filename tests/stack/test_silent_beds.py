"""A silent bed is told of, whoever heard it last, and telling of it holds nothing up."""

import asyncio
import signal
from pathlib import Path
from typing import Any, Final

import pytest

from stream.broker.topics import PARTITIONS, create_topics
from stream.settings import Settings
from stream.stack.embedded import EmbeddedBroker
from stream.state.client import redis_client
from stream.state.heard_beds import HeardBeds
from tests.builders.worker_process import PATIENCE_S, STUCK_S, a_worker
from tests.stack.conftest import Stack
from tests.stack.ward import Seen, TestWard, frames_of, ward

SILENT_S: Final = 5.0

pytestmark = pytest.mark.timeout(400)


async def kept(settings: Settings, patient: str) -> None:
    """Wait until Redis knows that this bed was heard."""
    async with redis_client(settings) as redis, asyncio.timeout(PATIENCE_S):
        beds = HeardBeds(redis, settings.state_ttl_s)
        while patient not in await beds.load(range(PARTITIONS), 0):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.1)


async def told(one: TestWard, patient: str) -> None:
    """Wait until ward-status says that this bed is silent."""
    async with asyncio.timeout(PATIENCE_S):
        while patient not in {status.get("patient") for status in one.seen.status}:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.1)


async def test_a_bed_that_fell_silent_before_a_worker_began_is_told_once(stack: Stack, tmp_path: Path) -> None:
    before, later = f"{stack.prefix}before-", f"{stack.prefix}later-"
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        env: dict[str, Any] = {"broker": stack.broker, "redis_url": stack.redis, "group": one.settings.group}
        with a_worker(tmp_path, **env) as first:
            await first.ready()
            await one.feed(frames_of(before, patients=1, steps=2), per_s=100)
            await kept(one.settings, before + "0")
            first.signal(signal.SIGTERM)
            assert await first.ended() == 0
        assert one.seen.status == []
        with a_worker(tmp_path, **env, silent_bed_s=SILENT_S) as second:
            await told(one, before + "0")
            await one.feed(frames_of(later, patients=1, steps=2), per_s=100)
            await told(one, later + "0")  # many looks later
            assert second.runs
        news = [(status["patient"], status["state"]) for status in one.seen.status]
        assert news == [(before + "0", "degraded"), (later + "0", "degraded")]


async def test_a_broker_that_does_not_confirm_the_notice_of_a_silent_bed_is_noticed_itself(
    stack: Stack, tmp_path: Path
) -> None:
    if stack.kind == "kafka":
        pytest.skip("the broker is stopped for good: not the one that all tests share")
    with EmbeddedBroker() as broker:
        settings = Settings(broker=broker.address, redis_url=stack.redis)
        await create_topics(settings)
        env: dict[str, Any] = {
            "broker": broker.address,
            "redis_url": stack.redis,
            "silent_bed_s": SILENT_S,
            "stuck_s": STUCK_S,
        }
        with a_worker(tmp_path, **env) as worker:
            await worker.ready()
            one = TestWard(settings, tmp_path, Seen(), {})
            await one.feed(frames_of("p-", patients=1, steps=1), per_s=100)
            await kept(settings, "p-0")
            broker.stop()
            assert await worker.ended() == 1
            said = worker.said()
    assert [one["component"] for one in said if one["event"] == "degraded"] == ["feed"]
    (failed,) = [one for one in said if one["event"] == "worker-failed"]
    assert failed["reason"].startswith("no progress for ")
