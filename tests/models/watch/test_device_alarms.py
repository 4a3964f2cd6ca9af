"""The alarms of devices: which of ours they confirm, what is known of them, and that they change none of ours."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.alarms.episodes import ACKNOWLEDGED_S
from models.watch.device_alarms import CONFIRMS_S, LOST_S, MOST_CONFIRMING, MOST_DEVICE_ALARMS, conditions_of
from models.watch.outputs import moment
from models.watch.state import PatientState
from schemas.alerts import Alert
from schemas.device_alarms import DeviceAlarm
from schemas.identity import device_alarm_id
from tests.builders.watch_frames import START_MS, WELL, Frame
from tests.models.watch.test_events import ALARMING, ILL, NAME, after, alerts_of, an_event, watched

SPO2 = {"name": "spo2_percent", "value": 80.0, "low": 90.0}
HEART = {"name": "heart_rate_bpm", "value": 121.0, "high": 120.0}
STARTED_S = 20.0
"""When the episode on low SpO2 of `ALARMING` begins: it is said 15 s later at the earliest."""


def raised(after_s: float = 30, **fields: Any) -> DeviceAlarm:
    """A monitor's alarm on low SpO2."""
    known = {
        "device": "monitor-4", "alarm": "a-1", "code": "196674", "event": "MDC_EVT_LO_VAL_LT_LIM", "system": "MDC",
        "text": "SPO2 LOW", "phase": "start", "state": "active", "priority": "medium", "type": "physiological",
        "direction": "low", "values": [SPO2],
    }  # fmt: skip
    event = an_event("device-alarms", after_s, **(known | fields))
    assert isinstance(event, DeviceAlarm)
    return event


def ended(after_s: float, **fields: Any) -> DeviceAlarm:
    return raised(after_s, phase="end", state="inactive", **fields)


KNOWN = {device_alarm_id(NAME, "monitor-4", name): name for name in ("a-1", "a-2")}


def confirmed(alert: Alert) -> list[str]:
    return [KNOWN[one.alarm] for one in alert.confirmed_by or ()]


def held_of(state: PatientState, *names: str) -> set[str]:
    """Which of these alarms are remembered."""
    return {name for name in names if str(device_alarm_id(NAME, "monitor-4", name)) in state.device_alarms}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("spo2-low",)),
        ({"direction": None}, ("spo2-low",)),  # as the event's name says
        ({"direction": None, "event": "MDC_EVT_ALARM", "text": ""}, ("spo2-low",)),  # as value and limit say
        ({"direction": None, "event": "X", "text": "", "values": [SPO2 | {"value": 90.0}]}, ()),  # at its limit
        ({"direction": None, "event": "X", "text": "", "values": [HEART]}, ("heart-rate-high",)),
        ({"direction": None, "event": "X", "text": "", "values": [HEART | {"value": 120.0}]}, ()),
        ({"direction": "high"}, ()),  # no rule of ours is about a high SpO2
        ({"values": [{"name": "heart_rate_bpm"}], "direction": "high"}, ("heart-rate-high",)),
        ({"values": [{"name": "heart_rate_bpm"}], "direction": "low"}, ("heart-rate-low",)),
        ({"values": [{"name": "respiratory_rate_per_min"}], "direction": "high"}, ("respiratory-rate-high",)),
        ({"values": [{"name": "systolic_mmhg"}], "direction": "low"}, ("systolic-low",)),
        ({"values": [{"name": "mean_arterial_mmhg"}], "direction": "low"}, ("mean-arterial-low",)),
        ({"values": [{"name": "etco2_mmhg"}], "direction": "low"}, ("etco2-low",)),
        ({"values": [{"name": "CVP-Mean"}], "direction": "high"}, ()),
        ({"values": [], "event": "MDC_EVT_ECG_ASYSTOLE"}, ("asystole",)),
        ({"values": [], "event": "Red Alarm", "text": "Asystole"}, ("asystole",)),
        ({"values": [], "event": "MDC_EVT_APNEA", "text": "APNOEA"}, ("apnoea",)),
        ({"values": [], "event": "MDC_EVT_DESAT"}, ("spo2-low",)),
        ({"values": [], "event": "MDC_EVT_ECG_BRADY_EXTREME"}, ("heart-rate-low",)),
        ({"values": [], "event": "MDC_EVT_ECG_TACHY_EXTREME"}, ("heart-rate-high",)),
        ({"values": [], "event": "MDC_EVT_ECG_V_TACHY"}, ()),
        ({"values": [], "event": "MDC_EVT_ECG_SV_TACHY"}, ()),
        ({"values": [], "event": "MDC_EVT_LEAD_OFF", "type": "technical", "text": "ECG"}, ("sensor-off:heart_rate",)),
        ({"values": [], "event": "HardInop", "text": "SpO2T  No Pulse", "type": "technical"}, ("sensor-off:spo2",)),
        ({"values": [], "event": "X", "text": "CO2 disconnected", "type": "technical"}, ("sensor-off:etco2",)),
        ({"values": [], "event": "MDC_EVT_BATT_LO", "text": "battery low", "type": "technical"}, ()),
    ],
)  # fmt: skip
def test_an_alarm_of_a_device_is_matched_with_ours_by_vital_sign_and_side_or_by_its_event(
    fields: dict[str, Any], expected: tuple[str, ...]
) -> None:
    given = {"text": ""} | fields if "values" in fields else fields
    assert conditions_of(raised(**given)) == expected


