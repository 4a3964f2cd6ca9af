"""The sepsis model's results by hospital and subgroup, beside those of rules and learners on the same stays.

Shapes: N rows, P stays.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.forecasting import Forecasts
from models.risk.lab.metrics import OF_PROBABILITIES, Graded
from models.risk.lab.report import EVERYONE, Result
from models.risk.lab.sepsis.baselines import rules
from models.risk.lab.sepsis.figures import EQUAL_BURDEN, measure
from models.risk.lab.sepsis.learners import LEARNERS, forecast_all, learn
from models.risk.lab.sepsis.training_examples import gather
from models.risk.lab.stays import NoLabelsError, Stays
from models.risk.lab.subgroups import by_sex_and_age

MODEL: Final = "risk model"


def compare(
    stays: Stays, forecasts: Forecasts, beside: Mapping[str, Forecasts], train: Stays | None
) -> Iterator[Result]:
    """Yield the model's results with its subgroups, the rules', and, given stays to train on, the learners'.

    `beside` are the forecasts of further models, by the name under which their results are given.
    Stays to train on that are also evaluated are left out of the training. With several hospitals to train on, each
    learner is also trained on one alone and measured on the others. Raises NoLabelsError where labels are missing.
    """
    yield from results(MODEL, stays, forecasts, subgroups=True)
    for name, others in beside.items():
        yield from results(name, stays, others, rival=forecasts)
    for name, alarms in rules(stays):
        yield from results(name, stays, alarms, probabilities=False, rival=forecasts)
    if train is not None:
        apart = train.take(np.flatnonzero(~np.isin(train.digest, stays.digest)))
        yield from _learned(stays, forecasts, apart)


def _learned(stays: Stays, forecasts: Forecasts, train: Stays) -> Iterator[Result]:
    examples = gather(train)
    hospitals = sorted(set(train.hospital.tolist()))
    sources = [None, *(hospital for hospital in hospitals if len(hospitals) > 1 and (stays.hospital != hospital).any())]
    baselines = {(name, source): learn(name, examples, source) for name in LEARNERS for source in sources}
    for (name, source), learned in forecast_all(baselines, stays).items():
        if source is None:
            yield from results(name, stays, learned, rival=forecasts)
        else:
            away = np.flatnonzero(stays.hospital != source)
            rows, _ = stays.rows_of(away)
            own, rival = _at(learned, rows), _at(forecasts, rows)
            yield from results(f"{name}, from {source}", stays.take(away), own, rival=rival)


def _at(forecasts: Forecasts, rows: NDArray[np.int64]) -> Forecasts:
    return replace(
        forecasts, risk=forecasts.risk[rows], alarm=forecasts.alarm[rows], abstained=forecasts.abstained[rows]
    )


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
        septic = int(np.maximum.reduceat(part.label, part.start[:-1]).sum())
        counts = {"patients": len(chosen), "septic": septic, "hours": len(part.label)}
        yield Result(forecaster, hospital, group, counts, figures)


def grade(stays: Stays, forecasts: Forecasts, chosen: NDArray[np.int64]) -> Graded:
    """Lay the forecasts of the chosen stays beside their labels; raises NoLabelsError."""
    if stays.label is None:
        msg = "the stays have no SepsisLabel, so nothing can be measured"
        raise NoLabelsError(msg)
    rows, start = stays.rows_of(chosen)
    return Graded(
        label=stays.label[rows],
        iculos=stays.iculos[rows],
        start=start,
        risk=forecasts.risk[rows],
        alarm=forecasts.alarm[rows],
        abstained=forecasts.abstained[rows],
        certain=forecasts.certain,
    )


def grade_by_hospital(stays: Stays, forecasts: Forecasts) -> dict[str, Graded]:
    """Lay the forecasts of each hospital beside their labels; raises NoLabelsError."""
    hospitals = sorted(set(stays.hospital.tolist()))
    return {name: grade(stays, forecasts, np.flatnonzero(stays.hospital == name)) for name in hospitals}


def _as_often(graded: Graded, share: float) -> Graded:
    """Alarm at the highest risks, in this share of the hours or, where equal risks forbid it, in less."""
    return replace(graded, alarm=graded.risk > np.quantile(graded.risk, 1 - share, method="higher"))


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
    medical, surgical = stays.at_first("unit_micu") == 1, stays.at_first("unit_sicu") == 1
    units = {"medical unit": medical, "surgical unit": surgical, "unit unknown": ~(medical | surgical)}
    return by_sex_and_age(stays) | units
