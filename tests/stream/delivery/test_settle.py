"""For every run, in order: outputs confirmed, then state stored, then the run finished; or what happens instead."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import MessageSizeTooLargeError

from stream.broker.lineage import Place
from stream.delivery.sender import Output, PublishError
from stream.delivery.settle import Settlement, Settler, StateConflictError
from stream.state.client import StateUnavailableError
from stream.state.store import Refusal, Stored, Write
from tests.builders.ports import SOON_S, ARecord, FakeProducer, FakeRun, FakeStore, a_record, a_sender

ALERT = Output("alerts", b"p-1", b"{}", [])


@dataclass
class Ward:
    """A settler with its ports."""

    producer: FakeProducer = field(default_factory=FakeProducer)
    store: FakeStore = field(default_factory=FakeStore)
    state_away: list[bool] = field(default_factory=list)
    reached: list[dict[TopicPartition, Place]] = field(default_factory=list)
    runs: list[FakeRun] = field(default_factory=list)
    finished: list[list[bool]] = field(default_factory=list)  # which of them were, whenever it was told what is stored
    marks_away: bool = False  # Redis goes away once more before it is marked how far the states are
    progress: int = 0
    instead: int = 1  # how many outputs may be tried in the place of one that is too large
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.sender = a_sender(self.producer)
        self.settler = Settler(
            self.sender,
            self.store,  # type: ignore[arg-type]  # a fake with the two methods that are called
            on_state=self.on_state,
            on_unsendable=self.on_unsendable,
            on_progress=self.on_progress,
            on_stored=self.on_stored,
        )

    async def on_stored(self, reached: Mapping[TopicPartition, Place]) -> None:
        self.reached.append(dict(reached))
        self.finished.append([run.finished for run in self.runs])
        if self.marks_away:
            self.marks_away = False
            raise StateUnavailableError

    async def on_state(self, *, away: bool) -> None:
        self.state_away.append(away)
        self.changed.set()

    async def on_unsendable(self, error: PublishError) -> list[Output]:
        assert error.output.origin is not None
        return [Output("dead-letters", error.output.origin.key, error.output.origin.value, [])] * self.instead

    def on_progress(self) -> None:
        self.progress += 1
        self.changed.set()

    async def put(self, *writes: tuple[str, Write], outputs: tuple[Output, ...] = (ALERT,)) -> FakeRun:
        run = FakeRun([a_record("vitals", b"")])
        await self.settler.put(Settlement(run, await self.sender.post(outputs), dict(writes)))
        return run

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for news until something is so."""
        async with asyncio.timeout(SOON_S):
            while not true():
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def at_work(ward: Ward) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(ward.settler.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def grown(patient: str, base: int, value: bytes = b"x") -> tuple[str, Write]:
    return patient, Write(base, base + 1, {"state": value})


async def test_nothing_is_stored_before_the_broker_has_the_outputs_and_nothing_finished_before_it_is_stored() -> None:
    ward = Ward(FakeProducer(held=True), FakeStore(away=True))
    async with at_work(ward):
        run = await ward.put(grown("p-1", 0))
        await asyncio.sleep(0)
        assert not ward.store.tried.is_set()
        assert ward.progress == 0

        ward.producer.release()
        await ward.until(lambda: bool(ward.state_away))
        assert ward.store.tried.is_set()
        assert ward.progress == 1  # confirmed
        assert not run.finished

        ward.store.away = False
        await ward.until(lambda: run.finished and ward.progress == 2)  # stored
        assert ward.store.held == {"p-1": Stored(1, {"state": b"x"})}


async def test_runs_are_finished_in_the_order_in_which_they_were_begun() -> None:
    ward = Ward(FakeProducer(held=True))
    finished: list[int] = []
    runs: list[FakeRun] = []

    class Noted(FakeRun):
        def finish(self) -> None:
            finished.append(runs.index(self))

    for _ in range(3):
        run = Noted([a_record("vitals", b"")])
        runs.append(run)
        await ward.settler.put(Settlement(run, await ward.sender.post([ALERT]), {}))
    async with at_work(ward):
        for future in reversed(ward.producer.futures):  # the broker's words come the other way round
            assert finished == []
            ward.producer.answer(future)
            await asyncio.sleep(0)
        await ward.until(lambda: len(finished) == 3)
    assert finished == [0, 1, 2]


async def test_a_run_that_waits_for_the_broker_holds_back_those_behind_it() -> None:
    ward = Ward(FakeProducer(held=True))
    async with at_work(ward):
        await ward.put(grown("p-1", 0))
        second = await ward.put(grown("p-2", 0))
        ward.producer.answer(ward.producer.futures[1])
        for _ in range(10):
            await asyncio.sleep(0)
        assert not second.finished
        assert ward.store.held == {}


async def test_while_redis_is_away_runs_are_confirmed_and_none_is_finished_and_then_the_latest_states_are_written() -> (
    None
):
    ward = Ward(store=FakeStore(held={"p-1": Stored(7, {})}, away=True))
    async with at_work(ward):
        runs = [
            await ward.put(grown("p-1", 7 + number, str(number).encode())) for number in range(12)
        ]  # over the limit
        runs.append(await ward.put(grown("p-2", 0)))
        await ward.until(lambda: ward.settler.waiting_for_state == 13)
        assert not any(run.finished for run in runs)
        assert ward.settler.unsettled() == {"p-1", "p-2"}
        assert ward.state_away
        assert all(ward.state_away)

        ward.store.away = False
        await ward.until(lambda: all(run.finished for run in runs))
        assert ward.store.saved == [
            {"p-1": Write(7, 19, {"state": b"11"}), "p-2": Write(0, 1, {"state": b"x"})},  # the base of the first
        ]
        assert ward.settler.unsettled() == set()
        assert ward.settler.waiting_for_state == 0
        assert ward.state_away[-1] is False


async def test_a_patient_stays_unsettled_until_the_last_of_the_runs_with_it_is_stored() -> None:
    class Slow(FakeStore):
        async def save(self, writes: Mapping[str, Write]) -> dict[str, Refusal]:
            refused = await super().save(writes)
            if len(self.saved) == 1:
                ward.producer.held = True
                later.append(await ward.put(grown("p-1", 1)))  # comes while the first is being stored
            return refused

    ward, later = Ward(store=Slow()), list[FakeRun]()
    held: list[set[str]] = []
    async with at_work(ward):
        first = await ward.put(grown("p-1", 0))
        await ward.until(lambda: first.finished)
        held.append(ward.settler.unsettled())
        ward.producer.release()
        await ward.until(lambda: later[0].finished)
        held.append(ward.settler.unsettled())
    assert held == [{"p-1"}, set()]


async def test_runs_that_keep_coming_do_not_keep_those_before_them_from_being_finished() -> None:
    ward = Ward(FakeProducer(after_s=0.02))
    runs: list[FakeRun] = []
    async with at_work(ward):
        for number in range(50):  # one of them always waits for the broker
            runs.append(await ward.put(grown("p-1", number)))
            await asyncio.sleep(0.005)
        assert runs[0].finished


async def test_a_state_that_is_stored_is_not_stored_again_with_the_next_run() -> None:
    ward = Ward()
    async with at_work(ward):
        for patient in ("p-1", "p-2"):
            run = await ward.put(grown(patient, 0))
            await ward.until(lambda: run.finished)  # noqa: B023 - waited for at once
    assert [set(writes) for writes in ward.store.saved] == [{"p-1"}, {"p-2"}]


async def test_states_that_redis_has_lost_are_written_anew() -> None:
    ward = Ward(store=FakeStore(held={}))
    async with at_work(ward):
        run = await ward.put(grown("p-1", 41))
        await ward.until(lambda: run.finished)
    assert ward.store.held == {"p-1": Stored(42, {"state": b"x"})}


async def test_a_write_of_ours_whose_answer_was_lost_is_written_on() -> None:
    ward = Ward(store=FakeStore(held={"p-1": Stored(3, {})}, half=True))
    async with at_work(ward):
        first = await ward.put(grown("p-1", 3, b"first"))
        await ward.until(lambda: bool(ward.state_away))
        assert ward.store.held["p-1"].revision == 4
        assert not first.finished
        second = await ward.put(grown("p-1", 4, b"second"))
        await ward.until(lambda: first.finished and second.finished)
    assert ward.store.held == {"p-1": Stored(5, {"state": b"second"})}


@pytest.mark.parametrize("revision", [2, 4, 9])
async def test_a_state_that_somebody_else_wrote_ends_the_worker(revision: int) -> None:
    ward = Ward(store=FakeStore(held={"p-1": Stored(revision, {})}, others={"p-1"}))
    run = await ward.put(grown("p-1", 3))
    with pytest.raises(StateConflictError, match="written by another worker") as caught:
        async with asyncio.timeout(SOON_S):
            await ward.settler.run()
    assert "p-1" not in str(caught.value)
    assert not run.finished


async def test_a_state_that_changes_again_while_it_is_written_anew_ends_the_worker() -> None:
    class Changing(FakeStore):
        async def save(self, writes: Mapping[str, Write]) -> dict[str, Refusal]:
            return {patient: Refusal(0, ours=False) for patient in writes}  # lost, and lost again

    ward = Ward(store=Changing())
    run = await ward.put(grown("p-1", 3))
    with pytest.raises(StateConflictError, match="changed while it was written"):
        async with asyncio.timeout(SOON_S):
            await ward.settler.run()
    assert not run.finished


async def test_an_output_that_can_never_be_sent_becomes_a_dead_letter_of_its_input_and_the_run_goes_on() -> None:
    ward = Ward(FakeProducer(answers=deque([None, MessageSizeTooLargeError()])))
    origin: ARecord = a_record("vitals", b"too much", key=b"p-9")
    async with at_work(ward):
        run = await ward.put(grown("p-9", 0), outputs=(ALERT, ALERT._replace(origin=origin), ALERT))
        await ward.until(lambda: run.finished)
    assert [topic for topic, _, _ in ward.producer.sent] == ["alerts", "alerts", "alerts", "dead-letters"]
    assert ward.producer.sent[-1] == ("dead-letters", b"p-9", b"too much")


async def test_how_far_the_states_are_is_told_when_they_are_stored_and_before_the_runs_are_finished() -> None:
    ward = Ward(store=FakeStore(away=True), marks_away=True)
    run = await ward.put(grown("p-1", 0))
    ward.runs = [run]
    async with at_work(ward):
        await ward.until(lambda: bool(ward.state_away))
        assert ward.reached == []
        ward.store.away = False
        await ward.until(lambda: run.finished)
    assert ward.reached == [{TopicPartition("vitals", 0): Place(1)}] * 2
    assert ward.finished == [[False], [False]]


async def test_a_run_that_must_not_be_stored_holds_back_what_comes_behind_it_in_its_partition_alone() -> None:
    ward = Ward()
    runs = [
        FakeRun([a_record("vitals", b"", offset=at, partition=part)]) for at, part in ((4, 0), (5, 0), (6, 0), (9, 1))
    ]
    for number, run in enumerate(runs):
        await ward.settler.put(Settlement(run, [], {}, all_stored=number != 1))
    async with at_work(ward):
        await ward.until(lambda: runs[-1].finished)
    assert ward.reached == [{TopicPartition("vitals", 0): Place(5), TopicPartition("vitals", 1): Place(10)}]
    ward.settler.partitions_lost()
    async with at_work(ward):
        await ward.settler.put(Settlement(runs[2], [], {}))
        await ward.until(lambda: len(ward.reached) > 1)
    assert ward.reached[-1] == {TopicPartition("vitals", 0): Place(7)}


@pytest.mark.parametrize("place", ["answers", "refusals"])
async def test_where_the_first_stand_in_is_too_large_as_well_the_next_is_sent(place: str) -> None:
    ward = Ward()
    getattr(ward.producer, place).extend([MessageSizeTooLargeError(), MessageSizeTooLargeError()])
    ward.instead = 2
    async with at_work(ward):
        run = await ward.put(outputs=(ALERT._replace(origin=a_record("vitals", b"too much")),))
        await ward.until(lambda: run.finished)
    assert [topic for topic, _, _ in ward.producer.sent][-1] == "dead-letters"


async def test_an_output_that_nothing_can_stand_for_ends_the_worker() -> None:
    ward = Ward(FakeProducer(refusals=deque([MessageSizeTooLargeError()] * 2)))
    run = await ward.put(outputs=(ALERT._replace(origin=a_record("vitals", b"too much")),))
    with pytest.raises(PublishError, match="an output for alerts is larger than the broker takes"):
        async with asyncio.timeout(SOON_S):
            await ward.settler.run()
    assert not run.finished


async def test_too_many_runs_that_wait_for_the_broker_hold_back_the_work() -> None:
    ward = Ward(FakeProducer(held=True))
    for _ in range(8):
        await ward.put()
    ninth = asyncio.create_task(ward.put())
    for _ in range(10):
        await asyncio.sleep(0)
    assert not ninth.done()
    async with at_work(ward):
        ward.producer.release()
        async with asyncio.timeout(SOON_S):
            assert await ninth


async def test_how_far_the_states_are_is_told_also_of_runs_behind_one_that_is_no_place_in_a_log() -> None:
    ward = Ward()
    timed, run = FakeRun([a_record("vitals", b"")]), FakeRun([a_record("vitals", b"", offset=4)])
    timed.reached = None  # type: ignore[assignment]  # as what follows from the clock alone
    for one in (timed, run):
        await ward.settler.put(Settlement(one, [], {}))
    async with at_work(ward):
        await ward.until(lambda: run.finished)
    assert ward.reached == [{TopicPartition("vitals", 0): Place(5)}]
