"""NEWS2, the National Early Warning Score of the Royal College of Physicians (2017). Shapes: n frames, 7 parameters.

Source: Royal College of Physicians, National Early Warning Score (NEWS) 2: Standardising the assessment of
acute-illness severity in the NHS, London 2017, ISBN 978-1-86016-682-2, chart 1 and the table of responses. Nothing is
imputed: a missing parameter adds no points and widens the bounds.
"""

from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.vitals import NUMERICS

RULE: Final = "news2/2017.1"
"""The score and the edition of its chart; the number after the dot is our version of rounding and of MAX_AGE_S."""
EDITION: Final = "RCP NEWS2 2017"
MIN_AGE_YEARS: Final = 16
"""The college offers NEWS2 neither for children under 16 nor in pregnancy. Recalled from its report, not read again."""

PARAMETERS: Final = (
    "respiratory_rate_per_min",
    "spo2_percent",
    "on_oxygen",
    "systolic_mmhg",
    "heart_rate_bpm",
    "consciousness",
    "temperature_celsius",
)
"""The parameters in the order of the chart, which is the order of every array of points."""

BANDS: Final = ("low", "low-medium", "medium", "high")
LEVELS: Final = ("alert", "confusion", "voice", "pain", "unresponsive")

MISSING: Final = -1


class Cell(NamedTuple):
    """One cell of chart 1: `points` for values from `low` to `high`, both included, at the chart's resolution."""

    low: float
    high: float
    points: int


INF: Final = float("inf")
# fmt: off
CHART: Final[dict[str, tuple[Cell, ...]]] = {
    "respiratory_rate_per_min": (
        Cell(-INF, 8, 3), Cell(9, 11, 1), Cell(12, 20, 0), Cell(21, 24, 2), Cell(25, INF, 3)),
    "spo2_percent": (  # scale 1
        Cell(-INF, 91, 3), Cell(92, 93, 2), Cell(94, 95, 1), Cell(96, INF, 0)),
    "systolic_mmhg": (
        Cell(-INF, 90, 3), Cell(91, 100, 2), Cell(101, 110, 1), Cell(111, 219, 0), Cell(220, INF, 3)),
    "heart_rate_bpm": (
        Cell(-INF, 40, 3), Cell(41, 50, 1), Cell(51, 90, 0), Cell(91, 110, 1), Cell(111, 130, 2), Cell(131, INF, 3)),
    "temperature_celsius": (
        Cell(-INF, 35.0, 3), Cell(35.1, 36.0, 1), Cell(36.1, 38.0, 0), Cell(38.1, 39.0, 1), Cell(39.1, INF, 2)),
}
# Scale 2: only where a prescriber set the 88-92 % target for hypercapnic respiratory failure. Above that range the
# points depend on whether the patient breathes supplemental oxygen.
SPO2_SCALE2_ON_OXYGEN: Final = (
    Cell(-INF, 83, 3), Cell(84, 85, 2), Cell(86, 87, 1), Cell(88, 92, 0),
    Cell(93, 94, 1), Cell(95, 96, 2), Cell(97, INF, 3))
SPO2_SCALE2_ON_AIR: Final = (
    Cell(-INF, 83, 3), Cell(84, 85, 2), Cell(86, 87, 1), Cell(88, INF, 0))
AIR_OR_OXYGEN: Final = {False: 0, True: 2}
CONSCIOUSNESS: Final = {"alert": 0, "confusion": 3, "voice": 3, "pain": 3, "unresponsive": 3}

MAX_POINTS: Final = {
    "respiratory_rate_per_min": 3, "spo2_percent": 3, "on_oxygen": 2, "systolic_mmhg": 3,
    "heart_rate_bpm": 3, "consciousness": 3, "temperature_celsius": 3,
}

# How many seconds old a measurement may be and still count. Ours: the chart knows only whole sets of observations. A
# monitored vital sign is new every second, so ten minutes without one is no longer "now"; a cuff is inflated at least
# every hour where the table of responses asks for hourly monitoring; what a nurse observes holds for the longest
# interval that the table allows a patient who scores at all (1 to 4 points: every 4 to 6 hours).
MAX_AGE_S: Final = {
    "respiratory_rate_per_min": 600.0, "spo2_percent": 600.0, "on_oxygen": 6 * 3600.0, "systolic_mmhg": 3600.0,
    "heart_rate_bpm": 600.0, "consciousness": 6 * 3600.0, "temperature_celsius": 6 * 3600.0,
}


class Response(NamedTuple):
    """A row of the table of responses: what a band of the score asks for."""

    band: Literal["low", "low-medium", "medium", "high"]
    score: str
    monitoring: str
    response: str


RESPONSES: Final = (
    Response("low",        "0-4",        "at least every 12 hours at 0, every 4 to 6 hours at 1 to 4",
             "a registered nurse assesses the patient at 1 to 4 and decides on monitoring and escalation"),
    Response("low-medium", "3 in any single parameter", "at least every hour",
             "urgent review by the ward team, who decide whether to escalate"),
    Response("medium",     "5-6",        "at least every hour",
             "urgent assessment by a clinician or team with competence in acute illness, within the hour"),
    Response("high",       "7 or more",  "continuously",
             "emergency assessment within 30 minutes by a team with critical-care competence"),
)
# fmt: on
SCORE_MEDIUM: Final = 5
SCORE_HIGH: Final = 7
SINGLE_RED: Final = 3

