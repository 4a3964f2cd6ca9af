"""The mortality model's results by hour and subgroup, beside those of points and learners on the same stays.

Shapes: P stays, N rows.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.forecasting import Forecasts
from models.risk.lab.metrics import Graded
from models.risk.lab.mortality.data import HOURS, died
from models.risk.lab.mortality.figures import AT_HOURS, NOT_OF_POINTS, OF_ABSTENTION, graded_stays, measure
from models.risk.lab.mortality.learners import learners
from models.risk.lab.report import EVERYONE, Result
from models.risk.lab.stays import Stays
from models.risk.lab.subgroups import by_sex_and_age

MODEL: Final = "mortality model"


def compare(
    stays: Stays, forecasts: Forecasts, beside: Mapping[str, Forecasts], train: Stays | None
) -> Iterator[Result]:
    """Yield the model's results with its subgroups, those of `beside` and of points, and those of learners.

    Learners need stays to train on; those of them that are also evaluated are left out of the training. Raises
    NoLabelsError where outcomes are missing.
    """
    dead = died(stays)
    for name, others in {MODEL: forecasts, **beside}.items():
        for hour, graded in by_hour(stays, others).items():
            yield _result(name, hour, EVERYONE, graded)
    for group, members in _subgroups(stays).items():
        if members.any():
            yield _result(MODEL, HOURS, group, _at(stays, forecasts, HOURS, members))
    for name, points in stays.severity.items():
        known = ~np.isnan(points)
        if known.any():
            graded = graded_stays(dead[known], points[known])
            yield _result(f"{name} points", HOURS, EVERYONE, graded, NOT_OF_POINTS)
    if train is not None:
        apart = train.take(np.flatnonzero(~np.isin(train.digest, stays.digest)))
        for one in learners(apart, stays):
            yield _result(one.forecaster, one.hour, EVERYONE, graded_stays(dead, one.risk, one.alarm), OF_ABSTENTION)


def by_hour(stays: Stays, forecasts: Forecasts) -> dict[int, Graded]:
    """Lay forecasts [N] beside the outcome at each of AT_HOURS; raises NoLabelsError where there is none."""
    everyone = np.ones(len(stays), dtype=bool)
    return {hour: _at(stays, forecasts, hour, everyone) for hour in AT_HOURS}


def _at(stays: Stays, forecasts: Forecasts, hour: int, members: NDArray[np.bool_]) -> Graded:
    rows = np.arange(hour - 1, stays.start[-1], HOURS)[members]
    dead = died(stays)[members]
    return graded_stays(dead, forecasts.risk[rows], forecasts.alarm[rows], forecasts.abstained[rows])


def _result(name: str, hour: int, group: str, graded: Graded, left_out: Collection[str] = ()) -> Result:
    counts = {"patients": len(graded.label), "deaths": int(graded.label.sum())}
    return Result(name, hour, group, counts, measure(graded, left_out))


def _subgroups(stays: Stays) -> dict[str, NDArray[np.bool_]]:
    """Who belongs to which subgroup, [P], by what the first hour says."""
    units = {
        "coronary unit": "unit_coronary",
        "cardiac surgery": "unit_cardiac_surgery",
        "medical unit": "unit_medical",
        "surgical unit": "unit_surgical",
    }
    return by_sex_and_age(stays) | {group: stays.at_first(unit) == 1 for group, unit in units.items()}
