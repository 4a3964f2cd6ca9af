"""Scores and forecasts: what is computed from a patient's vital signs, laboratory results and admission data."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.wire import Code, Instant, Provenance, Pseudonym, Wire


class ScorePart(Wire):
    """One parameter of a score and the points that it brings."""

    parameter: Code = Field(description="A field of `vitals`, e.g. respiratory_rate_per_min.")
    value: float | str | None = Field(
        default=None,
        description="The latest measured value, in the unit of its name; for on_oxygen 1 or 0, for consciousness the "
        "level. Absent where none is known.",
    )
    points: int | None = Field(
        default=None, description="Points of this parameter. Absent where no value is known, or it is too old to count."
    )
    age_s: float | None = Field(default=None, description="Seconds from the value's measurement to the score's `time`.")


class EarlyWarningScore(Wire):
    """An early-warning score. Nothing is imputed: a parameter that is missing adds no points and widens the bounds.

    It is sent when it changes, and at least once in every quarter of an hour in which the patient sends frames.
    """

    id: UUID = Field(description="Identifier of this score. A score that is sent again has the same one.")
    patient: Pseudonym
    time: Instant = Field(description="Event time of the frame that led to it.")
    score: Literal["NEWS2"] = Field(
        description="The National Early Warning Score 2 of the Royal College of Physicians, 2017."
    )
    total: int = Field(description="Sum of the points that are known, 0 to 20; the same as `lower`.")
    lower: int = Field(description="The least that the score can be.")
    upper: int = Field(
        description="The most that the score can be: `total` and the most that missing parameters could add."
    )
    complete: bool = Field(description="True when all seven parameters are known.")
    band: Literal["low", "low-medium", "medium", "high"] = Field(
        description="Clinical risk by the known points: low 0 to 4, low-medium 3 in one parameter, medium 5 or 6, "
        "high 7 or more."
    )
    parts: tuple[ScorePart, ...] = Field(description="The seven parameters in the order of the chart.")
    missing: tuple[Code, ...] = Field(default=(), description="The parameters that have no points.")
    provenance: Provenance


class Driver(Wire):
    """An input that moved a forecast."""

    name: Code = Field(description="Name of the input, e.g. lactate_mmol_per_l.")
    value: float = Field(description="Its last known value, in `unit`.")
    unit: Code = Field(description="Its unit; 1 for a number without one.")
    age_h: float = Field(description="Hours since it was measured.")
    contribution: float = Field(
        description="How far it moved the score, in log odds: above 0 it raised the risk, below 0 it lowered it."
    )


class FurtherRisk(Wire):
    """The calibrated probability of what the vital signs themselves will show. It raises no alarm."""

    outcome: Code = Field(
        description="What is forecast: mean-pressure-below-65 (mean arterial pressure below 65 mmHg over an hour), "
        "vital-signs-at-edge (two or more at a three-point edge of NEWS2), news2-vital-signs-7 (7 or more points of "
        "NEWS2 by the five measured vital signs), spo2-at-edge (SpO2 of 91 % or less over an hour); more may follow."
    )
    horizon_h: float = Field(description="The horizon in hours, counted from the forecast's `time`.")
    probability: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Calibrated probability, 0 to 1, that it is there in one of these hours. Absent if abstained.",
    )
    abstained: bool = Field(description="True if there is no forecast.")
    abstained_because: str | None = Field(
        default=None, description="Why there is none: it is there now, or too few vital signs are known."
    )
    drivers: tuple[Driver, ...] = Field(
        default=(),
        description="The inputs that moved it most, the strongest first. Only of a closed hour, where the probability "
        "is among the highest.",
    )
    sentence: str | None = Field(default=None, description="The same in one English sentence, where there are drivers.")


class RiskForecast(Wire):
    """The calibrated probability that an outcome sets in within a horizon."""

    id: UUID = Field(description="Identifier of this forecast. A forecast that is sent again has the same one.")
    patient: Pseudonym
    time: Instant = Field(
        description="Event time of the forecast: the end of the hour if it is closed, else that of the latest frame."
    )
    outcome: Literal["sepsis"] = Field(
        description="What is forecast: sepsis by the definition of the PhysioNet/CinC 2019 challenge (Sepsis-3)."
    )
    horizon_h: float = Field(description="The horizon in hours, counted from `time`.")
    kind: Literal["closed", "provisional"] = Field(
        description="`closed`: made on a full hour, final; `provisional`: made within an hour that is still filling, "
        "and replaced by the next one."
    )
    hour: int = Field(description="The hour of the stay in intensive care on which it rests; the first one is 1.")
    probability: float = Field(
        ge=0,
        le=1,
        description="Calibrated probability, 0 to 1, that the outcome sets in within the horizon or has set in.",
    )
    alarm: bool = Field(
        description="True if the score is over the model's alarm threshold. False where the model abstained."
    )
    abstained: bool = Field(
        description="True if the model knows too little of the patient, or cannot tell. `probability` is no "
        "statement then."
    )
    abstained_because: str | None = Field(
        default=None,
        description="Why the model abstains for every patient here, in one English sentence: the hospital is not like "
        "those of its training, or not yet known. Absent where it does not.",
    )
    drivers: tuple[Driver, ...] = Field(
        default=(), description="The inputs that moved the score most, the strongest first. Only where it alarms."
    )
    sentence: str | None = Field(
        default=None, description="Why it alarms, in one English sentence. Only where it does."
    )
    further: tuple[FurtherRisk, ...] = Field(
        default=(), description="What the vital signs will show, forecast beside the outcome; it raises no alarm."
    )
    provenance: Provenance
