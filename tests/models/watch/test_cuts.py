"""What a stream gives must not depend on how it was cut into micro-batches, stored and loaded between them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from models.watch import findings
from models.watch.forecast import catch_up, forecast
from models.watch.react import react, until_new_stays
from models.watch.state import PatientState, from_fields, to_fields
from tests.builders.watch_frames import FORECAST_EVERY_MS, LATENESS_MS, CountingModel, Frame, frames

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


def findings_of(rows: list[Frame], cuts: list[int], model: CountingModel) -> tuple[list[str], list[Any]]:
    """Everything found, by id, and the last states; the states are stored and loaded at every cut."""
    states = [PatientState() for _ in range(PATIENTS)]
    names = [f"p{patient}" for patient in range(PATIENTS)]
    found: list[str] = []
    for batch in map(frames, parts(rows, cuts)):
        for part in until_new_stays(states, batch):
            reaction = react(states, batch.part(part), LATENESS_MS, FORECAST_EVERY_MS)
            said = findings.of_frames(names, reaction)
            due = [[*catch_up(state, 0), *dues] for state, dues in zip(reaction.states, reaction.due, strict=True)]
            made = forecast(model, reaction.states, due)
            said += findings.of_forecasts(names, reaction, made.made, model)
            found += [one.record.model_dump_json() for one in said]
            states = [from_fields(0, to_fields(state)) for state in reaction.states]
    return sorted(found), [(orjson.loads(fields["state"]), fields["risk"]) for fields in map(to_fields, states)]


def parts(rows: list[Frame], cuts: list[int]) -> Iterator[list[Frame]]:
    edges = sorted({0, *(cut % len(rows) for cut in cuts), len(rows)})
    return (rows[start:end] for start, end in pairwise(edges))


@settings(max_examples=100, deadline=None)
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 40), max_size=12))
def test_findings_and_states_are_the_same_however_the_stream_is_cut(
    stream: list[tuple[int, int, dict[str, float]]], cuts: list[int]
) -> None:
    rows = rows_of(stream)
    assert findings_of(rows, cuts, CountingModel()) == findings_of(rows, [], CountingModel())


@settings(max_examples=50, deadline=None)
@given(stream=STREAMS)
def test_nothing_is_said_twice(stream: list[tuple[int, int, dict[str, float]]]) -> None:
    found, _ = findings_of(rows_of(stream), [], CountingModel())
    assert len(found) == len(set(found))
