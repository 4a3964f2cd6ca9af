"""What everything else takes for granted of a broker and a Redis, embedded and real."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiokafka
import faust
import pytest
import redis
from aiokafka.admin import AIOKafkaAdminClient

from stream.broker.topics import TopicError, ensure_topics
from stream.stack.kafka import KafkaServer
from tests.stack.conftest import Stack

RECORDS = 300


async def fill(stack: Stack, topic: str, count: int = RECORDS) -> None:
    async with aiokafka.AIOKafkaProducer(bootstrap_servers=stack.broker, enable_idempotence=True) as producer:
        sends = [
            await producer.send(
                topic, b"%d" % n, key=b"p%d" % (n % 5), headers=[("n", b"%d" % n)], timestamp_ms=1_000 + n
            )
            for n in range(count)
        ]
        await asyncio.gather(*sends)


async def drain(stack: Stack, topic: str, group: str, count: int) -> list[Any]:
    consumer = aiokafka.AIOKafkaConsumer(
        topic, bootstrap_servers=stack.broker, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False
    )
    async with consumer:
        records = [await anext(consumer) for _ in range(count)]
        await consumer.commit()
    return records


async def test_records_arrive_whole_and_in_the_order_of_their_key(stack: Stack) -> None:
    topic = f"{stack.prefix}vitals"
    assert await ensure_topics(stack.connection, {topic: (4, {})}) == [topic]
    await fill(stack, topic)
    records = await drain(stack, topic, f"{stack.prefix}group", RECORDS)
    for key in {record.key for record in records}:
        numbers = [int(record.value) for record in records if record.key == key]
        assert numbers == sorted(numbers)
    assert {int(record.value) for record in records} == set(range(RECORDS))
    assert all(dict(record.headers) == {"n": record.value} for record in records)
    assert all(record.timestamp == 1_000 + int(record.value) for record in records)


async def test_a_group_goes_on_where_it_committed(stack: Stack) -> None:
    topic, group = f"{stack.prefix}vitals", f"{stack.prefix}group"
    await ensure_topics(stack.connection, {topic: (4, {})})
    await fill(stack, topic, 10)
    first = await drain(stack, topic, group, 10)
    await fill(stack, topic, 10)
    second = await drain(stack, topic, group, 10)
    assert {(r.partition, r.offset) for r in first}.isdisjoint({(r.partition, r.offset) for r in second})


async def test_topics_that_exist_are_left_alone(stack: Stack) -> None:
    old, new = f"{stack.prefix}old", f"{stack.prefix}new"
    assert await ensure_topics(stack.connection, {old: (4, {})}) == [old]
    assert await ensure_topics(stack.connection, {old: (8, {}), new: (4, {})}) == [new]
    assert await ensure_topics(stack.connection, {old: (8, {}), new: (4, {})}) == []


async def test_a_faust_worker_reads_and_writes(stack: Stack, tmp_path: Path) -> None:
    source, sink = f"{stack.prefix}in", f"{stack.prefix}out"
    await ensure_topics(stack.connection, {source: (4, {}), sink: (4, {})})
    await fill(stack, source, 20)
    app = faust.App(
        f"{stack.prefix}app",
        broker=f"kafka://{stack.broker}",
        value_serializer="raw",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        datadir=tmp_path,
    )
    out = app.topic(sink, key_type=bytes, value_type=bytes)

    @app.agent(app.topic(source, key_type=bytes, value_type=bytes))  # type: ignore[untyped-decorator]
    async def echo(stream: faust.Stream) -> AsyncIterator[None]:
        async for event in stream.events():
            await (await out.send(key=event.key, value=event.value))
            yield

    async with app:
        records = await drain(stack, sink, f"{stack.prefix}reader", 20)
    app.consumer._thread.thread_loop.close()  # noqa: SLF001 - Faust leaves it open, which is a warning
    assert {int(record.value) for record in records} == set(range(20))


async def test_a_topic_gets_the_partitions_and_settings_asked_for(stack: Stack) -> None:
    if stack.kind == "embedded":
        pytest.skip("the embedded broker gives every topic four partitions and no settings")
    topic = f"{stack.prefix}alerts"
    await ensure_topics(stack.connection, {topic: (7, {"retention.ms": "86400000"})})
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.broker)
    await admin.start()
    (described,) = await admin.describe_topics([topic])
    await admin.close()
    assert len(described["partitions"]) == 7
    with pytest.raises(TopicError, match=f"refused topic {stack.prefix}bad: InvalidConfigurationError"):
        await ensure_topics(stack.connection, {f"{stack.prefix}bad": (1, {"retention.ms": "for ever"})})


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_kafka_keeps_port_and_records_over_a_restart(stack: Stack, how: str) -> None:
    kafka = stack.kafka_of_ours()
    topic = f"{stack.prefix}vitals"
    await ensure_topics(stack.connection, {topic: (4, {})})
    await fill(stack, topic)
    await asyncio.to_thread(getattr(kafka, how))
    assert kafka.pid is None
    # Not in another thread: the server would die with the thread that started it.
    kafka.start()
    assert kafka.address == stack.broker
    assert len(await drain(stack, topic, f"{stack.prefix}group", RECORDS)) == RECORDS


def test_kafka_starts_under_an_id_that_begins_with_a_dash(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.kafka_of_ours()
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xfb" * 16))
    with KafkaServer() as another:
        assert another.pid is not None


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_redis_keeps_port_and_keys_over_a_restart(stack: Stack, how: str) -> None:
    with redis.Redis.from_url(stack.redis) as client:
        token = uuid.uuid4().hex
        client.set("token", token)
        getattr(stack.redis_server, how)()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        stack.redis_server.start()
        assert client.get("token") == token.encode()
