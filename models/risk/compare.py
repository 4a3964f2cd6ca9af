"""The risk model's results beside those of rules and learners, on the same stays."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from models.risk.baselines import rules
from models.risk.data import Stays
from models.risk.evaluation import Forecasts
from models.risk.learners import LEARNERS, learn
from models.risk.results import Result, results

MODEL: Final = "risk model"


def compare(stays: Stays, forecasts: Forecasts, train: Stays | None) -> Iterator[Result]:
    """Yield the model's results with its subgroups, the rules', and, given stays to train on, the learners'.

    Stays to train on that are also evaluated are left out of the training. With several hospitals to train on, each
    learner is also trained on one alone and measured on the others. Raises NoLabelsError where labels are missing.
    """
    yield from results(MODEL, stays, forecasts, subgroups=True)
    for name, told in rules(stays):
        yield from results(name, stays, told, probabilities=False, rival=forecasts)
    if train is not None:
        others = train.take(np.flatnonzero(~np.isin(train.digest, stays.digest)))
        yield from _learned(stays, forecasts, others)


def _learned(stays: Stays, forecasts: Forecasts, train: Stays) -> Iterator[Result]:
    hospitals = sorted(set(train.hospital.tolist()))
    for name in LEARNERS:
        yield from results(name, stays, learn(name, train).forecast(stays), rival=forecasts)
        for hospital in hospitals if len(hospitals) > 1 else ():
            elsewhere = stays.hospital != hospital
            if elsewhere.any():
                own = learn(name, train.take(np.flatnonzero(train.hospital == hospital)))
                away = stays.take(np.flatnonzero(elsewhere))
                rows = np.repeat(elsewhere, stays.hours)
                rival = Forecasts(forecasts.risk[rows], forecasts.alarm[rows], forecasts.abstained[rows])
                yield from results(f"{name}, from {hospital}", away, own.forecast(away), rival=rival)
