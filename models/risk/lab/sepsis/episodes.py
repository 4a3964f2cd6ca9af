"""Alarms as a ward meets them: episodes, whether they were true, and how long before onset the first one came.

Shapes: N rows, P stays. Times are hours in the ICU, so hours without a row count as time.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.sepsis.utility import EARLY_H, LATE_H, OPTIMAL_H

Floats = NDArray[np.float64]

LEAD_WINDOW_H: Final = -EARLY_H
"""A stay is detected by an alarm in the 12 hours up to onset: earlier ones the challenge calls false."""


@dataclass(frozen=True)
class Episodes:
    """Alarms by stay, all [P].

    septic       the stay reaches the label
    lead_h       hours from its first alarm in the 12 hours up to onset to the onset; NaN = undetected or not septic
    episodes     runs of consecutive hours with an alarm
    true         episodes with an hour from 12 hours before to 3 hours after onset
    alarm_hours  hours with an alarm
    hours        hours with a row
    """

    septic: NDArray[np.bool_]
    lead_h: Floats
    episodes: Floats
    true: Floats
    alarm_hours: Floats
    hours: Floats


def count_episodes(
    label: NDArray[np.int8], iculos: NDArray[np.float32], start: NDArray[np.int64], alarm: NDArray[np.bool_]
) -> Episodes:
    """Gather the alarms [N] of each stay into episodes."""
    first, hours = start[:-1], np.diff(start)
    septic = np.maximum.reduceat(label, first) > 0
    labelled = np.where(label != 0, iculos, np.inf).astype(np.float64)
    onset = np.minimum.reduceat(labelled, first) - OPTIMAL_H
    ahead = np.repeat(onset, hours) - iculos  # hours until onset; +inf in stays without sepsis
    lead = np.maximum.reduceat(np.where(alarm & (ahead <= LEAD_WINDOW_H) & (ahead >= 0), ahead, -1.0), first)

    begins = alarm.copy()
    begins[1:] &= ~alarm[:-1] | (np.diff(iculos) != 1)
    begins[first] = alarm[first]
    episode = np.cumsum(begins) - 1  # of each alarm; meaningless elsewhere
    in_window = alarm & (ahead <= -EARLY_H) & (ahead >= -LATE_H)
    is_true = np.zeros(int(begins.sum()), dtype=bool)
    is_true[episode[in_window]] = True
    true = np.zeros(len(label))
    true[begins] = is_true
    return Episodes(
        septic=septic,
        lead_h=np.where(lead >= 0, lead, np.nan),
        episodes=np.add.reduceat(begins.astype(np.float64), first),
        true=np.add.reduceat(true, first),
        alarm_hours=np.add.reduceat(alarm.astype(np.float64), first),
        hours=hours.astype(np.float64),
    )
