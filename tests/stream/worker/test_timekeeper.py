"""The clock of a worker: it ticks by the latest look at the logs, and gives a sign of life while the broker answers."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from aiokafka import TopicPartition

from stream.delivery.logbook import Read
from stream.delivery.sender import Output
from stream.observability.metrics import Metrics
from stream.observability.status import Status
from stream.worker.timekeeper import BEAT_S, Timekeeper

FIRST, SECOND = TopicPartition("vitals", 0), TopicPartition("vitals", 1)
UP_TO = datetime(2026, 9, 21, 14, tzinfo=UTC)


class App:
    """Two partitions, read to their ends."""

    assigned = True

    def __init__(self) -> None:
        self.read = {FIRST: Read(10, 0, 10), SECOND: Read(20, 0, 20)}
        self.in_buffer: set[TopicPartition] = set()

    def partitions(self, topic: str) -> set[int]:
        return {tp.partition for tp in self.read if tp.topic == topic}

    def assignment(self) -> set[TopicPartition]:
        return {FIRST, SECOND}

    def buffered(self) -> set[TopicPartition]:
        return self.in_buffer

    async def reads(self) -> Mapping[TopicPartition, Read]:
        return self.read


class Book:
    """A look at the logs."""

    def __init__(self) -> None:
        self.looked_s: float | None = None

    def looked(self) -> tuple[float | None, dict[TopicPartition, int]]:
        return self.looked_s, {FIRST: 10, SECOND: 20}


class Path:
    """Notes its ticks."""

    ticking = False

    def __init__(self) -> None:
        self.ticks: list[tuple[float, Mapping[TopicPartition, bool]]] = []

    async def tick(self, now_s: float, caught_up: Callable[[], Mapping[TopicPartition, bool]]) -> datetime | None:
        self.ticks.append((now_s, caught_up()))
        return UP_TO

    async def expect(self, patients: Collection[str]) -> None:
        """Nobody is expected."""


class Bench:
    """A timekeeper and its ports."""

    def __init__(self) -> None:
        self.app, self.book, self.path = App(), Book(), Path()
        self.sent: list[dict[str, Any]] = []
        status = Status("watch-1", self.publish, Metrics())
        self.keeper = Timekeeper(self.app, self.path, self.book, status)  # type: ignore[arg-type]  # a fake book

    async def publish(self, output: Output) -> None:
        self.sent.append(orjson.loads(output.value or b""))


async def test_nothing_ticks_before_the_logs_were_looked_at() -> None:
    bench = Bench()
    await bench.keeper.tick()
    await bench.keeper.beat()
    assert (bench.path.ticks, bench.sent) == ([], [])


async def test_a_partition_is_caught_up_when_all_that_lay_there_is_in_the_agent_s_hands() -> None:
    bench = Bench()
    bench.book.looked_s = 100.0
    await bench.keeper.tick()
    bench.app.in_buffer = {FIRST}
    await bench.keeper.tick()
    bench.app.in_buffer = set()
    bench.app.read[SECOND] = Read(19, 0, 19)
    await bench.keeper.tick()
    del bench.app.read[SECOND]
    await bench.keeper.tick()
    whole = {FIRST: True, SECOND: True}
    assert bench.path.ticks == [
        (100.0, whole),
        (100.0, whole | {FIRST: False}),
        (100.0, whole | {SECOND: False}),
        (100.0, whole | {SECOND: False}),
    ]


async def test_a_sign_of_life_says_which_partitions_are_watched_and_up_to_when() -> None:
    bench = Bench()
    bench.book.looked_s = 100.0
    await bench.keeper.tick()
    await bench.keeper.beat()
    (beat,) = bench.sent
    assert (beat["component"], beat["state"], beat["worker"]) == ("worker", "restored", "watch-1")
    assert (beat["watches"], beat["up_to"]) == ([0, 1], "2026-09-21T14:00:00Z")


async def test_signs_of_life_come_every_few_seconds_and_none_while_the_broker_does_not_answer() -> None:
    bench = Bench()
    for looked_s in (100.0, 100.0, 101.0, 100.0 + BEAT_S - 0.1, 100.0 + BEAT_S, 100.0 + BEAT_S):
        bench.book.looked_s = looked_s
        await bench.keeper.beat()
    assert len(bench.sent) == 2


async def test_a_worker_that_stops_watches_nothing_any_more() -> None:
    bench = Bench()
    await bench.keeper.stop()
    assert bench.sent[0]["watches"] == []
