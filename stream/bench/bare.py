"""Baseline: a bare aiokafka consumer, with nothing but `getmany` between the broker and the work.

`python -m stream.bench.bare decode` validates and counts each frame; `... watch` does all the work of the watch path
(scores, alarms, forecasts, confirmed outputs, guarded state) without Faust. Both commit as often as Wardwatch.
"""

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from stream.bench.same_work import Batch, watching
from stream.broker.connection import Connection
from stream.delivery.decode import decode_vitals
from stream.delivery.transport import FETCH_WAIT_MS
from stream.settings import Settings

_COMMIT_S: Final = 0.5
_POLL_MS: Final = 200

Handle = Callable[[list[Any], Callable[[], None]], Awaitable[None]]
"""Processes records of one partition; the second argument is called when all their outputs are confirmed."""


async def consume(settings: Settings, handle: Handle) -> None:
    """Pass every fetched batch to `handle` until SIGTERM, and commit what is finished."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    done: dict[TopicPartition, int] = {}
    committed_s = time.monotonic()
    consumer = AIOKafkaConsumer(
        "vitals",
        group_id=settings.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=settings.run_records,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        **Connection.of(settings).for_aiokafka(),
    )

    def finisher(partition: TopicPartition, end: int) -> Callable[[], None]:
        return lambda: done.__setitem__(partition, end)

    async with consumer:
        while not stop.is_set():
            for partition, records in (await consumer.getmany(timeout_ms=_POLL_MS)).items():
                await handle(records, finisher(partition, records[-1].offset + 1))
            if done and time.monotonic() - committed_s >= _COMMIT_S:
                ends = dict(done)
                done.clear()  # before the commit: what finishes meanwhile belongs to the next one
                await consumer.commit(ends)
                committed_s = time.monotonic()


async def decode_only(settings: Settings) -> None:
    """Validate and count frames."""
    count = 0

    async def handle(records: list[Any], finish: Callable[[], None]) -> None:
        nonlocal count
        columns, refused = decode_vitals(records, round(time.time() * 1000), round(settings.future_s * 1000))
        count += len(columns.time_ms) + len(refused)
        finish()

    await consume(settings, handle)


async def whole_watch(settings: Settings) -> None:
    """Run the watch path on a plain consumer and a plain producer."""
    producer = AIOKafkaProducer(
        acks="all",
        enable_idempotence=True,
        max_batch_size=65536,
        **Connection.of(settings).for_aiokafka(),
    )

    async def send(*record: Any) -> Awaitable[Any]:
        topic, key, value, _, _, headers = record
        answer: Awaitable[Any] = await producer.send(topic, value=value, key=key, headers=headers)
        return answer

    async with producer, watching(settings, send) as watch:

        async def handle(records: list[Any], finish: Callable[[], None]) -> None:
            await watch.handle(Batch(records, finish).as_run())

        await consume(settings, handle)


if __name__ == "__main__":
    works = {"decode": decode_only, "watch": whole_watch}
    asyncio.run(works[sys.argv[1]](Settings()))
