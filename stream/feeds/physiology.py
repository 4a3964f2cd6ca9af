"""Physiology of a simulated patient: smooth, correlated trajectories with a daily rhythm. Seeded and pure.

Shapes: T moments, V = 6 latent vital signs, in the order of `change` in stream/feeds/courses.py.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from stream.feeds.courses import AROUSAL, LABS, REST, Course

Floats = NDArray[np.float64]

_AROUSAL_MIN: Final = 20.0  # time constant of restlessness
_WARMEST_H: Final = 17.0
_WAVE_MIN: Final = 3.7  # slow waves of breathing, visible in the rates of a monitor that averages over a minute
_DRAW_TO_DRAW: Final = 0.25  # variation from draw to draw, as a share of that between persons
_LABS_LAG: Final = 0.06  # share of the stay by which laboratory values lag behind the vital signs


def severity(course: Course, share: Floats) -> Floats:
    """Return the severity, 0 to 1, at shares [T] of the stay; smooth, with slope 0 at every knot."""
    at, height = np.array(course.knots, dtype=np.float64).T
    right = np.clip(np.searchsorted(at, share, side="right"), 1, len(at) - 1)
    x = np.clip((share - at[right - 1]) / (at[right] - at[right - 1]), 0, 1)
    return np.asarray(height[right - 1] + (height[right] - height[right - 1]) * x * x * (3 - 2 * x), dtype=np.float64)


def latent(course: Course, share: Floats, minutes: Floats, hour_of_day: Floats, rng: np.random.Generator) -> Floats:
    """Return the latent vital signs [T, V] at equally spaced moments.

    share        [T] of the stay, 0 to 1
    minutes      [T] since the first moment
    hour_of_day  [T] 0 to 24
    """
    rest, between, within, constant_min, by_day = np.array(REST).T
    step_min = float(minutes[1] - minutes[0]) if len(minutes) > 1 else 1.0
    own = _wander(rng, len(minutes), np.exp(-step_min / constant_min)) * within
    arousal = _wander(rng, len(minutes), np.exp(-step_min / np.array([_AROUSAL_MIN]))) * np.array(AROUSAL)
    person = rest + rng.normal(size=len(rest)) * between
    day = np.cos((hour_of_day - _WARMEST_H) / 24 * 2 * np.pi)[:, None] * by_day
    wave = np.sin(minutes / _WAVE_MIN * 2 * np.pi)[:, None] * np.array([1.0, 0.8, 1.0, 0.5, 0.0, 0.0])
    ill = severity(course, share)[:, None] * np.array(course.change)
    values: Floats = person + day + own + arousal + wave + ill
    values[:, 4] = np.minimum(values[:, 4], 100)
    return values


def _wander(rng: np.random.Generator, moments: int, keep: Floats) -> Floats:
    """Return autoregressive noise [T, K] of standard deviation 1, with coefficients `keep` [K]."""
    noise = rng.normal(size=(moments, len(keep)))
    fresh = np.sqrt(1 - keep**2)
    for t in range(1, moments):
        noise[t] = keep * noise[t - 1] + fresh * noise[t]
    return noise


def pressures(mean_mmhg: Floats, pulse_mmhg: Floats) -> tuple[Floats, Floats]:
    """Return systolic and diastolic pressure by the usual rule: mean = diastolic + a third of the pulse pressure."""
    diastolic = mean_mmhg - pulse_mmhg / 3
    return diastolic + pulse_mmhg, diastolic


def laboratory(course: Course, share: float, person: Floats, rng: np.random.Generator) -> dict[str, float]:
    """Return the analytes of a draw at this share of the stay; `person` is the patient's deviation in sd."""
    ill = float(severity(course, np.array([max(0.0, share - _LABS_LAG)]))[0])
    results = {}
    for lab, own in zip(LABS, person.tolist(), strict=True):
        noise = (own + _DRAW_TO_DRAW * rng.normal()) * lab.sd
        value = lab.rest + noise + ill * (lab.full(course.name) - lab.rest)
        results[lab.analyte] = round(value, lab.decimals) + 0.0  # turns -0.0 into 0.0, as a laboratory prints it
    return results
