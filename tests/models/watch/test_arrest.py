"""Arrest, apnoea, sensors that are off or gone, and numbers that no patient has: none of them passes in silence."""

from collections.abc import Callable

import pytest

from tests.builders.bedside import Bed, bed, stream
from tests.builders.watch_frames import WELL, Sent

FROM_S = 300.0
LINE = {"systolic_mmhg": 15.0, "mean_arterial_mmhg": 15.0, "diastolic_mmhg": 15.0}
"""An arterial line gone flat."""
PRESSURES = tuple(LINE)
VENTILATED = WELL | {"etco2_mmhg": 38.0}


def then(changed: dict[str, float], without: tuple[str, ...] = (), before: dict[str, float] = WELL) -> Bed:
    """A patient who is well, and from then on shows this, without these vital signs; at 1 Hz for ten minutes."""

    def measured(at_s: float) -> dict[str, float]:
        if at_s < FROM_S:
            return before
        return {name: value for name, value in before.items() if name not in without} | changed

    return bed(stream(measured, 0, 600), until_s=700)


def within(found: Bed, condition: str, most_s: float, priority: str = "high") -> bool:
    sounded_s = found.sounded_s(condition, priority)
    return sounded_s is not None and FROM_S < sounded_s <= FROM_S + most_s


def test_all_signs_of_an_arrest_alarm_at_high_priority_within_ten_seconds() -> None:
    found = then({"heart_rate_bpm": 0.0, "respiratory_rate_per_min": 0.0, "spo2_percent": 0.0} | LINE)
    assert within(found, "asystole", 10)
    assert within(found, "apnoea", 20)
    assert found.sounds("asystole")


@pytest.mark.parametrize("lost", [{"spo2_percent": 0.0}, {"spo2_percent": -999.0}, {}])
def test_a_heart_rate_of_0_without_a_pleth_is_an_arrest(lost: dict[str, float]) -> None:
    assert within(then({"heart_rate_bpm": 0.0} | lost, ("spo2_percent", *PRESSURES)), "asystole", 10)


@pytest.mark.parametrize(("spo2", "arrest"), [(50.0, False), (49.0, True)])
def test_an_oximeter_that_reads_speaks_for_a_lead_that_is_off(spo2: float, *, arrest: bool) -> None:
    found = then({"heart_rate_bpm": 0.0, "spo2_percent": spo2})
    assert (found.sounded_s("asystole") is not None) is arrest
    assert found.sounded_s("sensor-off:heart_rate", "medium") is not None


def test_a_flat_line_without_a_heart_rate_or_a_pleth_is_an_arrest() -> None:
    assert within(then(LINE, ("heart_rate_bpm", "spo2_percent")), "asystole", 10)


@pytest.mark.parametrize(("spo2", "arrest"), [({}, True), ({"spo2_percent": 50.0}, False)])
def test_a_reading_from_before_the_heart_stopped_speaks_for_no_circulation(
    spo2: dict[str, float], *, arrest: bool
) -> None:
    stopped = {"heart_rate_bpm": 0.0} | LINE | spo2
    found = bed([*(Sent(0, at_s, WELL) for at_s in (0.0, 60.0, 120.0)), Sent(0, 180.0, stopped)])
    assert (found.sounded_s("asystole") == 180) is arrest


def test_a_flat_line_beside_a_heart_rate_alarms_by_its_pressure_at_once() -> None:
    found = then({"systolic_mmhg": 22.0, "mean_arterial_mmhg": 20.0, "diastolic_mmhg": 18.0}, ("spo2_percent",))
    assert found.sounded_s("mean-arterial-low", "high") == FROM_S


@pytest.mark.parametrize("every_s", [2.0, 10.0, 30.0])
def test_artefacts_of_compressions_hide_no_arrest(every_s: float) -> None:
    def measured(at_s: float) -> dict[str, float]:
        if at_s < FROM_S:
            return WELL
        return {"heart_rate_bpm": 110.0 if at_s % every_s == 0 else 0.0, "spo2_percent": 0.0}

    assert within(bed(stream(measured, 0, 600)), "asystole", 30)


