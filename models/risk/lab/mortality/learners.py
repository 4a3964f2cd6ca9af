"""What the mortality model is compared with: prevalence, points of severity, and learners on its features and splits.

Shapes: P stays, T hours, F features.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.data import Stays
from models.risk.lab.learners import regression_on_ranks
from models.risk.lab.mortality import trees
from models.risk.lab.mortality.fitting import balanced_threshold
from models.risk.lab.mortality.inputs import NAMES
from models.risk.lab.mortality.metrics import AT_HOURS
from models.risk.lab.mortality.outcome import FEATURES
from models.risk.lab.mortality.table import describe
from models.risk.lab.results import NoLabelsError
from models.risk.lab.split import parts_of

Floats = NDArray[np.float32]
Died = NDArray[np.int8]
_SEED: Final = 2012
_WORST: Final = (".last", ".low", ".high")
_STATICS: Final = frozenset(FEATURES.names.index(name) for name in NAMES if name in FEATURES.names)


@dataclass(frozen=True)
class Told:
    """What one learner says of P stays at one hour: risk [P], and whether it lies over its threshold [P]."""

    forecaster: str
    hour: int
    risk: Floats
    alarm: NDArray[np.bool_]


def learners(train: Stays, died: Died, asked: Stays) -> Iterator[Told]:
    """Yield what each learner says of the asked stays at each of AT_HOURS.

    They learn from those stays of `train`, with this outcome, that `models.risk.lab.split` trains with; thresholds
    are set as the model's own, but at each hour, on those that it tunes with. Raises NoLabelsError when either lack
    deaths.
    """
    part = parts_of(train.patient_id)
    if not all(0 < died[part == one].sum() < (part == one).sum() for one in ("train", "tune")):
        msg = "a baseline needs deaths and survivals to train with and others to tune with"
        raise NoLabelsError(msg)
    features, others = describe(train), describe(asked)
    pupils, tune = part == "train", part == "tune"
    boosted = trees.grow(trees.KINDS[0], features[pupils], died[pupils], _SEED)
    for hour in AT_HOURS:
        prevalence = np.full(len(others), died[pupils].mean(), np.float32)
        yield Told("prevalence", hour, prevalence, np.zeros(len(others), dtype=bool))
        now, seen = features[:, hour - 1].astype(np.float64), others[:, hour - 1].astype(np.float64)
        regression = _regression(now[pupils], died[pupils])
        yield _told("logistic regression", hour, regression(now[tune]), died[tune], regression(seen))
        own, theirs = (trees.ask(boosted, table[:, hour - 1 : hour])[:, 0] for table in (features[tune], others))
        yield _told("gradient boosting", hour, _chance(own), died[tune], _chance(theirs))


def _told(name: str, hour: int, tune: Floats, died: Died, risk: Floats) -> Told:
    return Told(name, hour, risk, risk > balanced_threshold(tune, died))


def _regression(features: NDArray[np.float64], died: Died) -> Callable[[NDArray[np.float64]], Floats]:
    """Logistic regression on the ranks of last, lowest and highest values."""
    known = np.isfinite(features).any(axis=0)  # what no one in training had measured by then can't be learned from
    reads = [at for at in np.flatnonzero(known).tolist() if FEATURES.names[at].endswith(_WORST) or at in _STATICS]
    pipeline = regression_on_ranks(len(died)).fit(features[:, reads], died)
    return lambda rows: np.asarray(pipeline.predict_proba(rows[:, reads])[:, 1], np.float32)


def _chance(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-log_odds)), np.float32)
