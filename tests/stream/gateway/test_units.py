"""Units as senders write them: every conversion from both sides of it, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.gateway.codes import Meaning, look_up
from stream.gateway.profile import load
from stream.gateway.quantities import QUANTITIES
from stream.gateway.units import BY_NAME, Unconvertible, convert, plain

PLAIN = load("plain")


def meant(code: str, system: str = "LN", profile: str = "plain") -> Meaning:
    found = look_up(load(profile), code, "", system=system)
    assert isinstance(found, Meaning)
    return found


def converted(value: float, unit: str, code: str, text: str = "") -> float | Unconvertible:
    return convert(PLAIN, value, unit, text, meant(code))


def refusal(value: float, unit: str, code: str, text: str = "") -> str:
    found = converted(value, unit, code, text)
    assert isinstance(found, Unconvertible)
    return found.why


@pytest.mark.parametrize(
    ("code", "unit", "value", "ours"),
    [
        # rates
        ("8867-4", "bpm", 72, 72),
        ("8867-4", "{beats}/min", 72, 72),
        ("9279-1", "breaths/min", 18, 18),
        ("9279-1", "Br/M", 18, 18),
        ("8867-4", "264864", 72, 72),
        # pressures: NIST SP 811, 1 mmHg = 133.3224 Pa
        ("8480-6", "mmHg", 120, 120),
        ("8480-6", "MM[HG]", 120, 120),
        ("8480-6", "kPa", 13.33224, 100),
        ("8480-6", "265987", 13.33224, 100),
        ("8480-6", "hPa", 133.3224, 100),
        ("8480-6", "cmH2O", 13.595098, 10.0),
        ("2019-8", "kPa", 5.332896, 40),
        # temperatures by definition
        ("8310-5", "degF", 98.6, 37),
        ("8310-5", "[degF]", 32, 0),
        ("8310-5", "°C", 37, 37),
        ("8310-5", "℃", 37, 37),
        ("8310-5", "266560", 212, 100),
        ("8310-5", "K", 310.15, 37),
        # parts of a whole
        ("59408-5", "%", 97, 97),
        ("59408-5", "1", 0.97, 97),
        ("3150-0", "%", 40, 0.4),
        ("3150-0", "{fraction}", 0.4, 0.4),
        ("4544-3", "L/L", 0.41, 41),
        # flow
        ("3151-8", "L/min", 2, 2),
        ("3151-8", "mL/min", 500, 0.5),
        # substance and mass, by molar mass
        ("2160-0", "umol/L", 88.4017, 1),
        ("14682-9", "µmol/L", 88.4017, 1),
        ("14682-9", "mg/dL", 1, 1),
        ("2345-7", "mmol/L", 10, 180.156),
        ("15074-8", "mg/dL", 180.156, 180.156),
        ("3094-0", "mmol/L", 10, 28.014),
        ("22664-7", "mmol/L", 10, 28.014),
        ("22664-7", "mg/dL", 60.056, 28.014),
        ("3091-6", "mg/dL", 60.056, 28.014),
        ("3091-6", "mmol/L", 10, 28.014),
        ("1975-2", "umol/L", 17.1037, 1),
        ("17861-6", "mmol/L", 2.5, 10.0195),
        ("17861-6", "meq/L", 5, 10.0195),
        ("19123-9", "mmol/L", 1, 2.4305),
        ("19123-9", "mval/L", 2, 2.4305),
        ("2777-1", "mmol/L", 1, 3.0974),
        ("2524-7", "mg/dL", 9.0078, 1),
        ("2524-7", "mmol/L", 2.1, 2.1),
        ("718-7", "g/L", 140, 14),
        ("718-7", "mmol/L", 10, 16.1145),
        ("2823-3", "mEq/L", 4.1, 4.1),
        ("1925-7", "mmol/L", -1, -1),
        ("3255-7", "g/L", 3, 300),
        ("10839-9", "ng/L", 40, 0.04),
        ("10839-9", "ug/L", 0.04, 0.04),
        ("1920-8", "ukat/L", 1, 60),
        # cells
        ("6690-2", "10*9/L", 12.3, 12.3),
        ("6690-2", "10^3/µL", 12.3, 12.3),
        ("6690-2", "10³/uL", 12.3, 12.3),
        ("6690-2", "×10⁹/L", 12.3, 12.3),  # noqa: RUF001 - as it is written
        ("6690-2", "/uL", 12300, 12.3),
        ("777-3", "K/uL", 41, 41),
        # one way of writing for two units: what is measured decides
        ("6690-2", "G/L", 12.3, 12.3),
        ("718-7", "G/L", 140, 14),
        ("2744-1", "1", 7.31, 7.31),
        ("14979-9", "sec", 30, 30),
    ],
)
def test_a_number_in_a_unit_is_a_number_in_ours(code: str, unit: str, value: float, ours: float) -> None:
    assert converted(value, unit, code) == pytest.approx(ours, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    "quantity", [one for one in QUANTITIES if one.unit], ids=lambda one: f"{one.topic}.{one.field}"
)
@given(value=st.floats(-1000, 1000))
def test_a_number_in_our_own_unit_stays_as_it_is(quantity: object, value: float) -> None:
    one = next(row for row in QUANTITIES if row is quantity)
    meaning = Meaning(one.topic, one.field, one.methods[-1], 0, one.dimension, one.unit)
    assert convert(PLAIN, value, one.unit, "", meaning) == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(
    ("code", "unit", "text", "why"),
    [
        ("59408-5", "bpm", "", "contradicts"),
        ("8867-4", "%", "", "contradicts"),
        ("8480-6", "Cel", "", "contradicts"),
        ("8310-5", "mmHg", "", "contradicts"),
        ("8480-6", "mg/dL", "", "contradicts"),
        ("1920-8", "mmol/L", "", "contradicts"),
        ("10839-9", "mmol/L", "", "contradicts"),  # without a molar mass
        ("19889-5", "%", "", "contradicts"),  # a part of the gas is a pressure only with the air's
        ("2524-7", "meq/L", "", "contradicts"),
        ("8867-4", "262688", "MDC_DIM_BEAT_PER_MIN", "disagrees"),
        ("8310-5", "Cel", "degF", "disagrees"),
        ("8867-4", "furlongs", "", "unknown"),
        ("8310-5", "", "", "missing"),
        ("59408-5", "", "", "missing"),
        ("2160-0", "", "", "missing"),
    ],
)
def test_a_unit_that_is_not_the_measurements_is_refused(code: str, unit: str, text: str, why: str) -> None:
    assert refusal(100, unit, code, text) == why


def test_a_refusal_carries_nothing_of_the_message() -> None:
    found = converted(1, "furlongs per fortnight", "8867-4", "Jane Doe")
    assert isinstance(found, Unconvertible)
    assert "furlong" not in found.sentence
    assert "Doe" not in found.sentence


def test_the_second_component_does_where_the_first_is_not_known() -> None:
    assert converted(80, "", "8867-4", "BPM") == 80
    assert converted(98.6, "268160", "8310-5", "MDC_DIM_FAHR") == pytest.approx(37)


def test_what_has_but_one_unit_needs_none() -> None:
    assert converted(72, "", "8867-4") == 72
    assert converted(7.31, "", "2744-1") == 7.31


def test_a_senders_own_units_count_for_it_alone() -> None:
    heart_rate = meant("0002-4182", "MDIL", "philips-iic")
    assert convert(load("philips-iic"), 60, "0004-0aa0", "", heart_rate) == 60
    assert isinstance(convert(PLAIN, 60, "0004-0aa0", "", heart_rate), Unconvertible)


def test_a_sender_that_writes_no_units_has_them_in_its_profile() -> None:
    gateway = load("mindray-gateway")
    systolic = look_up(gateway, "170", "Sys")
    assert isinstance(systolic, Meaning)
    assert convert(gateway, 120, "", "", systolic) == 120
    end_tidal = look_up(gateway, "250", "EtCO2")  # comes in several, and the guide does not say in which
    assert isinstance(end_tidal, Meaning)
    assert isinstance(convert(gateway, 38, "", "", end_tidal), Unconvertible)


def test_one_way_of_writing_names_at_most_one_unit_of_a_dimension() -> None:
    for name, units in BY_NAME.items():
        dimensions = [unit.dimension for unit in units]
        assert len(dimensions) == len(set(dimensions)), name


def test_units_are_compared_without_case_and_blanks() -> None:
    assert plain(" MM [Hg] ") == plain("mm[Hg]")
    assert plain("\u00b5mol/L") == plain("umol/l")
