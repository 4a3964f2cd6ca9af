"""A patient's state: everything that the next event needs, of a size that does not grow with the stay."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Annotated, Any, Final, Literal, NamedTuple, Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, StringConstraints

from models.alarms.episodes import Episode
from models.alarms.settings import Setting
from models.scores.news2 import MIN_AGE_YEARS
from models.treatment.facts import ActiveAlarm, Drug, Gene, Lesion, Pathology, Seconds, Variant
from models.watch.clocks import Device
from schemas.alerts import Priority
from schemas.labs import ANALYTES
from schemas.suggestions import Citation
from schemas.vitals import NUMERICS, OBSERVED

COLUMNS: Final = (*NUMERICS, *OBSERVED)
"""The columns of every array of frames: nine measured, two observed (0/1 for oxygen, an index for consciousness)."""

BIN_VITALS: Final = (
    "heart_rate_bpm",
    "spo2_percent",
    "temperature_celsius",
    "systolic_mmhg",
    "mean_arterial_mmhg",
    "diastolic_mmhg",
    "respiratory_rate_per_min",
    "etco2_mmhg",
)
"""The vital signs of the risk model, in its order (models/risk/inputs.py; a test holds the two together)."""

BIN_COLUMNS: Final = np.array([COLUMNS.index(name) for name in BIN_VITALS])


def _unmeasured(size: int) -> NDArray[np.float64]:
    return np.full(size, np.nan)


@dataclass(slots=True)
class Stay:
    """What admission data say, as far as scores, forecasts and rules ask; None and NaN are unknown."""

    admitted_ms: int | None = None
    hours_from_hospital_to_icu: float = float("nan")
    age_years: float = float("nan")
    sex: str | None = None
    unit: str | None = None
    spo2_scale: int = 1
    allergies: tuple[str, ...] | None = None
    weight_kg: float = float("nan")
    is_pregnant: bool | None = None

    @property
    def too_young_for_news2(self) -> bool:
        """Known to be younger than the score is made for; who has no known age is scored."""
        return self.age_years < MIN_AGE_YEARS


@dataclass(slots=True)
class Bin:
    """The hour that is filling: sums and counts of the vital signs, the latest of each laboratory value."""

    total: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(BIN_VITALS)))
    count: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(BIN_VITALS), np.int64))
    labs: NDArray[np.float64] = field(default_factory=lambda: _unmeasured(len(ANALYTES)))


@dataclass(frozen=True, slots=True)
class Newer:
    """What a newer version of Wardwatch wrote into a state and this version does not know: kept, and written back.

    format         the number of the newer format
    readable_from  the oldest format number whose readers may store over it
    fields         by their place in the stored document, such as ("episodes", "spo2-low"): names and values
    """

    format: int
    readable_from: int
    fields: Mapping[tuple[str | int, ...], Mapping[str, Any]]


def _four_parts(citation: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what can't be published as a citation."""
    if len(citation) != len(Citation.model_fields):
        message = "a citation has its four parts"
        raise ValueError(message)
    Citation(**dict(zip(Citation.model_fields, citation, strict=True)))
    return citation


_Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class Proposed(NamedTuple):
    """A proposal that was published, and how it stands: enough to change it or to take it back.

    A stored one that no step could be published of, for its identifier or its citation, can't be read.

    id       that of its first step; `steps` were published so far
    content  a fingerprint of what it says, so that a change is noticed; empty for one that is never changed
    status   `closed`: withdrawn at discharge, and not proposed again until the patient is back
    """

    id: _Id
    rule: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    version: Annotated[str, StringConstraints(max_length=20)]
    text: str
    citation: Annotated[tuple[str, ...], AfterValidator(_four_parts)]
    expires_s: Seconds
    content: str = ""
    because: _Id | None = None
    steps: int = 1
    status: Literal["open", "expired", "closed"] = "open"


class Named(NamedTuple):
    """What an order's drug was last called by a name or code that was understood, and when, in seconds."""

    name: str
    time_s: Seconds


class RaisedAlarm(NamedTuple):
    """An alarm of a device, as its newest step has it and in no word of the device's; times are event time in seconds.

    conditions  of ours that say the same (models/watch/device_alarms.py)
    until_s     when it was over; None while it is there
    time_s      of the newest step
    """

    id: UUID
    conditions: tuple[str, ...]
    priority: Priority | None
    began_s: float
    until_s: float | None
    time_s: float


class Untold(NamedTuple):
    """An alarm that sounds, and of which only history was published (models/watch/untold.py).

    step_s   event time of its latest step
    since_s  when the first of these steps was published, by the worker's clock
    """

    step_s: float
    since_s: float


