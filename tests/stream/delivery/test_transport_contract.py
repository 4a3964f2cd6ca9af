"""What the transport promises, without a server: a scripted consumer, assignments, generations and commits that fail.

The promise: what is committed is the exact end of the unbroken row of finished runs, of partitions that are ours, with
the log that it is a place in; and what was not finished is handed on again.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaConnectionError
from aiokafka.structs import OffsetAndMetadata
from faust.types.tuples import TP

from stream.broker.lineage import Log, Place
from stream.delivery.logbook import LogChangedError, Read
from stream.delivery.records import SetAside
from stream.delivery.transport import Run, RunConsumer, Transport
from tests.builders.ports import SOON_S

A, B = TP("vitals", 0), TP("labs", 1)


@dataclass(frozen=True)
class Rec:
    """A record, as far as the transport looks at it."""

    offset: int
    leader_epoch: int = 0
    timestamp: int = 0


@dataclass
class Script:
    """In the place of Faust's consumer thread: a broker with logs, a group with commits, and a test that says how."""

    logs: dict[TP, list[Any]] = field(default_factory=dict)
    committed: dict[TP, int] = field(default_factory=dict)
    ours: set[TP] = field(default_factory=lambda: {A, B})
    at: dict[TP, int] = field(default_factory=dict)
    refusals: int = 0  # commits that fail, before one is taken
    commits: list[dict[TP, int]] = field(default_factory=list)
    at_most: int = 100

    async def getmany(self, active: Collection[TP] | None, timeout: float) -> dict[TP, list[Any]]:  # noqa: ASYNC109 - as in Faust
        assert timeout
        fetched = {}
        for tp in active or ():
            records = [one for one in self.logs.get(tp, []) if one.offset >= self.at.get(tp, 0)][: self.at_most]
            if records:
                fetched[tp] = records
                self.at[tp] = getattr(records[-1], "end", records[-1].offset + 1)
        if not fetched:
            await asyncio.sleep(0.001)
        return fetched

    async def commit(self, offsets: Mapping[TP, int]) -> bool:
        if self.refusals:
            self.refusals -= 1
            return False
        self.commits.append(dict(offsets))
        self.committed |= offsets
        return True

    def assignment(self) -> set[TP]:
        return set(self.ours)

    async def seek_to_committed(self) -> dict[TP, int]:
        self.at = {tp: self.committed.get(tp, 0) for tp in self.ours}
        return {tp: self.committed.get(tp, -1) for tp in self.ours}

    def seek(self, tp: TP, offset: int) -> None:
        self.at[tp] = offset

    async def positions(self) -> dict[TP, int]:
        return {tp: self.at[tp] for tp in self.ours if tp in self.at}


@dataclass
class Book:
    """In the place of the log book."""

    begins: dict[TP, Place] = field(default_factory=dict)
    turns: list[tuple[TP, Read]] = field(default_factory=list)
    jumps: list[tuple[TP, int, int]] = field(default_factory=list)
    changed: bool = False
    on_turn: Callable[[], None] = lambda: None

    async def begin(self, partitions: Collection[TP]) -> dict[TP, Place]:
        return {tp: place for tp, place in self.begins.items() if tp in partitions}

    async def turned(self, tp: TP, read: Read) -> None:
        self.turns.append((tp, read))
        self.on_turn()
        if self.changed:
            raise LogChangedError

    def jumped(self, tp: TP, begin: int, end: int) -> None:
        self.jumps.append((tp, begin, end))

    def log(self, tp: TP, epoch: int) -> Log:
        return Log(tp.topic, epoch)


class Never(asyncio.Event):
    """A fetcher that is not told to stop."""

    @property
    def _stopped(self) -> "Never":
        return self


