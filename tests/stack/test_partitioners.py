"""A sender with another partitioner than ours beside one with ours: nobody's patient is watched by two workers.

The other sender is librdkafka as it comes: it takes the CRC32 of the key, and so puts most patients elsewhere.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from aiokafka.admin import NewPartitions
from confluent_kafka import Producer

from stream.broker.topics import PARTITIONS, list_topics
from tests.builders.foreign_senders import by_librdkafka
from tests.stack.conftest import Stack
from tests.stack.mischief import Hands
from tests.stack.stories import Feed, admin_of, make_vitals_anew
from tests.stack.test_nothing_lost import assert_nothing_lost
from tests.stack.ward import TestWard, frames_of, ward

PATIENTS: Final = 12
STEPS: Final = 60
PARTS: Final = 6

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def tested(stack: Stack, tmp_path: Path) -> AsyncIterator[TestWard]:
    if stack.kind == "embedded":
        pytest.skip("the embedded broker serves one worker")
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        yield one
    (vitals,) = await list_topics(one.settings, ["vitals"])
    if vitals.partitions != PARTITIONS:  # other tests share the broker
        await make_vitals_anew(one.settings)


@pytest.mark.parametrize("killed", [False, True], ids=["", "killed while they move"])
async def test_two_workers_watch_patients_whom_two_partitioners_place_differently(
    stack: Stack, tested: TestWard, *, killed: bool
) -> None:
    workers = [tested.worker(), tested.worker()]
    await asyncio.gather(*(worker.start() for worker in workers))
    frames = frames_of(f"{stack.prefix}p", PATIENTS, STEPS)
    feed = Feed(Hands(tested, workers[0], stack.redis_server, stack.kafka_server), frames)
    for part in range(PARTS):
        if part % 2 == 0:
            await feed.to((part + 1) / PARTS)
            continue
        until = round((part + 1) / PARTS * len(frames))
        by_librdkafka(stack.broker, frames[feed.sent : until])
        feed.sent = until
        if killed and part == 1:
            await asyncio.sleep(0.1)  # some are moved by then, and none of that is committed
            await asyncio.gather(*(worker.kill() for worker in workers))
            await asyncio.gather(*(worker.start() for worker in workers))
        await feed.applied()
    assert feed.successors == 0, workers[0].tail()
    assert all(worker.runs for worker in workers), "\n".join(worker.tail() for worker in workers)
    await tested.settled()
    assert_nothing_lost(tested, frames)
    assert (await tested.applied())["vitals"] == len(frames)
    assert tested.seen.dead_letters == []
    assert any("moved there" in one["text"] for one in tested.seen.status if one.get("part") == "partitioner")
    if not killed:
        assert tested.seen.doubles() == 0


async def test_a_sender_that_still_knows_the_former_number_of_partitions_splits_no_patient(
    stack: Stack, tested: TestWard
) -> None:
    workers = [tested.worker(), tested.worker()]
    await asyncio.gather(*(worker.start() for worker in workers))
    frames = frames_of(f"{stack.prefix}p", PATIENTS, STEPS)
    feed = Feed(Hands(tested, workers[0], stack.redis_server, stack.kafka_server), frames)
    settings = {"bootstrap.servers": stack.broker, "partitioner": "murmur2_random", "log_level": 0}
    former = Producer(settings | {"topic.metadata.refresh.interval.ms": -1})

    async def by_the_former(share: float) -> None:
        until = round(share * len(frames))
        for frame in frames[feed.sent : until]:
            former.produce("vitals", frame.model_dump_json(exclude_none=True).encode(), key=frame.patient.encode())
        assert former.flush(60) == 0
        feed.sent = until
        await feed.applied()

    await by_the_former(0.2)
    async with admin_of(stack.kafka_of_ours()) as admin:
        await admin.create_partitions({"vitals": NewPartitions(total_count=PARTITIONS + 4)})
    await by_the_former(0.4)
    await feed.to(0.7)
    await by_the_former(0.8)
    await feed.to(1.0)
    assert feed.successors == 0, workers[0].tail()
    assert all(worker.runs for worker in workers), "\n".join(worker.tail() for worker in workers)
    assert_nothing_lost(tested, frames)
    assert (await tested.applied())["vitals"] == len(frames)
