"""Scores and forecasts: what the watch path computes from a patient's stream."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.wire import Code, Instant, Provenance, Pseudonym, Wire


class ScorePart(Wire):
    """One parameter of a score; `points` is None where nothing valid was measured."""

    parameter: Code
    value: float | str | None = None
    points: int | None = None
    age_s: float | None = Field(default=None, description="how old the value is at the score's time")


class EarlyWarningScore(Wire):
    """An early-warning score. Nothing is imputed: what is missing widens the bounds."""

    id: UUID
    patient: Pseudonym
    time: Instant
    score: Literal["NEWS2"]
    total: int = Field(description="sum of the points that are known; equals `lower`")
    lower: int
    upper: int = Field(description="total plus the most that the missing parameters could add")
    complete: bool
    band: Literal["low", "low-medium", "medium", "high"] = Field(description="of the known points")
    parts: tuple[ScorePart, ...]
    missing: tuple[Code, ...] = ()
    provenance: Provenance


class Driver(Wire):
    """An input that moved a forecast; positive contribution raises the risk."""

    name: Code
    value: float
    unit: Code
    age_h: float
    contribution: float


class RiskForecast(Wire):
    """The calibrated probability of an outcome within a horizon."""

    id: UUID
    patient: Pseudonym
    time: Instant = Field(description="end of the bin if closed, else the frame that made it due")
    outcome: Literal["sepsis"]
    horizon_h: float
    kind: Literal["closed", "provisional"] = Field(description="provisional: the hour is still filling")
    hour: int = Field(description="hour in the unit, 1 is the first")
    probability: float = Field(ge=0, le=1)
    alarm: bool
    abstained: bool = Field(description="the model knows too little to speak")
    drivers: tuple[Driver, ...] = ()
    sentence: str | None = None
    provenance: Provenance
