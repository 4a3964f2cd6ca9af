"""The official ruler of the PhysioNet/CinC 2019 challenge: the clinical utility of hourly alarms.

Source: Reyna et al., Crit Care Med 2020, doi 10.1097/CCM.0000000000004145, and the challenge's evaluation script, whose
constants and rules these are. Time counts in rows of a stay, as there; a stay's onset lies six rows after its first 1.
Shapes: N rows, P stays; stay p owns the rows start[p]:start[p + 1].
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int8] | NDArray[np.int64] | NDArray[np.bool_]
Floats = NDArray[np.float64]

EARLY_H: Final = -12  # from here an alarm begins to be worth something
OPTIMAL_H: Final = -6  # here it is worth most, and the label turns to 1
LATE_H: Final = 3  # up to here; later hours count nothing
BEST_ALARM: Final = 1.0
WORST_SILENCE: Final = -2.0
FALSE_ALARM: Final = -0.05
_SILENCE: Final = 0.0  # right silence: no sepsis, or not yet


@dataclass(frozen=True)
class StayUtility:
    """Summed utility of each stay, [P]: as observed, of the best possible alarms, and without any alarm."""

    observed: Floats
    best: Floats
    inaction: Floats

    def normalised(self) -> float:
        """1 = the best possible alarms, 0 = no alarm ever; NaN where no stay is septic, as then nothing can be won."""
        possible = float(self.best.sum() - self.inaction.sum())
        return float(self.observed.sum() - self.inaction.sum()) / possible if possible else float("nan")


def hours_to_onset(labels: Rows, start: NDArray[np.int64]) -> Floats:
    """Rows from the onset of sepsis, [N]: negative before it; +inf in stays without sepsis."""
    hours = np.diff(start)
    row = np.arange(len(labels))
    marked = np.where(np.asarray(labels) != 0, row, len(labels))
    first = np.minimum.reduceat(marked, start[:-1])
    onset = np.where(first < len(labels), first - OPTIMAL_H, -np.inf)
    return np.asarray(row - np.repeat(onset, hours), dtype=np.float64)


def hourly_utility(labels: Rows, start: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return what silence and what an alarm are worth in each row: u0 [N], u1 [N]."""
    _check(labels, start)
    since = hours_to_onset(labels, start)
    septic = np.isfinite(since)
    rising = np.maximum((since - EARLY_H) * BEST_ALARM / (OPTIMAL_H - EARLY_H), FALSE_ALARM)
    falling = (LATE_H - since) * BEST_ALARM / (LATE_H - OPTIMAL_H)
    missed = (since - OPTIMAL_H) * WORST_SILENCE / (LATE_H - OPTIMAL_H)
    counts = since <= LATE_H
    alarm = np.where(counts, np.where(since <= OPTIMAL_H, rising, falling), 0.0)
    silence = np.where(counts & (since > OPTIMAL_H), missed, _SILENCE)
    return np.where(septic, silence, _SILENCE), np.where(septic, alarm, FALSE_ALARM)


def alarm_gain(labels: Rows, start: NDArray[np.int64]) -> Floats:
    """Return what an alarm is worth more than silence in each row, [N]; below 0 where silence is better."""
    silence, alarm = hourly_utility(labels, start)
    return alarm - silence


def stay_utility(labels: Rows, predictions: Rows, start: NDArray[np.int64]) -> StayUtility:
    """Sum the utility of the alarms (0 or 1, [N]) over each stay; raises ValueError when the shapes disagree."""
    if len(predictions) != len(labels):
        msg = f"{len(predictions)} predictions for {len(labels)} labels"
        raise ValueError(msg)
    silence, alarm = hourly_utility(labels, start)
    since = hours_to_onset(labels, start)
    # The challenge's own best possible alarms: the whole span from 12 hours before to 3 hours after onset.
    best = (since >= EARLY_H) & (since <= LATE_H)
    each = (np.where(np.asarray(predictions) != 0, alarm, silence), np.where(best, alarm, silence), silence)
    return StayUtility(*(np.add.reduceat(rows, start[:-1]) for rows in each))


def normalised_utility(labels: Rows, predictions: Rows, start: NDArray[np.int64]) -> float:
    """Return the challenge's score of all stays together; NaN where no stay is septic."""
    return stay_utility(labels, predictions, start).normalised()


def _check(labels: Rows, start: NDArray[np.int64]) -> None:
    """Raise ValueError unless the stays are not empty and cover all rows."""
    if len(start) < 2 or start[0] != 0 or start[-1] != len(labels) or (np.diff(start) <= 0).any():  # noqa: PLR2004 - a start and an end
        msg = f"the stays' offsets must rise from 0 to the number of rows, {len(labels)}"
        raise ValueError(msg)
