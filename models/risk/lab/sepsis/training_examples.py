"""Examples for the learners that the sepsis model is compared with, gathered once for all of them.

Shapes: N rows, n of them gathered, F features.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.features import SEPSIS
from models.risk.lab.feature_table import unroll
from models.risk.lab.sepsis.utility import alarm_gain
from models.risk.lab.split import parts_of
from models.risk.lab.stays import NoLabelsError, Stays

_QUIET_SHARE: Final = 0.1  # of the hours of stays without sepsis, weighted up again: the rest adds time and little else
_SEED: Final = 2019


@dataclass(frozen=True)
class Examples:
    """What the learners learn and decide from, gathered once for all of them; rows of the same stays throughout.

    features  float32 [n, F]  pays  bool [n]  weight  float64 [n]  hospital  object [n]
    tune      the same for the stays that decide, of which every hour is here; label int8 [n], gain float64 [n],
              stay int64 [n] whose hour it is
    """

    features: NDArray[np.float32]
    pays: NDArray[np.bool_]
    weight: NDArray[np.float64]
    hospital: NDArray[np.object_]
    tune_features: NDArray[np.float32]
    tune_label: NDArray[np.int8]
    tune_gain: NDArray[np.float64]
    tune_hospital: NDArray[np.object_]
    tune_stay: NDArray[np.int64]


def gather(stays: Stays) -> Examples:
    """Gather examples from the stays that `models.risk.lab.split` trains with and those that it tunes with.

    Every hour of a septic stay teaches, and some hours of the others. Stays that the split holds out are not looked at.
    Raises NoLabelsError when the stays have no labels.
    """
    if stays.label is None:
        msg = "the stays to train the baselines on have no SepsisLabel"
        raise NoLabelsError(msg)
    part = parts_of(stays.patient_id)
    train, tune = (stays.take(np.flatnonzero(part == each)) for each in ("train", "tune"))
    if not len(train) or not len(tune):
        msg = "too few stays to train the baselines on: the split needs some to train with and others to tune with"
        raise NoLabelsError(msg)
    gain = alarm_gain(np.asarray(train.label), train.start)
    septic = np.repeat(np.logical_or.reduceat(gain > 0, train.start[:-1]), train.hours)
    drawn = septic | (np.random.default_rng(_SEED).random(len(gain)) < _QUIET_SHARE)
    return Examples(
        features=_features(train, drawn),
        pays=gain[drawn] > 0,
        weight=(np.abs(gain) * np.where(septic, 1.0, 1 / _QUIET_SHARE))[drawn],
        hospital=np.repeat(train.hospital, train.hours)[drawn],
        tune_features=_features(tune, np.ones(tune.start[-1], dtype=bool)),
        tune_label=np.asarray(tune.label),
        tune_gain=alarm_gain(np.asarray(tune.label), tune.start),
        tune_hospital=np.repeat(tune.hospital, tune.hours),
        tune_stay=tune.stay_of_row,
    )


def _features(stays: Stays, wanted: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Features of the wanted rows, in their order."""
    place = np.cumsum(wanted) - 1
    features = np.empty((int(wanted.sum()), len(SEPSIS.names)), np.float32)
    for rows, seen in unroll(SEPSIS, stays.columns, stays.start):
        here = wanted[rows]
        features[place[rows[here]]] = seen[here]
    return features
