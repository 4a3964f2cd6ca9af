"""What the app makes of a producer's words."""

from typing import Any

import pytest
from aiokafka.errors import UnknownTopicOrPartitionError

from stream.delivery.app import WardApp
from stream.settings import Settings


class Producer:
    """aiokafka's, as far as it does not know of a partition that was just added; and Faust's round it."""

    def __init__(self) -> None:
        self._producer = self.client = self
        self.asked = 0

    async def send(self, *_: Any) -> None:
        raise AssertionError("Unrecognized partition")  # noqa: EM101, TRY003 - its very words

    async def force_metadata_update(self) -> None:
        self.asked += 1


async def test_a_partition_that_the_producer_does_not_know_yet_is_asked_after_and_to_be_tried_again() -> None:
    async def nothing(_: object) -> None: ...

    app = WardApp(Settings(), name="watch", topics=["vitals"], handle=nothing, on_revoked=lambda: None)
    producer = Producer()
    app._app._producer = producer  # noqa: SLF001 - Faust makes one of its own
    with pytest.raises(UnknownTopicOrPartitionError):
        await app.send("vitals", b"p-1", b"{}", 11, None, [])
    assert producer.asked == 1
