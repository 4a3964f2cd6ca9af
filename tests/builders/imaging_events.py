"""The imaging-ready events of one patient on a broker, as they stand."""

import asyncio
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.imaging import ImagingReady
from stream.broker.topics import list_topics
from stream.settings import Settings


class Announced(NamedTuple):
    """An event with its id."""

    event_id: str
    event: ImagingReady


async def announced(broker: str, patient: str) -> list[Announced]:
    """All events of a patient until now, in order."""
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=broker, group_id=None, auto_offset_reset="earliest")
    (topic,) = await list_topics(Settings(broker=broker), ["imaging-ready"])
    places = [TopicPartition(topic.name, partition) for partition in range(topic.partitions)]
    consumer.assign(places)
    await consumer.start()
    found = []
    try:
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning()
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    if record.key == patient.encode():
                        event_id = dict(record.headers)["ce_id"].decode()
                        found.append(Announced(event_id, ImagingReady.model_validate_json(record.value)))
    finally:
        await consumer.stop()
    return found


async def eventually_announced(broker: str, patient: str, instances: int, within_s: float = 60) -> list[Announced]:
    """All events of a patient, once the last one is about so many instances."""
    async with asyncio.timeout(within_s):
        while True:
            found = await announced(broker, patient)
            if found and len(found[-1].event.images) == instances:
                return found
            await asyncio.sleep(0.3)
