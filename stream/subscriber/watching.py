"""Which partitions of `vitals` workers watch, and up to which moment, as their signs of life say. Pure.

Liveness is judged by when a record was published (the time-stamp of Kafka's record), never by event time: that of a
replay lies far from now.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from schemas.alerts import WardStatus

UNHEARD: Final = timedelta(seconds=8)
"""Ours: at least two signs of life (stream/worker/timekeeper.py) that did not come."""
BEHIND: Final = timedelta(seconds=60)
"""Ours: a worker that lives, and is so far behind what has arrived, does not watch what is now."""
_KEPT: Final = timedelta(days=1)


class Beat(NamedTuple):
    """A worker's latest sign of life.

    heard  when it was published
    up_to  what arrived up to then was worked on, None while the worker is not that far
    """

    watches: tuple[int, ...]
    heard: datetime
    up_to: datetime | None


class Watch(NamedTuple):
    """Whether somebody judges what comes in of a partition, and since when not."""

    state: Literal["watched", "behind", "unwatched", "unknown"]
    since: datetime | None


class Gap(NamedTuple):
    """What nobody watches, or is watched late, in a sentence, and since when."""

    text: str
    since: datetime | None


class Watching:
    """The signs of life of all workers."""

    def __init__(self) -> None:
        self._beats: dict[str, Beat] = {}
        self._heard: dict[int, datetime] = {}  # partition -> when somebody last said to watch it
        self._up_to: dict[int, datetime] = {}  # partition -> up to when it is known to have been worked on

    def hear(self, beat: WardStatus, heard: datetime) -> None:
        """Take a sign of life that was published at `heard`."""
        recent = {name: one for name, one in self._beats.items() if heard - one.heard <= _KEPT}
        watches = beat.watches or ()
        self._beats = recent | {beat.worker: Beat(watches, heard, beat.up_to)}
        for partition in watches:
            self._heard[partition] = max(heard, self._heard.get(partition, heard))
            if beat.up_to is not None:
                self._up_to[partition] = max(beat.up_to, self._up_to.get(partition, beat.up_to))

    def beats(self) -> list[tuple[str, Beat]]:
        """Return every worker of the last day with its latest sign of life, by name."""
        return sorted(self._beats.items())

    def lives(self, worker: str, now: datetime) -> bool | None:
        """Return whether a worker is there; None for one that has never given a sign of life, as not all do."""
        beat = self._beats.get(worker)
        return None if beat is None else bool(beat.watches) and now - beat.heard <= UNHEARD

    def of(self, partition: int | None, now: datetime) -> Watch:
        """Return how a partition stands; of an unknown one, how it stands with the ward."""
        if partition is None:
            lost = self._lost(now)
            return Watch("unwatched", min(self._heard[one] for one in lost)) if lost else Watch("watched", None)
        beats = [one for one in self._alive(now) if partition in one.watches]
        heard = self._heard.get(partition)
        if not beats and heard is not None and now - heard <= UNHEARD:
            return Watch("watched", None)  # the next worker may be on its way
        if not beats:
            return Watch("unwatched" if self._beats else "unknown", heard)
        if any(one.up_to is not None and one.heard - one.up_to <= BEHIND for one in beats):
            return Watch("watched", None)
        return Watch("behind", self._up_to.get(partition))

    def gaps(self, now: datetime) -> list[Gap]:
        """Say what no worker watches, and what is watched late. Of a quiet ward one is heard all the time."""
        lost, alive = self._lost(now), self._alive(now)
        if not any(one.watches for one in alive) and self._beats:
            heard = max(one.heard for one in self._beats.values())
            gap = Gap("no worker watches the ward: no scores and no alarms are made", heard)
            return [gap] if now - heard > UNHEARD else []
        found = []
        if lost:
            since = max(self._heard[partition] for partition in lost)
            text = f"no worker watches the partitions {_listed(lost)} of vitals: no scores and no alarms of their beds"
            found.append(Gap(text, since))
        watched = {partition for one in alive for partition in one.watches}
        if late := [partition for partition in sorted(watched) if self.of(partition, now).state == "behind"]:
            text = f"partitions {_listed(late)} of vitals are worked on late: scores and alarms are not of now"
            known = [self._up_to[partition] for partition in late if partition in self._up_to]
            found.append(Gap(text, min(known, default=None)))
        return found

    def _alive(self, now: datetime) -> list[Beat]:
        return [one for one in self._beats.values() if now - one.heard <= UNHEARD]

    def _lost(self, now: datetime) -> list[int]:
        """Partitions that a worker of the last day watched and none watches now, unless the change is quite new."""
        alive = {partition for one in self._alive(now) for partition in one.watches}
        return sorted(
            partition for partition in self._heard.keys() - alive if UNHEARD < now - self._heard[partition] <= _KEPT
        )


def _listed(partitions: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(partitions)))
