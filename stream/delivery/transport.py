"""Faust's Kafka transport, mended so that no record is lost: it carries runs of records and commits only what is done.

Stock Faust 0.15.3 loses messages in four ways (each has a test in tests/stack/test_delivery.py; its issues are those of
github.com/faust-streaming/faust):

1. its commit can pass a record that is still in work (issue 606)  -> here it takes the unbroken row of finished runs
2. it acknowledges the event of an agent that raises (issue 189)   -> a run is finished by `Run.finish` and nothing else
3. it acknowledges the event of an agent that is cancelled         -> the same
4. it takes a buffered send for a delivered one                    -> the producer is idempotent, and
                                                                      stream/delivery/sender.py waits for the broker's
                                                                      word before a run is finished

A run is what one fetch brought from one partition: the model's micro-batch, one event for Faust, one acknowledgement.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping
from itertools import groupby
from operator import attrgetter
from time import monotonic
from typing import Any, Final, cast

from aiokafka.errors import CommitFailedError, KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP, ConsumerMessage
from structlog import get_logger

from stream.broker.lineage import Log, Place
from stream.delivery import fetched
from stream.delivery.logbook import LogBook, Read
from stream.delivery.records import end_of
from stream.delivery.turns import Turns

log = get_logger()

FETCH_WAIT_MS: Final = 50


class Run(ConsumerMessage):  # type: ignore[misc]  # Faust is untyped here
    """Consecutive records of one partition. `value` holds them as aiokafka gave them; `end` follows the last.

    All were written under one leader: `log` says in which log they lie.
    """

    __slots__ = ("end", "log", "on_finish", "progress")

    def __init__(self, tp: TP, records: list[Any], generation: int, on_finish: asyncio.Event, log: Log) -> None:
        first = records[0]
        super().__init__(
            tp.topic,
            tp.partition,
            first.offset,
            first.timestamp / 1000,
            0,  # Faust looks at it nowhere
            (),
            None,
            records,
            None,
            0,
            0,
            tp,
            generation_id=generation,
        )
        self.end: int = end_of(records[-1])
        self.log = log
        self.progress = _Progress()
        self.on_finish = on_finish

    @property
    def reached(self) -> tuple[TP, Place]:
        """The partition, and the place that follows the last record."""
        return self.tp, Place(self.end, self.log)

    def begin(self) -> None:
        """The agent has taken this run out of the stream's buffer."""
        self.progress.begun = True

    def finish(self) -> None:
        """All that follows from this run is confirmed and kept: it may be committed, once those before it may."""
        self.progress.finished = True
        self.on_finish.set()


class _Progress:
    """How far a run is. The ledger keeps this, not the run, so that a dropped run frees its records."""

    __slots__ = ("begun", "finished")

    def __init__(self) -> None:
        self.begun = False
        self.finished = False


class _ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """Commits without ending the worker when the broker is away: what is not committed is committed later."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turns = Turns()

    def _create_worker_consumer(self, transport: Any) -> Any:  # noqa: ANN401 - Faust's transport, aiokafka's consumer
        """Faust's consumer, with short polls instead of polls of 1.5 s, and without what a transaction took back.

        aiokafka has one fetch at a time on its way to a broker. One that asks for silent topics only, since records of
        the busy ones still lie unread here, keeps the busy ones waiting until it returns: alerts came 1.5 s late.
        """
        fetched.install()
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - Faust has no setting for it
        consumer._isolation_level = "read_committed"  # noqa: SLF001 - Faust has it only for its own transactions
        return consumer

    async def _fetch_records(self, consumer: Any, active: Any, timeout: Any = None, max_records: Any = None) -> Any:  # noqa: ANN401, ASYNC109 - as in Faust
        """Hand on what was fetched, a part of it: in the order of its keys."""
        most = self._turns.take(consumer._fetcher._records, active, max_records)  # noqa: SLF001 - there is no other way
        return await super()._fetch_records(consumer, active, timeout, most)

    async def positions(self) -> dict[TP, int]:
        """Where the consumer goes on, of each partition for which it knows."""
        return cast("dict[TP, int]", await self.call_thread(self._positions))

    async def _positions(self) -> dict[TP, int]:
        subscription = self._ensure_consumer()._subscription.subscription  # noqa: SLF001 - `position` waits for each
        if subscription is None or subscription.assignment is None:
            return {}
        states = {TP(*tp): subscription.assignment.state_value(tp) for tp in subscription.assignment.tps}
        return {tp: state.position for tp, state in states.items() if state.has_valid_position}

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit with a note: the log that the offset is a place in, see stream/broker/lineage.py."""
        notes = self.consumer.notes
        try:
            await self._ensure_consumer().commit(
                {driver.TopicPartition(*tp): driver.OffsetAndMetadata(end, notes[tp]) for tp, end in offsets.items()}
            )
        except CommitFailedError:
            return False  # rebalanced meanwhile: the next owner reads these again, under the same ids
        except KafkaError as error:
            log.warning("commit-failed", error=type(error).__name__)
            return False
        return True


