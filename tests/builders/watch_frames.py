"""Builders for the tests of the watch path: frames, states and a risk model that can be told to fail."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.risk.model import Driver, ModelError, RiskOutput
from models.watch.advance import Advanced, Timing, advance_frames
from models.watch.forecast import Forecaster, Forecasts, forecast
from models.watch.frames import Frames
from models.watch.react import Reaction, react
from models.watch.state import COLUMNS, PatientState

START_MS: Final = 1_790_000_000_000 - 1_790_000_000_000 % 3_600_000
LATENESS_MS: Final = 30_000
FORECAST_EVERY_MS: Final = 300_000
TIMING: Final = Timing(LATENESS_MS, FORECAST_EVERY_MS)
WELL: Final = {
    "heart_rate_bpm": 72.0,
    "respiratory_rate_per_min": 15.0,
    "spo2_percent": 98.0,
    "systolic_mmhg": 122.0,
    "mean_arterial_mmhg": 88.0,
    "diastolic_mmhg": 71.0,
    "temperature_celsius": 36.8,
    "on_oxygen": 0.0,
    "consciousness": 0.0,
}
"""A patient without a single NEWS2 point."""

Frame = tuple[int, float, dict[str, float]]  # patient, seconds after START_MS, what was measured


class Sent(NamedTuple):
    """A frame with its device, its running number, and when it arrived, seconds after START_MS."""

    patient: int
    after_s: float
    measured: dict[str, float]
    device: str = ""
    sequence: int = -1
    arrived_s: float | None = None


def frames(rows: Sequence[Frame | Sent]) -> Frames:
    """Frames in order of arrival; one that does not say when it arrived did so at its time."""
    sent = [Sent(*row) for row in rows]
    devices = tuple(dict.fromkeys(one.device for one in sent)) or ("",)
    values = np.full((len(rows), len(COLUMNS)), np.nan)
    for at, one in enumerate(sent):
        for name, value in one.measured.items():
            values[at, COLUMNS.index(name)] = value
    arrived_s = [one.after_s if one.arrived_s is None else one.arrived_s for one in sent]
    return Frames(
        patient=np.array([one.patient for one in sent], np.int64),
        time_ms=np.array([START_MS + round(1000 * one.after_s) for one in sent], np.int64),
        values=values,
        arrived_ms=np.array([START_MS + round(1000 * at_s) for at_s in arrived_s], np.int64),
        device=np.array([devices.index(one.device) for one in sent], np.int64),
        sequence=np.array([one.sequence for one in sent], np.int64),
        devices=devices,
    )


def names_of(states: Sequence[PatientState]) -> list[str]:
    """p-1, p-2, ..."""
    return [f"p-{number}" for number in range(1, len(states) + 1)]


def advanced(states: Sequence[PatientState], rows: Sequence[Frame | Sent], model: Forecaster | None = None) -> Advanced:
    """What follows from frames: of patients p-1, p-2, ..."""
    return advance_frames(names_of(states), states, frames(rows), model, TIMING)


def reacted(states: Sequence[PatientState], rows: Sequence[Frame | Sent]) -> Reaction:
    """The reaction to frames among which no patient begins a second stay."""
    return react(states, frames(rows), LATENESS_MS, FORECAST_EVERY_MS)


class CountingModel:
    """A forecaster whose state counts the hours and adds up the heart rates that it was shown."""

    version = "counting-1"
    data_version = "none"
    horizon_h = 6.0
    silent_because: str | None = None

    def __init__(self, poison_bpm: float | None = None, *, broken: bool = False) -> None:
        self.poison_bpm = poison_bpm
        self.broken = broken
        self.steps = 0

    def blank(self, patients: int) -> NDArray[np.float32]:
        """Nothing was seen."""
        return np.zeros((patients, 2), np.float32)

    def step(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> tuple[NDArray[np.float32], RiskOutput]:
        """Count on."""
        self.steps += 1
        heart_rate = np.nan_to_num(bins[:, 0])
        if self.broken or (self.poison_bpm is not None and (heart_rate == self.poison_bpm).any()):
            message = "told to fail"
            raise ModelError(message)
        after = state + np.stack([np.ones(len(state)), heart_rate], axis=1).astype(np.float32)
        risk = np.clip(after[:, 1] / 1000, 0, 1).astype(np.float32)
        return after, RiskOutput(probability=risk, alarm=risk > 0.5, abstained=after[:, 0] < 2)

    def explain_further(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> list[list[list[Driver]]]:
        """Nothing is forecast beside the outcome."""
        del bins
        return [[] for _ in state]

    def explain(self, state: NDArray[np.float32], bins: NDArray[np.float32], top: int = 5) -> list[list[Driver]]:
        """The heart rate, always."""
        del state, top
        return [[Driver("heart_rate_bpm", "/min", float(row[0]), 0.0, 1.0)] for row in bins]


def forecasts(model: CountingModel, reaction: Reaction) -> Forecasts:
    """Make what is due."""
    return forecast(model, reaction.states, reaction.due)
