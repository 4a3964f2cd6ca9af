"""Events of the vital signs: which are there now, and which are forecast within how many hours.

An event is read from the hourly means of the vital signs alone, so that it is the same at every hospital, needs nobody
who reviews charts, and shows by itself whether a forecast of it came true. Shapes: n rows, I inputs, E events, H heads.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.risk.inputs import NAMES
from models.scores import news2
from schemas.vitals import NUMERICS

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

CARRIED_H: Final = 4
"""Ours: an hourly mean that is older says nothing of now; NEWS2 asks for observations every 4 to 6 hours at least."""
MEAN_PRESSURE_MMHG: Final = 65.0
"""Target of the mean arterial pressure: Evans et al., Surviving Sepsis Campaign 2021, recommendation 32."""
_EDGES: Final = 2
_LEAST_KNOWN: Final = 3  # of the five vital signs, for what counts points over several of them


class Event(NamedTuple):
    """What can happen: its name on the wire, and what it is in words."""

    name: str
    text: str


class Head(NamedTuple):
    """A forecast: which event, within how many hours. `text` says it in words."""

    event: int
    horizon_h: int

    @property
    def name(self) -> str:
        """The event's name."""
        return EVENTS[self.event].name

    @property
    def text(self) -> str:
        """What is forecast, in words."""
        return f"{EVENTS[self.event].text} within {self.horizon_h} h"


EVENTS: Final = (
    Event("mean-pressure-below-65", "mean arterial pressure below 65 mmHg over an hour"),
    Event("vital-signs-at-edge", "two or more vital signs at a three-point edge of NEWS2"),
    Event("news2-vital-signs-7", "7 or more points of NEWS2 by the five measured vital signs"),
    Event("spo2-at-edge", "SpO2 of 91 % or less over an hour"),
)
HEADS: Final = (Head(0, 4), Head(0, 8), Head(1, 8), Head(2, 8), Head(3, 8))

_SCORED: Final = tuple(name for name in news2.PARAMETERS if name in NAMES)
_SPO2: Final = news2.PARAMETERS.index("spo2_percent")


class Present(NamedTuple):
    """Which events are there [n, E], and of which that can be told at all [n, E]."""

    there: Bools
    known: Bools


def present(values: Floats) -> Present:
    """Tell which events there are, by values [n, I] that are CARRIED_H old at most; NaN = not known."""
    measured = np.full((len(values), len(NUMERICS)), np.nan)
    for name in _SCORED:
        measured[:, NUMERICS.index(name)] = values[:, NAMES.index(name)]
    unknown = np.full(len(values), -1, np.int8)
    points = news2.points(measured, unknown, unknown, np.zeros(len(values), np.bool_))
    enough = (points != news2.MISSING).sum(axis=1) >= _LEAST_KNOWN
    pressure = values[:, NAMES.index("mean_arterial_mmhg")]
    there = (
        pressure < MEAN_PRESSURE_MMHG,
        (points == news2.SINGLE_RED).sum(axis=1) >= _EDGES,
        news2.total(points).total >= news2.SCORE_HIGH,
        points[:, _SPO2] == news2.SINGLE_RED,
    )
    known = (~np.isnan(pressure), enough, enough, points[:, _SPO2] != news2.MISSING)
    return Present(np.stack(there, axis=1), np.stack(known, axis=1))