class Bench:
    """A consumer of ours with its script; runs are handed to the test, which begins and finishes them."""

    def __init__(self, consumer_class: type[RunConsumer], script: Script, book: Book | None) -> None:
        self.app = faust.App(
            "contract", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False, web_enabled=False
        )
        self.app.book = book
        self.app.drain_s = 0.5
        self.app.also_in_work = lambda: False
        self.app.transport = Transport(self.app.conf.broker, self.app)
        self.app.transport.Consumer = consumer_class
        self.handed: list[Run] = []
        self.hold: asyncio.Event | None = None
        self.begins = True  # the agent takes what it is handed
        self.on_revoked: Callable[[], Awaitable[None]] = self._drained
        self.consumer: Any = self.app.transport.create_consumer(
            callback=self._take, on_partitions_revoked=self._revoked, on_partitions_assigned=self._assigned
        )
        self._loop_of_thread = self.consumer._thread.thread_loop  # noqa: SLF001 - Faust leaves it open
        self.consumer._thread = self.script = script  # noqa: SLF001 - Faust has no port for it
        self.fetching: asyncio.Task[None] | None = None

    async def _take(self, run: Run) -> None:
        self.handed.append(run)
        if self.begins:
            run.begin()
        if self.hold is not None:
            await self.hold.wait()

    async def _revoked(self, _: set[TP]) -> None:
        self.consumer.stop_flow()
        await self.on_revoked()

    async def _drained(self) -> None:
        await self.consumer.wait_empty()

    async def _assigned(self, assigned: set[TP], generation: int) -> None:
        assert assigned is not None
        self.app.consumer_generation_id = generation

    async def begin(self, generation: int = 1) -> None:
        """The group gives us our share, and reading begins."""
        self.app.consumer_generation_id = generation
        self.consumer._set_active_tps(self.script.ours)  # noqa: SLF001 - as after an assignment
        await self.consumer.perform_seek()
        self.consumer.resume_flow()
        if self.fetching is None:
            self.fetching = asyncio.create_task(self.consumer._drain_messages(Never()))  # noqa: SLF001 - Faust's loop

    async def handed_on(self, count: int) -> list[Run]:
        """Wait until so many runs were handed on."""
        async with asyncio.timeout(SOON_S):
            while len(self.handed) < count:  # noqa: ASYNC110 - nothing that one could wait on
                await asyncio.sleep(0.001)
        return self.handed

    async def run_of(self, tp: TP, begin: int) -> Run:
        """Wait for the run of a partition that begins at this offset."""
        async with asyncio.timeout(SOON_S):
            while not (found := [run for run in self.handed if (run.tp, run.offset) == (tp, begin)]):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        return found[-1]

    async def close(self) -> None:
        if self.fetching is not None:
            self.fetching.cancel()
            await asyncio.gather(self.fetching, return_exceptions=True)
        self._loop_of_thread.close()


@asynccontextmanager
async def a_bench(
    script: Script, book: Book | None = None, consumer_class: type[RunConsumer] = RunConsumer
) -> AsyncIterator[Bench]:
    bench = Bench(consumer_class, script, book)
    try:
        yield bench
    finally:
        await bench.close()


def records(*offsets: int, epoch: int = 0) -> list[Rec]:
    return [Rec(offset, epoch) for offset in offsets]


def one_by_one(logs: dict[TP, list[Any]], **more: Any) -> Script:
    """A script that hands over one record at a time."""
    return Script(logs, at_most=1, **more)


async def commits_what_is_finished_in_its_order(consumer_class: type[RunConsumer]) -> None:
    """Nothing before the first run is finished, then exactly up to the first that is not."""
    async with a_bench(one_by_one({A: records(*range(5))}, ours={A}), consumer_class=consumer_class) as bench:
        await bench.begin()
        runs = await bench.handed_on(5)
        for number, committed in ((1, None), (3, None), (0, 2), (2, 4), (4, 5)):
            runs[number].finish()
            await bench.consumer.commit()
            assert bench.script.committed.get(A) == committed


async def test_what_is_committed_is_the_end_of_the_unbroken_row_of_finished_runs() -> None:
    await commits_what_is_finished_in_its_order(RunConsumer)


class NeverCommits(RunConsumer):
    async def force_commit(self, *_: object, **__: object) -> bool:
        return False


