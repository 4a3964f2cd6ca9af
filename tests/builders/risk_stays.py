"""Small synthetic ICU stays in the challenge's form, and a small model to run over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.stays import Stays
from models.risk.plausible import COLUMNS

Column = float | Sequence[float] | Sequence[str] | NDArray[np.floating[Any]]
MEASURED = COLUMNS.index("Age")  # columns before it are measured, the others known


def a_stay(hours: int = 8, *, onset_label: int | None = None, **values: Column) -> pd.DataFrame:
    """One stay, hours 1 to `hours`; labelled from row `onset_label` on; `values` replace whole columns."""
    table = pd.DataFrame(np.nan, index=range(hours), columns=list(COLUMNS))
    known: dict[str, Column] = {"HR": np.arange(hours) + 80.0, "Age": 60.0, "Gender": 1.0, "Unit1": 0.0, "Unit2": 1.0}
    known["SepsisLabel"] = [int(onset_label is not None and hour >= onset_label) for hour in range(hours)]
    known |= {"HospAdmTime": -3.0, "ICULOS": np.arange(hours) + 1.0}
    for name, column in (known | values).items():
        table[name] = column
    return table


def write_psv(folder: Path, **stays: pd.DataFrame) -> Path:
    """Write each stay to its own .psv file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in stays.items():
        table.to_csv(folder / f"{name}.psv", sep="|", index=False, na_rep="NaN")
    return folder


def write_parquet(file: Path, **stays: pd.DataFrame) -> Path:
    """Write the stays to one parquet file."""
    pd.concat([table.assign(patient_id=name) for name, table in stays.items()]).to_parquet(file, index=False)
    return file


def many_stays(folder: Path, count: int = 60, first: int = 0) -> Stays:
    """`count` random stays, every third septic, in two hospitals; the heart races before sepsis."""
    rng = np.random.default_rng(first)
    for number in range(first, first + count):
        hours = int(rng.integers(6, 60))
        onset = max(hours - 9, 0) if number % 3 == 0 else None
        beats = 80 + rng.normal(0, 8, hours)
        if onset is not None:
            beats[max(onset - 4, 0) :] += 30
        beats[rng.random(hours) < 0.3] = np.nan
        unit = float(rng.integers(0, 2))
        stay = a_stay(hours, onset_label=onset, HR=beats, Resp=16 + rng.normal(0, 2, hours), Age=30.0 + number % 60)
        stay = stay.assign(Gender=float(number % 2), Unit1=unit, Unit2=1 - unit)
        write_psv(folder / f"hospital_{'ab'[number % 2]}", **{f"p{number:04d}": stay})
    return read_stays(folder)


@dataclass(frozen=True)
class FakeOutput:
    """One hour's answers, [B]."""

    probability: NDArray[np.float32]
    alarm: NDArray[np.bool_]
    abstained: NDArray[np.bool_]


class HeartRateModel:
    """Carries a running mean of the heart rate and the hours stepped; the risk rises with both."""

    version = "fake-1"
    data_version = "none"
    horizon_h = 6.0

    def blank(self, patients: int) -> NDArray[np.float32]:
        """State [B, 2]: mean heart rate (NaN = none yet), hours stepped."""
        return np.tile(np.array([np.nan, 0.0], dtype=np.float32), (patients, 1))

    def step(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> tuple[NDArray[np.float32], FakeOutput]:
        """Advance each patient by itself."""
        beats = bins[:, 0]
        mean = np.where(np.isnan(state[:, 0]), beats, np.where(np.isnan(beats), state[:, 0], (state[:, 0] + beats) / 2))
        after = np.stack([mean, state[:, 1] + 1], axis=1).astype(np.float32)
        score = np.where(np.isnan(mean), -4.0, (mean - 110) / 8 + after[:, 1] / 100)
        risk = (1 / (1 + np.exp(-score))).astype(np.float32)
        return after, FakeOutput(risk, risk >= 0.3, np.isnan(mean))
