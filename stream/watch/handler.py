"""The watch path: a run of records in; scores, forecasts, alerts, suggestions out; every patient's next state kept.

The work on a run is pure (models/watch); this file fetches what it needs, hands on what it gives, and sees to it that a
failure costs no more than it must: a record that breaks the work is found by halving the run and becomes a dead letter.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
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
from models.watch.stored import NO_STATE, NewerStateError, from_fields, to_fields
from models.watch.therapy import NOT_UNDERSTOOD
from models.watch.turned_off import sentence
from schemas.alerts import Alert
from schemas.patients import PatientRecord
from schemas.wire import Wire
from stream.broker.lineage import Log, Place
from stream.delivery.decode import Decoded, Refused, decode, decode_vitals, new_frames
from stream.delivery.logbook import Standings, as_they_say
from stream.delivery.outputs import letter, output
from stream.delivery.placing import Ask, Partitions, moved, placed_now, unknown
from stream.delivery.records import Record, log_of, place_of
from stream.delivery.sender import Output, Sender
from stream.delivery.settle import Settlement, Settler
from stream.delivery.transport import Run
from stream.observability.metrics import Metrics
from stream.observability.status import Status
from stream.settings import Settings
from stream.state.client import StateUnavailableError
from stream.state.store import StateStore, Stored, Write
from stream.watch.applied import advance_clocks, advance_events, applied, by_patient, is_new
from stream.watch.history import Ages, published, said_again
from stream.watch.lags import Lags
from stream.watch.metered import MeteredForecaster
from stream.watch.silence import SilentBeds
from stream.watch.site_watch import SiteWatch
from stream.watch.state_cache import StateCache

log = get_logger()

_UNKNOWN: Final = str(Log())
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
        self._store = store
        self._sender = sender
        self._settler = settler
        self._status = status
        self._metrics = metrics
        self._beds = beds
        self._standings = standings
        self._partitions = partitions
        self._ask_partitions = ask_partitions
        self._site = site
        self._log = Log()
        self._partition = 0
        self._clock = clock
        self._states = StateCache(settings.memory_s, settings.state_ttl_s)
        self._not_ours_to_store: set[str] = set()
        self._timing = Timing(round(settings.lateness_s * 1000), round(settings.forecast_every_s * 1000))
        self._turned_off = frozenset(settings.conditions_off)
        self._core = ThreadPoolExecutor(1, "core")
        self._one_at_a_time = asyncio.Lock()  # a run, or the clock: both change states
        self._reached_ms: dict[TopicPartition, int] = {}
        self._lags = Lags()
        self._left = 0  # how often partitions were taken away
        self._not_ours: set[str] = set()  # still in memory, since not yet stored, when their partitions went
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
            storable = work.changed - self._not_ours_to_store
            writes = {patient: self._next_write(patient) for patient in storable}
        run.value = []  # it may wait long for Redis, with others: not with all their records
        deliveries = await self._sender.post([*(moved(one, run.log) for one in elsewhere), *work.outputs])
        await self._settler.put(Settlement(run, deliveries, writes, all_stored=storable == work.changed))
        self._reached_ms[run.reached[0]] = records[-1].timestamp
        self._not_ours -= work.changed
        self._states.let_go(now, self._settler.unsettled())
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
                part = set(names[start : start + _FETCHED])
                lying = await self._store.load(sorted(part - self._states.known(part).keys()))
                read = {patient: await self._read(patient, one) for patient, one in lying.items()}
                states = {patient: replace(one, turned_off=self._turned_off) for patient, one in read.items()}
                self._states.keep(states, self._clock())
                self._not_ours -= part

    async def _let_pass(self, clock_ms: int, *, old: bool) -> None:
        left = self._left
        now_s = self._clock()
        # A worker that never catches up must call somebody all the same.
        held_s = now_s - self._settings.history_s if old else now_s
        ours = {patient: state for patient, state in self._states.items() if patient not in self._not_ours}
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
        self._states.update(changed)
        now_ms = round(now_s * 1000)
        outputs = [output(one.topic, self._aged(one.record, now_ms), None) for one in said]
        storable = changed.keys() - self._not_ours_to_store
        writes = {patient: self._next_write(patient) for patient in storable}
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
        self._not_ours = set(unsettled)
        self._states.only(unsettled)
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

    def _next_write(self, patient: str) -> Write:
        state = self._states[patient]
        base = state.revision
        state.revision += 1
        return Write(base, state.revision, to_fields(state))

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
        known = await self._load(columns.patients, columns.records)
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
        self._states.keep(dict(zip(names, afters, strict=True)), now_ms / 1000)
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
        known = await self._load([one.patient for one in usable], [one.record for one in usable])
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
        self._states.keep(changed, now_ms / 1000)
        self._count_suppressed(records[0].topic, len(usable) - len(fresh))
        return Work(self._letters([one for one in decoded if isinstance(one, Refused)]) + sent, set(changed))

    async def _load(self, patients: Sequence[str], records: Sequence[Record]) -> dict[str, PatientState]:
        """The states of the patients of these records; what they say was applied holds for the logs of these."""
        known = await self._known(patients)
        sources = {
            (place_of(record), TopicPartition(record.topic, record.partition), log_of(record, self._log))
            for record in records
        }
        for name, tp, log_now in sorted(sources):  # one, but where records were moved here
            known |= await self._set_back(known, name, tp, log_now)
        return known

    async def _set_back(
        self, known: Mapping[str, PatientState], name: str, tp: TopicPartition, log_now: Log
    ) -> dict[str, PatientState]:
        """Those of these states whose position in a partition is one in a log that is no more, with one that holds."""
        places = {
            patient: Place(state.positions[name], Log.read(state.logs.get(name, "")))
            for patient, state in known.items()
            if name in state.positions and state.logs.get(name, _UNKNOWN) != str(log_now)
        }
        if not places:
            return {}
        standing = await self._standings(tp, list(places.values()))
        set_back = {
            patient: replace(known[patient], positions=known[patient].positions | {name: offset})
            for (patient, place), offset in zip(places.items(), standing, strict=True)
            if offset < place.offset
        }
        self._metrics.positions_set_back.labels(tp.topic).inc(len(set_back))
        return set_back

    async def _known(self, patients: Sequence[str]) -> dict[str, PatientState]:
        """The states of these patients, those fetched whom we have not seen yet.

        They are handed over, not looked up again later: `forget` may come while a run is worked on.
        """
        known = self._states.known(patients)
        unknown = [patient for patient in dict.fromkeys(patients) if patient not in known]
        if not unknown:
            return known
        try:
            stored = await self._store.load(unknown)
        except StateUnavailableError:
            # Better an alarm from what this frame shows than none: the state begins blank. If there is another one in
            # Redis, storing this one will be refused, the worker ends, and its successor reads these records again.
            await self._status.tell("state", "Redis is away: unknown patients begin with a blank state", away=True)
            stored = {}
        for patient in unknown:
            lying = stored.get(patient)
            state = await self._read(patient, lying) if lying else PatientState()
            known[patient] = replace(state, turned_off=self._turned_off)
        self._states.keep({patient: known[patient] for patient in unknown}, self._clock())
        return known

    async def _read(self, patient: str, lying: Stored) -> PatientState:
        """The state that lies in Redis; what can't be read of it is given up, since its patient's alarms must go on.

        One that only a newer version may store over stays as it is: the patient is watched from a blank state, nothing
        of it is stored, and the inputs are not acknowledged, so that the newer version gets them all.
        """
        try:
            state, unread = from_fields(lying.revision, lying.fields)
            if state.newer is not None:
                to_fields(
                    state
                )  # nested deeper than can be written, what is kept for a newer version would end us later
        except NewerStateError as error:
            log.error("state-of-a-newer-version", reason=str(error))  # noqa: TRY400 - the reason says it all
            await self._status.tell("state", "a newer version stored states that this one must not touch", away=True)
            self._not_ours_to_store.add(patient)
            return PatientState(revision=lying.revision)
        except NO_STATE as error:
            log.warning("state-unreadable", error=type(error).__name__)
            await self._status.tell("state", "a stored state could not be read: its patient begins anew", away=True)
            return PatientState(revision=lying.revision, flagged={"state-unreadable": 1})
        self._not_ours_to_store.discard(patient)
        if unread:
            log.warning("state-partly-unreadable", parts=sorted(set(unread)))
            await self._status.tell("state", f"of a stored state could not be read: {', '.join(unread)}", away=True)
            count = state.flagged.get("state-partly-unreadable", 0) + 1
            state.flagged = {**state.flagged, "state-partly-unreadable": count}
        return state

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
