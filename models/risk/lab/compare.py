"""The risk model's results beside those of rules and learners, on the same stays."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.baselines import rules
from models.risk.lab.data import Stays
from models.risk.lab.evaluation import Forecasts
from models.risk.lab.examples import gather
from models.risk.lab.learners import LEARNERS, forecast_all, learn
from models.risk.lab.results import Result, results

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
    for name, told in beside.items():
        yield from results(name, stays, told, rival=forecasts)
    for name, told in rules(stays):
        yield from results(name, stays, told, probabilities=False, rival=forecasts)
    if train is not None:
        others = train.take(np.flatnonzero(~np.isin(train.digest, stays.digest)))
        yield from _learned(stays, forecasts, others)


def _learned(stays: Stays, forecasts: Forecasts, train: Stays) -> Iterator[Result]:
    examples = gather(train)
    hospitals = sorted(set(train.hospital.tolist()))
    sources = [None, *(hospital for hospital in hospitals if len(hospitals) > 1 and (stays.hospital != hospital).any())]
    baselines = {(name, source): learn(name, examples, source) for name in LEARNERS for source in sources}
    for (name, source), told in forecast_all(baselines, stays).items():
        if source is None:
            yield from results(name, stays, told, rival=forecasts)
        else:
            away = np.flatnonzero(stays.hospital != source)
            rows = np.repeat(stays.hospital != source, stays.hours)
            own, rival = _rows(told, rows), _rows(forecasts, rows)
            yield from results(f"{name}, from {source}", stays.take(away), own, rival=rival)


def _rows(told: Forecasts, rows: NDArray[np.bool_]) -> Forecasts:
    return Forecasts(told.risk[rows], told.alarm[rows], told.abstained[rows], told.certain)
