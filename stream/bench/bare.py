"""A bare aiokafka consumer, `getmany` and nothing else between it and the work: the other ruler.

`python -m stream.bench.bare decode` validates each frame and counts it; `... watch` does the whole work of the watch
path (scores, alarms, forecasts, confirmed outputs, guarded state) without Faust. Both commit as often as Wardwatch.
"""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from models.risk.model import SHIPPED, RiskModel
from stream.decode import decode_vitals
from stream.kafka_security import client_options
from stream.metrics import Metrics
from stream.sender import Output, PublishError, Sender
from stream.settings import Settings
from stream.settle import Settler
from stream.silence import SilentBeds
from stream.state import StateStore, redis_client
from stream.status import Status
from stream.watch import Watch

if TYPE_CHECKING:
    from stream.wiring.delivery import Run

_COMMIT_S: Final = 0.5
_POLL_MS: Final = 200


class BareRun:
    """What one fetch brought from one partition, with the part of a run's interface that the watch path uses."""

    def __init__(self, partition: TopicPartition, records: list[Any], done: dict[TopicPartition, int]) -> None:
        self.topic = partition.topic
        self.value = records
        self._partition = partition
        self._done = done

    def begin(self) -> None:
        """Nothing to note."""

    def finish(self) -> None:
        """It may be committed; runs of a partition finish in order."""
        self._done[self._partition] = self.value[-1].offset + 1


async def consume(settings: Settings, handle: Callable[[BareRun], Awaitable[None]]) -> None:
    """Hand every fetched run to `handle` until SIGTERM, and commit what is finished."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    done: dict[TopicPartition, int] = {}
    committed_s = time.monotonic()
    consumer = AIOKafkaConsumer(
        "vitals",
        bootstrap_servers=settings.broker,
        group_id=settings.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=settings.run_records,
        **client_options(settings),
    )
    async with consumer:
        while not stop.is_set():
            for partition, records in (await consumer.getmany(timeout_ms=_POLL_MS)).items():
                await handle(BareRun(partition, records, done))
            if done and time.monotonic() - committed_s >= _COMMIT_S:
                ends = dict(done)
                done.clear()  # before the commit: what finishes meanwhile belongs to the next one
                await consumer.commit(ends)
                committed_s = time.monotonic()


async def decode_only(settings: Settings) -> None:
    """Validate and count."""
    count = 0

    async def handle(run: BareRun) -> None:
        nonlocal count
        columns, refused = decode_vitals(run.value, round(time.time() * 1000), round(settings.future_s * 1000))
        count += len(columns.time_ms) + len(refused)
        run.finish()

    await consume(settings, handle)


async def whole_watch(settings: Settings) -> None:
    """The watch path with the parts of the product, put on a plain consumer and a plain producer."""
    metrics = Metrics()
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.broker,
        acks="all",
        enable_idempotence=True,
        max_batch_size=65536,
        **client_options(settings),
    )

    async def send(*record: Any) -> Awaitable[Any]:
        topic, key, value, _, _, headers = record
        answer: Awaitable[Any] = await producer.send(topic, value=value, key=key, headers=headers)
        return answer

    async with producer, redis_client(settings) as redis:
        store = StateStore(redis, "patient", settings.state_ttl_s)
        sender = Sender(send, settings.send_timeout_s, lambda _: None)
        status = Status(f"bare-{socket.gethostname()}", partial(_publish, sender), metrics)
        settler = Settler(
            sender,
            store,
            on_state=partial(status.tell, "state", "Redis does not answer or answers again"),
            on_unsendable=_raised,
            on_settled=lambda: None,
        )
        watch = Watch(
            settings,
            model=RiskModel.load(settings.risk_folder or SHIPPED, settings.device),
            store=store,
            sender=sender,
            settler=settler,
            status=status,
            metrics=metrics,
            beds=SilentBeds(settings.silent_bed_s, status.tell),
        )
        settling = asyncio.create_task(settler.run())
        try:
            await consume(settings, lambda run: watch.handle(cast("Run", run)))
        finally:
            settling.cancel()


async def _publish(sender: Sender, output: Output) -> None:
    await sender.post([output])


def _raised(error: PublishError) -> Output:
    raise error


if __name__ == "__main__":
    works = {"decode": decode_only, "watch": whole_watch}
    asyncio.run(works[sys.argv[1]](Settings()))
