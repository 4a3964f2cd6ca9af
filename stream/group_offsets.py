"""What a consumer group has committed, asked by somebody who is not one of its members."""

from collections.abc import Sequence

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError


async def committed_offsets(
    admin: AIOKafkaAdminClient, group: str, partitions: Sequence[TopicPartition] | None = None
) -> dict[TopicPartition, int]:
    """Offsets by partition, of those that have one; none while the group is forming and nobody coordinates it."""
    try:
        offsets = await admin.list_consumer_group_offsets(group, partitions=partitions)
    except (
        KafkaError,
        TypeError,
    ):  # TypeError: aiokafka goes through the topics of an answer that is an error and none
        return {}
    return {partition: at.offset for partition, at in offsets.items() if at.offset >= 0}
