"""State of the ward as a subscriber sees it: records folded into beds, recent outputs and counts. No I/O, no clock."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from models.vitals import SENSOR_OFF
from schemas.alerts import Alert, WardStatus
from schemas.device_alarms import DeviceAlarm
from schemas.forecasts import EarlyWarningScore, RiskForecast
from schemas.imaging import LesionReport
from schemas.patients import PatientRecord
from schemas.suggestions import Suggestion
from schemas.vitals import NUMERICS, VitalsBlock, VitalsFrame
from schemas.wire import Wire
from stream.subscriber.watching import Watching

_NEWS: Final = 60  # alerts that are kept, more than any terminal shows
_TREND_HOURS: Final = 8
_STEPS: Final = 1000  # of alarms that wait to be taken
_AHEAD: Final = timedelta(seconds=120)
"""A frame that was measured so long after it was published is by a wrong clock: workers refuse it (`future_s`)."""
_OF_A_WORKER: Final = frozenset({"state", "risk-model", "lesion-model", "genomes", "outputs"})
"""Components of which a worker says how they are with itself: what it said ends with it."""
_DEVICE_ALARMS: Final = 30  # of one patient that are kept
PRESENT: Final = timedelta(seconds=60)
"""An alarm that a device has said to be there, and never that it is over, is shown for so long after it; ours."""
PRIORITIES: Final = ("high", "medium", "low")


class ShownValue(NamedTuple):
    """The latest value of one vital sign; `value` is None while the sensor is off.

    time   when it was measured, by the device's clock
    heard  when it was published
    """

    value: float | None
    time: datetime
    heard: datetime


@dataclass
class Bed:
    """One patient, as known from the topics. What is `heard` is the moment of publication."""

    patient: str
    admission: PatientRecord | None = None  # all records of the stay merged
    time: datetime | None = None
    heard: datetime | None = None  # the newest frame
    partition: int | None = None  # of `vitals`
    readings: dict[str, ShownValue] = field(default_factory=dict)
    on_oxygen: bool | None = None
    consciousness: str | None = None
    score: EarlyWarningScore | None = None
    score_heard: datetime | None = None
    risk: RiskForecast | None = None
    risk_heard: datetime | None = None
    trend: deque[float] = field(default_factory=lambda: deque(maxlen=_TREND_HOURS))
    alarms: dict[UUID, Alert] = field(default_factory=dict)
    alarms_heard: dict[UUID, datetime] = field(default_factory=dict)  # the latest step of each
    device_alarms: dict[tuple[str | None, str], DeviceAlarm] = field(default_factory=dict)  # the newest step of each
    suggestions: dict[UUID, Suggestion] = field(default_factory=dict)  # the latest step of each that is not over
    reports: dict[str, LesionReport] = field(default_factory=dict)  # the latest of each part of a study

    @property
    def label(self) -> str:
        """Name of the bed; empty where it is unknown."""
        return (self.admission.bed or self.patient) if self.admission else ""

    @property
    def who(self) -> str:
        """Age and sex, such as 71f, as far as they are known."""
        age, sex = (self.admission.age_years, self.admission.sex) if self.admission else (None, None)
        return f"{'' if age is None else f'{age:.0f}'}{(sex or '')[:1]}"

    @property
    def discharged(self) -> bool:
        """Return whether the latest record is a discharge."""
        return self.admission is not None and self.admission.status == "discharged"

    def points(self, parameter: str) -> int | None:
        """Return the NEWS2 points of a parameter in the latest score; None where the score has none."""
        parts = self.score.parts if self.score else ()
        return next((part.points for part in parts if part.parameter == parameter), None)

    def active(self) -> list[Alert]:
        """Return alarms whose condition persists or whose signal still sounds, by priority, then by age."""
        return sorted(self.alarms.values(), key=lambda one: (PRIORITIES.index(one.priority), one.episode_start))

    def of_devices(self, at: datetime) -> list[DeviceAlarm]:
        """Return the alarms of devices that are there or go on sounding, by priority, then by age."""
        there = (
            one
            for one in self.device_alarms.values()
            if one.state != "inactive" and (one.phase != "present" or at - one.time <= PRESENT)
        )
        return sorted(there, key=lambda one: (PRIORITIES.index(one.priority) if one.priority else 9, one.time))


@dataclass
class Ward:
    """All beds, recent outputs, and the number of records of each topic."""

    beds: dict[str, Bed] = field(default_factory=dict)
    alerts: deque[Alert] = field(default_factory=lambda: deque(maxlen=_NEWS))
    reports: deque[LesionReport] = field(default_factory=lambda: deque(maxlen=_NEWS))
    suggestions: deque[Suggestion] = field(default_factory=lambda: deque(maxlen=_NEWS))
    statuses: deque[WardStatus] = field(default_factory=lambda: deque(maxlen=_NEWS))
    degraded: dict[tuple[str, str | None, str | None, str | None], WardStatus] = field(default_factory=dict)
    """By component, patient, part, and worker where it is the worker's own matter."""
    newest: tuple[datetime, datetime] | None = None
    """The newest event time of any patient, and when that frame was published."""
    watching: Watching = field(default_factory=Watching)
    counts: Counter[str] = field(default_factory=Counter)
    touched: set[str] = field(default_factory=set)
    """Patients of whom something came; whoever shows beds takes them out."""
    steps: deque[Alert] = field(default_factory=lambda: deque(maxlen=_STEPS))
    """Steps of alarms that nobody has taken out yet, as above; of too many the newest."""

    def away(self, now: datetime) -> list[WardStatus]:
        """Return what is said to be away, but for what was said by a worker of itself that is there no longer."""
        return [
            one
            for (*_, worker), one in self.degraded.items()
            if worker is None or self.watching.lives(worker, now) is not False
        ]

    def silent(self) -> dict[str, datetime]:
        """Return the patients whose beds are said to be silent, and since when."""
        return {
            patient: (patient in self.beds and self.beds[patient].heard) or one.time
            for (component, patient, *_), one in self.degraded.items()
            if component == "feed" and patient is not None
        }

    @property
    def time(self) -> datetime | None:
        """The newest event time of any patient."""
        return None if self.newest is None else self.newest[0]

    def label(self, patient: str) -> str:
        """Return the name of a patient's bed, or else the pseudonym."""
        bed = self.beds.get(patient)
        return bed.label if bed and bed.label else patient

    def apply(
        self, topic: str, record: Wire | None, *, heard: datetime | None = None, partition: int | None = None
    ) -> None:
        """Apply one record of a topic; None, for a record that can't be read, is only counted.

        So are records that have no display of their own: laboratory values, orders. `heard` is when the record was
        published; without it, its own time stands for that.
        """
        self.counts[topic] += 1
        match record:
            case VitalsFrame() | VitalsBlock():
                self._frames(record, heard, partition)
            case PatientRecord():
                self._admission(record)
            case EarlyWarningScore():
                bed = self._bed(record.patient)
                bed.score, bed.score_heard = record, heard or record.time
            case RiskForecast():
                self._forecast(record, heard or record.time)
            case Alert():
                self._alert(record, heard or record.time)
            case DeviceAlarm():
                self._device_alarm(record)
            case LesionReport():
                self.reports.appendleft(record)
                self._bed(record.patient).reports[f"{record.study_uid}#{record.part or 1}"] = record
            case Suggestion():
                self._suggestion(record)
            case WardStatus():
                self._status(record, heard or record.time)

    def _bed(self, patient: str) -> Bed:
        self.touched.add(patient)
        return self.beds.setdefault(patient, Bed(patient))

    def _admission(self, record: PatientRecord) -> None:
        bed = self._bed(record.patient)
        if bed.admission is not None and record.status != "admitted":
            said = {name: value for name, value in record if value is not None}
            bed.admission = bed.admission.model_copy(update=said)
        else:
            bed.admission = record

    def _frames(self, record: VitalsFrame | VitalsBlock, heard: datetime | None, partition: int | None) -> None:
        for frame in [record] if isinstance(record, VitalsFrame) else record.frames():
            if heard is None or frame.time - heard <= _AHEAD:
                self._frame(frame, heard or frame.time, partition)

    def _frame(self, frame: VitalsFrame, heard: datetime, partition: int | None) -> None:
        bed = self._bed(frame.patient)
        bed.partition = partition
        bed.heard = heard if bed.heard is None else max(bed.heard, heard)
        bed.time = frame.time if bed.time is None else max(bed.time, frame.time)
        if self.newest is None or frame.time >= self.newest[0]:
            self.newest = (frame.time, heard)
        for name in NUMERICS:
            value = getattr(frame, name)
            known = bed.readings.get(name)
            if value is not None and (known is None or frame.time >= known.time):
                bed.readings[name] = ShownValue(None if value in SENSOR_OFF else value, frame.time, heard)
        if frame.time == bed.time:
            bed.on_oxygen = bed.on_oxygen if frame.on_oxygen is None else frame.on_oxygen
            bed.consciousness = frame.consciousness or bed.consciousness

    def _forecast(self, record: RiskForecast, heard: datetime) -> None:
        bed = self._bed(record.patient)
        bed.risk, bed.risk_heard = record, heard
        if record.kind == "closed":
            bed.trend.append(record.probability)

    def _status(self, record: WardStatus, heard: datetime) -> None:
        if record.component == "worker":
            self.watching.hear(record, heard)
            return
        self.statuses.appendleft(record)
        if record.patient is not None:
            self.touched.add(record.patient)
        own = record.worker if record.patient is None and record.component in _OF_A_WORKER else None
        part = (record.component, record.patient, record.part, own)
        if record.state == "degraded":
            self.degraded[part] = record
        else:
            self.degraded.pop(part, None)

    def _suggestion(self, record: Suggestion) -> None:
        """Show a proposal as its latest step has it, and no longer once it was withdrawn or has expired."""
        proposal = record.proposal or record.id
        bed = self._bed(record.patient)
        held = {name: one for name, one in bed.suggestions.items() if one.expires >= record.time or name == proposal}
        earlier = held.pop(proposal, None)
        if earlier is not None and earlier in self.suggestions:
            self.suggestions.remove(earlier)
        if record.status in {"proposed", "updated"}:
            held[proposal] = record
            self.suggestions.appendleft(record)
        bed.suggestions = held

    def _alert(self, record: Alert, heard: datetime) -> None:
        bed = self._bed(record.patient)
        self.steps.append(record)
        if record.presence or record.signal != "off":
            bed.alarms[record.alert] = record
            bed.alarms_heard[record.alert] = heard
        else:
            bed.alarms.pop(record.alert, None)
            bed.alarms_heard.pop(record.alert, None)
        if record.phase != "update":
            self.alerts.appendleft(record)

    def _device_alarm(self, record: DeviceAlarm) -> None:
        held, key = self._bed(record.patient).device_alarms, (record.device, record.alarm)
        if key not in held or record.time >= held[key].time:
            held.pop(key, None)
            held[key] = record
        while len(held) > _DEVICE_ALARMS:
            over = (name for name, one in held.items() if one.state == "inactive")
            held.pop(next(over, next(iter(held))))
