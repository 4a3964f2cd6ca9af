"""Two requests of Kafka's protocol that aiokafka has not: topics with their ids, and where an epoch's records end.

Schemas as in the protocol guide: Metadata 12 (KIP-516), OffsetForLeaderEpoch 2 (KIP-320).
"""

from typing import Any, Final
from uuid import UUID

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Array,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    String,
    TaggedFields,
)


class _Uuid(AbstractType):  # type: ignore[misc]  # aiokafka is untyped here
    """Sixteen bytes."""

    @classmethod
    def encode(cls, value: UUID) -> bytes:
        """To the wire."""
        return value.bytes

    @classmethod
    def decode(cls, data: Any) -> UUID:  # noqa: ANN401 - a stream of bytes
        """From the wire."""
        return UUID(bytes=data.read(16))


NO_ID: Final = UUID(int=0)
"""A topic is asked for by its name."""


class _TopicsResponse12(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _TopicsRequest12(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 12
    RESPONSE_TYPE = _TopicsResponse12
    FLEXIBLE_VERSION = True
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", CompactString("utf-8")), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class TopicsRequest(Request[_TopicsRequest12]):  # type: ignore[misc]
    """Topics by name, with id, and of each partition leader and epoch; none is made by being asked for."""

    API_KEY = 3

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def build(self, request_struct_class: type[_TopicsRequest12]) -> _TopicsRequest12:
        """For the version that was agreed on."""
        topics: list[tuple[UUID, str, dict[int, bytes]]] = [(NO_ID, name, {}) for name in self._names]
        return request_struct_class(topics, False, False, {})  # noqa: FBT003 - see the schema


class _EpochEndResponse2(Response):  # type: ignore[misc]
    API_KEY = 23
    API_VERSION = 2
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            Array(
                ("name", String("utf-8")),
                (
                    "partitions",
                    Array(("error_code", Int16), ("partition", Int32), ("leader_epoch", Int32), ("end_offset", Int64)),
                ),
            ),
        ),
    )


class _EpochEndRequest2(RequestStruct):  # type: ignore[misc]
    API_KEY = 23
    API_VERSION = 2
    RESPONSE_TYPE = _EpochEndResponse2
    SCHEMA = Schema(
        (
            "topics",
            Array(
                ("name", String("utf-8")),
                ("partitions", Array(("partition", Int32), ("current_leader_epoch", Int32), ("leader_epoch", Int32))),
            ),
        ),
    )


class EpochEndRequest(Request[_EpochEndRequest2]):  # type: ignore[misc]
    """Where in a partition's log the records of this epoch, or of the last one before it, end."""

    API_KEY = 23

    def __init__(self, topic: str, partition: int, epoch: int) -> None:
        self._topics = [(topic, [(partition, -1, epoch)])]

    def build(self, request_struct_class: type[_EpochEndRequest2]) -> _EpochEndRequest2:
        """For the version that was agreed on."""
        return request_struct_class(self._topics)
