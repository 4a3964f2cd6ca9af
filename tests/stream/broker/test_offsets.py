"""A group that is forming has committed nothing yet, however the broker and its client say so."""

from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import OffsetAndMetadata

from stream.broker.offsets import committed_offsets

FIRST, SECOND, THIRD = (TopicPartition("vitals", number) for number in range(3))


class Admin:
    """Stands for aiokafka's admin client."""

    def __init__(self, answer: Exception | dict[TopicPartition, int]) -> None:
        self.answer = answer

    async def list_consumer_group_offsets(self, _group: str, **_: Any) -> dict[TopicPartition, OffsetAndMetadata]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return {partition: OffsetAndMetadata(offset, "") for partition, offset in self.answer.items()}


async def test_partitions_without_an_offset_are_left_out() -> None:
    admin: Any = Admin({FIRST: 7, SECOND: -1, THIRD: 0})
    assert await committed_offsets(admin, "g") == {FIRST: 7, THIRD: 0}


@pytest.mark.parametrize(
    "failure",
    [GroupCoordinatorNotAvailableError(), TypeError("'NoneType' object is not iterable")],
    ids=["no coordinator", "an answer without topics"],
)
async def test_a_group_that_nobody_coordinates_yet_has_committed_nothing(failure: Exception) -> None:
    admin: Any = Admin(failure)
    assert await committed_offsets(admin, "g") == {}
