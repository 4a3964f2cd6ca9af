"""Topics on the broker: create, list, and find missing ones."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from tenacity import AsyncRetrying, retry_if_not_result, wait_fixed

from schemas.topics import TOPICS, Topic
from stream.broker.connection import Connection
from stream.settings import Settings

PARTITIONS: Final = 8
"""As many workers can share the work; a key's partition hangs on this number, so it is chosen once."""
RECORD_BYTES: Final = 1_000_000
"""The largest record that is ever sent: what producers send by default (`max.request.size` of aiokafka)."""
BATCH_BYTES: Final = 1_048_588
"""What a topic must take for that: `max.message.bytes` counts a whole batch with its head; Kafka's default."""
_REPLICAS: Final = 3  # of each partition, on a cluster with enough nodes
_PATIENCE_S: Final = 30.0
_POLL_S: Final = 0.05

Wanted = Mapping[str, tuple[int, Mapping[str, str]]]
"""Number of partitions and settings (`retention.ms`, ...) of each topic, by name."""


class TopicError(Exception):
    """A topic could not be created; the text names it and the broker's reason."""


class TopicState(NamedTuple):
    """A topic on the broker; 0 partitions mean that it is missing."""

    name: str
    partitions: int
    copies: int


async def create_topics(settings: Settings, partitions: int | None = None, copies: int | None = None) -> list[str]:
    """Create the missing topics of schemas/topics.py and return their names. Raises TopicError.

    All have the same number of partitions: a patient's vital signs, laboratory results and the rest then lie in
    partitions of the same number, which one worker reads. So what is missing gets as many as the inputs have that are
    there, as after an update that brings a new one. All take the largest record that is ever sent. Inputs carry
    the time of the broker's clock: a frame's own time is judged against it, and clocks of producers are many.
    """
    count = partitions_for_missing(await list_topics(settings), partitions)
    wanted = {topic.name: (count, _settings_of(topic)) for topic in TOPICS.values()}
    return await ensure_topics(Connection.of(settings), wanted, copies=copies)


def _settings_of(topic: Topic) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(topic.retention_s * 1000),
        "max.message.bytes": str(BATCH_BYTES),
        "message.timestamp.type": "LogAppendTime" if topic.flow == "in" else "CreateTime",
    }


async def ensure_topics(connection: Connection, wanted: Wanted, *, copies: int | None = None) -> list[str]:
    """Create the topics that do not exist yet and return their names, once every topic has its leaders.

    Existing topics are not changed. The embedded broker creates a topic when asked for it and chooses the number of
    partitions (4) itself. Each partition has `copies` replicas, or else three or as many as the cluster has nodes; all
    but one of them must confirm a write.

    Raises:
        TopicError: the broker refused a topic, or they were not ready in time.
    """
    async with admin_client(connection) as admin:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                missing = sorted(wanted.keys() - set(await admin.list_topics()))
                if missing:
                    await _create(admin, {name: wanted[name] for name in missing}, copies)
                # A missing output topic would block a Faust worker for ever.
                until_ready = AsyncRetrying(
                    retry=retry_if_not_result(partial(_ready, len(wanted))), wait=wait_fixed(_POLL_S)
                )
                await until_ready(admin.describe_topics, list(wanted))
        except TimeoutError:
            msg = f"topics not ready within {_PATIENCE_S:g} s: {', '.join(wanted)}"
            raise TopicError(msg) from None
    return missing


async def missing_topics(settings: Settings, names: Collection[str] = TOPICS.keys()) -> list[str]:
    """Return those of these topics that the broker does not have, or does not show to us, in this order."""
    return [topic.name for topic in await list_topics(settings, names) if topic.partitions == 0]


async def list_topics(settings: Settings, names: Collection[str] = TOPICS.keys()) -> list[TopicState]:
    """These topics as the broker has them, in this order. Raises KafkaConnectionError when no broker answers."""
    async with admin_client(Connection.of(settings)) as admin:
        # Asked for a topic that it does not have, a broker may make it: the embedded one is meant to, no other is.
        known = set(names) if await is_embedded(admin) else set(names) & set(await admin.list_topics())
        answer = await admin.describe_topics(sorted(known)) if known else []
    found = {topic["topic"]: topic["partitions"] for topic in answer}
    rows = ((name, found.get(name) or ()) for name in names)
    return [TopicState(name, len(parts), len(parts[0]["replicas"]) if parts else 0) for name, parts in rows]


def partitions_for_missing(topics: list[TopicState], asked: int | None) -> int:
    """How many partitions the topics get that are missing: as many as the inputs have that are there.

    Raises TopicError where another number is asked for and an input is missing.
    """
    inputs = [topic for topic in topics if TOPICS[topic.name].flow == "in"]
    there = {topic.name: topic.partitions for topic in inputs if topic.partitions}
    if not there:
        return asked or PARTITIONS
    count = there.get("vitals") or max(there.values())
    if asked not in {None, count} and len(there) < len(inputs):
        message = (
            f"the inputs that are there have {count} partitions: another with {asked} would bring one patient's "
            "records to several workers; leave the number out"
        )
        raise TopicError(message)
    return asked or count


def uneven_inputs(topics: list[TopicState]) -> dict[str, int]:
    """Return the input topics' numbers of partitions if these differ, which splits a patient between workers."""
    found = {topic.name: topic.partitions for topic in topics if TOPICS[topic.name].flow == "in" and topic.partitions}
    return found if len(set(found.values())) > 1 else {}


@asynccontextmanager
async def admin_client(connection: Connection) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client that has found the broker."""
    admin = AIOKafkaAdminClient(**connection.for_aiokafka())
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def is_embedded(admin: AIOKafkaAdminClient) -> bool:
    """Whether this is the embedded broker: it has no controller, and makes a topic when asked to describe it."""
    cluster = await admin.describe_cluster()
    return cluster["controller_id"] not in {node["node_id"] for node in cluster["brokers"]}


async def _create(admin: AIOKafkaAdminClient, wanted: Wanted, copies: int | None) -> None:
    if await is_embedded(admin):
        return
    if copies is None:
        copies = min(_REPLICAS, len((await admin.describe_cluster())["brokers"]))
    in_sync = {"min.insync.replicas": str(max(1, copies - 1))}
    topics = [
        NewTopic(name, partitions, copies, topic_configs=in_sync | dict(settings))
        for name, (partitions, settings) in wanted.items()
    ]
    answer = await admin.create_topics(topics)
    for name, code, *_ in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):  # another worker may have been faster
            msg = f"the broker refused topic {name}: {for_code(code).__name__}"
            raise TopicError(msg)


def _ready(expected: int, described: list[dict[str, Any]]) -> bool:
    return len(described) == expected and all(
        topic["error_code"] == 0 and topic["partitions"] and all(p["leader"] >= 0 for p in topic["partitions"])
        for topic in described
    )
