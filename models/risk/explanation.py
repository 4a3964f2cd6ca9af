"""Why a forecast is what it is: each known input is forgotten in turn, and what that moves the score is its part.

Shapes: I inputs, S floats of state, J known inputs.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.risk.features import RunningFeatures

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Driver:
    """One input's part in a forecast: last value, its age, and how far it moved the score (log odds; + is riskier)."""

    name: str
    unit: str
    value: float
    age_h: float
    contribution: float


def drivers(
    features: RunningFeatures, score: Callable[[Floats, Floats], Floats], state: Floats, bins: Floats, top: int
) -> list[Driver]:
    """Return the `top` inputs that moved the score most, of one patient: state [1, S] before the bin, bins [1, I].

    Occlusion: the state and the bin are repeated once per known input with that input never measured, and scored in
    one batch. What the LSTM remembers of earlier hours stays, so this explains the present hour.
    """
    after = features.advance(state[:, : features.size], bins)
    value, age_h = features.known(after)
    inputs = np.flatnonzero(~np.isnan(value[0]))
    before, now = np.repeat(state, len(inputs) + 1, axis=0), np.repeat(bins, len(inputs) + 1, axis=0)
    for row, at in enumerate(inputs, start=1):
        features.forget(before[row], int(at))
        now[row, at] = np.nan
    scores = score(before, now)
    part = scores[0] - scores[1:]  # [J]
    strongest = np.argsort(-np.abs(part), kind="stable")[:top]
    return [
        Driver(
            name=features.inputs[inputs[at]].name,
            unit=features.inputs[inputs[at]].unit,
            value=float(value[0, inputs[at]]),
            age_h=float(age_h[0, inputs[at]]),
            contribution=float(part[at]),
        )
        for at in strongest
    ]
