"""The keys of the last records of topics, and where they lie: for a look, without a consumer group."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.broker.connection import Connection
from stream.broker.placement import Keyed
from stream.settings import Settings

_LAST: Final = 100  # records of each partition that are looked at
_WAIT_MS: Final = 500


async def last_keys(settings: Settings, topics: Collection[str]) -> list[Keyed]:
    """The keys of the last records of each partition of these topics. Raises KafkaError when no broker answers."""
    async with _reader(settings) as reader:
        counts = {topic: await reader._client._wait_on_metadata(topic) for topic in topics}  # noqa: SLF001 - a consumer without a subscription has no other way
        partitions = [TopicPartition(topic, number) for topic, count in counts.items() for number in count]
        if not partitions:
            return []
        reader.assign(partitions)
        starts, ends = await asyncio.gather(reader.beginning_offsets(partitions), reader.end_offsets(partitions))
        left = {tp: ends[tp] for tp in partitions if starts[tp] < ends[tp]}
        for tp in partitions:
            reader.seek(tp, max(starts[tp], ends[tp] - _LAST))
        found: list[Keyed] = []
        while left:
            for tp, records in (await reader.getmany(*left, timeout_ms=_WAIT_MS)).items():
                found += [
                    Keyed(tp.topic, tp.partition, len(counts[tp.topic]), one.key, one.timestamp)
                    for one in records
                    if one.key is not None
                ]
            left = {tp: end for tp, end in left.items() if await reader.position(tp) < end}
    return found


@asynccontextmanager
async def _reader(settings: Settings) -> AsyncIterator[Any]:
    """A consumer of no group."""
    consumer = AIOKafkaConsumer(
        group_id=None, enable_auto_commit=False, auto_offset_reset="earliest", **Connection.of(settings).for_aiokafka()
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()
