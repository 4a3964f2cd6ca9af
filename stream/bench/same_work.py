"""The watch path on another consumer and producer, for baselines that do the same work as Wardwatch."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from aiokafka import TopicPartition

from stream.broker.lineage import Log, Place
from stream.delivery.sender import Send
from stream.delivery.transport import Run
from stream.settings import Settings
from stream.worker.assembly import RolePath, parts, watch_path


class Batch:
    """A batch of records from any consumer, with the part of a run's interface that the watch path uses."""

    topic = "vitals"
    tp = TopicPartition("vitals", 0)
    log = Log()
    reached = tp, Place(0)

    def __init__(self, records: list[Any], on_finish: Callable[[], None]) -> None:
        self.value = records
        self.finish = on_finish

    def begin(self) -> None:
        """Do nothing; the watch path calls it when it begins with the batch."""

    def as_run(self) -> Run:
        """Return the batch as a Run, of which the watch path uses no more than is defined here."""
        return cast("Run", self)


@asynccontextmanager
async def watching(settings: Settings, send: Send) -> AsyncIterator[RolePath]:
    """Open the watch path as a worker assembles it, with `send` as its producer."""
    async with parts(settings, "watch", f"bench-{socket.gethostname()}", send) as built, watch_path(built) as path:
        settling = asyncio.create_task(built.settler.run())
        try:
            yield path
        finally:
            settling.cancel()
