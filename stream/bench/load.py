"""The records of a benchmark: frames of a simulated ward, created once and read by every system."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from stream.feeds.events import FeedEvent
from stream.feeds.simulate import Ward, simulated


class Load(NamedTuple):
    """A number of frames of a number of beds, each of which sends one every `every_s` seconds (event time)."""

    frames: int
    beds: int
    every_s: float


def frames(load: Load, prefix: str, now: datetime | None = None) -> Iterator[FeedEvent]:
    """Yield exactly `load.frames` records of the topic vitals, oldest first, the newest not later than `now`."""
    stay_s = (load.frames // load.beds + 2) * load.every_s
    start = (now or datetime.now(UTC)) - timedelta(seconds=stay_s)
    ward = Ward(load.beds, start, stay_s / 3600, frame_s=load.every_s, prefix=prefix)
    return islice((event for event in simulated(ward) if event.topic == "vitals"), load.frames)
