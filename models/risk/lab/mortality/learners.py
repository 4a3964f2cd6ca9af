"""Learners that the mortality model is compared with: the prevalence, and two on its features and its splits.

Shapes: P stays, T hours, F features.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.feature_table import feature_table
from models.risk.lab.mortality.data import HOURS, died
from models.risk.lab.mortality.figures import AT_HOURS
from models.risk.lab.mortality.fitting import balanced_threshold
from models.risk.lab.mortality.inputs import NAMES
from models.risk.lab.mortality.outcome import FEATURES
from models.risk.lab.mortality.teacher import KINDS, grow_on_hours
from models.risk.lab.rank_regression import rank_regression
from models.risk.lab.split import parts_of
from models.risk.lab.stays import NoLabelsError, Stays
from models.risk.lab.trees import log_odds

Floats = NDArray[np.float32]
Labels = NDArray[np.int8]
_SEED: Final = 2012
_WORST: Final = (".last", ".low", ".high")
_STATICS: Final = frozenset(FEATURES.names.index(name) for name in NAMES if name in FEATURES.names)


@dataclass(frozen=True)
class LearnerForecast:
    """What one learner says of P stays at one hour: risk [P], and whether it lies over its threshold [P]."""

    forecaster: str
    hour: int
    risk: Floats
    alarm: NDArray[np.bool_]


def learners(train: Stays, asked: Stays) -> Iterator[LearnerForecast]:
    """Yield what each learner says of the asked stays at each of AT_HOURS.

    They learn from those stays of `train` that `models.risk.lab.split` trains with; thresholds are set as the model's
    own, but at each hour, on those that it tunes with. Raises NoLabelsError when either lack deaths.
    """
    part, dead = parts_of(train.patient_id), died(train)
    if not all(0 < dead[part == one].sum() < (part == one).sum() for one in ("train", "tune")):
        msg = "a baseline needs deaths and survivals to train with and others to tune with"
        raise NoLabelsError(msg)
    table = feature_table(FEATURES, train)
    pupils, tune = part == "train", part == "tune"
    boosted = grow_on_hours(KINDS[0], table, train, pupils, _SEED)
    features, others = _by_hour(table), _by_hour(feature_table(FEATURES, asked))
    for hour in AT_HOURS:
        prevalence = np.full(len(others), dead[pupils].mean(), np.float32)
        yield LearnerForecast("prevalence", hour, prevalence, np.zeros(len(others), dtype=bool))
        now, seen = features[:, hour - 1].astype(np.float64), others[:, hour - 1].astype(np.float64)
        regression = _regression(now[pupils], dead[pupils])
        yield _over_threshold("logistic regression", hour, regression(now[tune]), dead[tune], regression(seen))
        own, theirs = (_chance(log_odds(boosted, rows[:, hour - 1])) for rows in (features[tune], others))
        yield _over_threshold("gradient boosting", hour, own, dead[tune], theirs)


def _by_hour(table: NDArray[np.float16]) -> NDArray[np.float16]:
    return table.reshape(-1, HOURS, table.shape[1])


def _over_threshold(name: str, hour: int, tune: Floats, dead: Labels, risk: Floats) -> LearnerForecast:
    return LearnerForecast(name, hour, risk, risk > balanced_threshold(tune, dead))


def _regression(features: NDArray[np.float64], dead: Labels) -> Callable[[NDArray[np.float64]], Floats]:
    """Logistic regression on the ranks of last, lowest and highest values."""
    known = np.isfinite(features).any(axis=0)  # what no one in training had measured by then can't be learned from
    reads = [at for at in np.flatnonzero(known).tolist() if FEATURES.names[at].endswith(_WORST) or at in _STATICS]
    pipeline = rank_regression(len(dead)).fit(features[:, reads], dead)
    return lambda rows: np.asarray(pipeline.predict_proba(rows[:, reads])[:, 1], np.float32)


def _chance(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)), np.float32)
