"""Dead letters on the broker: list, find, select for replay, and send again."""

from collections import Counter
from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from schemas.topics import TOPICS
from stream.broker.connection import Connection
from stream.broker.topics import list_topics
from stream.delivery.dead_letters import Failure, replayed
from stream.settings import Settings

DEAD_LETTERS: Final = "dead-letters"
INPUTS: Final = frozenset(topic.name for topic in TOPICS.values() if topic.flow == "in")

_POLL_MS: Final = 500
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_FIRST_MS: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MS
_LAST_MS: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MS


class Letter(NamedTuple):
    """A record of the topic dead-letters with its position; `failure` is None where the headers are malformed."""

    partition: int
    offset: int
    time: datetime
    key: bytes | None
    value: bytes | None
    failure: Failure | None


class Choice(NamedTuple):
    """The letters to replay, and the number of the others by the reason why they are left out."""

    letters: list[Letter]
    left_out: Counter[str]


async def read_letters(settings: Settings, topic: str = DEAD_LETTERS) -> AsyncGenerator[Letter]:
    """Yield every letter that the topic holds now, each partition in order; uses no group and commits nothing."""
    (state,) = await list_topics(settings, [topic])
    partitions = [TopicPartition(topic, number) for number in range(state.partitions)]
    if not partitions:
        return
    consumer = AIOKafkaConsumer(
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **Connection.of(settings).for_aiokafka(),
    )
    try:
        await consumer.start()
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        starts = await consumer.beginning_offsets(partitions)
        left = {partition for partition in partitions if starts[partition] < ends[partition]}
        while left:
            for partition, records in (await consumer.getmany(*left, timeout_ms=_POLL_MS)).items():
                for record in records:
                    if record.offset < ends[partition]:
                        yield _letter(record)
            left = {partition for partition in left if await consumer.position(partition) < ends[partition]}
    finally:
        await consumer.stop()


async def find_letter(settings: Settings, which: str, topic: str = DEAD_LETTERS) -> Letter | None:
    """Return the first letter with this id, or that at this `PARTITION/OFFSET` of the topic; None if there is none."""
    async with aclosing(read_letters(settings, topic)) as letters:
        async for letter in letters:
            if which == f"{letter.partition}/{letter.offset}" or (letter.failure and which == str(letter.failure.id)):
                return letter
    return None


def choose(
    letters: Iterable[Letter], *, stage: str | None, most_attempts: int, topics: Collection[str] = INPUTS
) -> Choice:
    """Select the letters that can be replayed, each once, from all that the topic holds; count the others by reason.

    Left out are letters of another stage, doubles, letters of a record that was replayed and failed again (the newer
    letter stands for it), records that were tried as often as allowed or are not whole in their letter, and records of
    a topic that Wardwatch does not read: a letter's headers are what anybody with access could have written, and must
    not become an alert.
    """
    rows = list(letters)
    replaced = {letter.failure.replay_of for letter in rows if letter.failure and letter.failure.replay_of}
    chosen: dict[str, Letter] = {}
    left_out: Counter[str] = Counter()
    for letter in rows:
        failure = letter.failure
        if failure is None:
            left_out["not written by Wardwatch"] += 1
        elif stage is not None and failure.stage != stage:
            left_out["of another stage"] += 1
        elif str(failure.id) in chosen:
            left_out["double"] += 1
        elif str(failure.id) in replaced:
            left_out["failed again after a replay"] += 1
        elif failure.topic not in topics:
            left_out["not from an input topic"] += 1
        elif failure.cut:
            left_out["too large for a letter: the whole record lies in its topic"] += 1
        elif failure.attempt >= most_attempts:
            left_out[f"tried {most_attempts} times or more"] += 1
        else:
            chosen[str(failure.id)] = letter
    return Choice(list(chosen.values()), left_out)


async def replay(settings: Settings, letters: Iterable[Letter]) -> int:
    """Send the letters' records to their original topics, byte for byte; return how many the broker confirmed.

    A record goes to its original partition, so that it reaches the worker which has its patient. Replaying one twice
    repeats outputs under the same ids.
    """
    sent = 0
    producer = AIOKafkaProducer(acks="all", enable_idempotence=True, **Connection.of(settings).for_aiokafka())
    try:
        await producer.start()
        for letter in letters:
            failure = letter.failure
            if failure is None:
                continue
            partitions = await producer.partitions_for(failure.topic)
            await producer.send_and_wait(
                failure.topic,
                value=letter.value,
                key=letter.key,
                partition=failure.partition if failure.partition in partitions else None,
                headers=replayed(failure),
            )
            sent += 1
    finally:
        await producer.stop()
    return sent


def _letter(record: ConsumerRecord) -> Letter:
    try:
        failure = Failure.read(record.headers)
    except ValueError:
        failure = None
    return Letter(record.partition, record.offset, moment_of(record.timestamp), record.key, record.value, failure)


def moment_of(timestamp_ms: int) -> datetime:
    """The moment of a record's time-stamp; the nearest one that there is, since a producer may write any number."""
    return _EPOCH + timedelta(milliseconds=max(_FIRST_MS, min(timestamp_ms, _LAST_MS)))
