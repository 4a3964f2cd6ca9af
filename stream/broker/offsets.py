"""What a consumer group has committed, asked by somebody who is not one of its members."""

from collections.abc import Sequence

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError


async def committed_offsets(
    admin: AIOKafkaAdminClient, group: str, partitions: Sequence[TopicPartition] | None = None
) -> dict[TopicPartition, int]:
    """Offsets by partition, of those that have one; none while the group is forming and nobody coordinates it.

    Whoever waits for a group does so up to a limit, and so fails there if it never forms.
    """
    try:
        offsets = await admin.list_consumer_group_offsets(group, partitions=partitions)
    except KafkaError:
        return {}
    except TypeError:  # an answer without a list of topics, which aiokafka goes through; seen of a group just begun
        return {}
    return {partition: at.offset for partition, at in offsets.items() if at.offset >= 0}
