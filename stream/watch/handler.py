"""The watch path: a run of records in; scores, forecasts, alerts, suggestions out; every patient's next state kept.

The work on a run is pure (models/watch); this file fetches what it needs, hands on what it gives, and sees to it that a
failure costs no more than it must: a record that breaks the work is found by halving the run and becomes a dead letter.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from aiokafka import TopicPartition
from structlog import get_logger

from models.watch.advance import Advanced, Timing, advance_frames, next_due_ms
from models.watch.bounds import DROPPED
from models.watch.forecast import Forecaster
from models.watch.frames import Frames
from models.watch.outputs import moment
from models.watch.state import PatientState
from models.watch.therapy import NOT_UNDERSTOOD
from models.watch.turned_off import sentence
from schemas.alerts import Alert
from schemas.patients import PatientRecord
from schemas.wire import Wire
from stream.broker.lineage import Log
from stream.delivery.decode import Decoded, Refused, decode, decode_vitals, new_frames
from stream.delivery.logbook import Standings, as_they_say
from stream.delivery.outputs import letter, output
from stream.delivery.placing import Ask, Partitions, moved, placed_now, unknown
from stream.delivery.records import Record
from stream.delivery.sender import Output, Sender
from stream.delivery.settle import Settlement, Settler
from stream.delivery.transport import Run
from stream.observability.metrics import Metrics
from stream.observability.status import Status
from stream.settings import Settings
from stream.state.store import StateStore
from stream.watch.applied import advance_clocks, advance_events, applied, by_patient, is_new
from stream.watch.history import Ages, published, said_again
from stream.watch.lags import Lags
from stream.watch.metered import MeteredForecaster
from stream.watch.patient_states import PatientStates
from stream.watch.silence import SilentBeds
from stream.watch.site_watch import SiteWatch

log = get_logger()

_FETCHED: Final = 500
"""So many states are fetched in one go when a partition becomes ours: records that come wait no longer than that."""


class Work(NamedTuple):
    """What a run gave: records to send, in order, and the patients whose state changed."""

    outputs: list[Output]
    changed: set[str]

    def and_then(self, later: "Work") -> "Work":
        """What two runs gave, one after the other."""
        return Work(self.outputs + later.outputs, self.changed | later.changed)


class Watch:
    """Handles the runs of the watch path. States live in Redis, and in memory while patient and partition are ours."""

    def __init__(  # noqa: PLR0913 - its ports
        self,
        settings: Settings,
        *,
        model: Forecaster | None,
        store: StateStore,
        sender: Sender,
        settler: Settler,
        status: Status,
        metrics: Metrics,
        beds: SilentBeds,
        standings: Standings = as_they_say,
        partitions: Partitions = unknown,
        ask_partitions: Ask | None = None,
        site: SiteWatch | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._model = None if model is None else MeteredForecaster(model, metrics)
        self._sender = sender
        self._settler = settler
        self._status = status
        self._metrics = metrics
        self._beds = beds
        self._partitions = partitions
        self._ask_partitions = ask_partitions
        self._site = site
        self._log = Log()
        self._partition = 0
        self._clock = clock
        self._states = PatientStates(
            settings, store=store, status=status, metrics=metrics, standings=standings, clock=clock
        )
        self._timing = Timing(round(settings.lateness_s * 1000), round(settings.forecast_every_s * 1000))
        self._turned_off = frozenset(settings.conditions_off)
        self._core = ThreadPoolExecutor(1, "core")
        self._one_at_a_time = asyncio.Lock()  # a run, or the clock: both change states
        self._reached_ms: dict[TopicPartition, int] = {}
        self._lags = Lags()
        self._left = 0  # how often partitions were taken away
        self._ticks = 0
        self._ages = Ages(settings.history_s)

    async def handle(self, run: Run) -> None:
        """Work on one run; it is finished later, by the settler."""
        async with self._one_at_a_time:
            await self._handle(run)

    async def _handle(self, run: Run) -> None:
        run.begin()
        self._log, self._partition = run.log, run.tp.partition
        records: list[Record] = run.value
        here, elsewhere, again = await placed_now(records, run.topic, run.log, self._partitions, self._ask_partitions)
        now = self._clock()
        self._metrics.run_records.observe(len(records))
        self._metrics.records.labels(run.topic).inc(len(records))
        self._metrics.queue_wait_s.observe(max(0.0, now - records[0].timestamp / 1000))
        self._metrics.arrival_age_s.set(now - records[-1].timestamp / 1000)
        self._lags.note(now, now - records[-1].timestamp / 1000)
        self._ages.note(run.tp, now - records[-1].timestamp / 1000)
        self._metrics.moved.labels(run.topic).inc(len(elsewhere))
        self._count_suppressed(run.topic, again)
        with self._metrics.run_s.time():
            work = await self._work_by_age(run.tp, here, now) if here else Work([], set())
            writes = self._states.writes(work.changed)
        run.value = []  # it may wait long for Redis, with others: not with all their records
        deliveries = await self._sender.post([*(moved(one, run.log) for one in elsewhere), *work.outputs])
        await self._settler.put(Settlement(run, deliveries, writes, all_stored=writes.keys() == work.changed))
        self._reached_ms[run.reached[0]] = records[-1].timestamp
        self._states.came_back(work.changed)
        self._states.let_go(self._settler.unsettled())
        self._metrics.patients_in_memory.set(len(self._states))

    @property
    def ticking(self) -> bool:
        """What the clock has brought about is not settled yet."""
        return self._ticks > 0

    async def tick(self, now_s: float, caught_up: Callable[[], Mapping[TopicPartition, bool]]) -> datetime | None:
        """Let time pass for everybody whose records are ours; what is due by then happens as if a frame had said so.

        The clock is the one by which records arrive. It shows no more than the time up to which all that arrived was
        worked on: an answer that lies unread must not come too late.

        Args:
            now_s: our clock when the broker was asked how far its logs are.
            caught_up: of each of our partitions, whether all that lay there then is in our hands.

        Returns:
            What the clock shows; None while a partition has not said anything yet.
        """
        async with self._one_at_a_time:
            arrival_ms = round((now_s - self._lags.least_s(now_s)) * 1000)
            done = caught_up()
            for tp in [tp for tp, read in done.items() if read]:
                self._ages.all_was_read(tp)
            reached = [arrival_ms if read else self._reached_ms.get(tp, 0) for tp, read in done.items()]
            clock_ms = min([arrival_ms, *reached])
            if clock_ms <= 0:
                return None
            old = any(
                self._reached_ms.get(tp, 0) < self._ages.since_ms(tp, now_s) for tp, read in done.items() if not read
            )
            await self._let_pass(clock_ms, old=old)
            return moment(clock_ms)

    async def expect(self, patients: Collection[str]) -> None:
        """Fetch the states of patients whose partition became ours: their timers run, whether they are heard or not.

        Raises StateUnavailableError: nobody begins blank who was not heard.
        """
        names = list(patients)
        for start in range(0, len(names), _FETCHED):
            async with self._one_at_a_time:
                await self._states.fetch(names[start : start + _FETCHED])

    async def _let_pass(self, clock_ms: int, *, old: bool) -> None:
        left = self._left
        now_s = self._clock()
        # A worker that never catches up must call somebody all the same.
        held_s = now_s - self._settings.history_s if old else now_s
        ours = self._states.ours()
        again = {name for name, state in ours.items() if any(one.since_s <= held_s for one in state.untold.values())}
        due = {
            patient: state
            for patient, state in ours.items()
            if patient in again or ((due_ms := next_due_ms(state)) is not None and due_ms <= clock_ms)
        }
        if not due:
            return
        loop = asyncio.get_running_loop()
        changed, said = await loop.run_in_executor(
            self._core, partial(advance_clocks, due, clock_ms, now_s, again, old=old)
        )
        if self._left != left:
            return  # somebody else may have these patients now, and does the same
        self._states.pass_time(changed)
        now_ms = round(now_s * 1000)
        outputs = [output(one.topic, self._aged(one.record, now_ms), None) for one in said]
        writes = self._states.writes(changed)
        self._ticks += 1
        deliveries = await self._sender.post(outputs)
        await self._settler.put(Settlement(_Tick(self._ticked), deliveries, writes))

    def _ticked(self) -> None:
        self._ticks -= 1

    def forget(self) -> None:
        """Our partitions were taken away: whoever has them next changes the states. What is not yet stored stays."""
        self._left += 1
        self._reached_ms.clear()
        self._ages.forget()
        unsettled = self._settler.unsettled()
        self._states.forget(unsettled)
        self._beds.only(unsettled)
        self._settler.partitions_lost()

    async def begun(self) -> None:
        """Tell that there is no risk model, or that it abstains, and what is turned off, now that somebody listens."""
        if self._turned_off:
            await self._status.tell("alarms", sentence(self._turned_off), away=True)
        if self._site is not None:
            await self._site.tell()
        if self._model is None:
            await self._status.tell("risk-model", "no risk model could be loaded: no forecasts", away=True)

    async def _work_by_age(self, tp: TopicPartition, records: Sequence[Record], now_s: float) -> Work:
        """Work on records of one partition: on those that are history, and on those that are not."""
        past, present = self._ages.split(tp, records, now_s)
        if not past:
            return await self._work(present)
        first = await self._work(past, old=True)
        return first.and_then(await self._work(present)) if present else first

    async def _work(self, records: Sequence[Record], *, old: bool = False) -> Work:
        """Work on records of one partition; what breaks the work is found by halving and becomes a dead letter."""
        by_topic = self._vitals if records[0].topic == "vitals" else self._events
        try:
            return await by_topic(records, old=old)
        except Exception as error:  # one record must not hold back the others, whatever is wrong with it
            if len(records) == 1:
                log.exception("record-broke-the-work", topic=records[0].topic, error=type(error).__name__)
                return Work(self._letters([Refused(records[0], "state", error)]), set())
        half = len(records) // 2
        first = await self._work(records[:half], old=old)
        return first.and_then(await self._work(records[half:], old=old))

    async def _vitals(self, records: Sequence[Record], *, old: bool) -> Work:
        now_ms, future_ms = round(self._clock() * 1000), round(self._settings.future_s * 1000)
        columns, refused = decode_vitals(records, now_ms, future_ms)
        known = await self._states.load(columns.patients, columns.records, self._log)
        new = np.array([is_new(known[name], record) for name, record in columns.named()], bool)
        self._count_suppressed("vitals", len(new) - int(new.sum()))
        if not new.any():
            return Work(self._letters(refused), set())
        names, frames, of_frame = new_frames(columns, new)
        records_of = by_patient(named for named, one_is_new in zip(columns.named(), new, strict=True) if one_is_new)
        current, again = said_again({} if old else {name: known[name] for name in names})
        befores = [current.get(name, known[name]) for name in names]
        sent = [output("alerts", self._aged(alert, now_ms), records_of[alert.patient][0]) for alert in again]
        done = await self._advance(names, befores, frames)
        after_all, said = published(dict(zip(names, done.states, strict=True)), done.said, now_ms / 1000, old=old)
        for one in said:
            origin = columns.records[int(of_frame[one.source])]
            sent.append(output(one.topic, self._aged(one.record, now_ms), origin))
        afters = [applied(after_all[name], records_of[name], self._log) for name in names]
        self._states.keep(dict(zip(names, afters, strict=True)))
        if self._site is not None:
            self._site.note(names, befores, afters)
        for name, before, after in zip(names, befores, afters, strict=True):
            self._count_flags(before, after)
            self._beds.heard(name, self._partition, time.monotonic())
        return Work(self._letters(refused) + sent, set(names))

    def _aged(self, record: Wire, now_ms: int) -> Wire:
        """An alert says how old it is when it is published, and whether that is late."""
        if not isinstance(record, Alert):
            return record
        age_s = max(0.0, round(now_ms / 1000 - record.time.timestamp(), 3))
        late = age_s > self._settings.late_alert_s
        self._metrics.alerts_late.inc(late)
        self._metrics.alerts_history.inc(record.history)
        return record.model_copy(update={"late": late or record.late, "age_s": age_s})

    async def _advance(self, names: list[str], states: list[PatientState], frames: Frames) -> Advanced:
        """The pure core, off the event loop: whoever asks after our health is answered meanwhile."""
        loop = asyncio.get_running_loop()
        with self._metrics.advance_s.time():
            done = await loop.run_in_executor(
                self._core, advance_frames, names, states, frames, self._model, self._timing
            )
        for patients in done.due if self._model is not None else ():
            self._metrics.forecasts_batch.observe(patients)
        for one in done.said:
            if isinstance(one.record, Alert) and one.record.suppressed_by is not None:
                self._metrics.alarms_suppressed.labels(one.record.condition).inc()
        if done.failed:
            log.warning("forecasts-failed", patients=done.failed, error=done.error)
        if self._model is not None and done.due:
            text = "forecasts are missing: the risk model fails" if done.failed else "forecasts are made again"
            await self._status.tell("risk-model", text, away=done.failed > 0)
        return done

    async def _events(self, records: Sequence[Record], *, old: bool) -> Work:
        now_ms, future_ms = round(self._clock() * 1000), round(self._settings.future_s * 1000)
        decoded = [decode(record, now_ms, future_ms) for record in records]
        usable = [one for one in decoded if isinstance(one, Decoded)]
        known = await self._states.load([one.patient for one in usable], [one.record for one in usable], self._log)
        fresh = [one for one in usable if is_new(known[one.patient], one.record)]
        loop = asyncio.get_running_loop()
        changed, said = await loop.run_in_executor(
            self._core, partial(advance_events, fresh, known, self._log, now_ms / 1000, old=old)
        )
        sent = [output(out.topic, self._aged(out.record, now_ms), origin) for out, origin in said]
        for patient, after in changed.items():
            self._count_flags(known[patient], after)
            await self._tell_dropped(patient, known[patient], after)
            await self._tell_not_understood(patient, known[patient], after)
        for one in fresh:
            if isinstance(one.model, PatientRecord) and one.model.status == "discharged":
                self._beds.gone(one.patient, self._partition)
        self._states.keep(changed)
        self._count_suppressed(records[0].topic, len(usable) - len(fresh))
        return Work(self._letters([one for one in decoded if isinstance(one, Refused)]) + sent, set(changed))

    async def _tell_dropped(self, patient: str, before: PatientState, after: PatientState) -> None:
        """Tell that more is said of a patient than is kept, until a record no longer adds to it."""
        dropped = [why for why in DROPPED if after.flagged.get(why, 0) > before.flagged.get(why, 0)]
        text = f"more is known of this patient than is kept: {', '.join(dropped)}" if dropped else "all of it is kept"
        await self._status.tell("state", text, away=bool(dropped), patient=patient, part="bounds")

    async def _tell_not_understood(self, patient: str, before: PatientState, after: PatientState) -> None:
        """Tell of records of which a drug, a gene or a phenotype was not understood, in no word of theirs.

        It is over at once, since the next record is read on its own.
        """
        for why in NOT_UNDERSTOOD:
            if more := after.flagged.get(why, 0) - before.flagged.get(why, 0):
                text = f"{more} record(s) say what no rule can read, so that no proposal follows from them: {why}"
                await self._status.tell("state", text, away=True, patient=patient, part=why)
                await self._status.tell("state", "all else goes on", away=False, patient=patient, part=why)

    def _count_flags(self, before: PatientState, after: PatientState) -> None:
        for why, count in after.flagged.items():
            if more := count - before.flagged.get(why, 0):
                self._metrics.flagged.labels(why).inc(more)

    def _count_suppressed(self, topic: str, count: int) -> None:
        if count:
            self._metrics.suppressed.labels(topic).inc(count)

    def _letters(self, refused: Sequence[Refused]) -> list[Output]:
        for one in refused:
            self._metrics.dead_letters.labels(one.stage).inc()
        return [letter(one) for one in refused]


class _Tick:
    """What the settler settles where the clock was read and no record: no partition has got any further by it."""

    reached = None

    def __init__(self, on_finish: Callable[[], None]) -> None:
        self.finish = on_finish
