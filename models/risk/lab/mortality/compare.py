"""The mortality model's results beside those of points, learners and itself with less to read, on the same stays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.evaluation import Forecasts
from models.risk.lab.metrics import OF_PROBABILITIES, Figure
from models.risk.lab.mortality.data import HOURS, Records
from models.risk.lab.mortality.inputs import NAMES
from models.risk.lab.mortality.learners import learners
from models.risk.lab.mortality.metrics import AT_HOURS, Graded, measure
from models.risk.lab.results import EVERYONE, NoLabelsError

MODEL: Final = "mortality model"
WIRE: Final = "mortality model, told only what the stream carries"
# Age bands in years, from the first to below the second; our own choice.
_AGES: Final = ((0, 45), (45, 65), (65, 80), (80, 200))


@dataclass(frozen=True)
class Result:
    """What one forecaster achieved at one hour in one group of stays."""

    forecaster: str
    hour: int
    group: str
    patients: int
    deaths: int
    figures: dict[str, Figure]


def compare(
    records: Records, forecasts: Forecasts, beside: Mapping[str, Forecasts], train: Records | None
) -> Iterator[Result]:
    """Yield the model's results with its subgroups, those of `beside` and of points, and those of learners.

    Learners need stays to train on; those of them that are also evaluated are left out of the training. Raises
    NoLabelsError where outcomes are missing.
    """
    died = _died(records)
    for name, told in {MODEL: forecasts, **beside}.items():
        for hour in AT_HOURS:
            yield _result(name, hour, EVERYONE, grade(records, told, hour))
    last = grade(records, forecasts, HOURS)
    for group, members in _subgroups(records).items():
        if members.any():
            yield _result(MODEL, HOURS, group, _of(last, members))
    for name, points in records.scores.items():
        known = ~np.isnan(points)
        if known.any():
            graded = Graded(died[known], points[known])
            yield _result(f"{name} points", HOURS, EVERYONE, graded, probabilities=False)
    if train is not None:
        others = train.take(np.flatnonzero(~np.isin(train.stays.digest, records.stays.digest)))
        for one in learners(others.stays, _died(others), records.stays):
            graded = Graded(died, one.risk, one.alarm)
            yield _result(one.forecaster, one.hour, EVERYONE, graded)


def grade(records: Records, told: Forecasts, hour: int) -> Graded:
    """Lay forecasts of every hour [P * T] beside the outcome, at one hour; raises NoLabelsError where there is none."""
    at = slice(hour - 1, None, HOURS)
    return Graded(_died(records), told.risk[at], told.alarm[at], told.abstained[at])


def _died(records: Records) -> NDArray[np.int8]:
    if records.died is None:
        msg = "the stays have no outcome, so nothing can be measured or learned"
        raise NoLabelsError(msg)
    return records.died


def _result(name: str, hour: int, group: str, graded: Graded, *, probabilities: bool = True) -> Result:
    left_out = () if probabilities else OF_PROBABILITIES
    figures = {key: figure for key, figure in measure(graded).items() if key not in left_out}
    return Result(name, hour, group, len(graded.died), int(graded.died.sum()), figures)


def _of(graded: Graded, members: NDArray[np.bool_]) -> Graded:
    alarm, abstained = (None if one is None else one[members] for one in (graded.alarm, graded.abstained))
    return replace(graded, died=graded.died[members], risk=graded.risk[members], alarm=alarm, abstained=abstained)


def _subgroups(records: Records) -> dict[str, NDArray[np.bool_]]:
    """Who belongs to which subgroup, [P], by what the first hour says."""
    first = dict(zip(NAMES, records.stays.columns[::HOURS].T, strict=True))
    age = first["age_years"]
    units = {"coronary unit": "coronary", "cardiac surgery": "cardiac_surgery", "medical unit": "medical"}
    units["surgical unit"] = "surgical"
    return {
        "female": first["sex_male"] == 0,
        "male": first["sex_male"] == 1,
        f"age below {_AGES[0][1]}": age < _AGES[0][1],
        **{f"age {low} to {high - 1}": (age >= low) & (age < high) for low, high in _AGES[1:-1]},
        f"age {_AGES[-1][0]} and above": age >= _AGES[-1][0],
        **{group: first[f"unit_{unit}"] == 1 for group, unit in units.items()},
    }
