"""What an hour costs: one step of the carried state, against running the whole window again.

Shapes: B patients.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.forecasting import Forecaster
from models.risk.plausible import COLUMNS

PATIENTS: Final = (1, 64, 1024)
WINDOW_H: Final = 48
_LEAST_S: Final = 0.5  # of measuring for each row
_SEED: Final = 2019


@dataclass(frozen=True)
class Speed:
    """Median time of one step for `patients` in one tensor, and of running their last WINDOW_H hours again."""

    patients: int
    step_ms: float
    window_ms: float

    @property
    def patients_per_s(self) -> float:
        """Patients advanced by an hour in a second."""
        return self.patients / self.step_ms * 1000


def measure(model: Forecaster) -> Iterator[Speed]:
    """Measure each of PATIENTS, on the model's device and this process's threads."""
    for patients in PATIENTS:
        state, bins = model.blank(patients), _bins(patients)
        state, _ = model.step(state, bins)  # the first call also pays for what is set up once
        steps = [_step_ms(model, state, bins)]
        began = time.perf_counter()
        while time.perf_counter() - began < _LEAST_S:
            steps.append(_step_ms(model, state, bins))
        yield Speed(patients, float(np.median(steps)), _window_ms(model, bins))


def _step_ms(model: Forecaster, state: NDArray[np.float32], bins: NDArray[np.float32]) -> float:
    began = time.perf_counter()
    model.step(state, bins)
    return (time.perf_counter() - began) * 1000


def _window_ms(model: Forecaster, bins: NDArray[np.float32]) -> float:
    """What a model without a carried state would pay for the same forecast."""
    began = time.perf_counter()
    state = model.blank(len(bins))
    for _ in range(WINDOW_H):
        state, _ = model.step(state, bins)
    return (time.perf_counter() - began) * 1000


def _bins(patients: int) -> NDArray[np.float32]:
    """Hourly bins [B, 40] of plausible vital signs; laboratory values are missing, as they mostly are."""
    random = np.random.default_rng(_SEED)
    bins = np.full((patients, len(COLUMNS)), np.nan, np.float32)
    typical = {"HR": 85, "O2Sat": 97, "Temp": 37, "SBP": 120, "MAP": 80, "DBP": 60, "Resp": 18, "Age": 62, "ICULOS": 20}
    for column, value in typical.items():
        bins[:, COLUMNS.index(column)] = value * (1 + 0.02 * random.standard_normal(patients))
    return bins
