"""A patient's state: everything that the next event needs, of a size that does not grow with the stay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from models.alarms.episodes import Episode
from models.scores.news2 import MIN_AGE_YEARS
from models.treatment.facts import ActiveAlarm, Drug, Gene, Lesion, Pathology
from schemas.labs import ANALYTES
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
    """What admission data say, as far as scores and forecasts ask; None and NaN are unknown."""

    admitted_ms: int | None = None
    hours_from_hospital_to_icu: float = float("nan")
    age_years: float = float("nan")
    sex: str | None = None
    unit: str | None = None
    spo2_scale: int = 1
    allergies: tuple[str, ...] | None = None

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


@dataclass(slots=True)
class PatientState:
    """One patient. Arrays are replaced, never written into, once they are in a state.

    value     [11] the latest valid measurement of each of COLUMNS, NaN before the first
    value_ms  [11] when it was measured, event time in ms since 1970, 0 before the first
    risk      [S]  the risk model's state before the open hour, None before the first forecast
    """

    revision: int = 0
    positions: dict[str, int] = field(default_factory=dict)  # "topic/partition" -> the next offset to apply
    counts: dict[str, int] = field(default_factory=dict)  # topic -> records applied
    flagged: dict[str, int] = field(default_factory=dict)  # late, doubled, off, implausible ... -> how many
    stay: Stay = field(default_factory=Stay)
    newest_ms: int = 0
    origin_ms: int = 0  # start of hour 1
    value: NDArray[np.float64] = field(default_factory=lambda: _unmeasured(len(COLUMNS)))
    value_ms: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(COLUMNS), np.int64))
    labs: dict[str, tuple[float, int]] = field(default_factory=dict)  # analyte -> value, event time in ms
    open_bin: Bin = field(default_factory=Bin)
    waiting: list[tuple[int, int, list[float | None]]] = field(default_factory=list)  # closed hours without forecast
    episodes: dict[str, Episode] = field(default_factory=dict)  # condition -> its running episode
    alarms: dict[str, ActiveAlarm] = field(default_factory=dict)  # condition -> the alarm that is on
    genes: dict[str, Gene] = field(default_factory=dict)  # gene -> the latest result
    drugs: dict[str, Drug] = field(default_factory=dict)  # order -> the drug, ordered or being given
    lesions: dict[str, Lesion] = field(default_factory=dict)  # study -> the latest suspicious report on it
    pathology: dict[str, Pathology] = field(default_factory=dict)  # report -> what was read of it, the latest few
    suggested: dict[str, float] = field(default_factory=dict)  # key of a published proposal -> until when, in seconds
    risk: NDArray[np.float32] | None = None
    risk_version: str = ""


def _rows(named: Mapping[str, tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: list(row) for name, row in named.items()}


def to_fields(state: PatientState) -> dict[str, bytes]:
    """The state as it is stored: readable JSON, and the risk model's numbers as little-endian float32."""
    document: dict[str, Any] = {
        "positions": state.positions,
        "counts": state.counts,
        "flagged": state.flagged,
        "stay": state.stay,
        "newest_ms": state.newest_ms,
        "origin_ms": state.origin_ms,
        "value": state.value,
        "value_ms": state.value_ms,
        "labs": state.labs,
        "open_bin": state.open_bin,
        "waiting": state.waiting,
        "episodes": {condition: episode.as_row() for condition, episode in state.episodes.items()},
        "alarms": _rows(state.alarms),
        "genes": _rows(state.genes),
        "drugs": _rows(state.drugs),
        "lesions": _rows(state.lesions),
        "pathology": {report: read.as_row() for report, read in state.pathology.items()},
        "suggested": state.suggested,
        "risk_version": state.risk_version,
    }
    fields = {"state": orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)}
    fields["risk"] = b"" if state.risk is None else state.risk.astype("<f4").tobytes()
    return fields


def from_fields(revision: int, fields: dict[str, bytes]) -> PatientState:
    """The inverse of `to_fields`. Raises ValueError or KeyError when the stored state is not one of ours."""
    document = orjson.loads(fields["state"])
    stay, bin_ = document["stay"], document["open_bin"]
    nan = float("nan")
    return PatientState(
        revision=revision,
        positions=document["positions"],
        counts=document["counts"],
        flagged=document["flagged"],
        stay=Stay(
            admitted_ms=stay["admitted_ms"],
            hours_from_hospital_to_icu=nan if (hours := stay["hours_from_hospital_to_icu"]) is None else hours,
            age_years=nan if (age := stay["age_years"]) is None else age,
            sex=stay["sex"],
            unit=stay["unit"],
            spo2_scale=stay["spo2_scale"],
            allergies=None if (allergies := stay["allergies"]) is None else tuple(allergies),
        ),
        newest_ms=document["newest_ms"],
        origin_ms=document["origin_ms"],
        value=np.array(document["value"], np.float64),
        value_ms=np.array(document["value_ms"], np.int64),
        labs={name: (value, at_ms) for name, (value, at_ms) in document["labs"].items()},
        open_bin=Bin(
            total=np.array(bin_["total"], np.float64),
            count=np.array(bin_["count"], np.int64),
            labs=np.array(bin_["labs"], np.float64),
        ),
        waiting=[(hour, end_ms, row) for hour, end_ms, row in document["waiting"]],
        episodes={condition: Episode.from_row(row) for condition, row in document["episodes"].items()},
        alarms={condition: ActiveAlarm(*row) for condition, row in document["alarms"].items()},
        genes={gene: Gene(*row) for gene, row in document["genes"].items()},
        drugs={order: Drug(*row) for order, row in document["drugs"].items()},
        lesions={study: Lesion(*row) for study, row in document["lesions"].items()},
        # A state that was stored before reports were read has none.
        pathology={report: Pathology.from_row(row) for report, row in document.get("pathology", {}).items()},
        suggested=document["suggested"],
        risk=np.frombuffer(fields["risk"], "<f4").astype(np.float32) if fields.get("risk") else None,
        risk_version=document["risk_version"],
    )
