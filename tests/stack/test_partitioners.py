"""A sender with another partitioner than ours beside one with ours: nobody's patient is watched by two workers.

The other sender is librdkafka as it comes: it takes the CRC32 of the key, and so puts most patients elsewhere.
"""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from confluent_kafka import Producer

from schemas.vitals import VitalsFrame
from tests.stack.conftest import Stack
from tests.stack.mischief import Hands
from tests.stack.stories import Feed
from tests.stack.test_nothing_lost import assert_nothing_lost
from tests.stack.ward import TestWard, frames_of, ward

PATIENTS: Final = 12
STEPS: Final = 60
PARTS: Final = 6

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def tested(stack: Stack, tmp_path: Path) -> AsyncIterator[TestWard]:
    stack.kafka_of_ours()  # the embedded broker serves one worker
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        yield one


def sent_by_librdkafka(broker: str, frames: Sequence[VitalsFrame], **settings: Any) -> None:
    """Send frames as somebody does who has configured nothing else."""
    producer = Producer({"bootstrap.servers": broker, "log_level": 0, **settings})
    answers: list[Any] = []
    for frame in frames:
        producer.produce(
            "vitals",
            frame.model_dump_json(exclude_none=True).encode(),
            key=frame.patient.encode(),
            on_delivery=lambda error, _: answers.append(error),
        )
    assert producer.flush(60) == 0
    assert not any(answers)


async def test_two_workers_watch_patients_whom_two_partitioners_place_differently(
    stack: Stack, tested: TestWard
) -> None:
    workers = [tested.worker(), tested.worker()]
    for worker in workers:
        await worker.start()
    frames = frames_of(f"{stack.prefix}p", PATIENTS, STEPS)
    feed = Feed(Hands(tested, workers[0], stack.redis_server, stack.kafka_server), frames)
    for part in range(PARTS):
        if part % 2:
            until = round((part + 1) / PARTS * len(frames))
            sent_by_librdkafka(stack.broker, frames[feed.sent : until])
            feed.sent = until
            await feed.applied()
        else:
            await feed.to((part + 1) / PARTS)
    assert feed.successors == 0, workers[0].tail()
    assert all(worker.runs for worker in workers), "\n".join(worker.tail() for worker in workers)
    await tested.settled()
    assert_nothing_lost(tested, frames)
    assert tested.seen.doubles() == 0
    assert (await tested.applied())["vitals"] == len(frames)
