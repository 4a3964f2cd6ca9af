"""Scenes at a bed that an alarm system is judged by: a heart that stops, and a second device with a wrong clock. Pure.

The numbers are our own choice, as in stream/feeds/courses.py.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from schemas.vitals import VitalsFrame
from stream.feeds.events import FeedEvent

ARREST_AT: Final = 0.86  # share of the stay
ARREST_FRAMES: Final = 4
FLAT_LINE: Final[dict[str, Any]] = {
    "heart_rate_bpm": 0.0,
    "respiratory_rate_per_min": 0.0,
    "spo2_percent": None,
    "systolic_mmhg": 16.0,
    "mean_arterial_mmhg": 15.0,
    "diastolic_mmhg": 14.0,
}
"""What a monitor shows of a heart that stands still: an oximeter finds no pulse, and an arterial line goes flat."""

OXIMETER_BEHIND_S: Final = 95.0
"""By how much the clock of the oximeter beside the monitor is behind."""


def with_arrest(frames: list[VitalsFrame]) -> Iterator[FeedEvent]:
    """Yield the frames of one patient whose heart stops, and who is resuscitated."""
    begin = int(ARREST_AT * len(frames))
    for number, frame in enumerate(frames):
        shown = frame
        if begin <= number < begin + ARREST_FRAMES:
            mind = "unresponsive" if number == begin else frame.consciousness
            shown = frame.model_copy(update=FLAT_LINE | {"consciousness": mind})
        elif number == begin + ARREST_FRAMES:
            shown = frame.model_copy(update={"consciousness": "alert"})
        yield FeedEvent("vitals", frame.patient, frame.time, shown)


def with_skewed_oximeter(frames: list[VitalsFrame]) -> Iterator[FeedEvent]:
    """Yield the frames of one patient's monitor and, after each, one of an oximeter whose clock is steadily behind."""
    for number, frame in enumerate(frames):
        yield FeedEvent("vitals", frame.patient, frame.time, frame)
        beside = VitalsFrame(
            patient=frame.patient,
            time=frame.time - timedelta(seconds=OXIMETER_BEHIND_S),
            device=f"oximeter of {frame.device}",
            sequence=number,
            spo2_percent=frame.spo2_percent,
        )
        yield FeedEvent("vitals", frame.patient, frame.time, beside)
