"""Accounting for every input record: applied to a patient's state, a dead letter, or lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from schemas.topics import TOPICS
from stream.broker.connection import Connection
from stream.broker.offsets import committed_offsets
from stream.broker.topics import list_topics
from stream.settings import Settings
from stream.state.client import redis_client
from stream.state.reader import StateReader
from stream.worker.supervise import ROLES

INPUTS: Final = tuple(name for name, topic in TOPICS.items() if topic.flow == "in")
_POLL_S: Final = 0.25


def lost(sent: Mapping[str, int], applied: Mapping[str, int], dead: Mapping[str, int]) -> dict[str, int]:
    """Return by input topic how many confirmed records are neither in a state nor a dead letter.

    A surplus in one topic does not make up for a loss in another.
    """
    open_ = {topic: count - applied.get(topic, 0) - dead.get(topic, 0) for topic, count in sent.items()}
    return {topic: count for topic, count in open_.items() if count > 0}


async def applied_counts(settings: Settings) -> dict[str, int]:
    """Return by input topic how many records the patients' states count."""
    async with redis_client(settings) as redis:
        return await StateReader(redis).counts()


async def worker_is_done(settings: Settings, patience_s: float, gave_up: Callable[[], bool]) -> bool:
    """Wait until the worker has committed every input to its end.

    Return False when it has committed nothing more for `patience_s`, or when `gave_up` returns True.
    """
    async with _clients(settings) as (admin, consumer):
        inputs = [
            TopicPartition(state.name, partition)
            for state in await list_topics(settings, INPUTS)
            for partition in range(state.partitions)
        ]
        clock = asyncio.get_running_loop().time
        best, since_s = -1, clock()
        while not gave_up() and clock() - since_s < patience_s:
            ends = {tp: end for tp, end in (await consumer.end_offsets(inputs)).items() if end > 0}
            reached = await _committed(admin, settings.group, list(ends))
            if all(reached[tp] >= end for tp, end in ends.items()):
                return True
            if sum(reached.values()) > best:
                best, since_s = sum(reached.values()), clock()
            await asyncio.sleep(_POLL_S)
    return False


async def _committed(admin: Any, group: str, partitions: list[Any]) -> Counter[Any]:  # noqa: ANN401 - aiokafka is untyped
    """Return the larger of both roles' committed offsets in each partition; 0 where neither has committed."""
    reached: Counter[Any] = Counter()
    for role in ROLES if partitions else ():
        reached |= Counter(await committed_offsets(admin, f"{group}-{role}", partitions))  # the larger of the two
    return reached


@asynccontextmanager
async def _clients(settings: Settings) -> AsyncIterator[tuple[Any, Any]]:
    options = Connection.of(settings).for_aiokafka()
    admin = AIOKafkaAdminClient(**options)
    consumer = AIOKafkaConsumer(group_id=None, **options)
    try:
        await admin.start()
        await consumer.start()
        yield admin, consumer
    finally:
        await consumer.stop()
        await admin.close()
