"""MEWS, the Modified Early Warning Score: its chart, and the points of frames by it. Shapes: n frames.

Source: Subbe, Kruger, Rutherford, Gemmel, Validation of a modified Early Warning Score in medical admissions, QJM 94
(2001) 521-526, doi:10.1093/qjmed/94.10.521, its chart read in a copy. Five points or more went with death and intensive
care there. Nothing is imputed: a missing parameter adds no points, and the sum is then a lower bound.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from models.scores.news2 import LEVELS
from schemas.vitals import NUMERICS

Floats = npt.NDArray[np.float64]

# fmt: off
# Of each parameter the values from which on the next number of points holds; the first number holds below the first.
CHART: Final[dict[str, tuple[tuple[float, ...], tuple[int, ...]]]] = {
    #                            from                              points
    "systolic_mmhg":            ((71, 81, 101, 200),               (3, 2, 1, 0, 2)),
    "heart_rate_bpm":           ((41, 51, 101, 111, 130),          (2, 1, 0, 1, 2, 3)),
    "respiratory_rate_per_min": ((9, 15, 21, 30),                  (2, 0, 1, 2, 3)),
    "temperature_celsius":      ((35.0, 38.5),                     (2, 0, 2)),
}
# fmt: on
CONSCIOUSNESS: Final = {"alert": 0, "confusion": 1, "voice": 1, "pain": 2, "unresponsive": 3}
"""Alert, to voice, to pain, unresponsive; the chart does not know confusion, which counts here as answering to voice:
ours, since who is newly confused is not well."""
MOST: Final = (*(max(of_cells) for _, of_cells in CHART.values()), 3)
"""The most points of each parameter, in the order of `points`."""
_CONSCIOUSNESS_POINTS: Final = np.array([CONSCIOUSNESS[level] for level in LEVELS], np.float64)
_CONSCIOUSNESS_COLUMN: Final = len(NUMERICS) + 1  # of the columns of a frame: after oxygen


def points(values: Floats) -> Floats:
    """Points [n, 5] of frames [n, 11] with columns as in `state.COLUMNS`, NaN where nothing is known.

    Values are rounded to the chart's resolution first, halves upwards, as those of NEWS2 are.
    """
    found = []
    for name, (starts, of_cells) in CHART.items():
        column = values[:, NUMERICS.index(name)]
        scale = 10.0 if name == "temperature_celsius" else 1.0
        units = np.floor(column * scale + 0.5 + 1e-9)
        cell = np.searchsorted(np.array(starts) * scale, np.nan_to_num(units), side="right")
        found.append(np.where(np.isnan(column), np.nan, np.array(of_cells, np.float64)[cell]))
    level = values[:, _CONSCIOUSNESS_COLUMN]
    awake = _CONSCIOUSNESS_POINTS[np.nan_to_num(level).astype(np.int64)]
    found.append(np.where(np.isnan(level), np.nan, awake))
    return np.stack(found, axis=1)
