"""Why a forecast alarms is said as a clinician would say it: words, units, ages, and what speaks for and against."""

import pytest

from models.risk.explanation import Driver
from models.risk.inputs import INPUTS
from models.risk.wording import in_words, reasons


def a_driver(name: str, value: float, *, age_h: float = 0, contribution: float = 1.0) -> Driver:
    (unit,) = (one.unit for one in INPUTS if one.name == name)
    return Driver(name, unit, value, age_h, contribution)


@pytest.mark.parametrize(
    ("driver", "words"),
    [
        (a_driver("temperature_celsius", 39.3), "temperature 39.3 °C (this hour)"),
        (a_driver("systolic_mmhg", 89.5263), "systolic pressure 89.5 mmHg (this hour)"),
        (a_driver("lactate_mmol_per_l", 3.6, age_h=1), "lactate 3.6 mmol/L (1 h old)"),
        (a_driver("platelets_10e3_per_ul", 1020, age_h=13), "platelets 1020 10^3/uL (13 h old)"),
        (a_driver("ph", 7.284), "pH 7.28 (this hour)"),
        (a_driver("fio2_fraction", 0.21), "FiO2 0.21 (this hour)"),
        (a_driver("age_years", 71), "age 71 years"),
        (a_driver("hours_in_icu", 60), "time in intensive care 60 h"),
        (a_driver("sex_male", 0), "female sex"),
        (a_driver("sex_male", 1), "male sex"),
        (a_driver("unit_micu", 0), "not being in a medical unit"),
        (a_driver("unit_sicu", 1), "being in a surgical unit"),
    ],
)
def test_an_input_is_said_in_words(driver: Driver, words: str) -> None:
    assert in_words(driver) == words


@pytest.mark.parametrize("name", [one.name for one in INPUTS])
def test_no_input_shows_the_name_of_its_field(name: str) -> None:
    words = in_words(a_driver(name, 1.0))
    assert not {"_", "bpm", "mmhg", "per", "fraction"} & ({"_"} & set(words) | set(words.split()))


@pytest.mark.parametrize(("age_h", "words"), [(0.99, "this hour"), (1, "1 h old")])
def test_the_age_of_a_value_is_told_in_whole_hours(age_h: float, words: str) -> None:
    assert in_words(a_driver("ph", 7.3, age_h=age_h)).endswith(f"({words})")


def test_what_raised_the_risk_is_told_apart_from_what_lowered_it() -> None:
    hot, young = a_driver("temperature_celsius", 39), a_driver("age_years", 30, contribution=-0.2)
    fast = a_driver("heart_rate_bpm", 120, contribution=0.1)
    assert reasons([hot, young, fast]) == (
        "raised most by temperature 39 °C (this hour) and heart rate 120 /min (this hour); lowered most by age 30 years"
    )
    assert reasons([young]) == "lowered most by age 30 years"
