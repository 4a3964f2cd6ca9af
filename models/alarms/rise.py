"""A score that goes on rising after somebody has acknowledged it sounds again. Pure.

clinical.md B.4 (6): a lock-out is "only breakable by priority escalation or score +2". The silence after an
acknowledgement is the lock-out that there is; `episodes.advance` breaks it when the priority escalates. The highest
band of NEWS2 has no priority above it, so without this a patient acknowledged at 7 could reach 15 in silence.
"""

from typing import Final

from models.alarms.episodes import Episode, Step, step_of
from models.alarms.lifecycle import follow
from models.alarms.rules import NEWS2

RISE: Final = 2
"""Points above the highest total that was there while the alarm sounded."""


def rise(episode: Episode, total: int, time_s: float) -> tuple[Episode, tuple[Step, ...]]:
    """What a frame's total does to the alarm on NEWS2; a total that lacks a parameter is a lower bound, and counts."""
    if not episode.present:
        return episode, ()
    if episode.signal == "on":
        return (episode._replace(worst=total) if total > episode.worst else episode), ()
    if episode.acknowledged_s is None or total < episode.worst + RISE:
        return episode, ()
    signal = follow(episode.signal, "escalate", latching=NEWS2.latching)
    loud = episode._replace(signal=signal, sounded_s=time_s, acknowledged_s=None, worst=total)
    return loud, (step_of("update", NEWS2, loud, time_s)._replace(risen_to=total),)
