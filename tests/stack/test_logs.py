"""What the broker tells of its logs: their ids, their epochs, where they begin and end, where an epoch ended."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import OffsetAndMetadata

from stream.broker.lineage import Log, Place, View
from stream.broker.logs import Logs, broker_logs
from stream.broker.topics import ensure_topics
from stream.stack.kafka import KafkaServer
from tests.stack.conftest import Stack


@pytest.fixture
async def logs(stack: Stack) -> AsyncIterator[Logs]:
    async with broker_logs(stack.connection) as one:
        yield one


@pytest.fixture
async def tp(stack: Stack) -> TopicPartition:
    await ensure_topics(stack.connection, {f"{stack.prefix}in": (4, {})})
    return TopicPartition(f"{stack.prefix}in", 1)


async def write(stack: Stack, tp: TopicPartition, count: int, **more: Any) -> None:
    async with AIOKafkaProducer(bootstrap_servers=stack.broker, **more) as producer:
        for number in range(count):
            await producer.send_and_wait(tp.topic, b"%d" % number, partition=tp.partition)


async def view_of(logs: Logs, tp: TopicPartition) -> View:
    """Look until the leader answers."""
    async with asyncio.timeout(30):
        while tp not in (views := await logs.views([tp.topic])):  # noqa: ASYNC110 - the broker has nothing to wait on
            await asyncio.sleep(0.1)
    return views[tp]


async def admin_of(stack: Stack) -> AIOKafkaAdminClient:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.broker)
    await admin.start()
    return admin


async def test_a_log_is_known_by_its_id_and_told_from_beginning_to_end(
    stack: Stack, logs: Logs, tp: TopicPartition
) -> None:
    await write(stack, tp, 5)
    for number in range(4):
        await view_of(logs, TopicPartition(tp.topic, number))
    views = await logs.views([tp.topic, "nobody-made-this"] if stack.kind == "kafka" else [tp.topic])
    assert set(views) == {TopicPartition(tp.topic, number) for number in range(4)}
    view = views[tp]
    assert len(view.log.topic_id) == 32
    assert {other.log.topic_id for other in views.values()} == {view.log.topic_id}
    assert (view.start, view.end) == (0, 5)
    assert view.log.epoch >= 0
    assert await logs.epoch_end(tp, view.log.epoch) == 5
    assert await view_of(logs, tp) == view


async def test_what_a_group_has_committed_comes_with_what_it_noted(
    stack: Stack, logs: Logs, tp: TopicPartition
) -> None:
    await write(stack, tp, 5)
    group = stack.prefix + "g"
    async with AIOKafkaConsumer(bootstrap_servers=stack.broker, group_id=group, enable_auto_commit=False) as consumer:
        consumer.assign([tp])
        await consumer.commit({tp: OffsetAndMetadata(3, str(Log("abc", 7)))})
    other = TopicPartition(tp.topic, 2)
    assert await logs.commits(group, [tp, other]) == {tp: Place(3, Log("abc", 7))}


async def test_an_open_transaction_ends_what_can_be_read(stack: Stack, logs: Logs, tp: TopicPartition) -> None:
    if stack.kind == "embedded":
        pytest.skip("the embedded broker knows no isolation")
    await write(stack, tp, 2)
    async with AIOKafkaProducer(bootstrap_servers=stack.broker, transactional_id=stack.prefix) as producer:
        async with producer.transaction():
            await producer.send_and_wait(tp.topic, b"x", partition=tp.partition)
            assert (await view_of(logs, tp)).end == 2
        await producer.flush()
    await write(stack, tp, 1)
    async with asyncio.timeout(30):  # the coordinator writes the transaction's end to the log after it has answered
        while (await view_of(logs, tp)).end <= 3:  # noqa: ASYNC110 - the broker has nothing to wait on
            await asyncio.sleep(0.1)


async def test_records_that_were_removed_move_the_beginning(stack: Stack, logs: Logs, tp: TopicPartition) -> None:
    if stack.kind == "embedded":
        pytest.skip("the embedded broker removes nothing on demand")
    await write(stack, tp, 5)
    admin = await admin_of(stack)
    await admin.delete_records({tp: RecordsToDelete(before_offset=4)})
    await admin.close()
    view = await view_of(logs, tp)
    assert (view.start, view.end) == (4, 5)


async def test_a_topic_that_is_made_anew_has_another_id(stack: Stack, logs: Logs, tp: TopicPartition) -> None:
    if stack.kind == "embedded":
        pytest.skip("the embedded broker has no topics to be deleted")
    before = (await view_of(logs, tp)).log
    admin = await admin_of(stack)
    await admin.delete_topics([tp.topic])
    await admin.close()
    assert await logs.views([tp.topic]) == {}
    await ensure_topics(stack.connection, {tp.topic: (4, {})})
    assert (await view_of(logs, tp)).log.topic_id != before.topic_id


async def test_a_log_that_lost_its_end_tells_where_an_epoch_now_ends(stack: Stack, tp: TopicPartition) -> None:
    kafka = stack.kafka_of_ours()
    await write(stack, tp, 10)
    async with broker_logs(stack.connection) as logs:
        before = await view_of(logs, tp)
    cut_back(kafka, tp, 4)
    await write(stack, tp, 20)
    async with broker_logs(stack.connection) as logs:
        after = await view_of(logs, tp)
        assert after.log.topic_id == before.log.topic_id
        assert after.log.epoch > before.log.epoch
        assert after.end == 24
        assert await logs.epoch_end(tp, before.log.epoch) == 4
        assert await logs.epoch_end(tp, after.log.epoch) == 24


def cut_back(kafka: KafkaServer, tp: TopicPartition, end: int) -> None:
    """What a power cut may do to a log that nobody flushed: its end is gone when the broker is back."""
    kafka.kill()
    (segment,) = (kafka.data / f"{tp.topic}-{tp.partition}").glob("*.log")
    kept, at = bytearray(), 0
    raw = segment.read_bytes()
    while at < len(raw) and int.from_bytes(raw[at : at + 8]) < end:
        after = at + 12 + int.from_bytes(raw[at + 8 : at + 12])
        kept += raw[at:after]
        at = after
    segment.write_bytes(kept)
    kafka.start()
