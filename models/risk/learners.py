"""Learners that the risk model is compared with: on its features, its splits, its target and its way to a decision.

Shapes: N rows, P stays, F features.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, cast

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

from models.risk.data import Stays
from models.risk.decision import KNOWN_VITALS, Decision
from models.risk.evaluation import Forecasts, certain
from models.risk.features import FEATURES
from models.risk.fitting import fit_decision
from models.risk.results import NoLabelsError
from models.risk.split import parts_of
from models.risk.unroll import unroll
from models.risk.utility import hourly_utility

_QUIET_SHARE: Final = (
    0.15  # of the hours of stays without sepsis, weighted up again: the rest costs time and adds little
)
_SEED: Final = 2019
_CLOCKS: Final = ("hours_in_icu", "hours_from_hospital_to_icu", "hours_before_record", "hours_in_record")


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

    def forecast(self, stays: Stays) -> Forecasts:
        """One forecast per row, as the risk model gives them."""
        score = _scores(self.classifier, self.reads, stays)
        enough = np.full(len(score), KNOWN_VITALS)  # the baselines abstain where their conformal set is undecided alone
        decision = self.decision
        return Forecasts(
            risk=decision.probability(score),
            alarm=decision.alarm(score),
            abstained=decision.abstained(score, enough),
            certain=certain(decision),
        )


def _logistic_regression(
    features: NDArray[np.float32], pays: NDArray[np.bool_], weight: NDArray[np.float64]
) -> Classifier:
    """Normal scores of the ranks; what was never measured becomes the median, as this learner can't do without."""
    ranks = QuantileTransformer(output_distribution="normal", n_quantiles=200, subsample=50_000, random_state=_SEED)
    imputed = SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)
    pipeline = make_pipeline(ranks, imputed, LogisticRegression(C=0.01, max_iter=1000, tol=1e-3))
    return cast("Classifier", pipeline.fit(features, pays, logisticregression__sample_weight=weight))


def _random_forest(features: NDArray[np.float32], pays: NDArray[np.bool_], weight: NDArray[np.float64]) -> Classifier:
    forest = RandomForestClassifier(n_estimators=100, min_samples_leaf=25, max_samples=0.3, random_state=_SEED)
    return cast("Classifier", forest.fit(features, pays, sample_weight=weight))


def _gradient_boosting(
    features: NDArray[np.float32], pays: NDArray[np.bool_], weight: NDArray[np.float64]
) -> Classifier:
    trees = lightgbm.LGBMClassifier(
        n_estimators=300,
        learning_rate=0.06,
        num_leaves=15,
        min_child_samples=200,
        colsample_bytree=0.2,
        subsample=0.5,
        subsample_freq=1,
        reg_lambda=5.0,
        max_bin=63,
        random_state=_SEED,
        deterministic=True,
        force_row_wise=True,
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
_ALL: Final = np.arange(len(FEATURES))
_CLOCKLESS: Final = np.array([at for at, name in enumerate(FEATURES) if name not in _CLOCKS])
LEARNERS: Final[Mapping[str, tuple[Fit, NDArray[np.int64]]]] = {
    "logistic regression": (_logistic_regression, _ALL),
    "random forest": (_random_forest, _ALL),
    "gradient boosting": (_gradient_boosting, _ALL),
    "gradient boosting without clocks": (_gradient_boosting, _CLOCKLESS),
}
"""Name, how to fit it, and what it reads; without clocks = without ICULOS, HospAdmTime and the length of the record."""


def learn(name: str, stays: Stays) -> Baseline:
    """Fit one of LEARNERS on the stays that `models.risk.split` trains with, and decide on those that it tunes with.

    The target is whether an alarm gains utility, each hour weighted by how much. Stays that the split holds out are not
    looked at. Raises NoLabelsError when the stays have no labels or one of the two parts has no septic stay.
    """
    fit, reads = LEARNERS[name]
    part = parts_of(stays.patient_id)
    train, tune = (stays.take(np.flatnonzero(part == each)) for each in ("train", "tune"))
    for each in (train, tune):
        if each.label is None or not each.label.any():
            msg = "a baseline needs septic stays to train with and others to tune with"
            raise NoLabelsError(msg)
    features, pays, weight = _lessons(train, reads)
    known = ~np.isnan(features).all(axis=0)  # what no one in training ever had measured can't be learned from
    classifier, reads = fit(features[:, known], pays, weight), reads[known]
    score = _scores(classifier, reads, tune)
    return Baseline(classifier, reads, fit_decision(score, np.asarray(tune.label), _gain(tune)))


def _lessons(
    stays: Stays, reads: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float64]]:
    """Features, whether an alarm pays, and weight: of every hour of a septic stay, and of some hours of the others."""
    gain = _gain(stays)
    septic = np.repeat(np.logical_or.reduceat(gain > 0, stays.start[:-1]), stays.hours)
    drawn = septic | (np.random.default_rng(_SEED).random(len(gain)) < _QUIET_SHARE)
    place = np.cumsum(drawn) - 1
    features = np.empty((int(drawn.sum()), len(reads)), np.float32)
    for rows, seen in unroll(stays.columns, stays.start):
        wanted = drawn[rows]
        features[place[rows[wanted]]] = seen[wanted][:, reads]
    weight = np.abs(gain) * np.where(septic, 1.0, 1 / _QUIET_SHARE)
    return features, gain[drawn] > 0, weight[drawn] / weight[drawn].mean()


def _scores(classifier: Classifier, reads: NDArray[np.int64], stays: Stays) -> NDArray[np.float32]:
    """Log odds [N] that an alarm pays."""
    score = np.empty(stays.start[-1], np.float32)
    for rows, seen in unroll(stays.columns, stays.start):
        chance = np.clip(classifier.predict_proba(seen[:, reads])[:, 1], 1e-6, 1 - 1e-6)
        score[rows] = np.log(chance / (1 - chance))
    return score


def _gain(stays: Stays) -> NDArray[np.float64]:
    """What an alarm is worth more than silence, [N]."""
    silence, alarm = hourly_utility(np.asarray(stays.label), stays.start)
    return alarm - silence
