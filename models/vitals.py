"""Tell usable numbers of a monitor from those of a sensor that is off and from impossible ones.

Shapes: n frames, 9 columns as in NUMERICS. A number that cannot be used becomes NaN, which means "not measured"; it is
never clipped, filled or guessed. One that a sensor could have read from a patient is kept apart as doubtful: it may
raise an alarm, though nothing is scored or forecast on it. The limits stand beside those of two public benchmarks:
MIMIC-III benchmark (doi:10.1038/s41597-019-0103-9, resources/variable_ranges.csv) and HiRID-ICU-Benchmark
(arXiv:2111.08536, preprocessing/resources/varref.tsv). Neither is a standard; the choice between them is ours.
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
"""The value lies outside the hard limits. It is not used, and doubtful where a sensor could have read it."""
SUSPECT: Final = 4
"""The value lies outside the soft limits, or the mean pressure is far from what systolic and diastolic say, or the
pressure has no pulse. It is kept.

Pressures without a pulse (all equal) are those of a continuous-flow assist device or ECMO, or of an arrest, so they
count (ISHLT guidelines for mechanical circulatory support 2013, doi:10.1016/j.healun.2012.09.013: the mean by line or
Doppler)."""
INCONSISTENT: Final = 8
"""The pressures contradict each other: diastolic <= mean <= systolic does not hold. All are doubtful, none is used."""

SENSOR_OFF: Final = (0.0, -999.0)
"""The numbers that mean "sensor off" for every vital sign, by the contract of the topic `vitals`; monitors write both.

Heart rate, respiratory rate and end-tidal CO2 can truly be 0, in asystole and apnoea, and a bare 0 cannot be told from
a lead that fell off. So, and this is ours, a 0 is never scored as a value and never passed over either: what else is
measured decides between a lead and an arrest, and where it does not, the graver reading alarms (models/watch/signs.py).
"""


class Limits(NamedTuple):
    """The limits of one vital sign: hard ones reject, soft ones only flag. A value on a limit is inside it.

    Outside `least` and `most` lies what no sensor reads from a patient in this unit, such as a temperature in degrees
    Fahrenheit: that is not even doubtful.
    """

    field: str
    least: float
    most: float
    hard_low: float
    hard_high: float
    soft_low: float
    soft_high: float
    source: str


# fmt: off
PLAUSIBLE: Final = (
    #      field                       sensor       hard         soft         benchmarks; the row's own limits are ours
    Limits("heart_rate_bpm",           0,    500,   0,    300,   20,   220,   "HiRID 0-300, MIMIC-III 0-350"),
    Limits("respiratory_rate_per_min", 0,    200,   0,    100,   0,    60,    "HiRID 0-45: tight; MIMIC-III 0-300"),
    Limits("spo2_percent",             0,    100,   10,   100,   50,   100,   "HiRID 10-100, MIMIC-III 0-100"),
    Limits("systolic_mmhg",            -20,  400,   10,   300,   40,   260,   "HiRID 10-300, MIMIC-III 0-375"),
    Limits("mean_arterial_mmhg",       -20,  400,   10,   250,   30,   180,   "HiRID 10-200, MIMIC-III 14-330"),
    Limits("diastolic_mmhg",           -20,  400,   10,   200,   20,   150,   "HiRID 10-175, MIMIC-III 0-375"),
    Limits("temperature_celsius",      10,   50,    25,   45,    32,   42,    "HiRID 25-45, MIMIC-III 26-45"),
    Limits("etco2_mmhg",               0,    200,   0,    150,   10,   100,   "HiRID 10-100"),
    # A fraction by contract: 21 to 100 is a percentage and is refused rather than divided, since 1 could be either.
    Limits("fio2_fraction",            0.2,  1.0,   0.2,  1.0,   0.2,  1.0,   "MIMIC-III 0.21-1, outlier 0.2-1.1"),
)
# fmt: on

MEAN_PRESSURE_TOLERANCE: Final = 0.25
"""How far, as a share, the mean may lie from (systolic + 2 diastolic) / 3 before it is flagged. The estimate is the
usual rule of thumb; the quarter is ours, wide enough for waves of an odd shape."""

if tuple(row.field for row in PLAUSIBLE) != NUMERICS:
    message = "the plausibility table must have the columns of NUMERICS, in their order"
    raise ValueError(message)

_LEAST = np.array([row.least for row in PLAUSIBLE])
_MOST = np.array([row.most for row in PLAUSIBLE])
_HARD_LOW = np.array([row.hard_low for row in PLAUSIBLE])
_HARD_HIGH = np.array([row.hard_high for row in PLAUSIBLE])
_SOFT_LOW = np.array([row.soft_low for row in PLAUSIBLE])
_SOFT_HIGH = np.array([row.soft_high for row in PLAUSIBLE])
_SYSTOLIC, _MEAN, _DIASTOLIC = (NUMERICS.index(f"{name}_mmhg") for name in ("systolic", "mean_arterial", "diastolic"))
_PRESSURES = slice(_SYSTOLIC, _DIASTOLIC + 1)


class Cleaned(NamedTuple):
    """What may be used of each number, and why the rest may not.

    values    float64 [n, 9], NaN where nothing usable was measured
    flags     uint8 [n, 9], say why; 0 where nothing was sent
    doubtful  float64 [n, 9], numbers that are not used and that a sensor may have read all the same; NaN elsewhere
    """

    values: Values
    flags: Flags
    doubtful: Values


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
    doubtful = np.full_like(values, np.nan)

    # Comparisons with NaN are false: a pressure that is not there contradicts nothing.
    systolic, mean, diastolic = usable[:, _SYSTOLIC], usable[:, _MEAN], usable[:, _DIASTOLIC]
    suspect[:, _MEAN] |= np.abs(3 * mean / (systolic + 2 * diastolic) - 1) > MEAN_PRESSURE_TOLERANCE
    suspect[:, _PRESSURES] |= (systolic == diastolic)[:, None] & ~np.isnan(usable[:, _PRESSURES])
    contradict = (diastolic > mean) | (mean > systolic) | (diastolic > systolic)

    flags = off * np.uint8(OFF) + outside * np.uint8(IMPLAUSIBLE) + suspect * np.uint8(SUSPECT)
    if outside.any():
        readable = outside & (values >= _LEAST) & (values <= _MOST)
        doubtful[readable] = values[readable]
    if contradict.any():
        pressures = usable[:, _PRESSURES]
        flags[:, _PRESSURES] |= (contradict[:, None] & ~np.isnan(pressures)) * np.uint8(INCONSISTENT)
        doubtful[contradict, _PRESSURES] = np.where(
            np.isnan(pressures[contradict]), doubtful[contradict, _PRESSURES], pressures[contradict]
        )
        pressures[contradict] = np.nan
    return Cleaned(usable, flags, doubtful)
