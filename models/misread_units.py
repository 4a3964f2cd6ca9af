"""What is wrong with a number that no patient has, and in which unit it may have been sent.

A number outside the hard limits of `models/vitals.py` is never used as it is, and never divided or converted either:
which unit was meant can only be guessed. The guess is put into words for whoever has to mend the feed.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models.vitals import IMPLAUSIBLE, INCONSISTENT
from schemas.vitals import NUMERICS


class Misread(NamedTuple):
    """Numbers from `least` to `most` of these vital signs, if implausible, look like another unit."""

    fields: tuple[str, ...]
    least: float
    most: float
    words: str


_PRESSURES: Final = ("systolic_mmhg", "mean_arterial_mmhg", "diastolic_mmhg")
_NAMES: Final = {
    "heart_rate_bpm": "the heart rate",
    "respiratory_rate_per_min": "the respiratory rate",
    "spo2_percent": "SpO2",
    "systolic_mmhg": "the systolic pressure",
    "mean_arterial_mmhg": "the mean arterial pressure",
    "diastolic_mmhg": "the diastolic pressure",
    "temperature_celsius": "the temperature",
    "etco2_mmhg": "end-tidal CO2",
    "fio2_fraction": "the inspired oxygen",
}

# fmt: off
# All ours: what a living patient has, in the other unit (1 kPa = 7.50062 mmHg; F = 1.8 C + 32; K = C + 273.15).
MISREAD: Final = (
    Misread(("spo2_percent",), 0.01, 1.0, "SpO2 looks like a fraction, not per cent"),
    Misread(("temperature_celsius",), 77.0, 113.0, "the temperature looks like degrees Fahrenheit, not Celsius"),
    Misread(("temperature_celsius",), 298.0, 318.0, "the temperature looks like kelvin, not degrees Celsius"),
    Misread(("fio2_fraction",), 15.0, 100.0, "the inspired oxygen looks like per cent, not a fraction"),
    Misread(_PRESSURES, 1.3, 10.0, "a blood pressure looks like kPa, not mmHg"),
    Misread(_PRESSURES, 1_300.0, 40_000.0, "a blood pressure looks like pascal, not mmHg"),
    Misread(("etco2_mmhg",), 1_300.0, 20_000.0, "end-tidal CO2 looks like pascal, not mmHg"),
)
# fmt: on
WORDS: Final = (
    "every number is one that a patient can have",
    *(f"{_NAMES[field]} is what no patient has: look at the sensor and its unit" for field in NUMERICS),
    "systolic, mean and diastolic pressure contradict each other",
    *(one.words for one in MISREAD),
)
"""By number of the fault, 0 is none. A stored state holds these numbers: new ones come last."""
_CONTRADICT: Final = 1 + len(NUMERICS)
_FIRST_MISREAD: Final = _CONTRADICT + 1


def faults(values: npt.NDArray[np.float64], flags: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Return the number of the fault of each value.

    Args:
        values: float64 [n, 9] as they were sent, columns as in NUMERICS.
        flags: uint8 [n, 9] of `models.vitals.clean`.

    Returns:
        int64 [n, 9]; 0 where nothing is wrong, or nothing was sent.
    """
    outside = (flags & IMPLAUSIBLE) > 0
    found = np.where(outside, np.arange(1, 1 + len(NUMERICS)), 0)
    found[(flags & INCONSISTENT) > 0] = _CONTRADICT
    if outside.any():
        for number, one in enumerate(MISREAD, _FIRST_MISREAD):
            columns = [NUMERICS.index(field) for field in one.fields]
            looks_like = outside[:, columns] & (values[:, columns] >= one.least) & (values[:, columns] <= one.most)
            found[:, columns] = np.where(looks_like, number, found[:, columns])
    return found.astype(np.int64)


def contradicts(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether each fault is that pressures contradict each other."""
    found: npt.NDArray[np.bool_] = numbers == _CONTRADICT
    return found
