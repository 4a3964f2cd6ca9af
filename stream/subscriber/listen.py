"""Read topics as a plain subscriber: all partitions, no consumer group, no commits."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.broker.connection import Connection
from stream.settings import Settings

_POLL_MS: Final = 200
_PATIENCE_S: Final = 10.0


class ListenError(Exception):
    """The broker can't be reached or does not have the topic; the text is one sentence."""


class Listener:
    """A started subscriber to some topics."""

    def __init__(self, consumer: Any) -> None:  # noqa: ANN401 - aiokafka is untyped
        self._consumer = consumer

    async def records(self, stop: asyncio.Event) -> AsyncIterator[Any]:
        """Yield every record (aiokafka's ConsumerRecord) until `stop` is set; waits while the broker is away."""
        while not stop.is_set():
            batches = await self._consumer.getmany(timeout_ms=_POLL_MS)
            for records in batches.values():
                for record in records:
                    yield record

    async def records_to(self, moment: datetime) -> AsyncIterator[Any]:
        """Yield the records up to a moment by the broker's time-stamps, and end. Raises KafkaError."""
        goals = await self._consumer.offsets_for_times(
            dict.fromkeys(self._consumer.assignment(), round(moment.timestamp() * 1000))
        )
        ends = await self.ends()
        goals = {tp: ends[tp] if place is None else place.offset for tp, place in goals.items()}
        while not await self.read_to(goals):
            batches = await self._consumer.getmany(timeout_ms=_POLL_MS)
            for tp, records in batches.items():
                for record in records:
                    if record.offset < goals[tp]:
                        yield record

    async def caught_up(self) -> bool:
        """Return whether everything that is in the topics now has been read."""
        return await self.read_to(await self.ends())

    async def ends(self) -> Mapping[Any, int]:
        """Return where each partition ends now. Raises KafkaError, or waits, while the broker does not answer."""
        found: Mapping[Any, int] = await self._consumer.end_offsets(self._consumer.assignment())
        return found

    async def size(self, topic: str, partitions: int) -> int:
        """Return how many records a topic keeps, without reading one. Raises KafkaError."""
        parts = [TopicPartition(topic, number) for number in range(partitions)]
        begins, ends = await self._consumer.beginning_offsets(parts), await self._consumer.end_offsets(parts)
        return sum(end - begins[part] for part, end in ends.items())

    async def read_to(self, ends: Mapping[Any, int]) -> bool:
        """Return whether everything before these ends has been read."""
        return all([await self._consumer.position(tp) >= end for tp, end in ends.items()])


@asynccontextmanager
async def listening(
    settings: Settings, topics: Iterable[str], *, from_beginning: bool = False, since: datetime | None = None
) -> AsyncIterator[Listener]:
    """Subscribe to topics: from the beginning, from a moment on (by the broker's time-stamps), or else from the end.

    Raises ListenError.
    """
    wanted = tuple(topics)
    consumer = AIOKafkaConsumer(
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest" if from_beginning else "latest",
        client_id="wardwatch-listen",
        **Connection.of(settings).for_aiokafka(),
    )
    try:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await consumer.start()
                there = await consumer.topics()
        except (KafkaError, TimeoutError):
            msg = f"no broker answers at {settings.broker}"
            raise ListenError(msg) from None
        absent = [topic for topic in wanted if topic not in there]
        if absent:
            msg = f"the broker has no topic {', '.join(absent)}; make it with: wardwatch topics create"
            raise ListenError(msg)
        consumer.subscribe(wanted)
        await _assigned(consumer, set(wanted))
        if since is not None:
            await _go_back(consumer, since)
        yield Listener(consumer)
    finally:
        await consumer.stop()


async def _go_back(consumer: Any, since: datetime) -> None:  # noqa: ANN401 - aiokafka is untyped
    """Seek to the first record at that moment or later; in a partition without one to where it ended before that."""
    moment_ms = round(since.timestamp() * 1000)
    ends = await consumer.end_offsets(consumer.assignment())
    found = await consumer.offsets_for_times(dict.fromkeys(consumer.assignment(), moment_ms))
    for partition, place in found.items():
        consumer.seek(partition, ends[partition] if place is None else place.offset)


async def _assigned(consumer: Any, topics: set[str]) -> None:  # noqa: ANN401 - aiokafka is untyped
    """Wait until the subscription covers every topic; aiokafka offers no event for it."""
    async with asyncio.timeout(_PATIENCE_S):
        while {tp.topic for tp in consumer.assignment()} != topics:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
