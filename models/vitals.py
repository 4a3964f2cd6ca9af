"""What a monitor's numbers may be: sensor off, impossible, doubtful. Shapes: n frames, 9 columns as in NUMERICS.

A number that cannot be used becomes NaN, which means "not measured"; it is never clipped, filled or guessed.
Source of the limits: reference/clinical.md B.6, which sets them beside those of the MIMIC-III benchmark (Harutyunyan
2019) and of HiRID (Hyland 2020). None of the two is a standard: the choice between them is ours.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.vitals import NUMERICS

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.uint8]

OFF: Final = 1
"""The monitor says that the sensor is off (0 or -999)."""
IMPLAUSIBLE: Final = 2
"""Outside the hard limits; rejected."""
SUSPECT: Final = 4
"""Outside the soft limits, or a mean pressure far from what systolic and diastolic say; kept."""
INCONSISTENT: Final = 8
"""Pressures that contradict each other (diastolic < mean < systolic does not hold); all of them rejected."""

SENSOR_OFF: Final = (0.0, -999.0)
"""For every vital, never a value (the contract of the topic `vitals`; recorded monitors write both).

Heart rate, respiratory rate and end-tidal CO2 can truly be 0: asystole, apnoea. A monitor says so with its own alarm,
and its bare 0 cannot be told from a lead that fell off (B.6: "needs corroboration"). So a 0 is never scored as a value,
and never passed over either: it raises `sensor-off:heart_rate` or `sensor-off:respiratory_rate`, whose texts say both.
"""


class Limits(NamedTuple):
    """Hard limits reject, soft limits only flag; a value on a limit is inside it."""

    field: str
    hard_low: float
    hard_high: float
    soft_low: float
    soft_high: float
    source: str


# fmt: off
PLAUSIBLE: Final = (
    #      field                       hard         soft         source
    Limits("heart_rate_bpm",           0,    300,   20,   220,   "B.6: HiRID 0-300, MIMIC-III benchmark 0-350"),
    Limits("respiratory_rate_per_min", 0,    100,   0,    60,    "B.6: HiRID 0-45, MIMIC-III 0-300: too loose"),
    Limits("spo2_percent",             10,   100,   50,   100,   "B.6: HiRID 10-100, MIMIC-III benchmark 0-100"),
    Limits("systolic_mmhg",            10,   300,   40,   260,   "B.6: HiRID 10-300, MIMIC-III benchmark 0-375"),
    Limits("mean_arterial_mmhg",       10,   250,   30,   180,   "B.6: HiRID 10-200, MIMIC-III benchmark 14-330"),
    Limits("diastolic_mmhg",           10,   200,   20,   150,   "B.6: HiRID 10-175, MIMIC-III benchmark 0-375"),
    Limits("temperature_celsius",      25,   45,    32,   42,    "B.6: HiRID 25-45, MIMIC-III benchmark 26-45"),
    Limits("etco2_mmhg",               0,    150,   10,   100,   "B.6: HiRID 10-100"),
    # A fraction by contract: 21 to 100 is a percentage, refused rather than divided, since 1 could be either.
    Limits("fio2_fraction",            0.2,  1.0,   0.2,  1.0,   "B.6: MIMIC-III benchmark 0.21-1 (0.2-1.1)"),
)
# fmt: on

MEAN_PRESSURE_TOLERANCE: Final = 0.25
"""How far, as a share, the mean may lie from (systolic + 2 diastolic) / 3 before it is flagged (B.6)."""

if tuple(row.field for row in PLAUSIBLE) != NUMERICS:
    message = "the plausibility table must have the columns of NUMERICS, in their order"
    raise ValueError(message)

_HARD_LOW = np.array([row.hard_low for row in PLAUSIBLE])
_HARD_HIGH = np.array([row.hard_high for row in PLAUSIBLE])
_SOFT_LOW = np.array([row.soft_low for row in PLAUSIBLE])
_SOFT_HIGH = np.array([row.soft_high for row in PLAUSIBLE])
_SYSTOLIC, _MEAN, _DIASTOLIC = (NUMERICS.index(f"{name}_mmhg") for name in ("systolic", "mean_arterial", "diastolic"))
_PRESSURES = slice(_SYSTOLIC, _DIASTOLIC + 1)


class Cleaned(NamedTuple):
    """`values` float64 [n, 9] with NaN where nothing usable was measured; `flags` uint8 [n, 9] say why."""

    values: Values
    flags: Flags


def clean(values: Values) -> Cleaned:
    """Tell usable numbers from the rest.

    Args:
        values: float64 [n, 9], columns as in NUMERICS, in their units; NaN where a frame says nothing.

    Returns:
        New arrays; what was NaN before stays NaN and carries no flag.
    """
    off = (values == SENSOR_OFF[0]) | (values == SENSOR_OFF[1])
    outside = ((values < _HARD_LOW) | (values > _HARD_HIGH)) & ~off
    usable = np.where(off | outside, np.nan, values)
    suspect = (usable < _SOFT_LOW) | (usable > _SOFT_HIGH)

    # Comparisons with NaN are false: a pressure that is not there contradicts nothing.
    systolic, mean, diastolic = usable[:, _SYSTOLIC], usable[:, _MEAN], usable[:, _DIASTOLIC]
    suspect[:, _MEAN] |= np.abs(3 * mean / (systolic + 2 * diastolic) - 1) > MEAN_PRESSURE_TOLERANCE
    contradict = (diastolic >= mean) | (mean >= systolic) | (diastolic >= systolic)

    flags = off * np.uint8(OFF) + outside * np.uint8(IMPLAUSIBLE) + suspect * np.uint8(SUSPECT)
    if contradict.any():
        pressures = usable[:, _PRESSURES]
        flags[:, _PRESSURES] |= (contradict[:, None] & ~np.isnan(pressures)) * np.uint8(INCONSISTENT)
        pressures[contradict] = np.nan
    return Cleaned(usable, flags)
