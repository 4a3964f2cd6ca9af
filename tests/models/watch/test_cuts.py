"""What a stream gives must not depend on how it was cut into micro-batches, stored and loaded between them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from models.watch.state import PatientState
from models.watch.stored import from_fields, to_fields
from tests.builders.watch_frames import CountingModel, Frame, advanced

PATIENTS = 3
STEPS_S = st.one_of(
    st.integers(1, 90), st.just(0), st.integers(-120, -1), st.integers(200, 4000), st.sampled_from([3600, 3 * 86_400])
)
MEASURED = st.fixed_dictionaries(
    {},
    optional={
        "heart_rate_bpm": st.sampled_from([0.0, -999.0, 35.0, 72.0, 135.0, 155.0, 400.0]),
        "spo2_percent": st.sampled_from([0.0, 80.0, 88.0, 91.0, 98.0]),
        "respiratory_rate_per_min": st.sampled_from([6.0, 15.0, 26.0]),
        "systolic_mmhg": st.sampled_from([65.0, 120.0]),
        "mean_arterial_mmhg": st.sampled_from([50.0, 85.0]),
        "temperature_celsius": st.sampled_from([34.0, 37.0, 40.0]),
        "on_oxygen": st.sampled_from([0.0, 1.0]),
        "consciousness": st.sampled_from([0.0, 3.0]),
    },
)


STREAMS = st.lists(st.tuples(st.integers(0, PATIENTS - 1), STEPS_S, MEASURED), min_size=1, max_size=40)
"""Frames of a few patients: whose, how long after the newest of that patient, what; late, doubled, with gaps."""


def rows_of(stream: list[tuple[int, int, dict[str, float]]]) -> list[Frame]:
    clock = [0.0] * PATIENTS
    rows: list[Frame] = []
    for patient, step_s, measured in stream:
        rows.append((patient, clock[patient] + step_s, measured))
        clock[patient] = max(clock[patient], clock[patient] + step_s)
    return rows


def said_of(rows: list[Frame], cuts: list[int], model: CountingModel) -> tuple[list[str], list[Any]]:
    """Every record that goes out, and the last states; the states are stored and loaded at every cut."""
    states = [PatientState() for _ in range(PATIENTS)]
    said: list[str] = []
    for batch in parts(rows, cuts):
        done = advanced(states, batch, model)
        said += [one.record.model_dump_json() for one in done.said]
        states = [from_fields(0, to_fields(state)).state for state in done.states]
    return sorted(said), [as_stored(state) for state in states]


def as_stored(state: PatientState) -> Any:  # noqa: ANN401 - JSON
    fields = to_fields(state)
    return orjson.loads(fields["state"]), fields["risk"]


def parts(rows: list[Frame], cuts: list[int]) -> Iterator[list[Frame]]:
    edges = sorted({0, *(cut % len(rows) for cut in cuts), len(rows)})
    return (rows[start:end] for start, end in pairwise(edges))


@settings(max_examples=100, deadline=None)
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 40), max_size=12))
def test_records_and_states_are_the_same_however_the_stream_is_cut(
    stream: list[tuple[int, int, dict[str, float]]], cuts: list[int]
) -> None:
    rows = rows_of(stream)
    assert said_of(rows, cuts, CountingModel()) == said_of(rows, [], CountingModel())


@settings(max_examples=50, deadline=None)
@given(stream=STREAMS)
def test_nothing_is_said_twice(stream: list[tuple[int, int, dict[str, float]]]) -> None:
    said, _ = said_of(rows_of(stream), [], CountingModel())
    assert len(said) == len(set(said))


@settings(max_examples=50, deadline=None)
@given(stream=STREAMS, cut=st.integers(0, 40))
def test_what_comes_in_stays_as_it_is(stream: list[tuple[int, int, dict[str, float]]], cut: int) -> None:
    rows = rows_of(stream)
    states = advanced([PatientState() for _ in range(PATIENTS)], rows[:cut], CountingModel()).states
    before = [as_stored(state) for state in states]
    advanced(states, rows[cut:], CountingModel())
    advanced(states, rows[cut:], CountingModel(broken=True))
    advanced(states, rows[cut:])
    assert [as_stored(state) for state in states] == before