def test_an_arrest_that_is_charted_alarms_with_its_row() -> None:
    found = bed([Sent(0, 0.0, WELL), Sent(0, 600.0, WELL | {"heart_rate_bpm": 0.0, "spo2_percent": 0.0})])
    assert found.sounded_s("asystole") == 600


def test_an_arrest_is_not_silenced_by_an_alarm_that_is_suppressed_or_of_a_sensor() -> None:
    found = then({"heart_rate_bpm": 0.0, "spo2_percent": 0.0} | LINE)
    technical = [one for one in found.alerts() if one.type == "technical"]
    assert found.alerts("asystole")
    assert technical
    assert {one.suppressed_by for one in (*found.alerts("asystole"), *technical)} == {None}


def test_no_breath_alarms_within_twenty_seconds_unless_carbon_dioxide_says_otherwise() -> None:
    assert within(then({"respiratory_rate_per_min": 0.0}), "apnoea", 20)
    assert within(then({"respiratory_rate_per_min": 0.0, "etco2_mmhg": 0.0}, before=VENTILATED), "apnoea", 20)
    assert within(then({"etco2_mmhg": 0.0}, ("respiratory_rate_per_min",), VENTILATED), "apnoea", 20)
    breathing = then({"respiratory_rate_per_min": 0.0}, before=VENTILATED)
    assert breathing.sounded_s("apnoea") is None
    assert breathing.sounded_s("sensor-off:respiratory_rate") is not None


@pytest.mark.parametrize(("etco2", "priority"), [(26.0, None), (25.0, "medium"), (11.0, "medium"), (10.0, "high")])
def test_a_circuit_that_came_apart_alarms(etco2: float, priority: str | None) -> None:
    found = then({"etco2_mmhg": etco2}, before=VENTILATED)
    assert (found.alerts("etco2-low")[0].priority if found.alerts("etco2-low") else None) == priority


# Gone ----------------------------------------------------------------------------------------------------------------

SENSORS = {
    "heart_rate_bpm": "sensor-off:heart_rate",
    "spo2_percent": "sensor-off:spo2",
    "respiratory_rate_per_min": "sensor-off:respiratory_rate",
    "mean_arterial_mmhg": "sensor-off:arterial_pressure",
}


@pytest.mark.parametrize("vital", SENSORS)
def test_a_stream_s_number_that_is_gone_alarms_while_others_go_on(vital: str) -> None:
    found = then({}, (vital,))
    sounded_s = found.sounded_s(SENSORS[vital])
    assert sounded_s is not None
    assert FROM_S + 59 <= sounded_s <= FROM_S + 62


@pytest.mark.parametrize(("every_s", "by_s"), [(5.0, 65.0), (60.0, 250.0), (300.0, 1300.0)])
def test_a_slower_stream_is_missed_after_three_of_its_intervals(every_s: float, by_s: float) -> None:
    def measured(at_s: float) -> dict[str, float]:
        return WELL if at_s < 3000 else {name: value for name, value in WELL.items() if name != "spo2_percent"}

    sounded_s = bed(stream(measured, 0, 6000, every_s)).sounded_s("sensor-off:spo2")
    assert sounded_s is not None
    assert 3000 < sounded_s <= 3000 + by_s


def test_what_is_charted_is_not_missed_between_its_sets() -> None:
    charted = [Sent(0, hour * 3600.0, WELL, "chart") for hour in range(5)]
    found = bed(charted, stream({"heart_rate_bpm": 72.0}, 0.5, 4 * 3600, 10.0, device="telemetry"))
    assert found.alerts() == []


def test_empty_frames_do_not_hide_that_everything_is_gone() -> None:
    found = bed(stream(lambda at_s: WELL if at_s < FROM_S else {}, 0, 600))
    assert {one.condition for one in found.alerts(phase="start")} >= set(SENSORS.values())


# Not to be used ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "guess"),
    [
        ({"spo2_percent": 0.72}, "fraction"),
        ({"temperature_celsius": 104.0}, "Fahrenheit"),
        ({"temperature_celsius": 309.9}, "kelvin"),
        ({"fio2_fraction": 40.0}, "per cent"),
        ({"diastolic_mmhg": 9.5}, "kPa"),
        ({"systolic_mmhg": 16_000.0}, "pascal"),
        ({"heart_rate_bpm": 1e308}, "the heart rate is what no patient has"),
        ({"heart_rate_bpm": -5.0}, "the heart rate is what no patient has"),
        ({"spo2_percent": 101.0}, "SpO2 is what no patient has"),
        ({"mean_arterial_mmhg": 150.0}, "contradict each other"),
    ],
)
def test_numbers_that_no_patient_has_are_told_within_a_minute_with_a_guess_at_the_unit(
    number: dict[str, float], guess: str
) -> None:
    found = then(number)
    assert within(found, "signal-implausible", 60, "low")
    assert guess in found.alerts("signal-implausible")[0].text


