"""Forecasts of whole stays through the streaming path: one step per hour, the state carried, nothing looked ahead.

Shapes: P stays, T hours, B patients in one tensor, I inputs.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from models.risk.lab.data import Stays
from models.risk.lab.evaluation import Forecaster, Forecasts
from models.risk.lab.mortality.data import HOURS
from models.risk.lab.mortality.inputs import NAMES
from schemas.labs import ANALYTES
from schemas.vitals import NUMERICS

_PATIENTS_PER_TENSOR: Final = 2048
ADMITTED: Final = ("age_years", "sex_male", "unit_medical", "unit_surgical", "hours_in_icu")
"""What the stream's admission records tell."""
NOT_ON_THE_WIRE: Final = tuple(name for name in NAMES if name not in (*NUMERICS, *ANALYTES, *ADMITTED))
"""Inputs that no topic of the stream carries."""


def forecast(
    model: Forecaster,
    stays: Stays,
    on_rows: Callable[[int], None] = lambda _: None,
    without: tuple[str, ...] = (),
) -> Forecasts:
    """Run the model over every stay from its first hour to its last; forecasts [P * T] in the order of the rows.

    Inputs named in `without` are hidden. `on_rows` is told how many rows each step has answered.
    """
    bins = stays.columns.reshape(len(stays), HOURS, -1).copy()
    bins[:, :, [NAMES.index(name) for name in without]] = np.nan
    shape = (len(stays), HOURS)
    risk, alarm, abstained = np.empty(shape, np.float32), np.empty(shape, np.bool_), np.empty(shape, np.bool_)
    for begin in range(0, len(stays), _PATIENTS_PER_TENSOR):
        together = slice(begin, begin + _PATIENTS_PER_TENSOR)
        state = model.blank(len(bins[together]))
        for hour in range(HOURS):
            state, output = model.step(state, bins[together, hour])
            risk[together, hour], alarm[together, hour] = output.probability, output.alarm
            abstained[together, hour] = output.abstained
            on_rows(len(state))
    return Forecasts(risk.ravel(), alarm.ravel(), abstained.ravel())
