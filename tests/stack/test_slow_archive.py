"""An imaging archive that is slow, or never answers, costs its own studies and ends no worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.examples import EXAMPLES
from schemas.imaging import ImagingReady
from stream.broker.topics import create_topics, list_topics
from stream.settings import Settings
from stream.stack.ports import HOST
from tests.builders.worker_process import PATIENCE_S, STUCK_S, a_worker
from tests.stack.conftest import Stack

IMAGE_S = 6.0  # half of it for the fetch, which is tried three times
SLOW_S = 2.5  # an answer, just in time
AT_ONCE = 4  # images that are fetched at once

pytestmark = pytest.mark.timeout(400)


@asynccontextmanager
async def an_archive() -> AsyncIterator[str]:
    """It has no image, takes its time to say so, and says nothing at all about some."""
    over = asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(SLOW_S)
        return web.Response(status=404)

    async def hang(_: web.Request) -> web.Response:
        await over.wait()
        return web.Response(status=404)

    app = web.Application()
    app.add_routes([web.get("/slow/{image}", slow), web.get("/hang/{image}", hang)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        yield "{}:{}".format(*runner.addresses[0][:2])
    finally:
        over.set()
        await runner.cleanup()


def a_study(number: int, patient: str, archive: str, manner: str, images: int) -> ImagingReady:
    study = f"1.2.{number}"
    urls = [{"url": f"http://{archive}/{manner}/{n}", "sop_instance_uid": f"{study}.{n}"} for n in range(images)]
    return ImagingReady.model_validate(
        EXAMPLES["imaging-ready"][0] | {"patient": patient, "study_uid": study, "images": urls}
    )


async def announce(studies: list[ImagingReady], broker: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker) as producer:
        for study in studies:
            await producer.send("imaging-ready", study.model_dump_json().encode(), key=study.patient.encode())


@asynccontextmanager
async def answers(broker: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Reports and dead letters from now on."""
    async with AIOKafkaConsumer(bootstrap_servers=broker, group_id=None) as consumer:
        states = await list_topics(Settings(broker=broker), ["lesion-reports", "dead-letters"])
        consumer.assign([TopicPartition(state.name, number) for state in states for number in range(state.partitions)])
        await consumer.seek_to_end()
        yield consumer


async def topics_of(came: AIOKafkaConsumer, patient: str, most: int) -> list[str]:
    """Where the first so many records on a patient came."""
    topics: list[str] = []
    async for record in came:
        topics += [record.topic] if record.key == patient.encode() else []
        if len(topics) == most:
            break
    return topics


async def test_a_backlog_of_studies_that_outlasts_the_stuck_limit_is_worked_off(stack: Stack, tmp_path: Path) -> None:
    if stack.kind == "kafka":
        pytest.skip("what the broker is makes no difference to an archive")
    patient = f"{stack.prefix}p-1"  # one patient's studies are checked one after the other
    await create_topics(Settings(broker=stack.broker))
    async with an_archive() as archive, answers(stack.broker) as came:
        images = round(1.2 * STUCK_S / SLOW_S) * AT_ONCE
        hanging = [a_study(number, patient, archive, "hang", images=1) for number in range(2)]
        await announce([*hanging, a_study(9, patient, archive, "slow", images)], stack.broker)
        env = {"broker": stack.broker, "redis_url": stack.redis, "group": f"{stack.prefix}g"}
        limits = {"image_hosts": f'["{archive}"]', "image_timeout_s": IMAGE_S, "stuck_s": STUCK_S}
        with a_worker(tmp_path, "check", **env, **limits) as worker:
            reading = asyncio.create_task(topics_of(came, patient, most=len(hanging) + 1))
            ending = asyncio.create_task(worker.ended(2 * PATIENCE_S))
            await asyncio.wait({reading, ending}, return_when=asyncio.FIRST_COMPLETED)
            assert not ending.done(), worker.text()
    assert sorted(await reading) == ["dead-letters", "dead-letters", "lesion-reports"]
