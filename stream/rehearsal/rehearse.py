"""Rehearsal: run the live core over a feed on a virtual clock, without broker or Redis.

The clock shows when the latest record came. After the last one it runs on until nothing more is due: alarms that nobody
answers, silences that expire, delays that end, beds that fall silent. Records are decoded, refused and processed as on
the watch path; pathology reports are read as on the check path. Images and genomes are not fetched: give the lesion
report and the results on genes instead.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from models.pathology.record import findings_of
from models.watch.advance import Advanced, Timing, advance_clock, advance_event, advance_frames, next_due_ms
from models.watch.forecast import Forecaster
from models.watch.outputs import SOFTWARE
from models.watch.records_out import RecordOut
from models.watch.state import PatientState
from schemas.alerts import Alert, WardStatus
from schemas.imaging import ImagingOrder
from schemas.pathology import PathologyReport
from schemas.patients import PatientRecord
from schemas.wire import Wire
from stream.delivery.decode import Decoded, DecodedVitals, Refused, decode, decode_vitals, new_frames
from stream.rehearsal.beds import Beds
from stream.rehearsal.feed import Arrival
from stream.settings import Settings

MAX_BATCH: Final = 5000
"""Upper bound of a micro-batch; the output does not depend on it."""
_NOT_REHEARSED: Final = frozenset({"imaging-ready", "genomes-ready"})


class RehearsedRecord(NamedTuple):
    """An output record, or the refusal of an input; `at_ms` is the virtual clock."""

    topic: str
    at_ms: int
    record: Wire | Refused


def _statuses(statuses: Iterable[tuple[int, WardStatus]]) -> Iterator[RehearsedRecord]:
    return (RehearsedRecord("ward-status", at_ms, status) for at_ms, status in statuses)


class Rehearsal:
    """The patients' states on a virtual clock, advanced by the records of a feed."""

    def __init__(
        self,
        model: Forecaster | None,
        settings: Settings,
        on_frames: Callable[[Sequence[str], Advanced], None] | None = None,
    ) -> None:
        """`on_frames` is called for each micro-batch of vital signs, with its patients' names and the result."""
        self.states: dict[str, PatientState] = {}
        self.not_rehearsed = 0
        """Number of records whose files would have to be fetched."""
        self._model = model
        self._timing = Timing(round(settings.lateness_s * 1000), round(settings.forecast_every_s * 1000))
        self._blank = PatientState(turned_off=frozenset(settings.conditions_off))
        self._future_ms = round(settings.future_s * 1000)
        self._on_frames = on_frames
        self._latest_alerts: dict[tuple[str, str], str] = {}  # (patient, condition) -> id of the latest alert on it
        self._beds = Beds(round(settings.silent_bed_s * 1000))

    def play(self, feed: Iterable[Arrival], *, until_quiet: bool = True) -> Iterator[RehearsedRecord]:
        """Process a feed to its end, each patient's records in order; yield the output as it arises.

        With `until_quiet` the clock then runs on until nothing more is due; else it stops at the last record.
        """
        frames: list[Arrival] = []
        waiting: set[bytes] = set()  # patients of these frames
        clock_ms = 0
        for arrival in feed:
            clock_ms = arrival.timestamp
            if arrival.topic == "vitals":
                frames.append(arrival)
                waiting.add(arrival.key)
            if len(frames) >= MAX_BATCH or (arrival.topic != "vitals" and arrival.key in waiting):
                yield from self._vitals(frames)
                frames, waiting = [], set()
            if arrival.topic != "vitals":
                yield from self._event(arrival)
        yield from self._vitals(frames)
        while until_quiet and (next_ms := self._next_ms()) is not None:
            clock_ms = max(clock_ms, next_ms)
            yield from self._clock(clock_ms)

    def _vitals(self, arrivals: Sequence[Arrival]) -> Iterator[RehearsedRecord]:
        if not arrivals:
            return
        columns, refused = decode_vitals(arrivals, arrivals[-1].timestamp, self._future_ms)
        names, frames, of_frame = new_frames(columns)
        states = [self.states.get(name, self._blank) for name in names]
        done = advance_frames(names, states, frames, self._model, self._timing)
        self.states.update(zip(names, done.states, strict=True))
        if self._on_frames is not None:
            self._on_frames(names, done)
        at_ms = [columns.records[place].timestamp for place in of_frame.tolist()]
        rehearsed = [self._rehearsed(one, at_ms[one.source]) for one in done.said]
        rehearsed += [RehearsedRecord("dead-letters", one.record.timestamp, one) for one in refused]
        rehearsed += self._heard(columns)
        rehearsed += self._clock(arrivals[-1].timestamp)
        yield from sorted(rehearsed, key=lambda one: one.at_ms)  # stable: what one frame gives keeps its order

    def _next_ms(self) -> int | None:
        """When the clock next has something to say."""
        due = [due_ms for state in self.states.values() if (due_ms := next_due_ms(state)) is not None]
        return min([*due, *self._beds.due_ms()], default=None)

    def _heard(self, columns: DecodedVitals) -> Iterator[RehearsedRecord]:
        moments: dict[str, list[int]] = {}
        for patient, record in columns.speaking():
            moments.setdefault(patient, []).append(record.timestamp)
        for patient, moments_ms in moments.items():
            yield from _statuses(self._beds.heard(patient, moments_ms))

    def _clock(self, now_ms: int) -> list[RehearsedRecord]:
        """What is due by now of patients of whom nothing has come."""
        rehearsed = list(_statuses(self._beds.silent(now_ms)))
        for name, state in self.states.items():
            due_ms = next_due_ms(state)
            if due_ms is not None and due_ms <= now_ms:
                self.states[name], said = advance_clock(name, state, now_ms)
                rehearsed += [self._rehearsed(one, due_ms) for one in said]
        return rehearsed

    def _event(self, arrival: Arrival) -> Iterator[RehearsedRecord]:
        if arrival.topic in _NOT_REHEARSED:
            self.not_rehearsed += 1
            return
        one = decode(self._acknowledged(arrival), arrival.timestamp, self._future_ms)
        if isinstance(one, Refused):
            yield RehearsedRecord("dead-letters", arrival.timestamp, one)
            return
        model = one.model
        if isinstance(model, ImagingOrder):  # nothing follows from it
            return
        if isinstance(model, PathologyReport):
            model = findings_of(model, SOFTWARE)
            yield RehearsedRecord("pathology-findings", arrival.timestamp, model)
        yield from self._apply(one, model, arrival.timestamp)

    def _apply(self, one: Decoded, model: Wire, at_ms: int) -> Iterator[RehearsedRecord]:
        before = self.states.get(one.patient, self._blank)
        if isinstance(model, PatientRecord) and model.status == "discharged":
            self._beds.gone(one.patient)
        self.states[one.patient], said = advance_event(one.patient, before, model, at_ms)
        yield from (self._rehearsed(out, at_ms) for out in said)

    def _rehearsed(self, out: RecordOut, at_ms: int) -> RehearsedRecord:
        if isinstance(out.record, Alert):
            self._latest_alerts[out.record.patient, out.record.condition] = str(out.record.alert)
        return RehearsedRecord(out.topic, at_ms, out.record)

    def _acknowledged(self, arrival: Arrival) -> Arrival:
        """Replace the condition in an acknowledgement by the id of its latest alert."""
        if arrival.ack_condition is None:
            return arrival
        record: dict[str, Any] = {"by": "rehearsal"} | json.loads(arrival.value)
        alert = self._latest_alerts.get((arrival.key.decode(), arrival.ack_condition))
        return arrival._replace(value=json.dumps(record | ({"alert": alert} if alert else {})).encode())
