"""The watch path of the product for another consumer and producer: what a ruler runs when it does the same work."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from models.risk.model import SHIPPED, RiskModel
from stream.delivery.sender import Output, PublishError, Send, Sender
from stream.delivery.settle import Settler
from stream.delivery.transport import Run
from stream.observability.metrics import Metrics
from stream.observability.status import Status
from stream.settings import Settings
from stream.state.store import StateStore, redis_client
from stream.watch.handler import Watch
from stream.watch.silence import SilentBeds


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
async def watching(settings: Settings, send: Send) -> AsyncIterator[Watch]:
    """The watch path with model, guarded state and confirmed outputs, sent by `send`."""
    metrics = Metrics()
    async with redis_client(settings) as redis:
        store = StateStore(redis, "patient", settings.state_ttl_s)
        sender = Sender(send, settings.send_timeout_s, lambda _: None)
        status = Status(f"bench-{socket.gethostname()}", partial(_publish, sender), metrics)
        settler = Settler(
            sender,
            store,
            on_state=partial(status.tell, "state", "Redis does not answer or answers again"),
            on_unsendable=_raised,
            on_progress=lambda: None,
        )
        model = RiskModel.load(settings.risk_folder or SHIPPED, settings.device)
        beds = SilentBeds(settings.silent_bed_s, status.tell)
        settling = asyncio.create_task(settler.run())
        try:
            yield Watch(
                settings,
                model=model,
                store=store,
                sender=sender,
                settler=settler,
                status=status,
                metrics=metrics,
                beds=beds,
            )
        finally:
            settling.cancel()


async def _publish(sender: Sender, output: Output) -> None:
    await sender.post([output])


def _raised(error: PublishError) -> Output:
    raise error
