"""What odd producers and settings do to a ward is told on `ward-status` and by `/readyz`, within seconds."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from models.risk.model import RiskModel
from tests.builders.worker_process import a_worker
from tests.stack.conftest import Stack
from tests.stack.stories import admin_of
from tests.stack.ward import TestWard, expected, frames_of, ward

PATIENTS: Final = 4
SOON_S: Final = 60.0  # on a loaded machine
STEPS: Final = 5  # half a minute apart
SLOW_S: Final = 300

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def tested(stack: Stack, tmp_path: Path) -> AsyncIterator[TestWard]:
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        yield one


async def until_told(tested: TestWard, component: str, state: str, words: str) -> None:
    """Wait until it was said."""
    async with asyncio.timeout(SOON_S):
        while not any(  # noqa: ASYNC110 - nothing that one could wait on
            one["component"] == component and one["state"] == state and words in one["text"]
            for one in tested.seen.status
        ):
            await asyncio.sleep(0.2)


async def test_frames_from_a_producer_whose_clock_is_slow_are_not_refused_in_silence(
    stack: Stack, tested: TestWard, tmp_path: Path
) -> None:
    where: dict[str, Any] = {"broker": stack.broker, "redis_url": stack.redis, "group": tested.settings.group}
    with a_worker(tmp_path, **where) as worker:
        (web,) = await worker.ready()
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{web}/readyz")).status_code == 200
            async with AIOKafkaProducer(bootstrap_servers=stack.broker) as producer:
                for frame in frames_of(f"{stack.prefix}p", PATIENTS, STEPS):
                    await producer.send_and_wait(
                        "vitals",
                        frame.model_dump_json(exclude_none=True).encode(),
                        key=frame.patient.encode(),
                        timestamp_ms=round((time.time() - SLOW_S) * 1000),
                    )
            if stack.kind == "kafka":  # its topics are stamped by the broker: the slow clock does no harm
                await tested.settled()
                assert (await tested.applied())["vitals"] == STEPS * PATIENTS
                assert tested.seen.dead_letters == []
                return
            await until_told(tested, "log", "degraded", "none was applied")
            await until_told(tested, "feed", "degraded", "became dead letters")
            ready = await client.get(f"{web}/readyz")
            assert ready.status_code == 503
            assert ready.json()["applying"] is False


async def test_alerts_that_their_topic_does_not_take_are_told(stack: Stack, tested: TestWard) -> None:
    if stack.kind == "embedded":
        pytest.skip("the embedded broker takes a record of any size")
    frames = frames_of(f"{stack.prefix}p", PATIENTS, 40)
    alerts = ConfigResource(ConfigResourceType.TOPIC, "alerts", {"max.message.bytes": "300"})
    async with admin_of(stack.kafka_of_ours()) as admin:
        before = (await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "alerts")]))[0].resources
        await admin.alter_configs([alerts])
        try:
            worker = tested.worker()
            await worker.start()
            await until_told(tested, "outputs", "degraded", "topics take less than")
            await tested.feed(frames, 1000)
            await tested.settled()
            wanted = expected(frames, tested.settings, RiskModel.load())["alerts"]
            assert len(tested.seen.dead_letters) == len(wanted)
            assert worker.runs
        finally:
            kept = {entry[0]: entry[1] for entry in before[0][4] if entry[3] == 1}  # set on the topic
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "alerts", kept)])


async def test_two_groups_do_not_share_one_redis(stack: Stack, tested: TestWard, tmp_path: Path) -> None:
    if stack.kind == "kafka":
        pytest.skip("what the broker is makes no difference to Redis")
    await tested.worker().start()
    with a_worker(tmp_path, broker=stack.broker, redis_url=stack.redis, group="another") as worker:
        assert await worker.ended() == 1
        (sentence,) = worker.text().splitlines()
    assert sentence == (
        f"this Redis holds the states of the group '{tested.settings.group}'; give 'another' one of its own"
    )
