"""The publisher: every record confirmed, in order, in its patient's partition, also over the broker's absence."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.vitals import VitalsFrame
from stream.broker.topics import ensure_topics
from stream.feeds.events import FeedEvent
from stream.feeds.publish import Publisher, PublishError
from stream.settings import Settings
from stream.subscriber.listen import ListenError, listening
from tests.stack.conftest import Stack

START = datetime(2026, 3, 1, tzinfo=UTC)


def some_events(topic: str, patients: int, frames: int) -> list[FeedEvent]:
    """Frames of several patients, one a second each, with running numbers."""
    return [
        FeedEvent(topic, patient, time, VitalsFrame(patient=patient, time=time, sequence=second))
        for second in range(frames)
        for patient in (f"p-{number}" for number in range(patients))
        for time in (START + timedelta(seconds=second),)
    ]


async def read(settings: Settings, topic: str, at_least: int) -> list[Any]:
    records: list[Any] = []
    async with asyncio.timeout(30), listening(settings, [topic], from_beginning=True) as listener:
        stop = asyncio.Event()
        async for record in listener.records(stop):
            records.append(record)
            if len(records) >= at_least and await listener.caught_up():
                stop.set()
    return records


def sequences(records: Iterable[Any]) -> dict[bytes, list[int]]:
    by_patient: defaultdict[bytes, list[int]] = defaultdict(list)
    for record in records:
        by_patient[record.key].append(VitalsFrame.model_validate_json(record.value).sequence or 0)
    return dict(by_patient)


async def a_topic(stack: Stack) -> tuple[Settings, str]:
    topic = f"{stack.prefix}vitals"
    await ensure_topics(stack.connection, {topic: (4, {})})
    return Settings(broker=stack.broker), topic


async def test_every_record_is_confirmed_and_lies_in_order_in_its_patients_partition(stack: Stack) -> None:
    settings, topic = await a_topic(stack)
    async with Publisher(settings) as publisher:
        await publisher.play(some_events(topic, patients=5, frames=200), speed=0)
    assert dict(publisher.confirmed) == {topic: 1000}
    records = await read(settings, topic, 1000)
    assert {key: numbers == list(range(200)) for key, numbers in sequences(records).items()} == {
        f"p-{number}".encode(): True for number in range(5)
    }
    partitions = defaultdict(set)
    for record in records:
        partitions[record.key].add(record.partition)
    assert {len(found) for found in partitions.values()} == {1}


async def test_the_pace_is_the_feeds_clock_times_the_speed(stack: Stack) -> None:
    settings, topic = await a_topic(stack)
    loop = asyncio.get_running_loop()
    async with Publisher(settings) as publisher:
        began = loop.time()
        await publisher.play(some_events(topic, patients=1, frames=11), speed=10)
        took = loop.time() - began
    assert 1.0 <= took < 5.0


async def test_a_stop_ends_the_feed_at_once_and_keeps_what_was_confirmed(stack: Stack) -> None:
    settings, topic = await a_topic(stack)
    async with Publisher(settings) as publisher:
        asyncio.get_running_loop().call_later(0.5, publisher.stop)
        async with asyncio.timeout(15):
            await publisher.play(some_events(topic, patients=1, frames=1000), speed=1)
    assert publisher.unconfirmed == 0
    assert len(await read(settings, topic, publisher.confirmed[topic])) == publisher.confirmed[topic] > 0


async def test_an_absent_broker_is_named_in_one_sentence() -> None:
    settings = Settings(broker="127.0.0.1:1")
    with pytest.raises(PublishError, match=r"no broker answers at 127\.0\.0\.1:1"):
        async with Publisher(settings):
            pass
    with pytest.raises(ListenError, match=r"no broker answers at 127\.0\.0\.1:1"):
        async with listening(settings, ["vitals"], from_beginning=True):
            pass


async def test_a_topic_that_is_not_there_is_named_in_one_sentence(stack: Stack) -> None:
    with pytest.raises(ListenError, match="no topic never-made"):
        async with listening(Settings(broker=stack.broker), ["never-made"], from_beginning=True):
            pass


async def test_a_broker_that_goes_and_comes_back_costs_no_record(stack: Stack) -> None:
    kafka = stack.kafka_of_ours()
    settings, topic = await a_topic(stack)
    async with Publisher(settings) as publisher:
        playing = asyncio.create_task(publisher.play(some_events(topic, patients=4, frames=300), speed=50))
        await asyncio.sleep(1)
        await asyncio.to_thread(kafka.stop)
        await asyncio.sleep(2)
        assert not playing.done()
        kafka.start()  # from this thread: the server dies with the thread that starts it
        await playing
    assert dict(publisher.confirmed) == {topic: 1200}
    found = sequences(await read(settings, topic, 1200))
    assert {key: sorted(Counter(numbers)) for key, numbers in found.items()} == {
        f"p-{number}".encode(): list(range(300)) for number in range(4)
    }
