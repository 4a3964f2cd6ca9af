"""A sender with another partitioner than ours beside one with ours: nobody's patient is watched by two workers.

The other sender is librdkafka as it comes: it takes the CRC32 of the key, and so puts most patients elsewhere.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.builders.foreign_senders import by_librdkafka
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
    if stack.kind == "embedded":
        pytest.skip("the embedded broker serves one worker")
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        yield one


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
        if killed:
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
