"""What staff set, what it silences and what results and orders say do not depend on cuts, restarts or ticks."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alarm_settings import AlarmSetting
from schemas.device_alarms import DeviceAlarm
from schemas.labs import LabResults
from schemas.therapy import Medication
from schemas.wire import Wire
from tests.builders.watch_frames import START_MS, Sent
from tests.models.watch.test_devices_cuts import JUMPS_S, MOMENTS, PATIENTS, SKEWS_S, Events, Moment, played, sent

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
    st.fixed_dictionaries({"event": st.just("MDC_EVT_DESAT"), "phase": st.sampled_from(["start", "end"])}),
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
    if "event" in stated:
        return DeviceAlarm.model_validate(stated | {"alarm": "a-1", "state": "active", "text": ""})
    if "action" not in stated:
        return LabResults.model_validate(stated)
    said = {"patient": f"p-{one.patient + 1}", "role": "physician", "by": "physician-1", "reason": "test"} | one.said
    times = {"time": instant(made_s), "until": instant(made_s + one.lasts_s)}
    return AlarmSetting.model_validate(said | times)


def instant(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat()


def events_of(frames: list[Sent], sets: list[Set]) -> Events:
    """The records beside the frames by the place of the frame that each comes before."""
    events: dict[int, list[tuple[int, Wire]]] = defaultdict(list)
    for one in sets:
        at = one.before % len(frames)
        events[at].append((one.patient, record(one, frames[at].arrived_s or 0.0)))
    return events


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
    events = events_of(frames, sets)
    assert played(frames, cuts, ticks, events) == played(frames, [], [], events)


@settings(max_examples=50, deadline=None)
@given(moments=MOMENTS, skews_s=SKEWS_S, jumps_s=JUMPS_S, sets=SETS)
def test_nothing_is_said_twice_of_alarms_that_staff_have_set(
    moments: list[Moment], skews_s: dict[str, float], jumps_s: list[tuple[int, float]], sets: list[Set]
) -> None:
    frames = sent(moments, skews_s, jumps_s)
    said, _ = played(frames, [], [], events_of(frames, sets))
    refusals = {one for one in said if '"outcome":"refused"' in one}  # a record that comes twice is refused twice
    ids = [orjson.loads(one)["id"] for one in said if one not in refusals]
    assert len(ids) == len(set(ids))
