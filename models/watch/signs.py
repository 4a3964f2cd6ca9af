"""What a frame shows beside numbers that are too high or too low: arrest, apnoea, sensors off, devices that disagree.

A monitor shows 0 both for a heart that stopped and for a lead that fell off. What else is measured tells them apart: a
pulse oximeter that reads, or breath that carries carbon dioxide, speaks for the lead; an arterial line gone flat speaks
for the arrest, whatever the heart rate says. Where nothing tells, the graver reading counts. Shapes: m rows.
"""

from typing import Final

import numpy as np

from models import vitals
from models.alarms.rules import SENSORS
from models.misread_units import contradicts
from models.watch.columns import CHARTED_MS, Bools, Floats, Ints
from models.watch.frames import Rows
from schemas.vitals import NUMERICS

HEART_RATE, BREATHS, SPO2, SYSTOLIC, MEAN, DIASTOLIC, _, ETCO2, _ = range(len(NUMERICS))

# All ours, with what they are taken from.
SPO2_OF_A_CIRCULATION: Final = 50.0
"""Below it a reading is suspect (models/vitals.py); oximeters read something like it of a finger without a pulse."""
FLAT_PULSE_MMHG: Final = 5.0
FLAT_MEAN_MMHG: Final = 45.0
"""A line is flat with no more pulse than that under a mean that no patient lives with: the extreme of its limit."""
ETCO2_OF_A_BREATH: Final = 10.0
ETCO2_OF_NONE: Final = 3.0
READ_FOR: Final = 1.5
READ_AT_LEAST_MS: Final = 2_000
READ_AT_MOST_MS: Final = 90_000
"""A reading speaks for so many of its column's intervals; a monitor drops one that it can't measure any more."""
GONE_FOR: Final = 3
GONE_AT_LEAST_MS: Final = 60_000
GONE_AT_MOST_MS: Final = 3_600_000
"""A stream's number is gone when it has not come for so many of its intervals, and at least for so long. If it is
missed for the first time after the longer one, the stream had ended with the bed, which has an alarm of its own."""
STREAMS_MS: Final = np.array([300_000, 300_000, 300_000, 60_000, 300_000])
"""Of each of SENSORS: numbers that come at least so often are a stream, which is missed when it ends. A cuff is not."""
SHOCK_HEART_RATE_MS: Final = 60_000
SHOCK_PRESSURE_MS: Final = 900_000
"""How old a part of the shock index may be: a cuff is inflated every quarter of an hour."""
CONTRADICTION: Final = np.array([20.0, 6.0, 10.0, 20.0, 10.0])
"""Of each of SENSORS: two devices that differ by more contradict each other. 20/min: by what heart rate and pulse may
differ; 6 %: three times the accuracy of an oximeter (Arms 2 %, ISO 80601-2-61 allows 4)."""

_SENSOR_COLUMNS: Final = [NUMERICS.index(name) for _, name in SENSORS]


def signs(rows: Rows) -> tuple[dict[str, Floats], Bools]:
    """The inputs of rules on signs, by name: 1 there, 0 not there, between: undecided, NaN nothing is said [m].

    Also, for each of SENSORS, whether its number is gone [m, 5].
    """
    told = rows.told[:, : len(NUMERICS)]
    usable = ~np.isnan(rows.applied[:, : len(NUMERICS)])
    off = told & ((rows.flags & vitals.OFF) > 0)
    zero = off & rows.zero
    reads = _reads(rows)
    found = {
        "asystole": _asystole(rows, told, usable, zero, reads),
        "apnoea": _apnoea(rows, usable, zero, reads),
        "shock_index": _shock_index(rows, told),
        "signal_implausible": _implausible(rows, told),
        "frames_lost": np.where(rows.lost < 0, np.nan, rows.lost > 0),
    }
    gone = _gone(rows, told)
    contradicts = _contradicts(rows, usable)
    for at, (short, _) in enumerate(SENSORS):
        column = _SENSOR_COLUMNS[at]
        found[f"{short}_off"] = np.where(off[:, column] | gone[:, at], 1.0, np.where(usable[:, column], 0.0, np.nan))
        found[f"{short}_contradicts"] = contradicts[:, at]
    return found, gone


