"""Committed offsets of a consumer group, queried without joining the group."""

from collections.abc import Sequence

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError


async def committed_offsets(
    admin: AIOKafkaAdminClient, group: str, partitions: Sequence[TopicPartition] | None = None
) -> dict[TopicPartition, int]:
    """Return the committed offset by partition, where there is one; none while the group is still forming.

    A caller that waits for a group needs a timeout of its own, in case the group never forms.
    """
    try:
        offsets = await admin.list_consumer_group_offsets(group, partitions=partitions)
    except KafkaError:
        return {}
    except TypeError:  # aiokafka fails on an answer without a list of topics; seen with a group that had just begun
        return {}
    return {partition: at.offset for partition, at in offsets.items() if at.offset >= 0}
