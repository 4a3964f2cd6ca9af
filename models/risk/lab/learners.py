"""Learners that the risk model is compared with: on its features, its splits, its target and its way to a decision.

Shapes: N rows, P stays, F features.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar, cast

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import QuantileTransformer

from models.risk.decision import KNOWN_VITALS, Decision
from models.risk.features import CLOCKS, SEPSIS
from models.risk.lab.data import Stays
from models.risk.lab.evaluation import Forecasts, certain
from models.risk.lab.examples import Examples
from models.risk.lab.fitting import fit_decision
from models.risk.lab.results import NoLabelsError
from models.risk.lab.unroll import unroll

Key = TypeVar("Key")

_SEED: Final = 2019


class Classifier(Protocol):
    """The part of a scikit-learn classifier that is used here."""

    def predict_proba(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability of each class, [N, 2]."""


@dataclass(frozen=True)
class Baseline:
    """A fitted classifier of "an alarm pays", the features that it reads, and its decision."""

    classifier: Classifier
    reads: NDArray[np.int64]
    decision: Decision


def regression_on_ranks(rows: int) -> Pipeline:
    """Logistic regression on normal scores of the ranks of so many rows; what was never measured is their median."""
    ranks = QuantileTransformer(
        output_distribution="normal", n_quantiles=min(200, rows), subsample=50_000, random_state=_SEED
    )
    imputed = SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)
    return make_pipeline(ranks, imputed, LogisticRegression(C=0.01, solver="newton-cholesky"))


def _logistic_regression(
    features: NDArray[np.float32], pays: NDArray[np.bool_], weight: NDArray[np.float64]
) -> Classifier:
    exact = features.astype(np.float64)  # many features say nearly the same: single precision would be singular
    pipeline = regression_on_ranks(len(exact))
    return cast("Classifier", pipeline.fit(exact, pays, logisticregression__sample_weight=weight))


def _random_forest(features: NDArray[np.float32], pays: NDArray[np.bool_], weight: NDArray[np.float64]) -> Classifier:
    forest = RandomForestClassifier(n_estimators=60, min_samples_leaf=25, max_samples=0.3, random_state=_SEED)
    return cast("Classifier", forest.fit(features, pays, sample_weight=weight))


def _gradient_boosting(
    features: NDArray[np.float32], pays: NDArray[np.bool_], weight: NDArray[np.float64]
) -> Classifier:
    trees = lightgbm.LGBMClassifier(
        n_estimators=200,
        learning_rate=0.08,
        num_leaves=15,
        min_child_samples=200,
        colsample_bytree=0.2,
        subsample=0.5,
        subsample_freq=1,
        reg_lambda=5.0,
        max_bin=63,
        random_state=_SEED,
        deterministic=True,
        force_col_wise=True,
        verbose=-1,
    )
    return cast("Classifier", _Trees(trees.fit(features, pays, sample_weight=weight).booster_))


@dataclass(frozen=True)
class _Trees:
    """LightGBM's own predictor: its scikit-learn face warns of feature names on every plain array."""

    booster: lightgbm.Booster

    def predict_proba(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability of each class, [N, 2]."""
        pays = np.asarray(self.booster.predict(features))
        return np.stack([1 - pays, pays], axis=1)


Fit = Callable[[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float64]], Classifier]
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
    seen = examples.features[rows][:, reads]
    known = ~np.isnan(seen).all(axis=0)  # what no one in training ever had measured can't be learned from
    weight = examples.weight[rows]
    classifier, reads = fit(seen[:, known], examples.pays[rows], weight / weight.mean()), reads[known]
    score = _score(classifier, examples.tune_features[tune][:, reads])
    decision = fit_decision(score, examples.tune_label[tune], examples.tune_gain[tune], examples.tune_stay[tune])
    return Baseline(classifier, reads, decision)


def forecast_all(baselines: Mapping[Key, Baseline], stays: Stays) -> dict[Key, Forecasts]:
    """One forecast per row by each baseline, as the risk model gives them; the features are made once for all."""
    scores = {key: np.empty(stays.start[-1], np.float32) for key in baselines}
    for rows, seen in unroll(SEPSIS, stays.columns, stays.start):
        for key, baseline in baselines.items():
            scores[key][rows] = _score(baseline.classifier, seen[:, baseline.reads])
    return {key: _told(baselines[key].decision, score) for key, score in scores.items()}


def _told(decision: Decision, score: NDArray[np.float32]) -> Forecasts:
    enough = np.full(len(score), KNOWN_VITALS)  # the baselines abstain only where their conformal set is undecided
    return Forecasts(
        risk=decision.probability(score),
        alarm=decision.alarm(score),
        abstained=decision.abstained(score, enough),
        certain=certain(decision),
    )


def _score(classifier: Classifier, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log odds that an alarm pays."""
    chance = np.clip(classifier.predict_proba(features)[:, 1], 1e-6, 1 - 1e-6)
    return np.log(chance / (1 - chance)).astype(np.float32)