def test_an_episode_that_begins_while_a_monitor_alarms_says_so_from_its_start() -> None:
    state, _ = after(PatientState(), raised(21))
    _, said = watched(state, ALARMING)
    (begun,) = [one for one in alerts_of(said) if one.condition == "spo2-low"]
    assert (begun.phase, confirmed(begun)) == ("start", ["a-1"])
    (by,) = begun.confirmed_by or ()
    assert by.priority == "medium"


def test_an_episode_that_is_there_is_confirmed_by_an_update_that_changes_nothing_else() -> None:
    state, said = watched(PatientState(), ALARMING)
    (begun,) = [one for one in alerts_of(said) if one.condition == "spo2-low"]
    assert begun.confirmed_by is None
    state, (update,) = after(state, raised(50))
    assert (update.phase, confirmed(update), update.alert) == ("update", ["a-1"], begun.alert)
    of_itself = {"id", "time", "phase", "confirmed_by", "suppressed"}
    assert update.model_dump(exclude=of_itself) == begun.model_dump(exclude=of_itself)


def test_an_alarm_that_was_said_to_confirm_is_not_said_again() -> None:
    state, _ = watched(PatientState(), ALARMING)
    state, first = after(state, raised(50))
    state, again = after(state, raised(60, phase="continue"), raised(60, phase="continue"), ended(70))
    assert (len(first), again) == (1, [])
    state, second = after(state, raised(80, alarm="a-2"))
    assert [confirmed(one) for one in second] == [["a-1", "a-2"]]
    assert second[0].id != first[0].id


def test_two_alarms_that_confirm_at_one_moment_are_two_steps() -> None:
    state, _ = watched(PatientState(), ALARMING)
    _, said = after(state, raised(50), raised(50, alarm="a-2"))
    assert len({one.id for one in said}) == 2


def test_all_later_steps_of_the_episode_name_what_confirms_it() -> None:
    state, _ = watched(PatientState(), ALARMING)
    state, (update,) = after(state, raised(50), ended(55))
    seen = an_event("acknowledgements", 60, alert=str(update.alert), by="nurse")
    state, (acknowledged,) = after(state, seen)
    assert confirmed(acknowledged) == ["a-1"]
    _, said = watched(state, [(0, 70.0 + second, WELL) for second in range(0, 200, 10)])
    over = [one for one in alerts_of(said) if one.condition == "spo2-low" and one.phase == "end"]
    assert [confirmed(one) for one in over] == [["a-1"]]


@pytest.mark.parametrize(("over_s", "expected"), [(CONFIRMS_S, ["a-1"]), (CONFIRMS_S + 0.1, [])])
def test_an_alarm_that_was_over_shortly_before_ours_began_confirms_it(over_s: float, expected: list[str]) -> None:
    state, _ = after(PatientState(), raised(-100), ended(STARTED_S - over_s))
    _, said = watched(state, ALARMING)
    (begun,) = [one for one in alerts_of(said) if one.condition == "spo2-low"]
    assert confirmed(begun) == expected


