"""A record that ends every worker is found within a few starts, becomes a dead letter, and nothing else does."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition

from stream.broker.lineage import Place
from stream.delivery.decode import Refused, decode_vitals
from stream.delivery.outputs import letter
from stream.delivery.records import SetAside
from stream.delivery.transport import Run
from stream.state.client import StateUnavailableError
from stream.worker.careful import FAULT, Careful
from tests.builders.ports import NOW_MS, ARecord, FakeRun, a_record

TP = TopicPartition("vitals", 0)


class PowerCutError(Exception):
    """The process is gone."""


@dataclass
class Notes:
    """Redis, as far as this goes; it outlives workers."""

    starts: dict[str, tuple[int, int]] = field(default_factory=dict)
    working: dict[str, int | None] = field(default_factory=dict)
    ended: dict[str, dict[int, int]] = field(default_factory=dict)
    away: bool = False

    def ask(self) -> None:
        if self.away:
            raise StateUnavailableError

    async def begun(self, offsets: Mapping[str, int]) -> dict[str, int]:
        self.ask()
        for name, offset in offsets.items():
            at, count = self.starts.get(name, (offset, 0))
            self.starts[name] = (offset, count + 1 if at == offset else 1)
        return {name: self.starts[name][1] for name in offsets}

    async def in_work(self, partition: str, offset: int | None) -> None:
        self.ask()
        self.working[partition] = offset

    async def suspects(self, partitions: Collection[str]) -> dict[str, dict[int, int]]:
        self.ask()
        for name in partitions:
            if (offset := self.working.pop(name, None)) is not None:
                counts = self.ended.setdefault(name, {})
                counts[offset] = counts.get(offset, 0) + 1
        return self.ended


@dataclass
class Ward:
    """Workers that start one after the other at the commit, until they reach the end of a partition."""

    records: list[ARecord]
    deadly: set[int]
    notes: Notes = field(default_factory=Notes)
    commit: int = 0
    starts: int = 0
    aside: list[SetAside] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    async def handle(self, run: Run) -> None:
        run.begin()
        self.sizes.append(len(run.value))
        for record in run.value:
            if isinstance(record, SetAside):
                self.aside.append(record)
            elif record.offset in self.deadly:
                raise PowerCutError
        run.finish()

    async def start(self) -> FakeRun | None:
        """One worker's life; its run, if it came to its end alive."""
        self.starts += 1
        careful = Careful(self.handle, self.notes)
        await careful.begun({TP: Place(self.commit)})
        run = FakeRun([record for record in self.records if record.offset >= self.commit])
        try:
            await careful.handle(run)  # type: ignore[arg-type]  # what is looked at of a run
        except PowerCutError:
            return None
        return run


def some(count: int = 20) -> list[ARecord]:
    return [a_record("vitals", b"%d" % number, offset=number) for number in range(count)]


async def test_nobody_is_careful_who_has_no_reason() -> None:
    ward = Ward(some(), set())
    run = await ward.start()
    assert run is not None
    assert run.finished
    assert ward.sizes == [20]


async def test_a_record_that_ends_every_worker_is_set_aside_and_all_others_are_worked_on() -> None:
    ward = Ward(some(), {7})
    while (run := await ward.start()) is None:
        assert ward.starts < 10
    assert run.finished
    assert ward.starts == 5
    assert [(one.offset, one.end, one.fault) for one in ward.aside] == [(7, 8, FAULT)]
    assert ward.sizes[-20:] == [1] * 20


async def test_what_was_set_aside_is_in_its_letter_whole() -> None:
    ward = Ward(some(), {7})
    while await ward.start() is None:
        pass
    _, refused = decode_vitals(ward.aside, NOW_MS, 0)
    assert [one.error for one in refused] == [FAULT]
    written = letter(Refused(ward.aside[0], "decode", FAULT))
    assert (written.key, written.value) == (b"p-1", b"7")


async def test_of_several_such_records_each_is_found() -> None:
    ward = Ward(some(), {3, 7, 8})
    while await ward.start() is None:
        assert ward.starts < 20
    assert {one.offset for one in ward.aside} == {3, 7, 8}


async def test_workers_that_come_to_their_end_elsewhere_set_nothing_aside() -> None:
    ward = Ward(some(200), set())
    for number in range(60):  # killed again and again, a little further each time
        ward.deadly = {number * 3}
        ward.commit = max(0, number * 3 - 1)
        await ward.start()
    ward.deadly = set()
    assert await ward.start() is not None
    assert ward.aside == []


async def test_a_worker_that_is_started_again_without_work_sets_nothing_aside() -> None:
    ward = Ward(some(), set())
    for _ in range(10):
        assert await ward.start() is not None
    assert ward.aside == []


async def test_behind_the_doubtful_records_runs_are_whole_again() -> None:
    ward = Ward(some(), {0})
    for _ in range(3):
        await ward.start()
    careful = Careful(ward.handle, ward.notes)
    await careful.begun({TP: Place(0)})
    ward.deadly = set()
    ward.sizes.clear()
    later = [a_record("vitals", b"", offset=number) for number in range(5_000, 5_010)]
    await careful.handle(FakeRun(later))  # type: ignore[arg-type]  # as above
    assert ward.sizes == [10]


@pytest.mark.parametrize("away", [True, False])
async def test_without_redis_nothing_is_known_and_nothing_set_aside(*, away: bool) -> None:
    ward = Ward(some(), {7}, Notes(away=away))
    for _ in range(8):
        await ward.start()
    assert bool(ward.aside) == (not away)
