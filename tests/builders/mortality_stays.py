"""Small synthetic stays in the form of the 2012 challenge."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from models.risk.lab.mortality.data import read_stays
from models.risk.lab.stays import Stays

Sample = tuple[str, str, float]
"""Time, parameter, value."""

ADMITTED: tuple[Sample, ...] = (
    ("00:00", "RecordID", 1.0),
    ("00:00", "Age", 60.0),
    ("00:00", "Gender", 1.0),
    ("00:00", "Height", -1.0),
    ("00:00", "ICUType", 3.0),
    ("00:00", "Weight", 80.0),
)


def write_samples(file: Path, stays: Mapping[int, Iterable[Sample]]) -> Path:
    """Write these samples of these records to one parquet file."""
    rows = [(record, *sample) for record, samples in stays.items() for sample in samples]
    file.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=["record_id", "time", "parameter", "value"]).to_parquet(file, index=False)
    return file


def write_outcomes(file: Path, died: dict[int, int], **points: list[float]) -> Path:
    """Write who died, and points of severity."""
    pd.DataFrame({"RecordID": list(died), **points, "In-hospital_death": list(died.values())}).to_csv(file, index=False)
    return file


def a_record(folder: Path, *samples: Sample) -> Stays:
    """One stay of these samples beside those of admission."""
    return read_stays(write_samples(folder / "set_x.parquet", {7: [*ADMITTED, *samples]}))


def many_records(folder: Path, count: int = 120) -> Path:
    """`count` random stays, every fourth of them fatal; the coma is deeper and the pulse faster before death."""
    rng = np.random.default_rng(count)
    stays: dict[int, list[Sample]] = {}
    died = {}
    for number in range(1000, 1000 + count):
        died[number] = int(number % 4 == 0)
        samples = [("00:00", "Age", 40.0 + number % 50), ("00:00", "Gender", float(number % 2))]
        samples += [("00:00", "ICUType", 1.0 + number % 4), ("00:00", "Weight", 75.0)]
        for hour in range(0, 48, 3):
            time = f"{hour:02d}:{rng.integers(0, 60):02d}"
            samples.append((time, "HR", float(rng.normal(85 + 20 * died[number], 8))))
            samples.append((time, "GCS", float(rng.integers(3, 9) if died[number] else rng.integers(9, 16))))
            samples.append((time, "NISysABP", float(rng.normal(115, 10))))
        stays[number] = samples
    write_samples(folder / "set_x.parquet", stays)
    write_outcomes(folder / "outcomes_x.csv", died, SOFA=[4.0 + 6 * one for one in died.values()])
    return folder
