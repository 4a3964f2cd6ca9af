"""What may be used of a monitor's numbers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import vitals
from schemas.vitals import NUMERICS

# Copied by hand from docs/sources.md#plausible-values: hard reject, soft flag. A 0 never reaches the limits, it means
# off.
LIMITS = {
    "heart_rate_bpm": ((0, 300), (20, 220)),
    "respiratory_rate_per_min": ((0, 100), (None, 60)),
    "spo2_percent": ((10, 100), (50, None)),
    "systolic_mmhg": ((10, 300), (40, 260)),
    "mean_arterial_mmhg": ((10, 250), (30, 180)),
    "diastolic_mmhg": ((10, 200), (20, 150)),
    "temperature_celsius": ((25, 45), (32, 42)),
    "etco2_mmhg": ((0, 150), (10, 100)),
    "fio2_fraction": ((0.2, 1.0), (None, None)),
}
STEP = 0.001


def cleaned(**measured: float) -> tuple[dict[str, float], dict[str, int]]:
    """One frame with these vitals: what is left of it, and its flags."""
    row = np.array([[measured.get(name, math.nan) for name in NUMERICS]])
    result = vitals.clean(row)
    return dict(zip(NUMERICS, result.values[0].tolist(), strict=True)), dict(
        zip(NUMERICS, result.flags[0].tolist(), strict=True)
    )


def test_the_table_has_a_row_for_every_vital() -> None:
    assert set(LIMITS) == set(NUMERICS)


@pytest.mark.parametrize("name", NUMERICS)
@pytest.mark.parametrize("off", [0.0, -0.0, -999.0])
def test_0_and_minus_999_mean_sensor_off_for_every_vital(name: str, off: float) -> None:
    values, flags = cleaned(**{name: off})
    assert math.isnan(values[name])
    assert flags[name] == vitals.OFF


HARD = [
    case
    for name, ((low, high), _) in LIMITS.items()
    for case in (
        (name, low or STEP, True),
        (name, high, True),
        (name, low - STEP, False),
        (name, high + STEP, False),
    )
]


@pytest.mark.parametrize(("name", "value", "usable"), HARD)
def test_a_value_on_a_hard_limit_is_kept_and_one_beyond_it_rejected(name: str, value: float, *, usable: bool) -> None:
    values, flags = cleaned(**{name: value})
    if usable:
        assert values[name] == value
        assert not flags[name] & vitals.IMPLAUSIBLE
    else:
        assert math.isnan(values[name])
        assert flags[name] == vitals.IMPLAUSIBLE


SOFT = [
    (name, value, suspect)
    for name, (_, (low, high)) in LIMITS.items()
    for value, suspect in (
        *(((low, False), (low - STEP, True)) if low is not None else ()),
        *(((high, False), (high + STEP, True)) if high is not None else ()),
    )
]


@pytest.mark.parametrize(("name", "value", "suspect"), SOFT)
def test_a_value_beyond_a_soft_limit_is_flagged_and_kept(name: str, value: float, *, suspect: bool) -> None:
    values, flags = cleaned(**{name: value})
    assert values[name] == value
    assert flags[name] == (vitals.SUSPECT if suspect else 0)


@pytest.mark.parametrize("percent", [1.01, 21.0, 40.0, 100.0])
def test_an_oxygen_percentage_is_refused_rather_than_guessed_to_be_a_fraction(percent: float) -> None:
    values, flags = cleaned(fio2_fraction=percent)
    assert math.isnan(values["fio2_fraction"])
    assert flags["fio2_fraction"] == vitals.IMPLAUSIBLE


@pytest.mark.parametrize(
    ("systolic", "mean", "diastolic"),
    [
        (120, 60, 80),  # mean below diastolic
        (120, 125, 80),  # mean above systolic
        (80, math.nan, 120),  # diastolic above systolic
        (math.nan, 70, 80),
        (80, 90, math.nan),
    ],
)
def test_pressures_that_contradict_each_other_are_all_rejected(systolic: float, mean: float, diastolic: float) -> None:
    given_pressures = {"systolic_mmhg": systolic, "mean_arterial_mmhg": mean, "diastolic_mmhg": diastolic}
    values, flags = cleaned(heart_rate_bpm=80, **given_pressures)
    for name, value in given_pressures.items():
        assert math.isnan(values[name])
        assert bool(flags[name] & vitals.INCONSISTENT) is not math.isnan(value)
    assert values["heart_rate_bpm"] == 80
    assert flags["heart_rate_bpm"] == 0


@pytest.mark.parametrize("mean", [50.0, math.nan])
def test_pressures_without_a_pulse_are_kept_and_flagged_since_assist_devices_give_them(mean: float) -> None:
    values, flags = cleaned(systolic_mmhg=50, mean_arterial_mmhg=mean, diastolic_mmhg=50)
    assert (values["systolic_mmhg"], values["diastolic_mmhg"]) == (50, 50)
    assert flags["systolic_mmhg"] == flags["diastolic_mmhg"] == vitals.SUSPECT


def test_what_a_sensor_may_have_read_is_doubtful_and_what_none_reads_is_not() -> None:
    numbers = {"heart_rate_bpm": 301.0, "temperature_celsius": 24.5, "systolic_mmhg": 60.0, "mean_arterial_mmhg": 70.0}
    doubtful = vitals.clean(np.array([[numbers.get(name, math.nan) for name in NUMERICS]])).doubtful[0]
    assert {name: value for name, value in zip(NUMERICS, doubtful, strict=True) if not math.isnan(value)} == numbers
    nonsense = {"heart_rate_bpm": 1e308, "temperature_celsius": 104.0, "spo2_percent": 101.0, "fio2_fraction": 40.0}
    of_none = vitals.clean(np.array([[nonsense.get(name, math.nan) for name in NUMERICS]]))
    assert np.isnan(of_none.doubtful).all()
    assert np.isnan(of_none.values).all()


def test_a_contradiction_costs_its_own_frame_only() -> None:
    frames = np.full((3, 9), math.nan)
    pressures = [NUMERICS.index(f"{name}_mmhg") for name in ("systolic", "mean_arterial", "diastolic")]
    frames[:, pressures] = [[120, 93, 80], [120, 60, 80], [120, 93, 80]]
    result = vitals.clean(frames)
    np.testing.assert_array_equal(np.isnan(result.values[:, pressures]).all(axis=1), [False, True, False])
    rejected = (result.flags[:, pressures] & vitals.INCONSISTENT) > 0
    np.testing.assert_array_equal(rejected.all(axis=1), [False, True, False])


def test_pressures_in_order_are_kept() -> None:
    values, flags = cleaned(systolic_mmhg=120, mean_arterial_mmhg=93, diastolic_mmhg=80)
    assert (values["systolic_mmhg"], values["mean_arterial_mmhg"], values["diastolic_mmhg"]) == (120, 93, 80)
    assert not any(flags.values())


def test_an_impossible_pressure_contradicts_nothing_since_it_is_gone() -> None:
    values, flags = cleaned(systolic_mmhg=120, mean_arterial_mmhg=251, diastolic_mmhg=80)
    assert (values["systolic_mmhg"], values["diastolic_mmhg"]) == (120, 80)
    assert flags["mean_arterial_mmhg"] == vitals.IMPLAUSIBLE


# (150 + 2 x 75) / 3 = 100; a quarter of it is 25.
@pytest.mark.parametrize(("mean", "suspect"), [(125, False), (125.1, True), (75.1, False), (76, False)])
def test_a_mean_far_from_systolic_and_diastolic_is_flagged(mean: float, *, suspect: bool) -> None:
    values, flags = cleaned(systolic_mmhg=150, mean_arterial_mmhg=mean, diastolic_mmhg=75)
    assert values["mean_arterial_mmhg"] == mean
    assert bool(flags["mean_arterial_mmhg"] & vitals.SUSPECT) is suspect


@pytest.mark.parametrize(("mean", "suspect"), [(75, False), (74.9, True)])
def test_a_mean_far_below_is_flagged_too(mean: float, *, suspect: bool) -> None:
    _, flags = cleaned(systolic_mmhg=200, mean_arterial_mmhg=mean, diastolic_mmhg=50)  # their formula says 100
    assert bool(flags["mean_arterial_mmhg"] & vitals.SUSPECT) is suspect


def test_a_vital_that_was_not_measured_has_no_flag() -> None:
    values, flags = cleaned()
    assert all(math.isnan(value) for value in values.values())
    assert not any(flags.values())


ROWS = st.lists(
    st.lists(
        st.one_of(st.just(math.nan), st.sampled_from([0.0, -999.0]), st.floats(-1e4, 1e4)), min_size=9, max_size=9
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(ROWS)
def test_cleaning_never_invents_a_number_and_each_loss_has_a_reason(rows: list[list[float]]) -> None:
    before = np.array(rows)
    kept = before.copy()
    after, flags, doubtful = vitals.clean(before)
    np.testing.assert_array_equal(before, kept)  # the input is left alone
    usable = ~np.isnan(after)
    np.testing.assert_array_equal(after[usable], before[usable])
    lost = np.isnan(after) & ~np.isnan(before)
    np.testing.assert_array_equal((flags & ~np.uint8(vitals.SUSPECT)) > 0, lost)
    unsure = ~np.isnan(doubtful)
    np.testing.assert_array_equal(doubtful[unsure], before[unsure])
    assert lost[unsure].all()


@settings(deadline=None)
@given(ROWS)
def test_a_frame_is_cleaned_the_same_alone_and_in_any_batch(rows: list[list[float]]) -> None:
    batch = vitals.clean(np.array(rows))
    for index, row in enumerate(rows):
        alone = vitals.clean(np.array([row]))
        np.testing.assert_array_equal(alone.values[0], batch.values[index])
        np.testing.assert_array_equal(alone.flags[0], batch.flags[index])


def test_cleaning_twice_changes_nothing_more() -> None:
    rng = np.random.default_rng(7)
    once = vitals.clean(rng.uniform(-50, 350, (500, 9))).values
    np.testing.assert_array_equal(vitals.clean(once).values, once)
