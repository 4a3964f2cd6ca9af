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

_NEWS: Final = 60  # alerts that are kept, more than any terminal shows
_TREND_HOURS: Final = 8
UNHEARD: Final = timedelta(seconds=15)
"""Ours: three signs of life (stream/worker/timekeeper.py) that did not come."""
_WORKERS_KEPT: Final = timedelta(days=1)
_DEVICE_ALARMS: Final = 30  # of one patient that are kept
PRESENT: Final = timedelta(seconds=60)
"""An alarm that a device has said to be there, and never that it is over, is shown for so long after it; ours."""
PRIORITIES: Final = ("high", "medium", "low")


class ShownValue(NamedTuple):
    """The latest value of one vital sign; `value` is None while the sensor is off."""

    value: float | None
    time: datetime


@dataclass
class Bed:
    """One patient, as known from the topics."""

    patient: str
    admission: PatientRecord | None = None  # all records of the stay merged
    time: datetime | None = None
    readings: dict[str, ShownValue] = field(default_factory=dict)
    on_oxygen: bool | None = None
    consciousness: str | None = None
    score: EarlyWarningScore | None = None
    risk: RiskForecast | None = None
    trend: deque[float] = field(default_factory=lambda: deque(maxlen=_TREND_HOURS))
    alarms: dict[UUID, Alert] = field(default_factory=dict)
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
    degraded: dict[tuple[str, str | None, str | None], WardStatus] = field(default_factory=dict)
    """By component, patient and part."""
    workers: dict[str, WardStatus] = field(default_factory=dict)
    """The latest sign of life of each worker."""
    counts: Counter[str] = field(default_factory=Counter)

    def unwatched(self, now: datetime) -> list[str]:
        """Say what no worker has said to watch for long. Of a quiet ward one is heard all the time."""
        alive = {at for one in self.workers.values() if now - one.time <= UNHEARD for at in one.watches or ()}
        lost = {at for one in self.workers.values() for at in one.watches or ()} - alive
        if not alive and self.workers:
            heard = max(one.time for one in self.workers.values())
            text = f"no worker watches the ward; the last was heard at {heard:%H:%M:%S} UTC"
            return [text] if now - heard > UNHEARD else []
        if not lost:
            return []
        heard = max(one.time for one in self.workers.values() if lost & set(one.watches or ()))
        listed = ", ".join(map(str, sorted(lost)))
        return [f"no worker has watched the partitions {listed} of vitals since {heard:%H:%M:%S} UTC"]

    @property
    def time(self) -> datetime | None:
        """The newest event time of any patient."""
        return max((bed.time for bed in self.beds.values() if bed.time), default=None)

    def label(self, patient: str) -> str:
        """Return the name of a patient's bed, or else the pseudonym."""
        bed = self.beds.get(patient)
        return bed.label if bed and bed.label else patient

    def apply(self, topic: str, record: Wire | None) -> None:
        """Apply one record of a topic; None, for a record that can't be read, is only counted.

        So are records that have no display of their own: laboratory values, orders.
        """
        self.counts[topic] += 1
        match record:
            case VitalsFrame() | VitalsBlock():
                self._frames(record)
            case PatientRecord():
                self._admission(record)
            case EarlyWarningScore():
                self._bed(record.patient).score = record
            case RiskForecast():
                self._forecast(record)
            case Alert():
                self._alert(record)
            case DeviceAlarm():
                self._device_alarm(record)
            case LesionReport():
                self.reports.appendleft(record)
                self._bed(record.patient).reports[f"{record.study_uid}#{record.part or 1}"] = record
            case Suggestion():
                self._suggestion(record)
            case WardStatus():
                self._status(record)

    def _bed(self, patient: str) -> Bed:
        return self.beds.setdefault(patient, Bed(patient))

    def _admission(self, record: PatientRecord) -> None:
        bed = self._bed(record.patient)
        if bed.admission is not None and record.status != "admitted":
            said = {name: value for name, value in record if value is not None}
            bed.admission = bed.admission.model_copy(update=said)
        else:
            bed.admission = record

    def _frames(self, record: VitalsFrame | VitalsBlock) -> None:
        for frame in [record] if isinstance(record, VitalsFrame) else record.frames():
            self._frame(frame)

    def _frame(self, frame: VitalsFrame) -> None:
        bed = self._bed(frame.patient)
        bed.time = frame.time if bed.time is None else max(bed.time, frame.time)
        for name in NUMERICS:
            value = getattr(frame, name)
            known = bed.readings.get(name)
            if value is not None and (known is None or frame.time >= known.time):
                bed.readings[name] = ShownValue(None if value in SENSOR_OFF else value, frame.time)
        if frame.time == bed.time:
            bed.on_oxygen = bed.on_oxygen if frame.on_oxygen is None else frame.on_oxygen
            bed.consciousness = frame.consciousness or bed.consciousness

    def _forecast(self, record: RiskForecast) -> None:
        bed = self._bed(record.patient)
        bed.risk = record
        if record.kind == "closed":
            bed.trend.append(record.probability)

    def _status(self, record: WardStatus) -> None:
        if record.component == "worker":
            recent = {name: one for name, one in self.workers.items() if record.time - one.time <= _WORKERS_KEPT}
            self.workers = recent | {record.worker: record}
            return
        self.statuses.appendleft(record)
        part = (record.component, record.patient, record.part)
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

    def _alert(self, record: Alert) -> None:
        bed = self._bed(record.patient)
        if record.presence or record.signal != "off":
            bed.alarms[record.alert] = record
        else:
            bed.alarms.pop(record.alert, None)
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
