"""What devices, their clocks and the passing of time make of a stream does not depend on cuts, restarts or ticks."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.watch.advance import advance_clock, advance_event
from models.watch.state import PatientState
from models.watch.stored import from_fields, to_fields
from schemas.wire import Wire
from tests.builders.watch_frames import START_MS, CountingModel, Sent, advanced, names_of
from tests.models.watch.test_cuts import MEASURED, as_stored

PATIENTS = 2
END_S = 20_000.0


class Moment(NamedTuple):
    """One frame: whose, of which device, how long after the frame before it was sent, how long on its way, what."""

    patient: int
    device: str
    passed_s: float
    delayed_s: float
    numbered: bool
    measured: dict[str, float]


EMPTY = Moment(0, "", 0.0, 0.0, numbered=False, measured={})
ILL = {"heart_rate_bpm": 0.0, "consciousness": 0.0, "mean_arterial_mmhg": 50.0, "systolic_mmhg": 65.0}
SKEWS_S = st.fixed_dictionaries(
    {
        "": st.sampled_from([0.0, 0.0, -20.0]),
        "ecg": st.sampled_from([0.0, -0.1, 45.0]),
        "oximeter": st.sampled_from([0.0, -0.1, -45.0, -7200.0]),
    }
)
JUMPS_S = st.lists(st.tuples(st.integers(0, 60), st.sampled_from([-3600.0, -40.0, -10.0, 60.0])), max_size=2)
MOMENTS = st.lists(
    st.builds(
        Moment,
        st.integers(0, PATIENTS - 1),
        st.sampled_from(["", "ecg", "oximeter"]),
        st.sampled_from([0.0, 0.001, 0.5, 1.0, 1.0, 1.003, 5.0, 16.0, 60.0, 310.0, 1000.0]),
        st.sampled_from([0.0, 0.0, 0.0, 1.5, 40.0]),
        st.booleans(),
        MEASURED,
    ),
    min_size=1,
    max_size=60,
)


def sent(moments: list[Moment], skews_s: dict[str, float], jumps_s: list[tuple[int, float]]) -> list[Sent]:
    """Frames as they arrive: each stamped by its device's clock, which is skewed and may jump."""
    clock_s, skews_s = 0.0, dict(skews_s)
    numbers: dict[tuple[int, str], int] = {}
    frames = []
    for at, one in enumerate(moments):
        clock_s += one.passed_s
        for when, jump_s in jumps_s:
            if when == at:
                skews_s = {name: skew_s + jump_s for name, skew_s in skews_s.items()}
        number = numbers[one.patient, one.device] = numbers.get((one.patient, one.device), -1) + 1
        stamp_s, arrived_s = clock_s + skews_s[one.device], clock_s + one.delayed_s
        frames.append(Sent(one.patient, stamp_s, one.measured, one.device, number if one.numbered else -1, arrived_s))
    return sorted(frames, key=lambda frame: frame.arrived_s or 0.0)


Events = Mapping[int, Sequence[tuple[int, Wire]]]
"""By the place of a frame what comes just before it: whose, and the record."""


def played(
    frames: list[Sent], cuts: list[int], ticks: list[float], events: Events | None = None
) -> tuple[list[str], list[Any]]:
    """Every record that goes out, and the last states, which are stored and loaded at every cut, and let time pass."""
    events = events or {}
    states = [PatientState() for _ in range(PATIENTS)]
    names = names_of(states)
    said: list[str] = []
    edges = sorted({0, *(cut % len(frames) for cut in cuts), *events, len(frames)})
    for start, end in pairwise(edges):
        for at, event in events.get(start, ()):
            arrived_ms = START_MS + round(1000 * (frames[start].arrived_s or 0.0))
            states[at], out = advance_event(names[at], states[at], event, arrived_ms)
            said += [one.record.model_dump_json() for one in out]
        done = advanced(states, frames[start:end], CountingModel())
        said += [one.record.model_dump_json() for one in done.said]
        states = [from_fields(0, to_fields(state)).state for state in done.states]
        until_s = END_S if end == len(frames) else frames[end].arrived_s or 0.0
        since_s = frames[end - 1].arrived_s or 0.0
        for share in [*ticks, 1.0] if end == len(frames) else ticks:
            now_ms = START_MS + round(1000 * (since_s + share * (until_s - since_s)))
            for at, (name, state) in enumerate(zip(names, states, strict=True)):
                states[at], due = advance_clock(name, state, now_ms)
                said += [one.record.model_dump_json() for one in due]
    return sorted(said), [as_stored(state) for state in states]


@settings(max_examples=150, deadline=None)
@given(
    moments=MOMENTS,
    skews_s=SKEWS_S,
    jumps_s=JUMPS_S,
    cuts=st.lists(st.integers(0, 60), max_size=12),
    ticks=st.lists(st.floats(0, 1), max_size=3).map(sorted),
)
@example(  # of two devices the worse number counts, and the frame after it comes in a batch of its own
    [
        Moment(0, "", 0.0, 0.0, numbered=False, measured={"respiratory_rate_per_min": 6.0}),
        Moment(0, "ecg", 0.0, 0.0, numbered=False, measured={}),
        Moment(0, "", 0.5, 0.0, numbered=False, measured={"respiratory_rate_per_min": 6.0}),
        Moment(0, "ecg", 0.5, 0.0, numbered=False, measured={"respiratory_rate_per_min": 15.0}),
        EMPTY,
    ],
    {"": 0.0, "ecg": 0.0, "oximeter": 0.0},
    [],
    [4],
    [],
)
@example(  # two frames with nothing in them, hours after what raised the score, in one batch and in two
    [Moment(0, "oximeter", 0.0, 0.0, numbered=False, measured=ILL), *[EMPTY] * 2],
    {"": 0.0, "ecg": 0.0, "oximeter": -7200.0},
    [],
    [2],
    [],
)
@example(  # a number that says what was known already, and then one with too little beside it for a score
    [
        Moment(
            0,
            "",
            0.0,
            0.0,
            numbered=False,
            measured={"on_oxygen": 1.0, "spo2_percent": 91.0, "temperature_celsius": 40.0, "heart_rate_bpm": 72.0},
        ),
        Moment(0, "oximeter", 310.0, 40.0, numbered=False, measured={"mean_arterial_mmhg": 85.0}),
        Moment(0, "oximeter", 1000.0, 40.0, numbered=False, measured={"heart_rate_bpm": 0.0}),
    ],
    {"": -20.0, "ecg": 0.0, "oximeter": -45.0},
    [],
    [2],
    [],
)
def test_neither_cuts_nor_ticks_change_what_is_said_of_several_devices(
    moments: list[Moment],
    skews_s: dict[str, float],
    jumps_s: list[tuple[int, float]],
    cuts: list[int],
    ticks: list[float],
) -> None:
    frames = sent(moments, skews_s, jumps_s)
    assert played(frames, cuts, ticks) == played(frames, [], [])


@settings(max_examples=50, deadline=None)
@given(moments=MOMENTS, skews_s=SKEWS_S, jumps_s=JUMPS_S)
def test_nothing_is_said_twice_of_several_devices(
    moments: list[Moment], skews_s: dict[str, float], jumps_s: list[tuple[int, float]]
) -> None:
    said, _ = played(sent(moments, skews_s, jumps_s), [], [])
    ids = [orjson.loads(one)["id"] for one in said]
    assert len(ids) == len(set(ids))
