"""What the topics' settings mean for a worker: the largest record that they take, and whose clock stamps it."""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import IncompatibleBrokerVersion

from schemas.topics import TOPICS
from stream.broker.connection import Connection
from stream.broker.topics import BATCH_BYTES, admin_client, is_embedded
from stream.settings import Settings

_BY_BROKER: Final = "LogAppendTime"


class Limits(NamedTuple):
    """A topic's settings; None where the broker does not tell them."""

    name: str
    batch_bytes: int | None = None
    stamped_by_broker: bool | None = None


async def topic_limits(settings: Settings, names: Collection[str] = TOPICS.keys()) -> list[Limits]:
    """The limits of these topics, in this order; none of the embedded broker, which has no settings.

    Raises KafkaError or OSError when no broker answers.
    """
    async with admin_client(Connection.of(settings)) as admin:
        if await is_embedded(admin):
            return []
        try:
            answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
        except IncompatibleBrokerVersion:
            return [Limits(name) for name in names]
    found = {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in answers
        for code, _, _, name, entries in answer.resources
        if code == 0  # else there is no such topic, or we may not see its settings
    }
    return [_limits(name, found[name]) if name in found else Limits(name) for name in names]


def _limits(name: str, entries: dict[str, str]) -> Limits:
    size = entries.get("max.message.bytes")
    stamp = entries.get("message.timestamp.type")
    return Limits(name, None if size is None else int(size), None if stamp is None else stamp == _BY_BROKER)


def too_small(limits: Iterable[Limits], written: Collection[str]) -> dict[str, int]:
    """Those of the topics that we write which take less than we may have to send, and how much they take."""
    return {
        one.name: one.batch_bytes
        for one in limits
        if one.name in written and one.batch_bytes is not None and one.batch_bytes < BATCH_BYTES
    }


def stamped_by_producers(limits: Iterable[Limits]) -> list[str]:
    """The inputs whose records carry the time of their producer's clock; a slow one makes frames look like prophecy."""
    return [one.name for one in limits if TOPICS[one.name].flow == "in" and one.stamped_by_broker is False]


def told(small: dict[str, int]) -> str:
    """A sentence about topics that are too small."""
    listed = ", ".join(f"{name} {size}" for name, size in sorted(small.items()))
    return f"topics take less than {BATCH_BYTES} bytes, so an output may be refused: {listed}"
