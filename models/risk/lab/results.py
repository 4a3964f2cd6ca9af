"""Results of an evaluation: for whom (hospital, subgroup), by what (the model, a baseline), and the figures.

Shapes: N rows, P stays.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.data import COLUMNS, Stays
from models.risk.lab.evaluation import Forecasts
from models.risk.lab.metrics import OF_PROBABILITIES, Figure, Graded, measure

EVERYONE: Final = "all"
EQUAL_BURDEN: Final = "sensitivity_at_equal_burden"

# Age bands in years, from the first to below the second; our own choice.
_AGES: Final = ((0, 45), (45, 65), (65, 80), (80, 200))


class NoLabelsError(Exception):
    """Figures were asked of stays without labels."""


@dataclass(frozen=True)
class Result:
    """What one forecaster achieved in one group of stays."""

    forecaster: str
    hospital: str
    group: str
    patients: int
    septic: int
    hours: int
    figures: dict[str, Figure]


def results(
    forecaster: str,
    stays: Stays,
    forecasts: Forecasts,
    *,
    subgroups: bool = False,
    probabilities: bool = True,
    rival: Forecasts | None = None,
) -> Iterator[Result]:
    """Measure the forecasts in each hospital and, where there are several, in all together, with or without subgroups.

    `probabilities` says that the risk is one; else its calibration is not measured. With a `rival`, the sensitivity by
    stay is measured also at the threshold that gives as many hours with an alarm as the rival's.
    Raises NoLabelsError for stays without labels.
    """
    left_out = () if probabilities else OF_PROBABILITIES
    for hospital, group, chosen in _groups(stays, subgroups=subgroups):
        part = grade(stays, forecasts, chosen)
        figures = {name: figure for name, figure in measure(part).items() if name not in left_out}
        if rival:
            share = float(grade(stays, rival, chosen).alarm.mean())
            figures[EQUAL_BURDEN] = measure(_as_often(part, share))["stay_sensitivity"]
        yield Result(
            forecaster=forecaster,
            hospital=hospital,
            group=group,
            patients=len(chosen),
            septic=int(np.maximum.reduceat(part.label, part.start[:-1]).sum()),
            hours=len(part.label),
            figures=figures,
        )


def grade(stays: Stays, forecasts: Forecasts, chosen: NDArray[np.int64]) -> Graded:
    """Lay the forecasts of the chosen stays beside their labels; raises NoLabelsError."""
    if stays.label is None:
        msg = "the stays have no SepsisLabel, so nothing can be measured"
        raise NoLabelsError(msg)
    hours = stays.hours[chosen]
    start = np.concatenate(([0], np.cumsum(hours)))
    rows = np.repeat(stays.start[:-1][chosen] - start[:-1], hours) + np.arange(start[-1])
    return Graded(
        label=stays.label[rows],
        iculos=stays.iculos[rows],
        start=start,
        risk=forecasts.risk[rows],
        alarm=forecasts.alarm[rows],
        abstained=forecasts.abstained[rows],
        certain=forecasts.certain,
    )


def _as_often(graded: Graded, share: float) -> Graded:
    """Alarm at the highest risks, in this share of the hours or, where equal risks forbid it, in less."""
    return replace(graded, alarm=graded.risk > np.quantile(graded.risk, 1 - share, method="higher"))


def by_hospital(some: Iterable[Result]) -> Iterator[Result]:
    """Put the results of one hospital beside each other, all hospitals together last."""
    kept = list(some)
    for hospital in sorted({result.hospital for result in kept}, key=lambda name: (name == EVERYONE, name)):
        yield from (result for result in kept if result.hospital == hospital)


def _groups(stays: Stays, *, subgroups: bool) -> Iterator[tuple[str, str, NDArray[np.int64]]]:
    """Yield hospital, group and the indices of its stays; groups without a stay are left out."""
    hospitals = sorted(set(stays.hospital.tolist()))
    for hospital in hospitals:
        yield hospital, EVERYONE, np.flatnonzero(stays.hospital == hospital)
    if len(hospitals) > 1:
        yield EVERYONE, EVERYONE, np.arange(len(stays))
    if subgroups:
        for hospital in hospitals:
            here = stays.hospital == hospital
            for group, members in _subgroups(stays).items():
                if (here & members).any():
                    yield hospital, group, np.flatnonzero(here & members)


def _subgroups(stays: Stays) -> dict[str, NDArray[np.bool_]]:
    """Who belongs to which subgroup, [P], by what the first row says."""
    first = stays.columns[stays.start[:-1]]
    sex, age, medical, surgical = (first[:, COLUMNS.index(name)] for name in ("Gender", "Age", "Unit1", "Unit2"))
    bands = {f"age {low} to {high - 1}": (age >= low) & (age < high) for low, high in _AGES[1:-1]}
    return {
        "female": sex == 0,
        "male": sex == 1,
        f"age below {_AGES[0][1]}": age < _AGES[0][1],
        **bands,
        f"age {_AGES[-1][0]} and above": age >= _AGES[-1][0],
        "medical unit": medical == 1,
        "surgical unit": surgical == 1,
        "unit unknown": ~((medical == 1) | (surgical == 1)),
    }
