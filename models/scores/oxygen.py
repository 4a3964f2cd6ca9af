"""Does the patient breathe supplemental oxygen? What a person charted and what a device measures, the newer one."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.vitals import NUMERICS, OBSERVED

OXYGEN_FROM_FRACTION: Final = 0.22
"""Inspired oxygen from here on is more than room air (0.21 in whole per cent). Ours; NEWS2 asks for any supplement."""

_COLUMNS: Final = (*NUMERICS, *OBSERVED)
_CHARTED, _FRACTION = _COLUMNS.index("on_oxygen"), _COLUMNS.index("fio2_fraction")


class Breathing(NamedTuple):
    """`on` float64 [n]: 1 with supplemental oxygen, 0 air, NaN unknown; `since_ms` int64 [n]: when that was found."""

    on: npt.NDArray[np.float64]
    since_ms: npt.NDArray[np.int64]


def breathing(values: npt.NDArray[np.float64], values_ms: npt.NDArray[np.int64]) -> Breathing:
    """From the latest values [n, 11] and when each was measured: of two that disagree at one moment, oxygen counts."""
    charted, fraction = values[:, _CHARTED], values[:, _FRACTION]
    charted_ms, fraction_ms = values_ms[:, _CHARTED], values_ms[:, _FRACTION]
    enriched = np.where(np.isnan(fraction), np.nan, fraction >= OXYGEN_FROM_FRACTION)
    newer = (fraction_ms > charted_ms) | ((fraction_ms == charted_ms) & (enriched > 0)) | np.isnan(charted)
    measured = newer & ~np.isnan(fraction)
    return Breathing(np.where(measured, enriched, charted), np.where(measured, fraction_ms, charted_ms))
