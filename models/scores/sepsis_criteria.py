"""The criteria of SIRS and of qSOFA, one column each: 1 fulfilled, 0 not, NaN not known. Shapes: n frames.

SIRS: Bone and others, Chest 101 (1992) 1644-1655, doi:10.1378/chest.101.6.1644, without its criterion of immature
cells, which no record carries. qSOFA: Singer and others, JAMA 315 (2016) 801-810, doi:10.1001/jama.2016.0287. Two
criteria or more count in both. Both recalled. The Surviving Sepsis Campaign 2021 advises against qSOFA as the only
screen (doi:10.1007/s00134-021-06506-y).
"""

import numpy as np
import numpy.typing as npt

from models.scores.news2 import LEVELS
from schemas.vitals import NUMERICS

Floats = npt.NDArray[np.float64]
_RATE, _BREATHS, _TEMPERATURE, _SYSTOLIC = (
    NUMERICS.index(name)
    for name in ("heart_rate_bpm", "respiratory_rate_per_min", "temperature_celsius", "systolic_mmhg")
)
_CONSCIOUSNESS = len(NUMERICS) + 1
_ALERT = LEVELS.index("alert")


def sirs(values: Floats, paco2_mmhg: Floats, wbc_10e3_per_ul: Floats) -> Floats:
    """Fulfilled [n, 4] of frames [n, 11], carbon dioxide and white cells [n]."""
    temperature, breaths = values[:, _TEMPERATURE], values[:, _BREATHS]
    return np.stack(
        [
            _either(temperature > 38, temperature < 36, np.isnan(temperature)),  # noqa: PLR2004 - the criteria
            np.where(np.isnan(values[:, _RATE]), np.nan, values[:, _RATE] > 90),  # noqa: PLR2004 - likewise
            _either(breaths > 20, paco2_mmhg < 32, np.isnan(breaths) & np.isnan(paco2_mmhg)),  # noqa: PLR2004 - likewise
            _either(wbc_10e3_per_ul > 12, wbc_10e3_per_ul < 4, np.isnan(wbc_10e3_per_ul)),  # noqa: PLR2004 - likewise
        ],
        axis=1,
    )


def qsofa(values: Floats) -> Floats:
    """Fulfilled [n, 3] of frames [n, 11]."""
    breaths, systolic, level = values[:, _BREATHS], values[:, _SYSTOLIC], values[:, _CONSCIOUSNESS]
    return np.stack(
        [
            np.where(np.isnan(breaths), np.nan, breaths >= 22),  # noqa: PLR2004 - the criteria
            np.where(np.isnan(systolic), np.nan, systolic <= 100),  # noqa: PLR2004 - likewise
            np.where(np.isnan(level), np.nan, level > _ALERT),
        ],
        axis=1,
    )


def _either(one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_], unknown: npt.NDArray[np.bool_]) -> Floats:
    return np.where(unknown, np.nan, (one | other).astype(np.float64))