@pytest.mark.parametrize(("silent_s", "expected"), [(LOST_S, ["a-1"]), (LOST_S + 0.1, [])])
def test_an_alarm_whose_end_was_lost_does_not_confirm_for_ever(silent_s: float, expected: list[str]) -> None:
    state, _ = after(PatientState(), raised(STARTED_S - silent_s))
    _, said = watched(state, ALARMING)
    assert [confirmed(one) for one in alerts_of(said) if one.condition == "spo2-low"] == [expected]


def test_an_alarm_of_which_no_end_is_said_confirms_for_as_long_as_it_is_repeated() -> None:
    state, _ = after(PatientState(), raised(-300, phase="present"))
    _, said = watched(state, ALARMING)
    assert [confirmed(one) for one in alerts_of(said) if one.condition == "spo2-low"] == [[]]
    state, _ = after(PatientState(), *(raised(at_s, phase="present") for at_s in (-100, -60, -20)))
    (held,) = state.device_alarms.values()
    assert (held.began_s, held.until_s) == (START_MS / 1000 - 100, START_MS / 1000 - 20)
    _, said = watched(state, ALARMING)
    assert [confirmed(one) for one in alerts_of(said) if one.condition == "spo2-low"] == [["a-1"]]


def test_a_monitors_alarm_begins_ends_and_changes_none_of_ours() -> None:
    """Priority, signal and times of ours are what they are without the monitor, whatever it sends."""
    quiet = [(0, 60.0 + second, ILL) for second in range(0, 400, 10)]
    state, _ = watched(PatientState(), [*ALARMING])
    state, _ = after(
        state, raised(45, priority="low"), raised(46, priority="high", phase="escalate"), ended(47),
        raised(48, alarm="a-9", inactivation=["alarm-off"]),
    )  # fmt: skip
    _, loud = watched(state, quiet)
    _, alone = watched(watched(PatientState(), [*ALARMING])[0], quiet)
    of_monitor = {"confirmed_by"}
    assert [one.model_dump(exclude=of_monitor) for one in alerts_of(loud)] == [
        one.model_dump(exclude=of_monitor) for one in alerts_of(alone)
    ]
    assert ACKNOWLEDGED_S["high"] < 400  # the hand-over to the next group is among them
    untouched, none = after(PatientState(), raised(30), ended(40))
    assert (none, untouched.episodes) == ([], {})


VITALS = st.fixed_dictionaries(
    {
        "spo2_percent": st.sampled_from([97.0, 91.0, 88.0, 79.0]),
        "heart_rate_bpm": st.sampled_from([80.0, 135.0, 160.0]),
        "systolic_mmhg": st.sampled_from([120.0, 85.0, 65.0]),
    }
)
ALARMS = st.fixed_dictionaries(
    {
        "alarm": st.sampled_from(["a-1", "a-2"]),
        "phase": st.sampled_from(["start", "present", "continue", "update", "end", "tpoint"]),
        "state": st.sampled_from(["active", "latched", "inactive"]),
        "direction": st.sampled_from(["high", "low"]),
        "values": st.sampled_from(
            [[{"name": name}] for name in ("spo2_percent", "heart_rate_bpm", "systolic_mmhg", "icp")]
        ),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40), VITALS, st.lists(ALARMS, max_size=2)), min_size=3, max_size=20))
def test_whatever_monitors_alarm_about_ours_are_what_they_are_without_them(
    moments: list[tuple[int, dict[str, float], list[dict[str, Any]]]],
) -> None:
    """But for what confirms them: priorities, signals and times, and every state that follows."""
    beside, alone = PatientState(), PatientState()
    at_s = 0
    for passed_s, measured, alarms in moments:
        at_s += passed_s
        beside, said = watched(beside, [(0, at_s, WELL | measured)])
        alone, without = watched(alone, [(0, at_s, WELL | measured)])
        own, other = (
            [one.model_dump(exclude={"confirmed_by"}) for one in alerts_of(found)] for found in (said, without)
        )
        assert own == other
        beside, confirmations = after(beside, *(raised(at_s + 0.5, **alarm) for alarm in alarms))
        assert all(one.phase == "update" and one.confirmed_by for one in confirmations)
        assert beside.episodes == alone.episodes
        assert beside.alarms == alone.alarms