class CommitsTooMuch(RunConsumer):
    async def force_commit(self, *_: object, **__: object) -> bool:
        return bool(await self._commit({tp: row[-1][0].offset for tp, row in self._ledger.items() if row}))


@pytest.mark.parametrize("broken", [NeverCommits, CommitsTooMuch])
async def test_a_transport_that_never_commits_or_commits_too_much_breaks_the_contract(
    broken: type[RunConsumer],
) -> None:
    with pytest.raises(AssertionError):
        await commits_what_is_finished_in_its_order(broken)


async def test_partitions_are_committed_each_for_itself() -> None:
    async with a_bench(Script({A: records(0, 1), B: records(7)}, {B: 7})) as bench:
        await bench.begin()
        (await bench.run_of(A, 0)).finish()
        await bench.consumer.commit()
        assert bench.script.commits == [{A: 2}]
        (await bench.run_of(B, 7)).finish()
        await bench.consumer.commit()
        assert bench.script.commits == [{A: 2}, {B: 8}]


async def test_nothing_new_is_no_commit() -> None:
    async with a_bench(Script({A: records(0)}, ours={A})) as bench:
        await bench.begin()
        assert await bench.consumer.commit() is False
        (await bench.run_of(A, 0)).finish()
        assert await bench.consumer.commit() is True
        assert await bench.consumer.commit() is False
        assert bench.script.commits == [{A: 1}]


async def test_a_commit_that_fails_is_made_up_for_by_the_next() -> None:
    async with a_bench(one_by_one({A: records(0, 1)}, ours={A}, refusals=1)) as bench:
        await bench.begin()
        first, second = await bench.handed_on(2)
        first.finish()
        assert await bench.consumer.commit() is False
        second.finish()
        assert await bench.consumer.commit() is True
        assert bench.script.commits == [{A: 2}]


async def test_partitions_that_are_no_longer_ours_are_not_committed() -> None:
    async with a_bench(Script({A: records(0), B: records(0)})) as bench:
        await bench.begin()
        for tp in (A, B):
            (await bench.run_of(tp, 0)).finish()
        bench.script.ours = {B}
        await bench.consumer.commit()
        assert bench.script.commits == [{B: 1}]


async def test_before_partitions_go_what_is_in_work_is_waited_for_and_committed() -> None:
    async with a_bench(one_by_one({A: records(0, 1)}, ours={A})) as bench:
        await bench.begin()
        runs = await bench.handed_on(2)
        going = asyncio.create_task(bench.consumer.on_partitions_revoked({A}))
        await asyncio.sleep(0.01)
        assert not going.done()
        assert bench.script.commits == []
        for run in runs:
            run.finish()
        async with asyncio.timeout(SOON_S):
            await going
        assert bench.script.commits == [{A: 2}]


async def test_what_does_not_finish_in_time_is_left_to_the_next_owner() -> None:
    async with a_bench(one_by_one({A: records(0, 1)}, ours={A})) as bench:
        bench.app.drain_s = 0.01
        await bench.begin()
        first, second = await bench.handed_on(2)
        first.finish()
        await bench.consumer.on_partitions_revoked({A})
        assert bench.script.commits == [{A: 1}]
        second.finish()
        await bench.consumer.commit()
        assert bench.script.commits == [{A: 1}]


async def test_after_a_rebalance_what_was_not_committed_is_handed_on_again_and_earlier_runs_mean_nothing() -> None:
    async with a_bench(one_by_one({A: records(0, 1, 2)}, ours={A})) as bench:
        bench.app.drain_s = 0.01
        await bench.begin()
        before = list(await bench.handed_on(3))
        before[0].finish()
        await bench.consumer.on_partitions_revoked({A})
        bench.handed.clear()
        await bench.begin(generation=2)
        again = await bench.handed_on(2)
        assert [run.offset for run in again] == [1, 2]
        for run in before:
            run.finish()
        await bench.consumer.commit()
        assert bench.script.committed == {A: 1}
        for run in again:
            run.finish()
        await bench.consumer.commit()
        assert bench.script.committed == {A: 3}


