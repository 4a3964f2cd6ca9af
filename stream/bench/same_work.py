"""The watch path of the product for another consumer and producer: what a ruler runs when it does the same work."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from stream.delivery.sender import Send
from stream.delivery.transport import Run
from stream.settings import Settings
from stream.worker.assembly import Path, parts, watch_path


class Batch:
    """Records from anywhere, with the part of a run's interface that the watch path uses."""

    topic = "vitals"

    def __init__(self, records: list[Any], on_finish: Callable[[], None]) -> None:
        self.value = records
        self.finish = on_finish

    def begin(self) -> None:
        """Nothing to note."""

    def as_run(self) -> Run:
        """For the watch path, which asks no more of a run than is here."""
        return cast("Run", self)


@asynccontextmanager
async def watching(settings: Settings, send: Send) -> AsyncIterator[Path]:
    """The watch path as a worker puts it together, sent by `send`."""
    async with parts(settings, "watch", f"bench-{socket.gethostname()}", send) as built, watch_path(built) as path:
        settling = asyncio.create_task(built.settler.run())
        try:
            yield path
        finally:
            settling.cancel()
