"""Learners that the sepsis model is compared with: on its features, its splits, its target and its way to a decision.

Shapes: N rows, P stays, F features.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from models.risk.decision import KNOWN_VITALS, Decision
from models.risk.features import CLOCKS, SEPSIS
from models.risk.lab.feature_table import unroll
from models.risk.lab.forecasting import Forecasts, certain
from models.risk.lab.rank_regression import rank_regression
from models.risk.lab.sepsis.fitting import fit_decision
from models.risk.lab.sepsis.training_examples import Examples
from models.risk.lab.stays import NoLabelsError, Stays
from models.risk.lab.trees import Trees, grow

Key = TypeVar("Key")
Floats = NDArray[np.float32]
Chance = Callable[[Floats], NDArray[np.float64]]
"""A fitted learner: features [N, F] to the probability that an alarm pays [N]."""

_SEED: Final = 2019
_TREES: Final = Trees(200, 15, 0.08, 0.2, 0.5, 200, 5.0, by_columns=True)


@dataclass(frozen=True)
class Baseline:
    """A fitted learner of "an alarm pays", the features that it reads, and its decision."""

    chance: Chance
    reads: NDArray[np.int64]
    decision: Decision


def _logistic_regression(features: Floats, pays: NDArray[np.bool_], weight: NDArray[np.float64]) -> Chance:
    exact = features.astype(np.float64)  # many features say nearly the same: single precision would be singular
    pipeline = rank_regression(len(exact)).fit(exact, pays, logisticregression__sample_weight=weight)
    return lambda rows: np.asarray(pipeline.predict_proba(rows)[:, 1])


def _random_forest(features: Floats, pays: NDArray[np.bool_], weight: NDArray[np.float64]) -> Chance:
    forest = RandomForestClassifier(n_estimators=60, min_samples_leaf=25, max_samples=0.3, random_state=_SEED)
    forest.fit(features, pays, sample_weight=weight)
    return lambda rows: np.asarray(forest.predict_proba(rows)[:, 1])


def _gradient_boosting(features: Floats, pays: NDArray[np.bool_], weight: NDArray[np.float64]) -> Chance:
    trees = grow(_TREES, features, pays, _SEED, weight)
    return lambda rows: np.asarray(trees.predict(rows))


Fit = Callable[[Floats, NDArray[np.bool_], NDArray[np.float64]], Chance]
_ALL: Final = np.arange(len(SEPSIS.names))
_CLOCKLESS: Final = np.array([at for at, name in enumerate(SEPSIS.names) if name not in CLOCKS])
LEARNERS: Final[Mapping[str, tuple[Fit, NDArray[np.int64]]]] = {
    "logistic regression": (_logistic_regression, _ALL),
    "random forest": (_random_forest, _ALL),
    "gradient boosting": (_gradient_boosting, _ALL),
    "gradient boosting without clocks": (_gradient_boosting, _CLOCKLESS),
}
"""Name, how to fit it, and what it reads; without clocks = without ICULOS, HospAdmTime and the length of the record."""


def learn(name: str, examples: Examples, hospital: str | None = None) -> Baseline:
    """Fit one of LEARNERS, on one hospital's stays where one is named, and make its decision as the risk model's is.

    The target is whether an alarm gains utility, each hour weighted by how much. Raises NoLabelsError when there is no
    septic stay among those that train or those that tune.
    """
    fit, reads = LEARNERS[name]
    rows, tune = (
        (hospital is None) | (examples.hospital == hospital),
        (hospital is None) | (examples.tune_hospital == hospital),
    )
    if not examples.pays[rows].any() or not examples.tune_label[tune].any():
        msg = "a baseline needs septic stays to train with and others to tune with"
        raise NoLabelsError(msg)
    known = ~np.isnan(examples.features[rows][:, reads]).all(axis=0)
    reads = reads[known]  # what no one in training ever had measured can't be learned from
    weight = examples.weight[rows]
    chance = fit(examples.features[rows][:, reads], examples.pays[rows], weight / weight.mean())
    score = _log_odds(chance(examples.tune_features[tune][:, reads]))
    decision = fit_decision(score, examples.tune_label[tune], examples.tune_gain[tune], examples.tune_stay[tune])
    return Baseline(chance, reads, decision)


def forecast_all(baselines: Mapping[Key, Baseline], stays: Stays) -> dict[Key, Forecasts]:
    """One forecast per row by each baseline, as the risk model gives them; the features are made once for all."""
    scores = {key: np.empty(stays.start[-1], np.float32) for key in baselines}
    for rows, seen in unroll(SEPSIS, stays.columns, stays.start):
        for key, baseline in baselines.items():
            scores[key][rows] = _log_odds(baseline.chance(seen[:, baseline.reads]))
    return {key: _forecasts(baselines[key].decision, score) for key, score in scores.items()}


def _forecasts(decision: Decision, score: Floats) -> Forecasts:
    enough = np.full(len(score), KNOWN_VITALS)  # the baselines abstain only where their conformal set is undecided
    return Forecasts(
        risk=decision.probability(score),
        alarm=decision.alarm(score),
        abstained=decision.abstained(score, enough),
        certain=certain(decision),
    )


def _log_odds(chance: NDArray[np.float64]) -> Floats:
    kept = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.log(kept / (1 - kept)).astype(np.float32)
