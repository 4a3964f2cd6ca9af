"""Artefacts: disturbances between a patient and the topic, as a table. Pure."""

from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

from schemas.vitals import VitalsFrame
from stream.feeds.events import FeedEvent

SENSOR_OFF: Final = -999.0
LEAD_OFF: Final = 0.0
UNREADABLE: Final = b"\xff\xfe\x00monitor restarting\x00"

_PRESSURES: Final = ("systolic_mmhg", "mean_arterial_mmhg", "diastolic_mmhg")


class Artefact(NamedTuple):
    """One artefact: its kind, when it begins as a share of the stay, and how many frames it lasts."""

    kind: Literal["values", "gap", "late", "doubled", "unreadable"]
    at: float
    frames: int
    values: dict[str, float]  # shown by the monitor in place of the true ones


# fmt: off
ARTEFACTS: Final = (
    Artefact("values",     0.10, 8,  {"spo2_percent": LEAD_OFF}),
    Artefact("values",     0.22, 1,  {"heart_rate_bpm": 214.0}),                                 # motion
    Artefact("doubled",    0.27, 1,  {}),
    Artefact("values",     0.33, 6,  {"heart_rate_bpm": SENSOR_OFF, "respiratory_rate_per_min": SENSOR_OFF}),
    Artefact("late",       0.43, 1,  {}),
    Artefact("unreadable", 0.50, 1,  {}),
    Artefact("values",     0.56, 2,  {"spo2_percent": 71.0, "heart_rate_bpm": 158.0}),           # motion
    Artefact("gap",        0.64, 12, {}),
    Artefact("values",     0.80, 4,  dict.fromkeys(_PRESSURES, LEAD_OFF)),
    Artefact("values",     0.88, 1,  {"heart_rate_bpm": LEAD_OFF}),
)
# fmt: on

_LATE_FRAMES: Final = 3  # a late frame is sent after this many newer ones


def with_artefacts(frames: list[VitalsFrame], artefacts: tuple[Artefact, ...] = ARTEFACTS) -> Iterator[FeedEvent]:
    """Yield the frames of one patient with artefacts, in the order of sending.

    A late frame is sent just after the third newer one; an unreadable record is sent instead of a duplicate.
    """
    starts: dict[int, Artefact] = {int(one.at * len(frames)): one for one in artefacts}
    held: dict[int, VitalsFrame] = {}
    current: Artefact | None = None
    left = 0
    for number, frame in enumerate(frames):
        if number in starts:
            current = starts[number]
            left = current.frames
        if current is None or left == 0:
            yield _sent(frame, frame)
        elif current.kind == "late":
            held[number + _LATE_FRAMES] = frame
        else:
            yield from _SEND[current.kind](frame, current)
        left = max(0, left - 1)
        if number in held:
            yield _sent(held.pop(number), frame)
    for frame in held.values():  # the stay ended before they were due
        yield _sent(frame, frames[-1])


def _sent(record: VitalsFrame, at: VitalsFrame) -> FeedEvent:
    return FeedEvent("vitals", record.patient, at.time, record)


def _shown(frame: VitalsFrame, artefact: Artefact) -> Iterator[FeedEvent]:
    yield _sent(frame.model_copy(update=dict(artefact.values)), frame)


def _twice(frame: VitalsFrame, _artefact: Artefact) -> Iterator[FeedEvent]:
    yield _sent(frame, frame)
    yield _sent(frame, frame)


def _with_noise(frame: VitalsFrame, _artefact: Artefact) -> Iterator[FeedEvent]:
    yield _sent(frame, frame)
    yield FeedEvent("vitals", frame.patient, frame.time, UNREADABLE)


def _nothing(_frame: VitalsFrame, _artefact: Artefact) -> Iterator[FeedEvent]:
    yield from ()


_SEND: Final[dict[str, Callable[[VitalsFrame, Artefact], Iterator[FeedEvent]]]] = {
    "values": _shown,
    "doubled": _twice,
    "unreadable": _with_noise,
    "gap": _nothing,
}
