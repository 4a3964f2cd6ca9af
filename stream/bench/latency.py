"""Frame to alert: frames at a steady rate into a system that is warm, alerts in a subscriber's hands."""

import asyncio
import time
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.bench.load import Load, frames
from stream.feeds.publish import Publisher
from stream.kafka_security import client_options
from stream.records import INPUT_TIME
from stream.settings import Settings
from stream.topics import list_topics

_COLD_S: Final = 3.0  # every patient is new at first, and all forecasts fall due at once
_LATE_ALERTS_S: Final = 3.0


async def skip_to_end(settings: Settings, group: str) -> int:
    """Let a group that does not exist yet begin behind the records that are there; how many these are."""
    (state,) = await list_topics(settings, ["vitals"])
    partitions = [TopicPartition("vitals", number) for number in range(state.partitions)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.broker, group_id=group, enable_auto_commit=False, **client_options(settings)
    )
    async with consumer:
        consumer.assign(partitions)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
        await consumer.commit(ends)
    return sum(ends.values())


async def send(settings: Settings, load: Load, prefix: str) -> None:
    """Frames as fast as they go, confirmed."""
    async with Publisher(settings) as publisher:
        await publisher.play(frames(load, prefix), speed=0)


async def alerts_took_ms(settings: Settings, load: Load, prefix: str, frames_per_s: float) -> list[float]:
    """Send frames at this rate, open loop; milliseconds from a frame's time-stamp to each alert's arrival."""
    took: list[tuple[int, float]] = []
    consumer = AIOKafkaConsumer(
        "alerts", bootstrap_servers=settings.broker, auto_offset_reset="latest", **client_options(settings)
    )
    feed = list(frames(load, prefix))  # made before, so that making them does not slow the pace
    async with consumer, Publisher(settings) as publisher:
        for partition in consumer.assignment():
            await consumer.position(partition)  # "latest" is settled when asked for, not when started
        reading = asyncio.create_task(_read(consumer, took))
        began_ms = time.time() * 1000
        # The feed's clock runs so fast that all beds together give the rate.
        await publisher.play(feed, frames_per_s * load.every_s / load.beds)
        await asyncio.sleep(_LATE_ALERTS_S)
        reading.cancel()
    return [ms for sent_ms, ms in took if sent_ms > began_ms + _COLD_S * 1000]


async def _read(consumer: AIOKafkaConsumer, took: list[tuple[int, float]]) -> None:
    try:
        async for record in consumer:
            sent_ms = dict(record.headers).get(INPUT_TIME)
            if sent_ms is not None:
                took.append((int(sent_ms), time.time() * 1000 - int(sent_ms)))
    except KafkaError:
        return