Points = npt.NDArray[np.int8]

_TENTHS: Final = 10.0
_HALF_UP: Final = 0.5 + 1e-9  # 35.05 has no exact double; what is a half in decimals must round as one


class _Lookup(NamedTuple):
    """A row of the chart made ready for numpy.searchsorted."""

    starts: npt.NDArray[np.float64]
    points: Points
    scale: float


def _lookup(cells: tuple[Cell, ...], scale: float = 1.0) -> _Lookup:
    starts = np.array([round(cell.low * scale) for cell in cells[1:]], dtype=np.float64)
    return _Lookup(starts, np.array([cell.points for cell in cells], dtype=np.int8), scale)


_MEASURED: Final = tuple(
    (PARAMETERS.index(name), NUMERICS.index(name), _lookup(cells, _TENTHS if name == "temperature_celsius" else 1.0))
    for name, cells in CHART.items()
)
_SCALE2_ON_OXYGEN = _lookup(SPO2_SCALE2_ON_OXYGEN)
_SCALE2_ON_AIR = _lookup(SPO2_SCALE2_ON_AIR)
_SPO2_VALUE = NUMERICS.index("spo2_percent")
_SPO2, _OXYGEN, _CONSCIOUSNESS = (PARAMETERS.index(name) for name in ("spo2_percent", "on_oxygen", "consciousness"))
# Index -1 (unknown) reaches the last entry, which is MISSING.
_OXYGEN_POINTS = np.array([*AIR_OR_OXYGEN.values(), MISSING], dtype=np.int8)
_CONSCIOUSNESS_POINTS = np.array([*(CONSCIOUSNESS[level] for level in LEVELS), MISSING], dtype=np.int8)
_MAX_POINTS = np.array([MAX_POINTS[name] for name in PARAMETERS], dtype=np.int16)


def _score(values: npt.NDArray[np.float64], lookup: _Lookup) -> Points:
    """Points [n] of one parameter's values [n]; MISSING for NaN."""
    units = np.floor(values * lookup.scale + _HALF_UP)
    points = lookup.points[np.searchsorted(lookup.starts, units, side="right")]
    points[np.isnan(values)] = MISSING
    return points


def points(
    values: npt.NDArray[np.float64],
    on_oxygen: npt.NDArray[np.int8],
    consciousness: npt.NDArray[np.int8],
    scale2: npt.NDArray[np.bool_],
) -> Points:
    """Return the points of each parameter for the values that are valid now (MAX_AGE_S old at most).

    A value is rounded to the chart's resolution first (whole numbers; tenths for the temperature), halves upwards: 8.5
    breaths count as 9, 35.05 °C as 35.1. Then the chart leaves no gaps. How to round is our choice.

    Args:
        values: float64 [n, 9], columns as in NUMERICS; NaN where nothing valid is known.
        on_oxygen: int8 [n]; 1 for supplemental oxygen, 0 for air, -1 for unknown.
        consciousness: int8 [n]; an index into LEVELS, -1 for unknown.
        scale2: bool [n]; true where a prescriber set the 88-92 % target.

    Returns:
        int8 [n, 7] in the order of PARAMETERS; MISSING (-1) where nothing is known. On scale 2 a saturation of 93 or
        more is MISSING while it is unknown whether the patient breathes oxygen: it is worth 0 points on air and up to
        3 on oxygen.
    """
    result = np.empty((len(values), len(PARAMETERS)), dtype=np.int8)
    for parameter, column, lookup in _MEASURED:
        result[:, parameter] = _score(values[:, column], lookup)
    result[:, _OXYGEN] = _OXYGEN_POINTS[on_oxygen]
    result[:, _CONSCIOUSNESS] = _CONSCIOUSNESS_POINTS[consciousness]
    if scale2.any():
        spo2, breathing = values[scale2, _SPO2_VALUE], on_oxygen[scale2]
        with_oxygen, on_air = _score(spo2, _SCALE2_ON_OXYGEN), _score(spo2, _SCALE2_ON_AIR)
        undecided = np.where(with_oxygen == on_air, on_air, np.int8(MISSING))
        result[scale2, _SPO2] = np.where(breathing == 1, with_oxygen, np.where(breathing == 0, on_air, undecided))
    return result


class Totals(NamedTuple):
    """For each frame [n]: the sum of the known points, the most it could be, whether all are known, the band.

    The band is an index into BANDS.
    """

    total: npt.NDArray[np.int16]
    upper: npt.NDArray[np.int16]
    complete: npt.NDArray[np.bool_]
    band: npt.NDArray[np.int8]


def total(points: Points) -> Totals:
    """Sum up points, int8 [n, 7]. The band is that of the known points, which missing ones could only raise.

    Three points in a single parameter make the band low-medium at least, also where the sum alone would make it low.
    """
    missing = points == MISSING
    known = np.where(missing, np.int8(0), points)
    score = known.sum(axis=1, dtype=np.int16)
    upper = score + missing @ _MAX_POINTS
    red = (known == SINGLE_RED).any(axis=1)
    band = np.where(score >= SCORE_HIGH, 3, np.where(score >= SCORE_MEDIUM, 2, red)).astype(np.int8)
    return Totals(score, upper, ~missing.any(axis=1), band)
