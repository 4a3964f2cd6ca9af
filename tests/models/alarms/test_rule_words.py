"""How long each alarm waits, what confirms it and what it says, against a copy that the product does not read."""

from typing import Final, NamedTuple

import pytest

from models.alarms import rules
from models.misread_units import WORDS
from schemas.vitals import NUMERICS


class Copy(NamedTuple):
    """What the table should say of a condition."""

    delays_s: tuple[float, float]  # before it alarms; before it ends
    unit: str
    paced_by: tuple[str, ...]
    said: str  # of a value and a limit
    value: float = 1.0
    limit: float = 1.0


def a_pressure(name: str, words: str) -> Copy:
    return Copy((15, 60), "mm[Hg]", (name,), f"{words} 70 mmHg (limit 80 mmHg)", 70.4, 80)


def a_rate(name: str, words: str) -> Copy:
    return Copy((15, 60), "/min", (name,), f"{words} 20/min (limit 10/min)", 20.4, 10)


def a_temperature() -> Copy:
    return Copy((60, 60), "Cel", ("temperature_celsius",), "temperature 39.5 C (limit 39.1 C)", 39.46, 39.1)


def off(vital: str, words: str) -> Copy:
    return Copy((60, 5), "1", (vital,), words)


def contradicting(vital: str, words: str) -> Copy:
    return Copy((60, 60), "1", (vital,), f"two devices show a different {words}; the worse one counts")


NEWS2: Final = Copy((20, 300), "{score}", (), "NEWS2 clinical risk is high", 3, 3)
SPO2: Final = Copy((15, 60), "%", ("spo2_percent",), "SpO2 84 % (limit 85 %)", 84.4, 85)
COPY: Final[dict[str, Copy]] = {
    "heart-rate-high": a_rate("heart_rate_bpm", "heart rate"),
    "heart-rate-low": a_rate("heart_rate_bpm", "heart rate"),
    "spo2-low": SPO2,
    "respiratory-rate-high": a_rate("respiratory_rate_per_min", "respiratory rate"),
    "respiratory-rate-low": a_rate("respiratory_rate_per_min", "respiratory rate"),
    "systolic-high": a_pressure("systolic_mmhg", "systolic pressure"),
    "systolic-low": a_pressure("systolic_mmhg", "systolic pressure"),
    "mean-arterial-low": a_pressure("mean_arterial_mmhg", "mean arterial pressure"),
    "temperature-high": a_temperature(),
    "temperature-low": a_temperature(),
    "etco2-low": a_pressure("etco2_mmhg", "end-tidal CO2"),
    "shock-index": Copy(
        (15, 60),
        "1",
        ("heart_rate_bpm", "systolic_mmhg"),
        "heart rate over systolic pressure is 1.23 (limit 1.0)",
        1.234,
        1,
    ),
    "news2": NEWS2,
    "asystole": Copy(
        (5, 60),
        "1",
        ("heart_rate_bpm", "mean_arterial_mmhg"),
        "no heartbeat and no sign of a circulation: look at the patient now",
    ),
    "apnoea": Copy((15, 30), "1", ("respiratory_rate_per_min", "etco2_mmhg"), "no breath: look at the patient now"),
    "sensor-off:heart_rate": off(
        "heart_rate_bpm", "heart rate reads sensor off or is gone: lead off, or no beat; look at the patient"
    ),
    "sensor-off:spo2": off("spo2_percent", "SpO2 reads sensor off or is gone"),
    "sensor-off:respiratory_rate": off(
        "respiratory_rate_per_min",
        "respiratory rate reads sensor off or is gone: sensor off, or no breath; look at the patient",
    ),
    "sensor-off:arterial_pressure": off("mean_arterial_mmhg", "the arterial pressure reads sensor off or is gone"),
    "sensor-off:etco2": off("etco2_mmhg", "end-tidal CO2 reads sensor off or is gone"),
    "devices-contradict:heart_rate": contradicting("heart_rate_bpm", "heart rate"),
    "devices-contradict:spo2": contradicting("spo2_percent", "spo2"),
    "devices-contradict:respiratory_rate": contradicting("respiratory_rate_per_min", "respiratory rate"),
    "devices-contradict:arterial_pressure": contradicting("mean_arterial_mmhg", "arterial pressure"),
    "devices-contradict:etco2": contradicting("etco2_mmhg", "etco2"),
    "signal-implausible": Copy((30, 60), "1", NUMERICS, WORDS[1]),
    "frames-lost": Copy((10, 60), "1", NUMERICS, "frames of a device are missing on the way"),
}
SEPSIS: Final = Copy((0, 3600), "1", (), "the forecast of sepsis is over its alarm threshold")


def test_the_copy_has_every_condition_and_no_more() -> None:
    assert sorted(COPY) == sorted(rule.condition for rule in rules.FRAME_RULES)


@pytest.mark.parametrize(
    ("rule", "copy"),
    [
        *((rule, COPY[rule.condition]) for rule in rules.FRAME_RULES),
        (rules.SPO2_LOW_SCALE2, SPO2),
        (rules.SEPSIS_RISK, SEPSIS),
    ],
    ids=lambda one: one.condition if isinstance(one, rules.Rule) else "",
)
def test_an_alarm_waits_is_confirmed_and_says_as_in_the_copy(rule: rules.Rule, copy: Copy) -> None:
    assert (rule.delay_s, rule.clear_delay_s) == copy.delays_s
    assert (rule.unit, rule.paced_by) == (copy.unit, copy.paced_by)
    assert rule.sentence(copy.value, copy.limit) == copy.said
    assert rule.latching is (rule is rules.SEPSIS_RISK)


def test_time_out_of_violation_takes_away_half_of_what_time_in_it_gave() -> None:
    assert rules.LEAK == 0.5


def test_a_number_that_comes_more_than_five_minutes_after_the_one_before_stands_alone() -> None:
    assert rules.SPOT_AFTER_S == 300
