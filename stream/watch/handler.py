"""The watch path: a run of records in; scores, forecasts, alerts, suggestions out; every patient's next state kept.

The work on a run is pure (models/watch); this file fetches what it needs, hands on what it gives, and sees to it that a
failure costs no more than it must: a record that breaks the work is found by halving the run and becomes a dead letter.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from structlog import get_logger

from models.watch import findings
from models.watch.findings import Finding
from models.watch.forecast import Forecaster, Forecasts, catch_up, forecast, postpone
from models.watch.frames import Frames
from models.watch.hours import Due
from models.watch.react import Reaction, react, until_new_stays
from models.watch.state import PatientState, from_fields, to_fields
from schemas.alerts import Alert
from schemas.patients import PatientRecord
from stream.delivery.decode import Decoded, Refused, decode, decode_vitals
from stream.delivery.outputs import letter, output
from stream.delivery.records import Record
from stream.delivery.sender import Output, Sender
from stream.delivery.settle import Settlement, Settler
from stream.delivery.transport import Run
from stream.observability.metrics import Metrics
from stream.observability.status import Status
from stream.settings import Settings
from stream.state.store import StateStore, StateUnavailableError, Stored, Write
from stream.watch.silence import SilentBeds
from stream.watch.state_cache import HeldStates

log = get_logger()

TOPICS: Final = (
    "vitals",
    "labs",
    "patients",
    "genomics",
    "medications",
    "acknowledgements",
    "lesion-reports",
    "pathology-findings",
)


class Work(NamedTuple):
    """What a run gave: records to send, in order, and the patients whose state changed."""

    outputs: list[Output]
    changed: set[str]


class Watch:
    """Handles the runs of the watch path. States live in Redis, and in memory while patient and partition are ours."""

    def __init__(
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
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._model = model
        self._store = store
        self._sender = sender
        self._settler = settler
        self._status = status
        self._metrics = metrics
        self._beds = beds
        self._clock = clock
        self._states = HeldStates(settings.memory_s, settings.state_ttl_s)
        self._inference = ThreadPoolExecutor(1, "risk-model")

    async def handle(self, run: Run) -> None:
        """Work on one run; it is finished later, by the settler."""
        run.begin()
        records: list[Record] = run.value
        now = self._clock()
        self._metrics.run_records.observe(len(records))
        self._metrics.records.labels(run.topic).inc(len(records))
        self._metrics.queue_wait_s.observe(max(0.0, now - records[0].timestamp / 1000))
        with self._metrics.run_s.time():
            work = await self._work(records)
            writes = {patient: self._next_write(patient) for patient in work.changed}
        run.value = []  # it may wait long for Redis, with others: not with all their records
        await self._settler.put(Settlement(run, await self._sender.post(work.outputs), writes))
        self._states.let_go(now, self._settler.unsettled())
        self._metrics.patients_in_memory.set(len(self._states))

    def forget(self) -> None:
        """Our partitions were taken away: whoever has them next changes the states. What is not yet stored stays."""
        unsettled = self._settler.unsettled()
        self._states.only(unsettled)
        self._beds.only(unsettled)

    def _next_write(self, patient: str) -> Write:
        state = self._states[patient]
        base = state.revision
        state.revision += 1
        return Write(base, state.revision, to_fields(state))

    async def _work(self, records: Sequence[Record]) -> Work:
        """Work on records of one partition; what breaks the work is found by halving and becomes a dead letter."""
        try:
            return await (self._vitals(records) if records[0].topic == "vitals" else self._events(records))
        except Exception as error:  # one record must not hold back the others, whatever is wrong with it
            if len(records) == 1:
                log.exception("record-broke-the-work", topic=records[0].topic, error=type(error).__name__)
                return Work(self._letters([Refused(records[0], "state", error)]), set())
        half = len(records) // 2
        first, second = await self._work(records[:half]), await self._work(records[half:])
        return Work(first.outputs + second.outputs, first.changed | second.changed)

    async def _vitals(self, records: Sequence[Record]) -> Work:
        now_ms, future_ms = round(self._clock() * 1000), round(self._settings.future_s * 1000)
        columns, refused = decode_vitals(records, now_ms, future_ms)
        known = await self._load(columns.patients)
        new = np.array([_is_new(known[name], record) for name, record in columns.named()], bool)
        if not new.any():
            self._count_suppressed("vitals", len(new))
            return Work(self._letters(refused), set())
        names = list(dict.fromkeys(name for name, is_new in zip(columns.patients, new, strict=True) if is_new))
        index = {name: number for number, name in enumerate(names)}
        kept = new[columns.of_record]
        of_frame = columns.of_record[kept]
        owners = np.array([index.get(name, -1) for name in columns.patients], np.int64)
        frames = Frames(owners[of_frame], columns.time_ms[kept], columns.values[kept])
        befores = states = [known[name] for name in names]
        sent: list[Output] = []
        for part in until_new_stays(states, frames):
            states, found = await self._react(names, states, frames.part(part))
            origins = of_frame[part].tolist()
            sent += [output(one.topic, one.record, columns.records[origins[one.frame]]) for one in found]
        self._states.hold(dict(zip(names, states, strict=True)), now_ms / 1000)
        for name, before, after in zip(names, befores, states, strict=True):
            self._count_flags(before, after)
            self._beds.heard(name, records[0].partition, time.monotonic())
        for (name, record), is_new in zip(columns.named(), new, strict=True):
            if is_new:
                self._mark(self._states[name], record)
        self._count_suppressed("vitals", len(new) - int(new.sum()))
        return Work(self._letters(refused) + sent, set(names))

    async def _react(
        self, names: list[str], states: list[PatientState], frames: Frames
    ) -> tuple[list[PatientState], list[Finding]]:
        """The next states; scores and alerts of the frames, then the forecasts that are due and what they raise."""
        reaction = react(
            states, frames, round(self._settings.lateness_s * 1000), round(self._settings.forecast_every_s * 1000)
        )
        found = findings.of_frames(names, reaction)
        if self._model is None:
            postpone(reaction.states, _with_backlog(reaction))
        else:
            made = await self._forecast(self._model, reaction)
            found += findings.of_forecasts(names, reaction, made.made, self._model)
        for one in found:
            if isinstance(one.record, Alert) and one.record.suppressed_by is not None:
                self._metrics.alarms_suppressed.labels(one.record.condition).inc()
        return reaction.states, found

    async def _forecast(self, model: Forecaster, reaction: Reaction) -> Forecasts:
        """Every forecast that is due, made off the event loop."""
        due = _with_backlog(reaction)
        if not any(due):
            return Forecasts([], 0, None)
        self._metrics.forecasts_batch.observe(sum(map(bool, due)))
        with self._metrics.inference_s.time():
            loop = asyncio.get_running_loop()
            made = await loop.run_in_executor(self._inference, forecast, model, reaction.states, due)
        if made.failed:
            log.warning("forecasts-failed", patients=made.failed, error=made.error)
        text = "forecasts are missing: the risk model fails" if made.failed else "forecasts are made again"
        await self._status.tell("risk-model", text, away=made.failed > 0)
        return made

    async def _events(self, records: Sequence[Record]) -> Work:
        now_ms, future_ms = round(self._clock() * 1000), round(self._settings.future_s * 1000)
        decoded = [decode(record, now_ms, future_ms) for record in records]
        usable = [one for one in decoded if isinstance(one, Decoded)]
        known = await self._load([one.patient for one in usable])
        fresh = [one for one in usable if _is_new(known[one.patient], one.record)]
        changed: dict[str, PatientState] = {}
        sent: list[Output] = []
        for one in fresh:
            before = changed.get(one.patient, known[one.patient])
            after, found = findings.of_event(one.patient, _own(before), one.model)
            self._mark(after, one.record)
            changed[one.patient] = after
            sent += [output(finding.topic, finding.record, one.record) for finding in found]
        for one in fresh:
            if isinstance(one.model, PatientRecord) and one.model.status == "discharged":
                self._beds.gone(one.patient, one.record.partition)
        self._states.hold(changed, now_ms / 1000)
        self._count_suppressed(records[0].topic, len(usable) - len(fresh))
        return Work(self._letters([one for one in decoded if isinstance(one, Refused)]) + sent, set(changed))

    async def _load(self, patients: Sequence[str]) -> dict[str, PatientState]:
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
            held = stored.get(patient)
            known[patient] = await self._read(held) if held else PatientState()
        self._states.hold({patient: known[patient] for patient in unknown}, self._clock())
        return known

    async def _read(self, held: Stored) -> PatientState:
        """The state that was stored; one that can't be read is given up, since its patient's alarms must go on."""
        try:
            state = from_fields(held.revision, held.fields)
        except (KeyError, TypeError, ValueError) as error:
            log.warning("state-unreadable", error=type(error).__name__)
            await self._status.tell("state", "a stored state could not be read: its patient begins anew", away=True)
            return PatientState(revision=held.revision, flagged={"state-unreadable": 1})
        return state

    @staticmethod
    def _mark(state: PatientState, record: Record) -> None:
        state.positions[f"{record.topic}/{record.partition}"] = record.offset + 1
        state.counts[record.topic] = state.counts.get(record.topic, 0) + 1

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


def _is_new(state: PatientState, record: Record) -> bool:
    """A record that was applied before a restart has had its outputs confirmed then: it changes nothing again."""
    return state.positions.get(f"{record.topic}/{record.partition}", 0) <= record.offset


def _own(state: PatientState) -> PatientState:
    """A copy whose marks can be changed: the one in memory stays as it is until the whole run has worked."""
    return replace(state, positions=dict(state.positions), counts=dict(state.counts))


def _with_backlog(reaction: Reaction) -> list[list[Due]]:
    """What is due of each patient, with the closed hours before it that a failing model left behind."""
    first_frame = np.searchsorted(reaction.rows.patient, np.arange(len(reaction.states))) + 1
    return [
        [*catch_up(state, int(first_frame[at])), *dues] if dues else []
        for at, (state, dues) in enumerate(zip(reaction.states, reaction.due, strict=True))
    ]