class RunConsumer(driver.Consumer):  # type: ignore[misc]
    """Hands each fetched run of a partition to the stream as one event and commits finished runs in offset order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._ledger: dict[TP, deque[tuple[Place, _Progress]]] = defaultdict(deque)  # runs handed out, oldest first
        self._news = asyncio.Event()
        self._read_epoch: dict[TP, int] = {}
        self._handing: set[TP] = set()  # fetched, and not yet handed on
        self.notes: defaultdict[TP, str] = defaultdict(str)
        """What to write down with the next commit of a partition."""
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Run]]:  # noqa: ASYNC109 - Faust's signature
        """Fetch once and yield a run for each partition that had records."""
        fetched, active = await self._wait_next_records(timeout)
        if not fetched or self.should_stop:
            return
        if not self.flow_active:  # fetched while a rebalance began: read again from what was committed
            await self.perform_seek()
            return
        generation = self.app.consumer_generation_id
        self._handing = set(fetched)
        for tp, records in fetched.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                break
            if active is None or tp in active or tp in self._buffered_partitions:
                async for run in self._runs(tp, records, generation):
                    yield tp, run
        self._handing = set()

    async def _runs(self, tp: TP, records: list[Any], generation: int) -> AsyncIterator[Run]:
        """The new ones of these records, a run for each leader that wrote some of them."""
        expected = self._read_offset[tp]
        fresh = [record for record in records if expected is None or record.offset >= expected]
        book: LogBook | None = self.app.book
        for epoch, written in groupby(fresh, key=attrgetter("leader_epoch")):
            if book is None:
                yield Run(tp, list(written), generation, self._news, Log())
                continue
            before = self._read_epoch.get(tp, -1)
            if expected is not None and epoch != before:
                await book.turned(tp, Read(expected, before))
                if not self.flow_active or self.app.consumer_generation_id != generation:
                    return  # a rebalance began meanwhile: these are read again
            run = Run(tp, list(written), generation, self._news, book.log(tp, epoch))
            if expected is not None and run.offset > expected:
                book.jumped(tp, expected, run.offset)
            self._read_epoch[tp] = epoch
            expected = run.end
            yield run

    async def _drain_messages(self, fetcher: Any) -> None:  # noqa: ANN401 - Faust's service
        """Faust's fetch loop, without its cost for each record."""
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):  # noqa: SLF001 - as Faust's own loop
                await asyncio.sleep(0)
                async for tp, run in self.getmany(timeout=1.0):
                    self._ledger[tp].append((run.reached[1], run.progress))
                    self._read_offset[tp] = run.end
                    await self.wait_first(self.callback(run), self.suspend_flow.wait())
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise

    async def perform_seek(self) -> None:
        """Begin where the group has committed, unless what is known of logs and states says otherwise."""
        await super().perform_seek()
        if self.app.book is None:
            return
        for tp, place in (await self.app.book.begin(self.assignment())).items():
            if self._read_offset[tp] != place.offset:
                await self._seek(tp, place.offset)
                self._read_offset[tp] = place.offset
            self._read_epoch[tp] = place.log.epoch

    async def reads(self) -> dict[TP, Read]:
        """How far each of our partitions was read, of those where we know."""
        positions = await self._thread.positions()
        return {
            tp: Read(offset, self._read_epoch.get(tp, -1), offset if tp in self._handing else max(offset, position))
            for tp, position in positions.items()
            if (offset := self._read_offset[tp]) is not None
        }

    def buffered(self) -> set[TP]:
        """The partitions of which runs were read that no agent has begun."""
        return {tp for tp, row in self._ledger.items() if any(not progress.begun for _, progress in row)}

    def ack(self, message: Any) -> bool:  # noqa: ANN401 - Faust's message
        """Faust's own acknowledgements (agent raised, agent cancelled, stream left) mean nothing here."""
        self._unacked_messages.discard(message)
        return False

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:  # noqa: ANN401, ARG002, FBT001, FBT002 - Faust's signature
        """Commit the end of each partition's unbroken row of finished runs."""
        assigned = self.assignment()
        ends: dict[TP, int] = {}
        for tp, row in self._ledger.items():
            for place, progress in row:
                if not progress.finished:
                    break
                if tp in assigned:
                    ends[tp], self.notes[tp] = place.offset, str(place.log)
        if not ends or not await self._commit(ends):
            return False
        for tp, end in ends.items():
            row = self._ledger[tp]
            while row and row[0][0].offset <= end:
                row.popleft()
        self._committed_offset.update(ends)
        return True

    @property
    def runs_in_work(self) -> int:
        """How many runs an agent has begun and not finished; those still in a buffer do not count."""
        return sum(run.begun and not run.finished for row in self._ledger.values() for _, run in row)

    async def wait_empty(self) -> None:
        """Wait until the runs in work are finished, `drain_s` at the longest, and commit; the rest is read again later.

        Runs that still lay in the stream's buffer were thrown away by Faust before this is called and never finish.
        """
        deadline = monotonic() + self.app.drain_s
        while (self.runs_in_work or self.app.also_in_work()) and monotonic() < deadline:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), timeout=0.2)
            except TimeoutError:
                continue
        await self.commit()

    def on_buffer_full(self, tp: TP) -> None:
        """Nothing: a full buffer makes the fetch loop wait, and that is enough.

        Faust would leave the partition out of the next fetches, and sleep a second when all of them are left out: seen
        as alerts that came a second late though the processor had nothing to do.
        """

    def on_buffer_drop(self, tp: TP) -> None:
        """Nothing was left out."""

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Finish and commit what is in work, then forget the runs: whoever owns the partitions next starts afresh."""
        await super().on_partitions_revoked(revoked)
        self._ledger.clear()
        self._read_epoch.clear()
        self._unacked_messages.clear()

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: Faust only logs here; stream/observability/health.py ends a worker without progress."""


class _Producer(driver.Producer):  # type: ignore[misc]
    """Idempotent, so that a send repeated inside the client never doubles a record."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}


class Transport(driver.Transport):  # type: ignore[misc]
    """What the app uses instead of Faust's own: `app.transport = app.producer_transport = Transport(url, app)`."""

    Consumer = RunConsumer
    Producer = _Producer
