"""Write to and read from a topic with a user's rights."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from stream.broker.connection import Connection
from stream.settings import Settings


async def write(settings: Settings, topic: str) -> None:
    producer = AIOKafkaProducer(enable_idempotence=True, **Connection.of(settings).for_aiokafka())
    try:  # not `async with`, which leaves a client open that could not start
        await producer.start()
        await producer.send_and_wait(topic, b"{}", key=b"p1")
    finally:
        await producer.stop()


@asynccontextmanager
async def reading(settings: Settings, topic: str, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        topic,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        **Connection.of(settings).for_aiokafka(),
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def read(settings: Settings, topic: str, group: str) -> bytes | None:
    async with reading(settings, topic, group) as consumer:
        record = await anext(consumer)
        await consumer.commit()
    value: bytes | None = record.value
    return value
