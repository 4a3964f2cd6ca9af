"""Benchmark of the latency from frame to alert: frames at a steady rate, alerts received by a subscriber."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.bench.load import Load, frames
from stream.broker.connection import Connection
from stream.broker.topics import list_topics
from stream.delivery.outputs import INPUT_TIME
from stream.feeds.publish import Publisher
from stream.settings import Settings

_COLD_S: Final = 3.0  # warm-up: at first every patient is new, and all forecasts are due at once
_LATE_ALERTS_S: Final = 5.0


class UnequalError(Exception):
    """The compared systems did not do the same work."""


class ReceivedAlert(NamedTuple):
    """An alert received by a subscriber: its event time, and how long after its frame's time-stamp it arrived."""

    id: str
    patient: str
    time: datetime
    ms: float


async def skip_to_end(settings: Settings, group: str) -> int:
    """Commit the end offsets for a new consumer group, so that it skips existing records; return their number."""
    (state,) = await list_topics(settings, ["vitals"])
    partitions = [TopicPartition("vitals", number) for number in range(state.partitions)]
    consumer = AIOKafkaConsumer(group_id=group, enable_auto_commit=False, **Connection.of(settings).for_aiokafka())
    async with consumer:
        consumer.assign(partitions)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
        await consumer.commit(ends)
    return sum(ends.values())


async def send(settings: Settings, load: Load, prefix: str) -> None:
    """Send all frames as fast as possible and wait until they are confirmed."""
    async with Publisher(settings) as publisher:
        await publisher.play(frames(load, prefix), speed=0)


async def alerts_took_ms(
    settings: Settings, load: Load, prefix: str, frames_per_s: float, now: datetime
) -> dict[str, float]:
    """Send frames at this rate, open loop; return by alert id the ms from its frame's time-stamp to its arrival.

    Alerts on the first frames do not count. Which these are is decided by event time, so it is the same for every
    system with the same `load`, `prefix` and `now`.
    """
    heard: list[ReceivedAlert] = []
    consumer = AIOKafkaConsumer("alerts", auto_offset_reset="latest", **Connection.of(settings).for_aiokafka())
    feed = list(frames(load, prefix, now))  # created beforehand, so that creating them does not slow down the feed
    # The feed's clock runs at a multiple of real time that makes the beds together reach the rate.
    speed = frames_per_s * load.every_s / load.beds
    async with consumer, Publisher(settings) as publisher:
        for partition in consumer.assignment():
            await consumer.position(partition)  # "latest" is resolved when asked for, not at start
        reading = asyncio.create_task(_read(consumer, heard))
        await publisher.play(feed, speed)
        await asyncio.sleep(_LATE_ALERTS_S)
        reading.cancel()
    return latencies_by_id(heard, prefix, feed[0].time + timedelta(seconds=_COLD_S * speed))


def latencies_by_id(heard: Iterable[ReceivedAlert], prefix: str, after: datetime) -> dict[str, float]:
    """Return latencies in ms by alert id, for patients with this prefix and event times later than `after`.

    Of an alert that arrived twice the first arrival counts.
    """
    took_ms: dict[str, float] = {}
    for one in heard:
        if one.patient.startswith(prefix) and one.time > after:
            took_ms.setdefault(one.id, one.ms)
    return took_ms


def require_same_alerts(heard: Mapping[str, Mapping[str, float]]) -> None:
    """Raise UnequalError unless all systems raised the same alerts; otherwise they did not do the same work."""
    every = set().union(*heard.values())
    missing = {name: len(every - ids.keys()) for name, ids in heard.items()}
    if any(missing.values()):
        listed = ", ".join(f"{name} {count}" for name, count in missing.items())
        message = f"the systems did not raise the same alerts; of {len(every)} are missing: {listed}"
        raise UnequalError(message)


async def _read(consumer: AIOKafkaConsumer, heard: list[ReceivedAlert]) -> None:
    try:
        async for record in consumer:
            headers = {name: value.decode() for name, value in record.headers}
            # What the clock brought about follows from no frame: it took as long as from its publication to here.
            ms = time.time() * 1000 - int(headers.get(INPUT_TIME, record.timestamp))
            heard.append(
                ReceivedAlert(headers["ce_id"], record.key.decode(), datetime.fromisoformat(headers["ce_time"]), ms)
            )
    except KafkaError:
        return
