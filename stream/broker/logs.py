"""The logs of topics as the broker has them now, and what a group has committed of them; asked by a client of its own.

What can be read, and not what is written: the end of a log lies before the first record of an open transaction.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType
from aiokafka.errors import IncompatibleBrokerVersion, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.offset import OffsetRequest

from stream.broker.connection import Connection
from stream.broker.lineage import Log, Place, View
from stream.broker.requests import EpochEndRequest, TopicsRequest

_EARLIEST: Final = -2
_LATEST: Final = -1
_READ_COMMITTED: Final = 1
_NOBODY: Final = -1  # as replica: a client; as leader: none is elected


class Logs:
    """Asks the broker. Every method raises KafkaError, OSError or TimeoutError when it does not answer."""

    def __init__(self, client: AIOKafkaClient) -> None:
        self._client = client
        self._connecting = asyncio.Lock()
        self._connected = False
        self._leaders: dict[TopicPartition, int] = {}

    async def views(self, topics: Collection[str]) -> dict[TopicPartition, View]:
        """Every partition of these topics whose leader answers for it; nothing of a topic that is not there."""
        await self._connect()
        answer = await self._ask(TopicsRequest(sorted(topics)))
        logs: dict[TopicPartition, Log] = {}
        counts: dict[str, int] = {}
        self._leaders = {}
        for topic in answer.to_object()["topics"]:
            if for_code(topic["error_code"]) is UnknownTopicOrPartitionError:
                continue
            _raise_for(topic["error_code"])
            counts[topic["name"]] = len(topic["partitions"])
            for one in topic["partitions"]:
                if one["leader"] != _NOBODY:
                    tp = TopicPartition(topic["name"], one["partition"])
                    logs[tp] = Log(topic["topic_id"].hex, one["leader_epoch"])
                    self._leaders[tp] = one["leader"]
        starts, ends = await self._offsets(_EARLIEST), await self._offsets(_LATEST)
        return {
            tp: View(log, starts[tp], ends[tp], counts[tp.topic])
            for tp, log in logs.items()
            if tp in starts and tp in ends
        }

    async def epoch_end(self, tp: TopicPartition, epoch: int) -> int:
        """Where the records of this epoch end in the log as it is now; 0 where the log knows no such epoch."""
        answer = await self._client.send(self._leaders[tp], EpochEndRequest(tp.topic, tp.partition, epoch))
        ((_, ((code, _, _, end),)),) = answer.topics
        _raise_for(code)
        return max(0, int(end))

    async def commits(self, group: str, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Place]:
        """What the group has committed of these partitions, of those that it has."""
        await self._connect()
        node = await self._client.coordinator_lookup(CoordinationType.GROUP, group)
        if not await self._client.ready(node, group=ConnectionGroup.COORDINATION):
            message = "the group's coordinator is not to be reached"
            raise OSError(message)
        request = OffsetFetchRequest(group, _by_topic((tp, tp.partition) for tp in partitions))
        answer = await self._client.send(node, request, group=ConnectionGroup.COORDINATION)
        found = {}
        for name, rows in answer.topics or ():
            for partition, offset, note, code, *_ in rows:
                _raise_for(code)
                if offset >= 0:
                    found[TopicPartition(name, partition)] = Place(offset, Log.read(note or ""))
        return found

    async def _connect(self) -> None:
        """Find the broker, when it is first asked: whoever has this must not wait for one that is silent."""
        async with self._connecting:
            if not self._connected:
                await self._client.bootstrap()
                self._connected = True

    async def _offsets(self, which: int) -> dict[TopicPartition, int]:
        by_leader: defaultdict[int, list[TopicPartition]] = defaultdict(list)
        for tp, leader in self._leaders.items():
            by_leader[leader].append(tp)
        found: dict[TopicPartition, int] = {}
        for leader, partitions in by_leader.items():
            wanted = _by_topic((tp, (tp.partition, which)) for tp in partitions)
            answer = await self._client.send(leader, OffsetRequest(_NOBODY, _READ_COMMITTED, wanted))
            for name, rows in answer.topics:
                for partition, code, *more in rows:
                    if code and for_code(code).retriable:
                        continue  # its leader has only just been elected, or is gone again
                    _raise_for(code)
                    found[TopicPartition(name, partition)] = int(more[-1])
        return found

    async def _ask(self, request: Any) -> Any:  # noqa: ANN401 - aiokafka is untyped
        """Ask any broker."""
        try:
            return await self._client.send(self._client.get_random_node(), request)
        except NotImplementedError:  # aiokafka's word for a broker that knows no version of this request
            message = "the broker is older than Kafka 3.1 and does not tell the ids of topics"
            raise IncompatibleBrokerVersion(message) from None


def _by_topic(rows: Iterable[tuple[TopicPartition, Any]]) -> list[tuple[str, list[Any]]]:
    """Kafka's way of naming partitions."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for tp, row in rows:
        found[tp.topic].append(row)
    return list(found.items())


def _raise_for(code: int) -> None:
    if code:
        raise for_code(code)


@asynccontextmanager
async def broker_logs(
    connection: Connection, *, request_timeout_s: float = 10, look_s: float = 5
) -> AsyncIterator[Logs]:
    """For asking the broker; connects on first use. Brokers that join later are known `look_s` later."""
    client = AIOKafkaClient(
        **connection.for_aiokafka(),
        request_timeout_ms=round(request_timeout_s * 1000),
        metadata_max_age_ms=round(look_s * 1000),
    )
    try:
        yield Logs(client)
    finally:
        await client.close()
