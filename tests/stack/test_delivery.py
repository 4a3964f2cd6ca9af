"""The four ways in which stock Faust 0.15.3 loses messages: each is shown on stock Faust, and not to happen here.

A record is lost when the group has committed past it and its work was not done. Should a later Faust mend one of these,
the test of the stock app fails and says so.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import faust
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from stream.broker.topics import ensure_topics
from stream.delivery.app import WardApp
from stream.delivery.sender import Output, Sender
from stream.delivery.transport import Run
from stream.settings import Settings
from tests.stack.conftest import Stack

RECORDS: Final = 10
PATIENCE_S: Final = 40.0
Work = Callable[["Bench", int], Awaitable[bool]]  # a record's offset -> whether its work is done


@dataclass
class Bench:
    """A topic with ten records in one partition, and what has become of them."""

    stack: Stack
    topic: str
    group: str
    begun: list[int] = field(default_factory=list)
    done: set[int] = field(default_factory=set)
    send: Callable[[bytes], Awaitable[Any]] | None = None
    folder: Path | None = None  # where stock Faust keeps its tables

    async def all_begun(self, count: int) -> None:
        """Wait until so many records were begun."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.begun) < count:  # noqa: ASYNC110 - Faust's loop has nothing to wait on
                await asyncio.sleep(0.05)

    async def lost(self) -> set[int]:
        """Records that the group has committed past and whose work is not done."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.stack.broker, group_id=f"{self.group}-watch", enable_auto_commit=False
        )
        async with consumer:
            ends = [await consumer.committed(TopicPartition(self.topic, part)) or 0 for part in range(4)]
        return set(range(max(ends))) - self.done


@pytest.fixture
async def bench(stack: Stack, tmp_path: Path) -> Bench:
    topic = f"{stack.prefix}in"
    await ensure_topics(stack.connection, {topic: (4, {}), f"{stack.prefix}out": (4, {"max.message.bytes": "1000"})})
    async with AIOKafkaProducer(bootstrap_servers=stack.broker) as producer:
        for number in range(RECORDS):
            await producer.send_and_wait(topic, b"%d" % number, partition=0)
    return Bench(stack, topic, stack.prefix + "g", folder=tmp_path)


@asynccontextmanager
async def stock(bench: Bench, work: Work, *, by_hand: bool = False) -> AsyncIterator[Any]:
    """Faust as it comes; `by_hand`: the agent acknowledges by itself, in the order in which work is done."""
    app = faust.App(
        f"{bench.group}-watch",
        broker=f"kafka://{bench.stack.broker}",
        store="memory://",
        datadir=bench.folder,
        value_serializer="raw",
        autodiscover=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        broker_commit_interval=0.2,
    )
    out = app.topic(f"{bench.stack.prefix}out", value_serializer="raw")
    bench.send = lambda value: out.send(value=value)

    async def agent(stream: Any) -> None:  # noqa: ANN401 - Faust is untyped
        if by_hand:
            async for event in stream.noack().events():
                if await work(bench, event.message.offset):
                    bench.done.add(event.message.offset)
                    await stream.ack(event)
        else:
            async for event in stream.events():
                if await work(bench, event.message.offset):
                    bench.done.add(event.message.offset)

    app.agent(app.topic(bench.topic, value_serializer="raw", key_serializer="raw"), name="watch")(agent)
    app.finalize()
    await app.start()
    try:
        yield app
    finally:
        await app.stop()
        _close_thread_loop(app)


@asynccontextmanager
async def ours(bench: Bench, work: Work) -> AsyncIterator[Any]:
    """The same on the mended transport, one record a run."""

    async def handle(run: Run) -> None:
        run.begin()
        if await work(bench, run.offset):
            bench.done.add(run.offset)
            run.finish()

    settings = Settings(broker=bench.stack.broker, group=bench.group, run_records=1, drain_s=0.5)
    ward = WardApp(settings, name="watch", topics=[bench.topic], handle=handle, on_revoked=lambda: None)
    sender = Sender(ward.send, 5, lambda _: None)

    async def send(value: bytes) -> None:
        await sender.confirm(await sender.post([Output(f"{bench.stack.prefix}out", b"k", value, [])]))

    bench.send = send
    await ward.start()
    try:
        yield ward._app  # noqa: SLF001 - what the test does to Faust's app it does to ours
    finally:
        await ward.stop(0.5)
        _close_thread_loop(ward._app)  # noqa: SLF001


def _close_thread_loop(app: Any) -> None:  # noqa: ANN401 - Faust is untyped
    """Faust leaves the loop of its consumer thread open."""
    app.consumer._thread.thread_loop.close()  # noqa: SLF001


async def hold_the_first(bench: Bench, offset: int) -> bool:
    """The first record takes long; the others are done meanwhile."""
    bench.begun.append(offset)
    return offset != 0


async def raise_on_the_first(bench: Bench, offset: int) -> bool:
    bench.begun.append(offset)
    if offset == 0:
        message = "an agent that raises"
        raise RuntimeError(message)
    return True


async def hang_on_the_first(bench: Bench, offset: int) -> bool:
    bench.begun.append(offset)
    if offset == 0:
        await asyncio.Event().wait()
    return True


async def send_what_no_broker_takes(bench: Bench, offset: int) -> bool:
    """The output is larger than its topic allows: a producer buffers it, the broker refuses it."""
    bench.begun.append(offset)
    assert bench.send is not None
    if offset == 0:
        await bench.send(b"x" * 5000)
        return False  # only an output that is there would make it done, and this one never is
    return True


async def test_stock_faust_commits_past_work_in_flight(bench: Bench) -> None:
    async with stock(bench, hold_the_first, by_hand=True) as app:
        await bench.all_begun(RECORDS)
        await app.consumer.commit()
        assert await bench.lost() == {0}


async def test_a_commit_never_passes_work_in_flight(bench: Bench) -> None:
    async with ours(bench, hold_the_first) as app:
        await bench.all_begun(RECORDS)
        await app.consumer.commit()
        assert await bench.lost() == set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_stock_faust_acknowledges_what_made_its_agent_raise(bench: Bench) -> None:
    async with stock(bench, raise_on_the_first) as app:
        await bench.all_begun(RECORDS)
        await asyncio.sleep(0.2)
        await app.consumer.commit()
        assert await bench.lost() == {0}


async def test_what_makes_an_agent_raise_stays_unacknowledged(bench: Bench) -> None:
    async with ours(bench, raise_on_the_first) as app:
        await bench.all_begun(1)
        await app.consumer.commit()
        assert await bench.lost() == set()


async def test_stock_faust_acknowledges_what_its_agent_was_cancelled_over(bench: Bench) -> None:
    async with stock(bench, hang_on_the_first) as app:
        await bench.all_begun(1)
        await app.agents["watch"].stop()
        await app.consumer.commit()
        assert await bench.lost() == {0}


async def test_what_an_agent_is_cancelled_over_stays_unacknowledged(bench: Bench) -> None:
    async with ours(bench, hang_on_the_first) as app:
        await bench.all_begun(1)
        await app.agents["watch"].stop()
        await app.consumer.commit()
        assert await bench.lost() == set()


async def test_stock_faust_takes_a_buffered_send_for_a_delivered_one(bench: Bench) -> None:
    _needs_limits(bench)
    async with stock(bench, send_what_no_broker_takes) as app:
        await bench.all_begun(RECORDS)
        await asyncio.sleep(0.5)
        await app.consumer.commit()
        assert await bench.lost() == {0}


async def test_an_input_whose_output_was_refused_stays_unacknowledged(bench: Bench) -> None:
    _needs_limits(bench)
    async with ours(bench, send_what_no_broker_takes) as app:
        await bench.all_begun(1)
        await asyncio.sleep(0.5)
        await app.consumer.commit()
        assert await bench.lost() == set()


def _needs_limits(bench: Bench) -> None:
    if bench.stack.kind == "embedded":
        pytest.skip("the embedded broker takes a record of any size")


async def test_a_run_in_work_is_finished_and_committed_before_its_partition_goes(bench: Bench) -> None:
    async def slowly(bench: Bench, offset: int) -> bool:
        bench.begun.append(offset)
        await asyncio.sleep(0.3)
        return True

    async with ours(bench, slowly):
        await bench.all_begun(2)
    assert bench.done >= {0, 1}
    assert await bench.lost() == set()


async def test_what_was_not_finished_is_read_again_by_the_next(bench: Bench) -> None:
    async with ours(bench, hold_the_first):
        await bench.all_begun(RECORDS)
    bench.begun.clear()

    async def do(bench: Bench, offset: int) -> bool:
        bench.begun.append(offset)
        return True

    async with ours(bench, do):
        await bench.all_begun(RECORDS)
    assert sorted(bench.begun) == list(range(RECORDS))
