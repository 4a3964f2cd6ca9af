"""Announce studies to a broker and read the lesion reports on them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.imaging import ImagingReady, LesionReport
from stream.broker.topics import list_topics
from stream.settings import Settings


@asynccontextmanager
async def reports_of(patient: str, broker: str) -> AsyncIterator[AsyncIterator[LesionReport]]:
    """The reports on one patient from now on."""
    subscriber = AIOKafkaConsumer(bootstrap_servers=broker, group_id=None)
    (topic,) = await list_topics(Settings(broker=broker), ["lesion-reports"])
    subscriber.assign([TopicPartition(topic.name, partition) for partition in range(topic.partitions)])
    await subscriber.start()
    await subscriber.seek_to_end()

    async def those() -> AsyncIterator[LesionReport]:
        async for record in subscriber:
            if record.key == patient.encode():
                yield LesionReport.model_validate_json(record.value)

    try:
        yield those()
    finally:
        await subscriber.stop()


async def announce(event: ImagingReady, broker: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker)
    await producer.start()
    try:
        await producer.send_and_wait("imaging-ready", event.model_dump_json().encode(), key=event.patient.encode())
    finally:
        await producer.stop()
