"""Records that no worker can use, however odd: each has its dead letter, and none ends a worker or holds up another."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from models.risk.model import RiskModel
from stream.delivery.dead_letters import Failure
from tests.stack.conftest import Stack
from tests.stack.poison import CODECS, produce, send_poison
from tests.stack.ward import FOUND, TestWard, expected, frames_of, ward

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def tested(stack: Stack, tmp_path: Path) -> AsyncIterator[TestWard]:
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        yield one


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
