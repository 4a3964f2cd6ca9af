"""What a ward would hear: limits alone against the live rules, per patient-day, and before an onset."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from models.watch.lab.burden import ANY, HOUR_S, Alarm, Heard, leads, rates
from models.watch.state import PatientState
from schemas.forecasts import RiskForecast
from schemas.wire import Provenance
from tests.builders.watch_frames import START_MS, WELL, Frame, advanced

NAMES = ["p-1", "p-2"]
START_S = START_MS / 1000


def heard(rows: list[Frame], *, batches: int = 1) -> Heard:
    """What the frames of p-1 and p-2 sound like, in one or more micro-batches."""
    gathered, states = Heard(), [PatientState(), PatientState()]
    size = -(-len(rows) // batches)
    for begin in range(0, len(rows), size):
        done = advanced(states, rows[begin : begin + size])
        for reaction in done.reactions:
            gathered.cross(NAMES, reaction)
        for one in done.said:
            gathered.note(one.record)
        states = done.states
    return gathered


def beats(*rates_bpm: float, every_s: float = 1.0) -> list[Frame]:
    return [(0, at * every_s, WELL | {"heart_rate_bpm": rate}) for at, rate in enumerate(rates_bpm)]


def crossings(found: Heard, condition: str = "heart-rate-high") -> list[tuple[float, str]]:
    return [(one.time_s - START_S, one.priority) for one in found.limits if one.condition == condition]


@pytest.mark.parametrize("batches", [1, 2, 5])
def test_a_limit_alone_alarms_at_every_crossing_and_the_live_rules_wait(batches: int) -> None:
    found = heard(beats(72, 131, 130, 131, 72), batches=batches)
    assert crossings(found) == [(1.0, "medium"), (3.0, "medium")]
    assert found.live == []


def test_what_lasts_is_one_alarm_either_way() -> None:
    found = heard(beats(*[72.0], *[140.0] * 30))
    assert crossings(found) == [(1.0, "medium")]
    assert [one.priority for one in found.live if one.condition == "heart-rate-high"] == ["medium"]


def test_getting_worse_counts_again_and_getting_better_does_not() -> None:
    assert crossings(heard(beats(140, 150, 140, 149, 150))) == [(0.0, "medium"), (1.0, "high"), (4.0, "high")]


def test_a_value_that_is_not_there_neither_ends_nor_begins_an_alarm() -> None:
    nothing = float("nan")
    assert crossings(heard(beats(140, nothing, 140))) == [(0.0, "medium")]


SEVERE = WELL | {"respiratory_rate_per_min": 26.0, "heart_rate_bpm": 135.0, "on_oxygen": 1.0}
"""Eight points of NEWS2."""


def test_an_alarm_that_a_greater_one_suppresses_is_counted_apart_and_heard_when_it_sounds() -> None:
    desaturated = SEVERE | {"spo2_percent": 90.0}
    rows: list[Frame] = [(0, float(at), (SEVERE if at < 30 else desaturated) if at else WELL) for at in range(60)]
    found = heard(rows)
    assert [(one.condition, one.time_s - START_S) for one in found.suppressed if one.condition == "spo2-low"] == [
        ("spo2-low", 45.0)
    ]
    assert "spo2-low" not in {one.condition for one in found.live}
    rows += [(0, at, WELL | {"spo2_percent": 90.0}) for at in range(60, 400)]
    found = heard(rows)
    assert [one.time_s - START_S for one in found.live if one.condition == "spo2-low"] == [360.0]
    rate = next(one for one in rates(found) if one.condition == "spo2-low")
    assert (rate.live.value, rate.suppressed.value) == (24.0, 24.0)  # one each, in an hour


def test_a_late_frame_sounds_nothing() -> None:
    found = heard([*beats(72, 72, every_s=60.0), (0, 20.0, WELL | {"heart_rate_bpm": 160.0})])
    assert crossings(found) == []


def test_patients_are_counted_apart() -> None:
    rows = [*beats(140, 72), (1, 0.0, WELL | {"heart_rate_bpm": 140.0}), (1, 1.0, WELL)]
    assert sorted(one.patient for one in heard(rows).limits if one.condition == "heart-rate-high") == ["p-1", "p-2"]


def a_forecast(hour: int, *, alarm: bool, abstained: bool = False) -> RiskForecast:
    time = datetime.fromtimestamp(START_S + hour * HOUR_S, UTC)
    return RiskForecast(
        id=uuid4(),
        patient="p-1",
        time=time,
        outcome="sepsis",
        horizon_h=6,
        kind="closed",
        hour=hour,
        probability=0.1,
        alarm=alarm,
        abstained=abstained,
        provenance=Provenance(software="0", data="none"),
    )


def test_the_risk_threshold_alone_alarms_whenever_a_forecast_goes_over_it() -> None:
    found = Heard()
    found.note(a_forecast(1, alarm=True))
    found.note(a_forecast(2, alarm=True))
    found.note(a_forecast(3, alarm=False, abstained=True))
    for hour, alarm in ((4, True), (5, False), (6, True)):
        found.note(a_forecast(hour, alarm=alarm))
    assert crossings(found, "sepsis-risk") == [(1 * HOUR_S, "medium"), (6 * HOUR_S, "medium")]


def some(live: list[tuple[str, float, str]], hours: dict[str, int]) -> Heard:
    """Alarms (patient, hour, condition) of patients with so many hours of frames."""
    alarms = [Alarm(patient, START_S + hour * HOUR_S, condition, "medium") for patient, hour, condition in live]
    first = int(START_S // HOUR_S)
    return Heard(live=alarms, hours={name: set(range(first, first + count)) for name, count in hours.items()})


def test_rates_are_per_day_of_hours_with_a_frame() -> None:
    found = rates(some([("p-1", 1, "spo2-low"), ("p-1", 2, "spo2-low"), ("p-2", 1, "news2")], {"p-1": 12, "p-2": 36}))
    assert {(one.condition, one.priority): one.live.value for one in found} == {
        (ANY, ANY): 1.5,
        ("spo2-low", "medium"): 1.0,
        ("news2", "medium"): 0.5,
    }
    assert all(one.limits.value == 0 for one in found)


@pytest.mark.parametrize(("hour", "lead_h"), [(7.9, None), (8.0, 12.0), (14.0, 6.0), (20.0, 0.0), (20.1, None)])
def test_an_alarm_leads_in_the_twelve_hours_up_to_onset(hour: float, lead_h: float | None) -> None:
    found = leads(some([("p-1", hour, "spo2-low")], {"p-1": 24, "p-2": 24}), {"p-1": START_S + 20 * HOUR_S})
    spo2 = next(one for one in found if one.condition == "spo2-low")
    assert spo2.septic.value == (lead_h is not None)
    assert (spo2.lead_h.value == lead_h) if lead_h is not None else spo2.lead_h.value != spo2.lead_h.value
    assert spo2.others.value == 0


def test_the_first_alarm_of_the_window_gives_the_lead() -> None:
    live = [("p-1", 18.0, "news2"), ("p-1", 11.0, "spo2-low"), ("p-1", 14.0, "spo2-low")]
    found = {one.condition: one.lead_h.value for one in leads(some(live, {"p-1": 24}), {"p-1": START_S + 20 * HOUR_S})}
    assert found == {ANY: 9.0, "news2": 2.0, "spo2-low": 9.0}


def test_stays_without_sepsis_are_asked_the_same_at_an_hour_that_chance_chose() -> None:
    always = [("p-2", float(hour), "news2") for hour in range(48)]
    found = leads(some(always, {"p-1": 24, "p-2": 48}), {"p-1": START_S + 20 * HOUR_S})
    news2 = next(one for one in found if one.condition == "news2")
    assert (news2.septic.value, news2.others.value) == (0.0, 1.0)


def test_without_an_onset_nothing_is_said_of_leads() -> None:
    assert leads(some([("p-1", 1.0, "news2")], {"p-1": 24}), {}) == []
