"""The topics of schemas/topics.py on the broker: made, missing, listed."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient

from schemas.topics import TOPICS
from stream.broker.connection import client_options
from stream.broker.creation import create_topics as make
from stream.broker.creation import is_embedded
from stream.settings import Settings

PARTITIONS: Final = 8
"""As many workers can share the work; a key's partition hangs on this number, so it is chosen once."""


class TopicState(NamedTuple):
    """A topic as the broker has it; 0 partitions: it is missing."""

    name: str
    partitions: int
    copies: int


async def create_topics(settings: Settings, partitions: int = PARTITIONS, copies: int | None = None) -> list[str]:
    """Make the topics that are missing and return their names; raises TopicError when the broker refuses one.

    All have the same number of partitions: a patient's vital signs, laboratory results and the rest then lie in
    partitions of the same number, which one worker reads.
    """
    wanted = {
        topic.name: (partitions, {"cleanup.policy": "delete", "retention.ms": str(topic.retention_s * 1000)})
        for topic in TOPICS.values()
    }
    return await make(settings.broker, wanted, copies=copies, security=client_options(settings))


async def missing_topics(settings: Settings, names: Collection[str] = TOPICS.keys()) -> list[str]:
    """Which of these topics the broker does not have, or does not show to us; in this order."""
    return [topic.name for topic in await list_topics(settings, names) if topic.partitions == 0]


async def list_topics(settings: Settings, names: Collection[str] = TOPICS.keys()) -> list[TopicState]:
    """These topics as the broker has them, in this order. Raises KafkaConnectionError when no broker answers."""
    async with _admin(settings) as admin:
        # Asked for a topic that it does not have, a broker may make it: the embedded one is meant to, no other is.
        known = set(names) if await is_embedded(admin) else set(names) & set(await admin.list_topics())
        answer = await admin.describe_topics(sorted(known)) if known else []
    found = {topic["topic"]: topic["partitions"] for topic in answer}
    rows = ((name, found.get(name) or ()) for name in names)
    return [TopicState(name, len(parts), len(parts[0]["replicas"]) if parts else 0) for name, parts in rows]


def uneven_inputs(topics: list[TopicState]) -> dict[str, int]:
    """The inputs and their numbers of partitions, if these differ: then one patient's events reach several workers."""
    found = {topic.name: topic.partitions for topic in topics if TOPICS[topic.name].flow == "in" and topic.partitions}
    return found if len(set(found.values())) > 1 else {}


@asynccontextmanager
async def _admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.broker, **client_options(settings))
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()
