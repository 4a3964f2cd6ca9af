"""Scenes at a bed that an alarm system is judged by: a heart that stops, a wrong clock, what staff set. Pure.

The numbers are our own choice, as in stream/feeds/courses.py.
"""

from collections.abc import Iterator
from datetime import timedelta
from heapq import merge
from operator import attrgetter
from typing import Any, Final, NamedTuple

from schemas.alarm_settings import AlarmSetting, Timed
from schemas.vitals import VitalsFrame
from stream.feeds.artefacts import with_artefacts
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

NURSE: Final = "nurse-5"


class Override(NamedTuple):
    """What a nurse sets for a patient's alarms: when, as a share of the stay, and for how many minutes."""

    action: Timed
    at: float
    minutes: float
    reason: str
    condition: str | None = None
    limit: float | None = None


# fmt: off
OVERRIDES: Final = (
    # Over the motion of stream/feeds/artefacts.py: a heart rate of 158 is silent until the pause is over, and a
    # saturation of 71 is not.
    Override("pause", 0.557, 2,   "patient is turned in bed"),
    # Further than a nurse may go, and so refused; then as far as a nurse may.
    Override("limit", 0.570, 240, "motion artefacts",          "spo2-low", 80.0),
    Override("limit", 0.575, 180, "motion artefacts",          "spo2-low", 88.0),
)
# fmt: on


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


def with_overrides(frames: list[VitalsFrame]) -> Iterator[FeedEvent]:
    """Yield the frames of one patient whose movement makes artefacts, and what a nurse sets for the alarms."""
    settings = [_set(one, frames[int(one.at * len(frames))]) for one in OVERRIDES if frames]
    return merge(with_artefacts(frames), settings, key=attrgetter("time"))


def _set(one: Override, beside: VitalsFrame) -> FeedEvent:
    """The record of a nurse who sets something when a frame is sent."""
    record = AlarmSetting(
        patient=beside.patient,
        time=beside.time,
        action=one.action,
        condition=one.condition,
        limit=one.limit,
        until=beside.time + timedelta(minutes=one.minutes),
        reason=one.reason,
        role="nurse",
        by=NURSE,
    )
    return FeedEvent("alarm-settings", record.patient, record.time, record)
