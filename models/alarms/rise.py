"""Let an acknowledged NEWS2 alarm sound again when the score goes on rising.

An acknowledgement silences an alarm for some minutes, and `models.alarms.episodes.advance` ends the silence when the
priority rises. The highest band of NEWS2 has no priority above it, so that without this a patient who was acknowledged
at 7 could reach 15 in silence. No standard says how much is too much: the two points are ours.
"""

from typing import Final

from models.alarms.episodes import Episode, Step, step_of
from models.alarms.lifecycle import follow
from models.alarms.rules import NEWS2

RISE: Final = 2
"""By how many points the score must exceed the highest total that it had while the alarm sounded. Ours: one point comes
and goes by itself where a value lies on an edge of the chart."""


def rise(episode: Episode, total: int, time_s: float) -> tuple[Episode, tuple[Step, ...]]:
    """Return the NEWS2 alarm after a frame's total, and the step to publish where it sounds again.

    A total that lacks a parameter is a lower bound, and counts as it is.
    """
    if not episode.present:
        return episode, ()
    if episode.signal == "on":
        return (episode._replace(worst=total) if total > episode.worst else episode), ()
    if episode.acknowledged_s is None or total < episode.worst + RISE:
        return episode, ()
    signal = follow(episode.signal, "escalate", latching=NEWS2.latching)
    loud = episode._replace(signal=signal, sounded_s=time_s, acknowledged_s=None, worst=total)
    return loud, (step_of("update", NEWS2, loud, time_s)._replace(risen_to=total),)
