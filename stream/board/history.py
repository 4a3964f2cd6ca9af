"""What the board remembers of each patient beside how things stand now: courses, and every step of every alarm. Pure.

How far back that goes depends on the topic: vital signs come by the minute since the board began, and before that as
far as scores carry them, which is at least every quarter of an hour.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from models.vitals import SENSOR_OFF
from schemas.alerts import Acknowledgement, Alert
from schemas.device_alarms import DeviceAlarm
from schemas.forecasts import EarlyWarningScore, RiskForecast
from schemas.labs import LabResults
from schemas.therapy import GenomicResult, Medication
from schemas.variants import VariantFinding
from schemas.vitals import NUMERICS, VitalsBlock, VitalsFrame
from schemas.wire import Wire
from stream.board.minutes import Minutes

_AHEAD: Final = timedelta(seconds=120)
"""Measured so long after it was published, a frame is by a wrong clock, as in stream/subscriber/ward.py."""
_TOLD_APART: Final = timedelta(milliseconds=2)
"""The step that an acknowledgement leads to has its time, cut to milliseconds."""
_SCORES: Final = 2000
_FORECASTS: Final = 200
EPISODES: Final = 200
"""Ours: of one patient; of too many the newest."""
STEPS: Final = 100
_DEVICE_STEPS: Final = 200
_RESULTS: Final = 50  # of one measurand


class ScoreThen(NamedTuple):
    """An early-warning score of a moment."""

    time: datetime
    total: int
    upper: int


class RiskThen(NamedTuple):
    """A forecast of a full hour; it has no probability where the model abstained."""

    time: datetime
    probability: float | None
    alarm: bool


@dataclass
class Episode:
    """One alarm: its steps in the order of their time, and who has acknowledged it when."""

    steps: list[Alert] = field(default_factory=list)
    acknowledged: list[Acknowledgement] = field(default_factory=list)

    @property
    def latest(self) -> Alert:
        """The step that says how it is now."""
        return self.steps[-1]

    def answered(self, one: Acknowledgement) -> bool:
        """Return whether the alarm has a step of that acknowledgement: without one it changed nothing, as yet."""
        return any(abs(step.time - one.time) < _TOLD_APART for step in self.steps)

    def take(self, step: Alert) -> None:
        """Take a step; one that came before is dropped, and of too many those after the first."""
        if any(one.id == step.id for one in self.steps):
            return
        self.steps.append(step)
        self.steps.sort(key=lambda one: one.time)
        if len(self.steps) > STEPS:
            del self.steps[1]


@dataclass
class Past:
    """What is remembered of one patient. Results and orders are the latest of each."""

    minutes: defaultdict[str, Minutes] = field(default_factory=lambda: defaultdict(Minutes))
    scores: deque[ScoreThen] = field(default_factory=lambda: deque(maxlen=_SCORES))
    risks: deque[RiskThen] = field(default_factory=lambda: deque(maxlen=_FORECASTS))
    episodes: dict[UUID, Episode] = field(default_factory=dict)
    device_alarms: deque[DeviceAlarm] = field(default_factory=lambda: deque(maxlen=_DEVICE_STEPS))
    labs: dict[str, dict[datetime, float]] = field(default_factory=dict)
    genes: dict[str, GenomicResult | VariantFinding] = field(default_factory=dict)
    drugs: dict[str, Medication] = field(default_factory=dict)
    _early: dict[UUID, list[Acknowledgement]] = field(default_factory=dict)  # of alarms that were not read yet

    def episode(self, alert: UUID) -> Episode:
        """Return an episode, begun where it is new."""
        if alert not in self.episodes:
            self.episodes[alert] = Episode(acknowledged=self._early.pop(alert, []))
            if len(self.episodes) > EPISODES:
                over = (name for name, one in self.episodes.items() if one.steps and not one.latest.presence)
                self.episodes.pop(next(over, next(iter(self.episodes))))
        return self.episodes[alert]

    def acknowledge(self, one: Acknowledgement) -> None:
        """Take an acknowledgement, which may be read before its alarm."""
        known = self.episodes.get(one.alert)
        given = self._early.setdefault(one.alert, []) if known is None else known.acknowledged
        if one not in given:
            given.append(one)
        while len(self._early) > EPISODES:
            self._early.pop(next(iter(self._early)))


class History:
    """The pasts of all patients."""

    def __init__(self) -> None:
        self.pasts: defaultdict[str, Past] = defaultdict(Past)

    def forget(self, patients: Iterable[str]) -> None:
        """Drop what is remembered of patients who have left."""
        for one in patients:
            self.pasts.pop(one, None)

    def apply(self, record: Wire | None, heard: datetime) -> None:
        """Take a record that was published at `heard`; what has no course is passed over."""
        match record:
            case VitalsFrame() | VitalsBlock():
                for frame in [record] if isinstance(record, VitalsFrame) else record.frames():
                    if frame.time - heard <= _AHEAD:
                        self._frame(frame)
            case EarlyWarningScore():
                self._score(record)
            case RiskForecast(kind="closed"):
                probability = None if record.abstained else record.probability
                self.pasts[record.patient].risks.append(RiskThen(record.time, probability, record.alarm))
            case Alert():
                self.pasts[record.patient].episode(record.alert).take(record)
            case Acknowledgement():
                self.pasts[record.patient].acknowledge(record)
            case DeviceAlarm():
                self.pasts[record.patient].device_alarms.append(record)
            case _:
                self._given(record)

    def _given(self, record: Wire | None) -> None:
        """Take what others than Wardwatch say of a patient: results, orders."""
        match record:
            case LabResults():
                self._labs(record)
            case GenomicResult():
                self._gene(record.gene, record)
            case VariantFinding():
                self._gene(record.finding or f"{record.gene} {record.hgvs}", record)
            case Medication():
                drugs = self.pasts[record.patient].drugs
                if record.order not in drugs or record.time >= drugs[record.order].time:
                    drugs[record.order] = record

    def _frame(self, frame: VitalsFrame) -> None:
        past = self.pasts[frame.patient]
        for name in NUMERICS:
            value = getattr(frame, name)
            if value is not None and value not in SENSOR_OFF:
                past.minutes[name].put(frame.time.timestamp(), value)

    def _score(self, score: EarlyWarningScore) -> None:
        past = self.pasts[score.patient]
        past.scores.append(ScoreThen(score.time, score.total, score.upper))
        for part in score.parts:
            if part.parameter in NUMERICS and part.points is not None and isinstance(part.value, float):
                past.minutes[part.parameter].put(score.time.timestamp() - (part.age_s or 0.0), part.value)

    def _labs(self, record: LabResults) -> None:
        labs = self.pasts[record.patient].labs
        for name, value in record:
            if isinstance(value, float):
                results = labs.setdefault(name, {})
                results[record.time] = value
                if len(results) > _RESULTS:
                    results.pop(min(results))

    def _gene(self, name: str, record: GenomicResult | VariantFinding) -> None:
        genes = self.pasts[record.patient].genes
        if name not in genes or record.time >= genes[name].time:
            genes[name] = record