async def test_what_was_fetched_while_a_rebalance_began_is_not_handed_on_and_read_again() -> None:
    async with a_bench(Script({A: records(0, 1)}, {A: 0}, ours={A})) as bench:
        await bench.begin()
        await bench.handed_on(1)
        bench.handed.clear()
        script, fetch = bench.script, bench.script.getmany

        async def and_then_it_began(active: Collection[TP] | None, timeout: float) -> dict[TP, list[Any]]:  # noqa: ASYNC109
            fetched = await fetch(active, timeout)
            if fetched:
                bench.consumer.stop_flow()
            return fetched

        script.getmany = and_then_it_began  # type: ignore[method-assign]
        script.logs[A] += records(2)
        async with asyncio.timeout(SOON_S):
            while bench.consumer.flow_active:  # noqa: ASYNC110 - nothing that one could wait on
                await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        assert bench.handed == []
        script.getmany = fetch  # type: ignore[method-assign]
        bench.consumer.resume_flow()
        assert (await bench.run_of(A, 0)).end == 3


async def test_of_a_fetch_nothing_is_handed_on_to_another_generation() -> None:
    async with a_bench(Script({A: records(0), B: records(0)})) as bench:
        bench.hold = asyncio.Event()
        await bench.begin()
        await bench.handed_on(1)
        bench.app.consumer_generation_id = 2
        bench.hold.set()
        await asyncio.sleep(0.01)
        assert len(bench.handed) == 1


async def test_a_run_that_was_given_up_for_a_rebalance_is_not_committed() -> None:
    async with a_bench(Script({A: records(0)}, ours={A})) as bench:
        bench.hold = asyncio.Event()
        bench.app.drain_s = 0.01
        await bench.begin()
        await bench.handed_on(1)
        await bench.consumer.on_partitions_revoked({A})
        await bench.consumer.commit()
        assert bench.script.commits == []


async def test_records_that_come_twice_are_handed_on_once() -> None:
    async with a_bench(Script({A: records(0, 1, 2)}, ours={A})) as bench:
        await bench.begin()
        await bench.handed_on(1)
        bench.script.logs[A] += records(3)
        bench.script.at[A] = 1
        run = await bench.run_of(A, 3)
        assert [record.offset for record in run.value] == [3]


async def test_a_batch_that_was_set_aside_is_committed_to_its_end() -> None:
    aside = SetAside("vitals", 0, 1, 9, 0, "?", 1, "")
    async with a_bench(Script({A: [Rec(0, -1), aside]}, ours={A})) as bench:
        await bench.begin()
        (await bench.run_of(A, 0)).finish()
        await bench.consumer.commit()
        assert bench.script.committed == {A: 9}


async def test_faust_s_own_acknowledgements_mean_nothing() -> None:
    async with a_bench(Script({A: records(0)}, ours={A})) as bench:
        await bench.begin()
        run = await bench.run_of(A, 0)
        assert bench.consumer.ack(run) is False
        await bench.consumer.commit()
        assert bench.script.commits == []


async def test_reading_begins_where_the_log_book_says_and_it_is_told_how_far_we_are() -> None:
    book = Book({A: Place(1, Log("vitals", 4))})
    async with a_bench(Script({A: records(*range(5), epoch=4)}, {A: 3}, ours={A}), book) as bench:
        await bench.begin()
        run = await bench.run_of(A, 1)
        assert run.end == 5
        assert await bench.consumer.reads() == {A: Read(5, 4, 5)}
        bench.script.at[A] = 8  # behind the records lies nothing for us
        assert await bench.consumer.reads() == {A: Read(5, 4, 8)}