def _implausible(rows: Rows, told: Bools) -> Floats:
    """The number of a fault (models/misread_units.py) that a column's newest number has, the highest; 0 for none.

    It counts for as long as the number would be missed after. Pressures that contradict each other do in a stream
    alone: in what is charted they may be a slip of the pen, and are graded as doubtful.
    """
    measured = slice(len(NUMERICS))
    every_ms, waited_ms = rows.every_ms[:, measured], rows.now_ms[:, None] - rows.seen_ms[:, measured]
    lasts = (every_ms <= 0) | (waited_ms <= np.maximum(GONE_AT_LEAST_MS, GONE_FOR * every_ms))
    streamed = (every_ms > 0) & (every_ms <= CHARTED_MS)
    there = np.where(lasts & (streamed | ~contradicts(rows.fault)), rows.fault, 0)
    return np.where(told.any(axis=1), there.max(axis=1).astype(np.float64), np.nan)


def _reads(rows: Rows) -> Bools:
    """Whether each sensor's newest number is usable, and new enough to say how it is now [m, 9]."""
    every_ms = rows.every_ms[:, : len(NUMERICS)]
    lasts_ms = np.clip(READ_FOR * every_ms, READ_AT_LEAST_MS, READ_AT_MOST_MS)
    seen_ms, told_ms = rows.seen_ms[:, : len(NUMERICS)], rows.told_ms[:, : len(NUMERICS)]
    fresh: Bools = (told_ms > 0) & (rows.now_ms[:, None] - seen_ms <= lasts_ms)
    reads: Bools = fresh & (rows.current_ms[:, : len(NUMERICS)] == told_ms)
    return reads


def _asystole(rows: Rows, told: Bools, usable: Bools, zero: Bools, reads: Bools) -> Floats:
    systolic, mean, diastolic = (rows.graded[:, column] for column in (SYSTOLIC, MEAN, DIASTOLIC))
    flat = (systolic - diastolic <= FLAT_PULSE_MMHG) & (mean < FLAT_MEAN_MMHG)
    circulation = reads[:, SPO2] & (rows.current[:, SPO2] >= SPO2_OF_A_CIRCULATION)
    circulation &= ~(flat & zero[:, HEART_RATE] & ~told[:, SPO2])  # what was read before the heart stopped says nothing
    sign = np.where(usable[:, HEART_RATE], 0.0, np.nan)
    sign[flat & ~reads[:, HEART_RATE] & ~circulation] = 1.0
    return np.where(zero[:, HEART_RATE], np.where(circulation, 0.5, 1.0), sign)


def _apnoea(rows: Rows, usable: Bools, zero: Bools, reads: Bools) -> Floats:
    breath = reads[:, ETCO2] & (rows.current[:, ETCO2] >= ETCO2_OF_A_BREATH)
    none = zero[:, ETCO2] | (usable[:, ETCO2] & (rows.applied[:, ETCO2] <= ETCO2_OF_NONE))
    sign = np.where(usable[:, BREATHS], 0.0, np.nan)
    sign[none & ~reads[:, BREATHS]] = 1.0
    return np.where(zero[:, BREATHS], np.where(breath, 0.5, 1.0), sign)


def _shock_index(rows: Rows, told: Bools) -> Floats:
    heart_rate, systolic = rows.current[:, HEART_RATE], rows.current[:, SYSTOLIC]
    age_ms = rows.now_ms[:, None] - rows.current_ms[:, [HEART_RATE, SYSTOLIC]]
    known = (age_ms <= [SHOCK_HEART_RATE_MS, SHOCK_PRESSURE_MS]).all(axis=1)
    return np.where(known & told[:, [HEART_RATE, SYSTOLIC]].any(axis=1), heart_rate / systolic, np.nan)


def _gone(rows: Rows, told: Bools) -> Bools:
    every_ms = rows.every_ms[:, _SENSOR_COLUMNS]
    streams = (every_ms > 0) & (every_ms <= STREAMS_MS)
    waited_ms: Ints = rows.now_ms[:, None] - rows.seen_ms[:, _SENSOR_COLUMNS]
    missed: Bools = waited_ms > np.maximum(GONE_AT_LEAST_MS, GONE_FOR * every_ms)
    missed &= waited_ms <= GONE_AT_MOST_MS
    return streams & missed & ~told[:, _SENSOR_COLUMNS] & ~rows.first[:, None]


def _contradicts(rows: Rows, usable: Bools) -> Floats:
    found = np.full((len(rows.patient), len(SENSORS)), np.nan)
    at, low, high = rows.others
    if len(at):
        own = np.where(usable[at], rows.applied[at, : len(NUMERICS)], np.nan)[:, _SENSOR_COLUMNS]
        apart = np.fmax(np.abs(own - low[:, _SENSOR_COLUMNS]), np.abs(own - high[:, _SENSOR_COLUMNS]))
        found[at] = np.where(np.isnan(apart), np.nan, apart > CONTRADICTION)
    return found