def test_it_is_over_when_the_numbers_are_those_of_a_patient_again() -> None:
    found = bed(stream(lambda at_s: WELL | ({"temperature_celsius": 104.0} if 100 <= at_s < 200 else {}), 0, 400))
    assert [one.phase for one in found.alerts("signal-implausible")] == ["start", "end"]
    assert "every number" in found.alerts("signal-implausible")[-1].text


def test_a_slow_sensor_beside_a_fast_one_is_judged_by_itself() -> None:
    probe = stream(
        lambda at_s: {"temperature_celsius": 104.0 if at_s >= FROM_S else 37.0}, 0, 600, 10.0, device="probe"
    )
    found = bed(stream({"heart_rate_bpm": 72.0}, 0.5, 600, device="ecg"), probe)
    assert within(found, "signal-implausible", 60, "low")


def test_a_charted_number_that_no_patient_has_is_told_at_once() -> None:
    found = bed(
        [Sent(0, hour * 3600.0, WELL | {"temperature_celsius": 104.0 if hour == 2 else 37.0}) for hour in range(4)]
    )
    assert [one.phase for one in found.alerts("signal-implausible")] == ["start", "end"]


@pytest.mark.parametrize(
    ("measured", "condition"),
    [
        ({"systolic_mmhg": 60.0, "mean_arterial_mmhg": 70.0, "diastolic_mmhg": 40.0}, "systolic-low"),
        ({"heart_rate_bpm": 301.0}, "heart-rate-high"),
        ({"temperature_celsius": 24.5}, "temperature-low"),
    ],
)
def test_a_doubtful_number_alarms_and_says_that_it_is_doubtful(measured: dict[str, float], condition: str) -> None:
    found = then(measured)
    start = found.alerts(condition, phase="start")[0]
    assert start.evidence[0].doubtful
    assert "doubtful" in start.text
    assert not found.alerts("news2")  # nothing is scored on it


@pytest.mark.parametrize(
    ("pressure", "condition"), [(50.0, "mean-arterial-low"), (64.0, "mean-arterial-low"), (75.0, None)]
)
def test_pressures_without_a_pulse_count_as_those_of_an_assist_device(pressure: float, condition: str | None) -> None:
    found = then(dict.fromkeys(PRESSURES, pressure))
    conditions = {one.condition for one in found.alerts(phase="start")}
    assert (condition is None) or condition in conditions
    assert "mean-arterial-low" in conditions or pressure > 64


# On balance ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bad", "good"), [(14, 1), (11, 1), (2, 1), (1, 1), (5, 5)])
@pytest.mark.parametrize(
    ("measured", "condition"), [({"spo2_percent": 86.0}, "spo2-low"), ({"heart_rate_bpm": 160.0}, "heart-rate-high")]
)
def test_one_good_value_among_bad_ones_clears_no_delay(
    bad: int, good: int, measured: dict[str, float], condition: str
) -> None:
    swinging: Callable[[float], dict[str, float]] = lambda at_s: WELL | (measured if at_s % (bad + good) < bad else {})  # noqa: E731
    found = bed(stream(WELL, -10, 0), stream(swinging, 0, 300))
    sounded_s = found.sounded_s(condition)
    assert sounded_s is not None
    assert sounded_s <= 62
    assert found.sounds(condition)


def test_a_glitch_alarms_nobody_unless_it_is_extreme() -> None:
    def measured(low: float) -> Callable[[float], dict[str, float]]:
        return lambda at_s: WELL | ({"spo2_percent": low} if at_s == 100 else {})

    assert bed(stream(measured(81.0), 0, 300)).alerts() == []
    assert bed(stream(measured(79.0), 0, 300)).sounded_s("spo2-low", "high") == 100