async def test_a_run_holds_the_records_of_one_leader_and_its_commit_notes_which() -> None:
    book = Book({A: Place(0, Log("vitals", 1))})
    log = [*records(0, 1, epoch=1), *records(2, epoch=3), *records(5, epoch=3)]
    async with a_bench(Script({A: log}, ours={A}), book) as bench:
        await bench.begin()
        first, second = await bench.handed_on(2)
        assert [(run.offset, run.end, run.log) for run in (first, second)] == [
            (0, 2, Log("vitals", 1)),
            (2, 6, Log("vitals", 3)),
        ]
        bench.script.logs[A] += records(6, epoch=3)
        assert (await bench.run_of(A, 6)).log == Log("vitals", 3)
        assert book.turns == [(A, Read(2, 1))]
        assert book.jumps == []
        for run, note in ((first, "vitals:1"), (second, "vitals:3")):
            run.finish()
            await bench.consumer.commit()
            assert bench.consumer.notes[A] == note


async def test_holes_between_runs_are_told() -> None:
    book = Book({A: Place(0, Log("vitals", 0))})
    async with a_bench(Script({A: records(3, 4)}, ours={A}), book) as bench:
        await bench.begin()
        await bench.run_of(A, 3)
        assert book.jumps == [(A, 0, 3)]


async def test_records_of_a_log_that_lost_what_was_read_are_not_handed_on() -> None:
    book = Book({A: Place(0, Log("vitals", 1))}, changed=True)
    async with a_bench(Script({A: records(0, epoch=2)}, ours={A}), book) as bench:
        await bench.begin()
        assert bench.fetching is not None
        with pytest.raises(LogChangedError):
            async with asyncio.timeout(SOON_S):
                await bench.fetching
        assert bench.handed == []


async def test_a_rebalance_while_the_broker_is_asked_about_a_leader_hands_nothing_on() -> None:
    book = Book({A: Place(0, Log("vitals", 1))})
    async with a_bench(Script({A: records(0, epoch=2)}, ours={A}), book) as bench:
        book.on_turn = bench.consumer.stop_flow
        await bench.begin()
        async with asyncio.timeout(SOON_S):
            while not book.turns:  # noqa: ASYNC110 - nothing that one could wait on
                await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        assert bench.handed == []


@dataclass
class FakeKafka:
    """In the place of aiokafka's consumer."""

    answers: deque[Exception] = field(default_factory=deque)
    commits: list[dict[Any, Any]] = field(default_factory=list)

    async def commit(self, offsets: dict[Any, Any]) -> None:
        if self.answers:
            raise self.answers.popleft()
        self.commits.append(offsets)


@pytest.mark.parametrize(
    "error", [CommitFailedError(), KafkaConnectionError(), IllegalStateError("no longer assigned")]
)
async def test_a_commit_that_fails_at_the_broker_ends_nothing(error: Exception) -> None:
    async with a_bench(Script()) as bench:
        thread = bench.consumer._new_consumer_thread()  # noqa: SLF001 - what the script stands for
        thread._consumer = kafka = FakeKafka(deque([error]))  # noqa: SLF001 - as Faust sets it
        bench.consumer.notes[A] = "vitals:1"
        assert await thread._commit({A: 5}) is False  # noqa: SLF001
        assert await thread._commit({A: 5}) is True  # noqa: SLF001
        assert kafka.commits == [{A: OffsetAndMetadata(5, "vitals:1")}]
        thread.thread_loop.close()


def all_of(runs: Iterable[Run]) -> list[int]:
    return [record.offset for run in runs for record in run.value]


async def test_every_record_is_handed_on_once_whatever_the_fetches_are() -> None:
    async with a_bench(Script({A: records(*range(50))}, ours={A}, at_most=7)) as bench:
        await bench.begin()
        await bench.run_of(A, 49)
        assert all_of(bench.handed) == list(range(50))


def test_a_run_says_where_and_when_it_begins_and_where_it_ends() -> None:
    news = asyncio.Event()
    run = Run(B, [Rec(7, timestamp=5_500), Rec(8), Rec(11)], 3, news, Log("labs", 2))
    assert (run.topic, run.partition, run.offset, run.timestamp, run.generation_id) == ("labs", 1, 7, 5.5, 3)
    assert run.reached == (B, Place(12, Log("labs", 2)))
    run.finish()
    assert news.is_set()


