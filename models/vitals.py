"""Tell usable numbers of a monitor from those of a sensor that is off and from impossible ones.

Shapes: n frames, 9 columns as in NUMERICS. A number that cannot be used becomes NaN, which means "not measured"; it is
never clipped, filled or guessed. The limits stand beside those of two public benchmarks: MIMIC-III benchmark
(doi:10.1038/s41597-019-0103-9, resources/variable_ranges.csv) and HiRID-ICU-Benchmark (arXiv:2111.08536,
preprocessing/resources/varref.tsv). Neither is a standard; the choice between them is ours.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.vitals import NUMERICS

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.uint8]

OFF: Final = 1
"""The monitor says that the sensor is off: it sent 0 or -999."""
IMPLAUSIBLE: Final = 2
"""The value lies outside the hard limits and was rejected."""
SUSPECT: Final = 4
"""The value lies outside the soft limits, or a mean pressure far from what systolic and diastolic say. It was kept."""
INCONSISTENT: Final = 8
"""The pressures contradict each other: diastolic < mean < systolic does not hold. All of them were rejected."""

SENSOR_OFF: Final = (0.0, -999.0)
"""The numbers that mean "sensor off" for every vital sign, by the contract of the topic `vitals`; monitors write both.

Heart rate, respiratory rate and end-tidal CO2 can truly be 0, in asystole and apnoea. A monitor tells these by an alarm
of its own, and its bare 0 cannot be told from a lead that fell off. So, and this is ours, a 0 is never scored as a
value and never passed over either: it raises `sensor-off:heart_rate` or `sensor-off:respiratory_rate`, whose texts name
both possibilities.
"""


class Limits(NamedTuple):
    """The limits of one vital sign: hard ones reject, soft ones only flag. A value on a limit is inside it."""

    field: str
    hard_low: float
    hard_high: float
    soft_low: float
    soft_high: float
    source: str


# fmt: off
PLAUSIBLE: Final = (
    #      field                       hard         soft         benchmarks; the row's own limits are ours
    Limits("heart_rate_bpm",           0,    300,   20,   220,   "HiRID 0-300, MIMIC-III 0-350"),
    Limits("respiratory_rate_per_min", 0,    100,   0,    60,    "HiRID 0-45: too tight; MIMIC-III 0-300: too loose"),
    Limits("spo2_percent",             10,   100,   50,   100,   "HiRID 10-100, MIMIC-III 0-100"),
    Limits("systolic_mmhg",            10,   300,   40,   260,   "HiRID 10-300, MIMIC-III 0-375"),
    Limits("mean_arterial_mmhg",       10,   250,   30,   180,   "HiRID 10-200, MIMIC-III 14-330"),
    Limits("diastolic_mmhg",           10,   200,   20,   150,   "HiRID 10-175, MIMIC-III 0-375"),
    Limits("temperature_celsius",      25,   45,    32,   42,    "HiRID 25-45, MIMIC-III 26-45"),
    Limits("etco2_mmhg",               0,    150,   10,   100,   "HiRID 10-100"),
    # A fraction by contract: 21 to 100 is a percentage and is refused rather than divided, since 1 could be either.
    Limits("fio2_fraction",            0.2,  1.0,   0.2,  1.0,   "MIMIC-III 0.21-1, outliers beyond 0.2-1.1"),
)
# fmt: on

MEAN_PRESSURE_TOLERANCE: Final = 0.25
"""How far, as a share, the mean may lie from (systolic + 2 diastolic) / 3 before it is flagged. The estimate is the
usual rule of thumb; the quarter is ours, wide enough for waves of an odd shape."""

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
    """Return usable values and, for each number, what is wrong with it.

    Args:
        values: float64 [n, 9], columns as in NUMERICS, in the units that their names say; NaN where a frame has none.

    Returns:
        New arrays. What was NaN before stays NaN and carries no flag.
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
