"""Records that no worker can use, however odd: each becomes a dead letter, and none ends a worker or holds up another.

They are sent by librdkafka, which packs and sends what aiokafka would refuse to.
"""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import pytest
from confluent_kafka import Producer

from models.risk.model import RiskModel
from stream.delivery.dead_letters import Failure
from tests.stack.conftest import Stack
from tests.stack.ward import FOUND, TestWard, expected, frames_of, ward

CODECS: Final = ("gzip", "snappy", "lz4", "zstd")
LARGEST: Final = 100 * 2**20
KEY: Final = b"nobody"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def tested(stack: Stack, tmp_path: Path) -> AsyncIterator[TestWard]:
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        yield one


def produce(broker: str, codec: str, send: Callable[[Any], None], **more: object) -> None:
    """Send with a producer of its own, in one go, and wait for the broker's word."""
    producer = Producer(
        {"bootstrap.servers": broker, "compression.codec": codec, "message.max.bytes": LARGEST, "linger.ms": 50} | more
    )
    send(producer)
    assert producer.flush(60) == 0


def send_poison(broker: str) -> int:
    """Every kind of record that ended a worker once; how many there are."""

    def garbage(producer: Any) -> None:  # noqa: ANN401 - librdkafka's
        producer.produce("vitals", b"\xff" * 1_030_000, key=KEY)  # its letter would be larger than a producer takes
        producer.produce("vitals", None, partition=0)  # neither key nor value
        producer.produce("vitals", b"{", key=KEY, headers=[("x-attempt", None), ("x-first-failure-ts", b"\xff")])
        producer.produce("vitals", b"{", key=b"k" * 500_000, headers=[("h", b"h" * 500_000)])

    def bombs(producer: Any) -> None:  # noqa: ANN401 - as above
        producer.produce("vitals", bytes(60 * 2**20), key=KEY)

    produce(broker, "none", garbage)
    produce(broker, "gzip", bombs)
    for codec in CODECS:
        produce(broker, codec, lambda producer: producer.produce("vitals", bytes(5 * 2**20), key=KEY))
    return 5 + len(CODECS)


async def test_no_record_ends_a_worker_and_every_one_that_is_of_no_use_has_its_letter(
    stack: Stack, tested: TestWard
) -> None:
    frames = frames_of(f"{stack.prefix}p", patients=4, steps=60)
    worker = tested.worker()
    await worker.start()
    half = len(frames) // 2
    await tested.feed(frames[:half], 200)
    poison = await asyncio.to_thread(send_poison, stack.broker)
    await tested.feed(frames[half:], 200)
    await tested.settled()
    assert worker.runs, worker.tail()
    letters = [Failure.read(letter.headers) for letter in tested.seen.dead_letters]
    assert len({letter.id for letter in letters}) == poison
    assert sum(letter.cut for letter in letters) >= poison - 2
    clean = expected(frames, tested.settings, RiskModel.load())
    assert {topic: set(tested.seen.ids[topic]) for topic in FOUND} == {topic: clean[topic] for topic in FOUND}
    assert (await tested.applied())["vitals"] == len(frames)


@pytest.mark.parametrize("codec", CODECS)
async def test_frames_are_read_in_every_codec(stack: Stack, tested: TestWard, codec: str) -> None:
    frames = frames_of(f"{stack.prefix}p", patients=2, steps=20)

    def send(producer: Any) -> None:  # noqa: ANN401 - librdkafka's
        for frame in frames:
            producer.produce("vitals", frame.model_dump_json(exclude_none=True).encode(), key=frame.patient.encode())

    await asyncio.to_thread(produce, stack.broker, codec, send)
    worker = tested.worker()
    await worker.start()
    await tested.settled()
    assert (await tested.applied())["vitals"] == len(frames)
    assert tested.seen.dead_letters == []
    assert worker.runs


async def test_what_a_transaction_took_back_never_was(stack: Stack, tested: TestWard) -> None:
    if stack.kind == "embedded":
        pytest.skip("the embedded broker knows no isolation")
    kept, taken_back = (frames_of(f"{stack.prefix}{name}", patients=2, steps=10) for name in ("kept", "gone"))
    worker = tested.worker()
    await worker.start()

    def in_transactions() -> None:
        producer = Producer({"bootstrap.servers": stack.broker, "transactional.id": stack.prefix})
        producer.init_transactions(60)
        for frames in (taken_back, kept, taken_back):
            producer.begin_transaction()
            for frame in frames:
                producer.produce("vitals", frame.model_dump_json().encode(), key=frame.patient.encode())
            producer.flush(60)
            (producer.commit_transaction if frames is kept else producer.abort_transaction)(60)

    await asyncio.to_thread(in_transactions)
    async with asyncio.timeout(60):
        while (await tested.applied())["vitals"] < len(kept):  # noqa: ASYNC110 - nothing that one could wait on
            await asyncio.sleep(0.2)
    await asyncio.sleep(2)
    assert (await tested.applied())["vitals"] == len(kept)
    assert set(tested.seen.ids["scores"]) == expected(kept, tested.settings, RiskModel.load())["scores"]


def test_a_bomb_of_this_size_is_small_on_the_wire() -> None:
    assert len(gzip.compress(bytes(60 * 2**20))) < 2**17