async def test_a_run_that_still_lies_in_the_stream_s_buffer_is_not_waited_for() -> None:
    async with a_bench(Script({A: records(0)}, ours={A})) as bench:
        bench.begins = False
        bench.app.drain_s = 3600
        await bench.begin()
        await bench.handed_on(1)
        async with asyncio.timeout(SOON_S):
            await bench.consumer.wait_empty()
        assert bench.script.commits == []


async def test_it_is_told_where_reading_goes_on_of_the_partitions_for_which_that_is_known() -> None:
    async with a_bench(Script()) as bench:
        thread = bench.consumer._new_consumer_thread()  # noqa: SLF001 - what the script stands for
        state = SubscriptionState()
        thread._consumer = SimpleNamespace(_subscription=state)  # noqa: SLF001 - as Faust sets it

        async def here(ask: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - as Faust's own, in the other thread
            return await ask()

        thread.call_thread = here
        assert await thread.positions() == {}
        state.subscribe({A.topic, B.topic})
        assert await thread.positions() == {}
        state.assign_from_subscribed({A, B})
        state.seek(A, 5)
        assert await thread.positions() == {A: 5}
        thread.thread_loop.close()


async def test_of_what_a_consumer_that_stops_has_fetched_nothing_is_handed_on() -> None:
    async with a_bench(Script({A: records(0)}, ours={A})) as bench:
        fetch = bench.script.getmany

        async def and_then_it_stopped(active: Collection[TP] | None, timeout: float) -> dict[TP, list[Any]]:  # noqa: ASYNC109
            bench.consumer._stopped.set()  # noqa: SLF001 - as Faust stops a service
            return await fetch(active, timeout)

        bench.script.getmany = and_then_it_stopped  # type: ignore[method-assign]
        await bench.begin()
        assert bench.fetching is not None
        async with asyncio.timeout(SOON_S):
            await bench.fetching
        assert bench.handed == []


async def test_reading_ends_when_its_fetcher_is_stopped() -> None:
    async with a_bench(Script(ours={A})) as bench:
        await bench.consumer.perform_seek()
        stopped = Never()
        stopped.set()
        async with asyncio.timeout(SOON_S):
            await bench.consumer._drain_messages(stopped)  # noqa: SLF001 - Faust's loop


async def test_what_was_fetched_of_a_partition_that_is_not_active_is_not_handed_on() -> None:
    async with a_bench(Script({A: records(0)}, ours={A})) as bench:
        fetch = bench.script.getmany

        async def and_another(active: Collection[TP] | None, timeout: float) -> dict[TP, list[Any]]:  # noqa: ASYNC109
            return {B: records(0), **await fetch(active, timeout)}

        bench.script.getmany = and_another  # type: ignore[method-assign]
        await bench.begin()
        await bench.run_of(A, 0)
        assert [run.tp for run in bench.handed] == [A]


async def test_runs_of_several_leaders_are_handed_on_also_by_whoever_keeps_no_log_book() -> None:
    async with a_bench(Script({A: [*records(0, epoch=1), *records(1, epoch=2)]}, ours={A})) as bench:
        await bench.begin()
        assert [run.end for run in await bench.handed_on(2)] == [1, 2]


async def test_the_first_record_after_a_commit_whose_leader_is_not_known_is_asked_about() -> None:
    book = Book()
    async with a_bench(Script({A: records(2, epoch=1)}, {A: 2}, ours={A}), book) as bench:
        await bench.begin()
        await bench.run_of(A, 2)
        assert book.turns == [(A, Read(2, -1))]


async def test_what_is_fetched_and_not_yet_handed_on_counts_as_unread() -> None:
    async with a_bench(Script({A: records(0, 1), B: records(4)}, {A: 0, B: 4})) as bench:
        bench.hold = asyncio.Event()
        await bench.begin()
        (first,) = await bench.handed_on(1)
        unread = {A: Read(0, -1, 0), B: Read(4, -1, 4)}
        assert await bench.consumer.reads() == unread | {first.tp: Read(first.end, -1, first.end)}
        bench.hold.set()
        await bench.handed_on(2)
        await asyncio.sleep(0.01)
        bench.script.at[B] = 9
        assert await bench.consumer.reads() == {A: Read(2, -1, 2), B: Read(5, -1, 9)}


async def test_a_run_that_takes_long_is_still_waited_for_before_partitions_go() -> None:
    async with a_bench(Script({A: records(0)}, ours={A})) as bench:
        bench.app.drain_s = 3600
        await bench.begin()
        (run,) = await bench.handed_on(1)
        asyncio.get_running_loop().call_later(0.3, run.finish)  # longer than it is waited for at a time
        async with asyncio.timeout(SOON_S):
            await bench.consumer.on_partitions_revoked({A})
        assert bench.script.commits == [{A: 1}]


async def test_what_faust_keeps_of_its_own_goes_with_our_commits_and_acknowledgements() -> None:
    async with a_bench(Script({A: records(0, 1)}, ours={A})) as bench:
        await bench.begin()
        run = await bench.run_of(A, 0)
        bench.consumer._unacked_messages.add(run)  # noqa: SLF001 - as Faust's conductor does
        bench.consumer.ack(run)
        assert run not in bench.consumer._unacked_messages  # noqa: SLF001
        run.finish()
        await bench.consumer.commit()
        assert bench.consumer._committed_offset[A] == 2  # noqa: SLF001


@pytest.mark.parametrize("stopping", [True, False])
async def test_a_consumer_that_was_stopped_ends_reading_quietly_only_while_the_worker_stops(*, stopping: bool) -> None:
    async with a_bench(Script(ours={A})) as bench:

        async def stopped(*_: object, **__: object) -> dict[TP, list[Any]]:
            if stopping:
                bench.app._stopped.set()  # noqa: SLF001 - as Faust stops a service
            raise ConsumerStoppedError

        bench.script.getmany = stopped  # type: ignore[method-assign]
        await bench.begin()
        assert bench.fetching is not None
        async with asyncio.timeout(SOON_S):
            await asyncio.wait({bench.fetching})
        assert isinstance(bench.fetching.exception(), ConsumerStoppedError) is not stopping


async def test_what_was_known_of_leaders_before_a_rebalance_does_not_count_after_it() -> None:
    book = Book({A: Place(0, Log("vitals", 1))})
    async with a_bench(Script({A: records(0, epoch=1)}, ours={A}), book) as bench:
        await bench.begin()
        (await bench.run_of(A, 0)).finish()
        await bench.consumer.on_partitions_revoked({A})
        book.begins = {}  # the partition has no leader for the moment
        await bench.begin(generation=2)
        bench.script.logs[A] += records(1, epoch=1)
        await bench.run_of(A, 1)
        assert book.turns == [(A, Read(1, -1))]


async def test_a_partition_counts_as_buffered_until_the_agent_has_begun_all_that_was_read_of_it() -> None:
    async with a_bench(one_by_one({A: records(0, 1), B: records(0)})) as bench:
        bench.begins = False
        await bench.begin()
        runs = [await bench.run_of(A, 0), await bench.run_of(A, 1), await bench.run_of(B, 0)]
        left = []
        for run in runs:
            run.begin()
            left.append(bench.consumer.buffered())
        assert left == [{A, B}, {B}, set()]


async def test_reading_that_never_waits_leaves_others_their_turn() -> None:
    async with a_bench(Script(ours={A})) as bench:
        turns: list[str] = []

        async def at_once(*_: object, **__: object) -> dict[TP, list[Any]]:
            turns.append("read")
            if len(turns) == 100:
                bench.consumer._stopped.set()  # noqa: SLF001 - as Faust stops a service
            return {}

        bench.script.getmany = at_once  # type: ignore[method-assign]
        await bench.begin()
        asyncio.get_running_loop().call_soon(turns.append, "other")
        assert bench.fetching is not None
        async with asyncio.timeout(SOON_S):
            await bench.fetching
        assert "other" in turns[:10]
