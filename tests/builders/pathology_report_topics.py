"""Send records to a broker and read the output for a patient."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.wire import Wire
from stream.broker.topics import list_topics
from stream.settings import Settings

COLON = "Diagnosis: Sigmoid colon, resection: adenocarcinoma, pT3."
ILL = {"spo2_percent": 80.0, "heart_rate_bpm": 80.0, "respiratory_rate_per_min": 15.0, "systolic_mmhg": 120.0}


async def send(broker: str, *records: tuple[str, Wire]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker) as producer:
        for topic, record in records:
            key = record.patient.encode()  # type: ignore[attr-defined]  # every input has one
            await producer.send_and_wait(topic, record.model_dump_json(exclude_none=True).encode(), key=key)


@asynccontextmanager
async def outputs_for(
    patient: str, broker: str, *topics: str
) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, Any]]]]:
    """What is said of a patient from now on: topic and record."""
    async with AIOKafkaConsumer(bootstrap_servers=broker, group_id=None) as consumer:
        states = await list_topics(Settings(broker=broker), topics or ["alerts", "pathology-findings", "suggestions"])
        consumer.assign([TopicPartition(state.name, number) for state in states for number in range(state.partitions)])
        await consumer.seek_to_end()

        async def those() -> AsyncIterator[tuple[str, dict[str, Any]]]:
            async for record in consumer:
                if record.key == patient.encode():
                    yield record.topic, json.loads(record.value)

        yield those()
