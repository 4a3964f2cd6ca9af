"""What staff set, what it silences and what results and orders say do not depend on cuts, restarts or ticks."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from models.watch.advance import advance_clock, advance_event
from models.watch.state import PatientState
from models.watch.stored import from_fields, to_fields
from schemas.alarm_settings import AlarmSetting
from schemas.labs import LabResults
from schemas.therapy import Medication
from schemas.wire import Wire
from tests.builders.watch_frames import START_MS, CountingModel, Sent, advanced, names_of
from tests.models.watch.test_cuts import as_stored
from tests.models.watch.test_devices_cuts import JUMPS_S, MOMENTS, SKEWS_S, Moment, sent

PATIENTS = 2
END_S = 20_000.0
LIMITS = {"heart-rate-high": (140.0, 131.0, 150.0), "spo2-low": (92.0, 88.0, 85.0), "mean-arterial-low": (55.0, 75.0)}


class Set(NamedTuple):
    """A record beside the frames: before which one it comes, how old it is then, how long it lasts, what it says."""

    before: int
    patient: int
    age_s: float
    lasts_s: float
    said: dict[str, Any]


def limit_of(condition: str) -> st.SearchStrategy[dict[str, Any]]:
    limits = st.sampled_from(LIMITS[condition])
    return st.fixed_dictionaries({"action": st.just("limit"), "condition": st.just(condition), "limit": limits})


SAID = st.one_of(
    st.sampled_from(sorted(LIMITS)).flatmap(limit_of),
    st.fixed_dictionaries({"action": st.sampled_from(["pause", "standby", "away"])}),
    st.fixed_dictionaries(
        {"action": st.just("sound-off"), "condition": st.sampled_from(["spo2-low", "news2", "sepsis-risk"])}
    ),
    st.fixed_dictionaries({"action": st.just("end"), "ends": st.sampled_from(["pause", "standby", "away"])}),
    st.fixed_dictionaries({"potassium_mmol_per_l": st.sampled_from([2.0, 4.0, 6.5, 7.5])}),
    st.fixed_dictionaries({"lactate_mmol_per_l": st.sampled_from([1.0, 2.5, 5.0])}),
    st.fixed_dictionaries({"drug": st.just("norepinephrine"), "status": st.sampled_from(["active", "stopped"])}),
)
SETS = st.lists(
    st.builds(
        Set,
        st.integers(0, 60),
        st.integers(0, PATIENTS - 1),
        st.sampled_from([0.0, 0.0, 0.5, 30.0, -30.0]),
        st.sampled_from([1.0, 20.0, 90.0, 119.5, 120.0, 1000.0, 3600.0]),
        SAID,
    ),
    min_size=1,
    max_size=8,
)


def record(one: Set, arrived_s: float) -> Wire:
    made_s = START_MS / 1000 + arrived_s - one.age_s
    stated = {"patient": f"p-{one.patient + 1}", "time": instant(made_s)} | one.said
    if "drug" in stated:
        return Medication.model_validate(stated | {"order": "o-1"})
    if "action" not in stated:
        return LabResults.model_validate(stated)
    said = {"patient": f"p-{one.patient + 1}", "role": "physician", "by": "physician-1", "reason": "test"} | one.said
    times = {"time": instant(made_s), "until": instant(made_s + one.lasts_s)}
    return AlarmSetting.model_validate(said | times)


def instant(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat()


def played(frames: list[Sent], sets: list[Set], cuts: list[int], ticks: list[float]) -> tuple[list[str], list[Any]]:
    """Every record that goes out, and the last states, stored and loaded at every cut; settings cut by themselves."""
    states = [PatientState() for _ in range(PATIENTS)]
    names = names_of(states)
    said: list[str] = []
    coming = sorted(sets, key=lambda one: one.before % len(frames))
    edges = sorted({0, *(cut % len(frames) for cut in cuts), *(one.before % len(frames) for one in sets), len(frames)})
    for start, end in pairwise(edges):
        for one in coming:
            if one.before % len(frames) == start:
                arrived_s = frames[start].arrived_s or 0.0
                event = record(one, arrived_s)
                states[one.patient], out = advance_event(
                    names[one.patient], states[one.patient], event, START_MS + round(1000 * arrived_s)
                )
                said += [made.record.model_dump_json() for made in out]
        done = advanced(states, frames[start:end], CountingModel())
        said += [made.record.model_dump_json() for made in done.said]
        states = [from_fields(0, to_fields(state)).state for state in done.states]
        until_s = END_S if end == len(frames) else frames[end].arrived_s or 0.0
        since_s = frames[end - 1].arrived_s or 0.0
        for share in [*ticks, 1.0] if end == len(frames) else ticks:
            now_ms = START_MS + round(1000 * (since_s + share * (until_s - since_s)))
            for at, (name, state) in enumerate(zip(names, states, strict=True)):
                states[at], due = advance_clock(name, state, now_ms)
                said += [made.record.model_dump_json() for made in due]
    return sorted(said), [as_stored(state) for state in states]


@settings(max_examples=150, deadline=None)
@given(
    moments=MOMENTS,
    skews_s=SKEWS_S,
    jumps_s=JUMPS_S,
    sets=SETS,
    cuts=st.lists(st.integers(0, 60), max_size=12),
    ticks=st.lists(st.floats(0, 1), max_size=3).map(sorted),
)
def test_neither_cuts_nor_ticks_change_what_settings_make_of_a_stream(
    moments: list[Moment],
    skews_s: dict[str, float],
    jumps_s: list[tuple[int, float]],
    sets: list[Set],
    cuts: list[int],
    ticks: list[float],
) -> None:
    frames = sent(moments, skews_s, jumps_s)
    assert played(frames, sets, cuts, ticks) == played(frames, sets, [], [])


@settings(max_examples=50, deadline=None)
@given(moments=MOMENTS, skews_s=SKEWS_S, jumps_s=JUMPS_S, sets=SETS)
def test_nothing_is_said_twice_of_alarms_that_staff_have_set(
    moments: list[Moment], skews_s: dict[str, float], jumps_s: list[tuple[int, float]], sets: list[Set]
) -> None:
    said, _ = played(sent(moments, skews_s, jumps_s), sets, [], [])
    refusals = {one for one in said if '"outcome":"refused"' in one}  # a record that comes twice is refused twice
    ids = [orjson.loads(one)["id"] for one in said if one not in refusals]
    assert len(ids) == len(set(ids))
