"""What odd producers do to a ward, for `make chaos` alone: poison, a wrong clock, what a transaction took back.

Each deed has a stack test of its own elsewhere; here it is done to a ward under a feed, and everything is counted.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.stack.poison import send_poison
from tests.stack.stories import Feed, Story, admin_of

WRONG_S: Final = 300.0
"""So far is a wrong clock from the right one."""
SLOWLY_PER_S: Final = 20.0
TAKEN_BACK: Final = 4


async def poison_amid_the_feed(feed: Feed) -> None:
    for share in (0.3, 0.6):
        await feed.to(share, wait=False)
        feed.poison += await asyncio.to_thread(send_poison, feed.hands.ward.settings.broker)
    await feed.to(1.0)


async def producers_clock_behind(feed: Feed) -> None:
    await wrong_clock(feed, -WRONG_S)


async def producers_clock_ahead(feed: Feed) -> None:
    await wrong_clock(feed, WRONG_S)


async def wrong_clock(feed: Feed, skew_s: float) -> None:
    """On topics that keep the producers' time-stamps, which are not as they should be."""
    await feed.to(0.3)
    async with stamped_by_producers(feed):
        await feed.to(0.75, skew_s=skew_s)
        await feed.to(0.8, per_s=SLOWLY_PER_S, skew_s=skew_s)  # a clock is judged while all is read that comes
    await feed.to(1.0)


@asynccontextmanager
async def stamped_by_producers(feed: Feed) -> AsyncIterator[None]:
    async with admin_of(feed.hands.whole_kafka()) as admin:

        async def stamp(kind: str) -> None:
            config = {"message.timestamp.type": kind}
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "vitals", configs=config)])
            await asyncio.sleep(1)

        await stamp("CreateTime")
        try:
            yield
        finally:
            await stamp("LogAppendTime")


async def taken_back_by_transactions(feed: Feed) -> None:
    """Frames of a dying patient that never were: each transaction is aborted."""
    producer = AIOKafkaProducer(
        bootstrap_servers=feed.hands.ward.settings.broker, transactional_id=feed.hands.ward.settings.group
    )
    await producer.start()
    try:
        for number in range(1, TAKEN_BACK + 1):
            await feed.to(number / (TAKEN_BACK + 1), wait=False)
            await producer.begin_transaction()
            for frame in feed.frames[feed.sent :][:50]:
                value = frame.model_copy(update={"spo2_percent": 40.0, "heart_rate_bpm": 20.0})
                await producer.send("vitals", value.model_dump_json(exclude_none=True).encode(), frame.patient.encode())
            await producer.flush()
            await producer.abort_transaction()
    finally:
        await producer.stop()
    await feed.to(1.0)


PRODUCERS: Final[dict[str, Story]] = {
    "poison amid the feed": poison_amid_the_feed,
    "producers' clock behind": producers_clock_behind,
    "producers' clock ahead": producers_clock_ahead,
    "aborted transactions": taken_back_by_transactions,
}
