"""Making topics before anyone needs them: a missing output topic would hang a Faust worker for ever."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

_COPIES: Final = 3  # of each partition, on a cluster that has the nodes for it
_PATIENCE_S: Final = 30.0


class TopicError(Exception):
    """A topic could not be made; the text names it and the broker's reason."""


async def create_topics(
    bootstrap: str,
    topics: Mapping[str, tuple[int, Mapping[str, str]]],
    *,
    copies: int | None = None,
    security: Mapping[str, Any] | None = None,
) -> list[str]:
    """Make each topic that is not there yet and return the names of those, when every topic has its leaders.

    `topics` maps a name to its number of partitions and its settings (`retention.ms`, ...). What exists is left as it
    is. The embedded broker makes a topic when it is asked for it and chooses the number of partitions (4) itself.
    `copies` of each partition, else three or what the cluster has nodes for; all but one of them must take a write.
    `security` is what stream/broker/connection.py says.

    Raises:
        TopicError: the broker refused a topic, or they were not ready in time.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **(security or {}))
    await admin.start()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            missing = sorted(topics.keys() - set(await admin.list_topics()))
            if missing:
                await _create(admin, {name: topics[name] for name in missing}, copies)
            # The broker has nothing that one could wait on.
            while not _ready(await admin.describe_topics(list(topics)), len(topics)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    except TimeoutError:
        msg = f"topics not ready within {_PATIENCE_S:g} s: {', '.join(topics)}"
        raise TopicError(msg) from None
    finally:
        await admin.close()
    return missing


async def is_embedded(admin: AIOKafkaAdminClient) -> bool:
    """Whether this is the embedded broker: it has no controller, and makes a topic when asked to describe it."""
    cluster = await admin.describe_cluster()
    return cluster["controller_id"] not in {node["node_id"] for node in cluster["brokers"]}


async def _create(
    admin: AIOKafkaAdminClient, topics: Mapping[str, tuple[int, Mapping[str, str]]], copies: int | None
) -> None:
    if await is_embedded(admin):
        return
    if copies is None:
        copies = min(_COPIES, len((await admin.describe_cluster())["brokers"]))
    in_sync = {"min.insync.replicas": str(max(1, copies - 1))}
    wanted = [
        NewTopic(name, partitions, copies, topic_configs=in_sync | dict(settings))
        for name, (partitions, settings) in topics.items()
    ]
    answer = await admin.create_topics(wanted)
    for name, code, *_ in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):  # another worker may have been quicker
            msg = f"the broker refused topic {name}: {for_code(code).__name__}"
            raise TopicError(msg)


def _ready(described: list[dict[str, Any]], expected: int) -> bool:
    return len(described) == expected and all(
        topic["error_code"] == 0 and topic["partitions"] and all(p["leader"] >= 0 for p in topic["partitions"])
        for topic in described
    )