def test_a_step_that_is_older_than_what_is_known_changes_nothing() -> None:
    state, _ = after(PatientState(), raised(30), ended(50), raised(40, phase="continue"))
    (held,) = state.device_alarms.values()
    assert held.until_s == START_MS / 1000 + 50
    assert state.flagged == {"device-alarm-older": 1}


@pytest.mark.parametrize(
    ("steps", "span"),
    [
        ([("start", "active", 10)], (10, None)),
        ([("start", "active", 10), ("update", "active", 20), ("end", "inactive", 30)], (10, 30)),
        ([("start", "active", 10), ("update", "latched", 20), ("end", "inactive", 300)], (10, 20)),
        ([("start", "active", 10), ("end", "inactive", 20), ("start", "active", 300)], (300, None)),
        ([("continue", "active", 10), ("continue", "active", 300)], (10, None)),
        ([("start", "active", 10), ("start", "active", 20)], (20, None)),
        ([("tpoint", "inactive", 10)], (10, 10)),
        ([("end", "inactive", 10)], (10, 10)),
        ([("present", "active", 10), ("present", "active", 300)], (300, 300)),
    ],
)
def test_since_when_and_until_when_an_alarm_is_there(
    steps: list[tuple[str, str, float]], span: tuple[float, float | None]
) -> None:
    state, _ = after(PatientState(), *(raised(at_s, phase=phase, state=how) for phase, how, at_s in steps))
    (held,) = state.device_alarms.values()
    began_s, until_s = held.began_s - START_MS / 1000, held.until_s
    assert (began_s, None if until_s is None else until_s - START_MS / 1000) == span


def test_what_is_known_of_a_patient_is_bounded_and_what_is_over_goes_first() -> None:
    over = [ended(at, alarm=f"over-{at}") for at in range(MOST_DEVICE_ALARMS)]
    there = [raised(100 + at, alarm=f"there-{at}") for at in range(MOST_DEVICE_ALARMS - 5)]
    state, _ = after(PatientState(), *over, *there)
    assert len(state.device_alarms) == MOST_DEVICE_ALARMS
    assert len(held_of(state, *(one.alarm for one in there))) == len(there)
    assert held_of(state, *(one.alarm for one in over)) == {f"over-{at}" for at in range(25, 30)}
    state, _ = watched(state, [(patient, 150 + at_s, values) for patient, at_s, values in ALARMING])
    state, said = after(state, *(raised(200 + at, alarm=f"more-{at}") for at in range(8)))
    assert all(len(one.confirmed_by or ()) == MOST_CONFIRMING for one in said)


def test_an_alarm_that_is_over_finds_no_room_among_those_that_are_there_and_is_counted() -> None:
    there = [raised(100 + at, alarm=f"there-{at}") for at in range(MOST_DEVICE_ALARMS)]
    state, said = after(PatientState(), *there, ended(50, alarm="over"))
    assert (held_of(state, "over"), said) == (set(), [])
    assert state.flagged == {"device-alarms-dropped": 1}


def test_a_confirmation_is_not_told_for_a_time_before_the_alarm_that_it_confirms_sounded() -> None:
    state, said = watched(PatientState(), ALARMING)
    (begun,) = [one for one in alerts_of(said) if one.condition == "spo2-low"]
    _, (early,) = after(state, raised(5))
    assert early.time == begun.time
    _, (later,) = after(state, raised(45))
    assert later.time == moment(START_MS + 45_000)


def test_the_same_alarm_of_another_device_is_another_alarm() -> None:
    state, _ = after(PatientState(), raised(), raised(device="monitor-5"), raised(device=None))
    assert len(state.device_alarms) == 3


def test_an_alarm_of_an_earlier_stay_confirms_nothing_of_the_next() -> None:
    long_s = 3 * 3600.0
    frames: list[Frame] = [(0, 0, WELL), (0, 20, WELL)]
    state, _ = watched(PatientState(), frames)
    state, _ = after(state, raised(10))
    left, _ = after(state, an_event("patients", 100, status="discharged"))
    assert left.device_alarms == {}
    state, _ = after(state, an_event("patients", long_s, status="admitted"))
    assert state.device_alarms == {}
    state, _ = after(state, raised(15))  # late
    assert (state.device_alarms, state.flagged["stay-earlier"]) == ({}, 1)
