"""Dead letters on a broker: written as bytes, listed and shown without content, sent back byte for byte."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import aiokafka
import pytest
from typer.testing import CliRunner

from schemas.dead_letters import Stage
from stream.broker.connection import Connection
from stream.broker.topics import create_topics, ensure_topics
from stream.commands.dead_letters import app
from stream.dead_letters.browse import Letter, choose, find_letter, read_letters, replay
from stream.delivery.dead_letters import dead_letter
from stream.settings import Settings
from tests.stack.conftest import Stack

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
POISON = b'{"patient":"Jane Doe","heart_rate_bpm":\xff'
HEADERS = [("origin", b"gateway-3"), ("ce_id", b"theirs")]


class Bench:
    """A source topic and a topic of letters, both of this test alone."""

    def __init__(self, stack: Stack) -> None:
        self.settings = Settings(broker=stack.broker)
        self.source = f"{stack.prefix}vitals"
        self.letters = f"{stack.prefix}letters"

    async def poison(self, value: bytes | None = POISON, *, partition: int = 2, stage: Stage = "decode") -> None:
        """Send a record and write a letter about it, as a worker does."""
        await ensure_topics(Connection.of(self.settings), {self.source: (4, {}), self.letters: (4, {})})
        async with aiokafka.AIOKafkaProducer(bootstrap_servers=self.settings.broker) as producer:
            await producer.send_and_wait(self.source, value, key=b"p-1", headers=HEADERS, partition=partition)
        await self.fail((await self.records())[-1], stage)

    async def fail(self, record: Any, stage: Stage = "decode") -> None:  # noqa: ANN401 - aiokafka's record
        letter = dead_letter(record, stage=stage, error=ValueError("Jane"), attempt=1, now=NOW, app_version="1")
        async with aiokafka.AIOKafkaProducer(bootstrap_servers=self.settings.broker) as producer:
            await producer.send_and_wait(self.letters, letter.value, key=letter.key, headers=letter.headers)

    async def records(self) -> list[Any]:
        """Everything that lies in the source topic, by partition and offset."""
        consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=self.settings.broker, auto_offset_reset="earliest")
        async with consumer:
            partitions = [aiokafka.TopicPartition(self.source, number) for number in range(4)]
            consumer.assign(partitions)
            left = sum((await consumer.end_offsets(partitions)).values())
            return [await anext(consumer) for _ in range(left)]

    async def read(self) -> list[Letter]:
        return [letter async for letter in read_letters(self.settings, self.letters)]


@pytest.fixture
def bench(stack: Stack) -> Bench:
    return Bench(stack)


async def test_letters_are_read_whole_and_reading_marks_nothing(bench: Bench) -> None:
    await bench.poison()
    for _ in range(2):
        (letter,) = await bench.read()
        assert (letter.key, letter.value) == (b"p-1", POISON)
        assert letter.failure is not None
        assert letter.failure.headers == HEADERS
        assert (letter.failure.topic, letter.failure.partition, letter.failure.offset) == (bench.source, 2, 0)


async def test_an_empty_topic_has_no_letters(bench: Bench) -> None:
    await ensure_topics(Connection.of(bench.settings), {bench.letters: (4, {})})
    assert await bench.read() == []


async def test_a_letter_is_found_by_id_and_by_position(bench: Bench) -> None:
    await bench.poison()
    (letter,) = await bench.read()
    assert letter.failure is not None
    for which in (str(letter.failure.id), f"{letter.partition}/{letter.offset}"):
        assert await find_letter(bench.settings, which, bench.letters) == letter
    assert await find_letter(bench.settings, "9/9", bench.letters) is None


@pytest.mark.parametrize("value", [POISON, b"", None])
async def test_a_replayed_record_has_its_bytes_its_key_its_headers_and_its_partition(
    bench: Bench, value: bytes | None
) -> None:
    await bench.poison(value)
    (letter,) = await bench.read()
    assert await replay(bench.settings, [letter]) == 1
    first, again = await bench.records()
    assert (again.key, again.value, again.partition) == (first.key, first.value, first.partition)
    assert list(again.headers)[: len(HEADERS)] == HEADERS
    assert letter.failure is not None
    assert dict(again.headers)["x-replay-of"] == str(letter.failure.id).encode()


async def test_a_record_that_fails_again_and_again_is_left_alone_in_the_end(bench: Bench) -> None:
    await bench.poison()
    attempts = []
    while True:
        choice = choose(await bench.read(), stage=None, most_attempts=3, topics={bench.source})
        if not choice.letters:
            break
        (letter,) = choice.letters
        assert letter.failure is not None
        attempts.append(letter.failure.attempt)
        await replay(bench.settings, choice.letters)
        await bench.fail((await bench.records())[-1])
    assert attempts == [1, 2]
    assert choice.left_out == {"failed again after a replay": 2, "tried 3 times or more": 1}
    assert len(await bench.records()) == 3


class Ward:
    """The contract's own topics, where other tests' letters may lie too, and the command."""

    def __init__(self, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WARDWATCH_BROKER", stack.broker)
        self.settings = Settings()
        self.stage = "fetch"

    def wardwatch(self, *words: str) -> Any:  # noqa: ANN401 - JSON
        result = CliRunner().invoke(app, [*words, "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def ward(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> tuple[Ward, str]:
    """A letter about a record of imaging-ready, and its id."""
    ward = Ward(stack, monkeypatch)

    async def write() -> str:
        await create_topics(ward.settings)
        async with aiokafka.AIOKafkaProducer(bootstrap_servers=stack.broker) as producer:
            at = await producer.send_and_wait("imaging-ready", POISON, key=b"p-1", headers=HEADERS)
            record = aiokafka.ConsumerRecord(
                "imaging-ready", at.partition, at.offset, at.timestamp, 0, b"p-1", POISON, None, 3, 3, HEADERS
            )
            letter = dead_letter(record, stage="fetch", error=ValueError(), attempt=1, now=NOW, app_version="1")
            await producer.send_and_wait("dead-letters", letter.value, key=letter.key, headers=letter.headers)
        return dict(letter.headers)["ce_id"].decode()

    return ward, asyncio.run(write())


def test_the_commands_list_and_show_without_content_and_reveal_it_on_demand(ward: tuple[Ward, str]) -> None:
    command, letter_id = ward
    listed = command.wardwatch("list", "--stage", "fetch")
    assert letter_id in {letter["id"] for letter in listed["letters"]}
    assert "Jane" not in json.dumps(listed)
    shown = command.wardwatch("show", letter_id)
    assert (shown["stage"], shown["value_bytes"]) == ("fetch", len(POISON))
    assert "Jane" not in json.dumps(shown)
    revealed = command.wardwatch("show", letter_id, "--reveal")
    assert "Jane Doe" in revealed["value"].replace("\n", "") or "4a 61 6e 65" in revealed["value"]
    assert revealed["headers"]["origin"] == "gateway-3"


def test_a_list_on_a_narrow_terminal_has_every_id_whole_as_show_needs_it(
    ward: tuple[Ward, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    _, letter_id = ward
    result = CliRunner().invoke(app, ["list", "--stage", "fetch"])
    assert letter_id in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_a_dry_run_sends_nothing_and_a_replay_sends_the_named_letter(ward: tuple[Ward, str]) -> None:
    command, letter_id = ward
    dry = command.wardwatch("replay", letter_id, "--dry-run")
    assert (dry["chosen"], dry["sent"]) == ([letter_id], 0)
    done = command.wardwatch("replay", letter_id)
    assert (done["chosen"], done["sent"]) == ([letter_id], 1)
    unknown = command.wardwatch("replay", "00000000-0000-0000-0000-000000000000")
    assert (unknown["chosen"], unknown["sent"]) == ([], 0)
    assert len(unknown["left_out"]) == 1


@pytest.mark.parametrize("words", [["replay"], ["replay", "some-id", "--all"], ["list", "--stage", "lunch"]])
def test_a_command_that_says_too_little_or_too_much_is_refused(words: list[str]) -> None:
    assert CliRunner().invoke(app, words).exit_code == 2


def test_an_unknown_letter_is_said_in_a_sentence(ward: tuple[Ward, str]) -> None:
    assert ward[1]
    result = CliRunner().invoke(app, ["show", "nobody"])
    assert result.exit_code == 1
    assert "there is no dead letter nobody" in result.stderr