@dataclass(slots=True)
class PatientState:
    """One patient. Arrays are replaced, never written into, once they are in a state.

    value     [11] the latest valid measurement of each of COLUMNS, NaN before the first
    value_ms  [11] when it was measured, event time in ms since 1970, 0 before the first
    told_ms   [11] when the newest number of each was measured, whether it can be used or not; 0 before the first
    seen_ms   [11] what time it was by `newest_ms` when that number came
    every_ms  [11] between the newest two numbers, -1 before there were two
    points    [7]  of NEWS2, as the latest frame left them, the worse of two devices; None: as the values say
    fault     [9]  what is wrong with the newest number of each of NUMERICS (models/misread_units.py); 0: nothing
    risk      [S]  the risk model's state before the open hour, None before the first forecast

    `newest_ms` is the patient's event time, `heard_ms` when the frame that brought it arrived, `arrived_ms` when the
    latest frame did: between frames the patient's time goes on with the clock by which those were measured.
    `scores` scores were published of the moment `scored_ms`, the latest of which any was.
    """

    revision: int = 0
    positions: dict[str, int] = field(default_factory=dict)  # "topic/partition" -> the next offset to apply
    logs: dict[str, str] = field(default_factory=dict)  # "topic/partition" -> the log that its position is a place in
    counts: dict[str, int] = field(default_factory=dict)  # topic -> records applied
    flagged: dict[str, int] = field(default_factory=dict)  # late, doubled, off, implausible ... -> how many
    stay: Stay = field(default_factory=Stay)
    began_ms: int = 0  # event time of the admission; 0 where none is known
    left_ms: int = 0  # event time of the discharge; 0 while the patient is here
    earlier_ms: int = 0  # what was measured up to then was in an earlier stay
    newest_ms: int = 0
    heard_ms: int = 0
    arrived_ms: int = 0
    scored_ms: int = 0
    scores: int = 0
    origin_ms: int = 0  # start of hour 1
    value: NDArray[np.float64] = field(default_factory=lambda: _unmeasured(len(COLUMNS)))
    value_ms: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(COLUMNS), np.int64))
    told_ms: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(COLUMNS), np.int64))
    seen_ms: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(COLUMNS), np.int64))
    every_ms: NDArray[np.int64] = field(default_factory=lambda: np.full(len(COLUMNS), -1, np.int64))
    points: NDArray[np.int8] | None = None
    fault: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(NUMERICS), np.int64))
    devices: dict[str, Device] = field(default_factory=dict)  # by name; "" is one without
    labs: dict[str, tuple[float, int]] = field(default_factory=dict)  # analyte -> value, event time in ms
    open_bin: Bin = field(default_factory=Bin)
    waiting: list[tuple[int, int, list[float | None]]] = field(default_factory=list)  # closed hours without forecast
    episodes: dict[str, Episode] = field(default_factory=dict)  # condition -> its running episode
    begun_s: dict[str, float] = field(default_factory=dict)  # condition -> start of its latest episode
    device_alarms: dict[str, RaisedAlarm] = field(default_factory=dict)  # identifier -> how it stands
    untold: dict[str, Untold] = field(default_factory=dict)  # condition -> of its episode only history was published
    settings: Mapping[str, Setting] = field(default_factory=dict)  # what staff have set, by its place
    alarms: dict[str, ActiveAlarm] = field(default_factory=dict)  # condition -> the alarm that is on
    genes: dict[str, Gene] = field(default_factory=dict)  # gene -> the latest result
    variants: dict[str, Variant] = field(default_factory=dict)  # finding -> the latest record of it
    drugs: dict[str, Drug] = field(default_factory=dict)  # order -> the drug, ordered or being given
    stopped: dict[str, float] = field(default_factory=dict)  # order -> when it was stopped or taken back, in seconds
    named: Mapping[str, Named] = field(default_factory=dict)  # order -> the newest understood name of its drug
    lesions: dict[str, Lesion] = field(default_factory=dict)  # study -> the latest suspicious report on it
    pathology: dict[str, Pathology] = field(default_factory=dict)  # report -> what was read of it, the latest few
    proposed: dict[str, Proposed] = field(default_factory=dict)  # key of a published proposal -> what was said of it
    withdrawn: dict[str, int] = field(default_factory=dict)  # key of a proposal -> how often its basis went, the latest
    suggested: dict[str, float] = field(default_factory=dict)  # what earlier versions published: key -> until when
    risk: NDArray[np.float32] | None = None
    risk_version: str = ""
    turned_off: frozenset[str] = frozenset()  # conditions, where this runs: of the configuration, and never stored
    newer: Newer | None = None

    def copied(self) -> Self:
        """A state whose fields may be set without touching this one; its dictionaries that change are its own."""
        copy = type(self)(*_FIELDS(self))
        copy.flagged = dict(self.flagged)
        copy.episodes = dict(self.episodes)
        copy.begun_s = dict(self.begun_s)
        return copy


_FIELDS: Final = attrgetter(*(one.name for one in fields(PatientState)))


def time_at(state: PatientState, now_ms: int) -> int:
    """The patient's event time when the clock by which frames arrive shows `now_ms`: it goes on from the newest frame.

    A feed whose event time lies behind the clock, such as a recording that is replayed, has it go on all the same.
    """
    return state.newest_ms + max(0, now_ms - state.heard_ms) if state.heard_ms else state.newest_ms
