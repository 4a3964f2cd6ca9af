"""A bedside monitor without artefacts, and a charting nurse, of a simulated patient. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from schemas.vitals import Consciousness, VitalsFrame
from stream.feeds.courses import Course
from stream.feeds.physiology import Floats, latent, pressures, severity

CUFF_EVERY_S: Final = 15 * 60
ROUND_EVERY_S: Final = 60 * 60  # a nurse charts temperature, oxygen and consciousness


@dataclass(frozen=True)
class Monitor:
    """A monitor at a bed: from `first_s` after `start`, a frame every `every_s` until the end of the stay."""

    patient: str
    device: str
    start: datetime
    first_s: float
    every_s: float
    stay_s: float


def monitor_frames(monitor: Monitor, course: Course, rng: np.random.Generator) -> Iterator[VitalsFrame]:
    """Yield the frames of a stay."""
    seconds = np.arange(monitor.first_s, monitor.stay_s, monitor.every_s)
    share = seconds / monitor.stay_s
    hour_of_day = (monitor.start.hour + monitor.start.minute / 60 + seconds / 3600) % 24
    values = latent(course, share, seconds / 60, hour_of_day, rng)
    systolic, diastolic = pressures(values[:, 1], values[:, 2])
    ill = severity(course, share)
    treated = _on_oxygen(course, ill)
    minds = [_mind(course, now) for now in ill.tolist()]
    before = -1.0
    for t, second in enumerate(seconds.tolist()):
        cuff = course.arterial_line or _falls_due(before, second, CUFF_EVERY_S)
        nurse = _falls_due(before, second, ROUND_EVERY_S)
        # Oxygen and consciousness are charted as soon as they change, not at the next round.
        charted = nurse or (treated[t], minds[t]) != (treated[t - 1], minds[t - 1])
        before = second
        yield VitalsFrame(
            patient=monitor.patient,
            time=monitor.start + timedelta(seconds=second),
            device=monitor.device,
            sequence=t,
            heart_rate_bpm=round(values[t, 0], 0),
            respiratory_rate_per_min=round(values[t, 3], 0),
            spo2_percent=round(values[t, 4], 0),
            systolic_mmhg=round(systolic[t], 0) if cuff else None,
            mean_arterial_mmhg=round(values[t, 1], 0) if cuff else None,
            diastolic_mmhg=round(diastolic[t], 0) if cuff else None,
            temperature_celsius=round(values[t, 5], 1) if nurse else None,
            fio2_fraction=(0.4 if treated[t] else 0.21) if charted else None,
            on_oxygen=treated[t] if charted else None,
            consciousness=minds[t] if charted else None,
        )


def _falls_due(before_s: float, now_s: float, every_s: float) -> bool:
    """Return whether a multiple of `every_s` lies after the last frame and up to this one; True for the first frame."""
    return before_s < 0 or now_s // every_s > before_s // every_s


def _on_oxygen(course: Course, ill: Floats) -> list[bool]:
    """Return for each frame whether oxygen is given: from the course's severity until half of it."""
    given, history = False, []
    for now in ill.tolist():
        if course.oxygen_at is not None:
            given = now >= course.oxygen_at or (given and now >= course.oxygen_at / 2)
        history.append(given)
    return history


def _mind(course: Course, ill: float) -> Consciousness:
    return "confusion" if course.confusion_at is not None and ill >= course.confusion_at else "alert"
