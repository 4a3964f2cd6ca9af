"""Requirements of the running features: causal, of fixed size, honest about what was never measured."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.risk import trend
from models.risk.features import SEPSIS, WINDOW_H
from models.risk.inputs import INPUTS, NAMES
from models.risk.lab.feature_table import unroll
from models.risk.organs import Organs
from models.risk.plausible import COLUMNS

ORGANS = Organs(NAMES)
AT = {name: at for at, name in enumerate(SEPSIS.names)}


def a_bin(**values: float) -> NDArray[np.float32]:
    """One patient's hour [1, 40] in which only these inputs were measured."""
    row = np.full((1, len(INPUTS)), np.nan, np.float32)
    for name, value in values.items():
        row[0, NAMES.index(name)] = value
    return row


def after(*bins: NDArray[np.float32]) -> NDArray[np.float32]:
    state = SEPSIS.blank(len(bins[0]))
    for one in bins:
        state = SEPSIS.advance(state, one)
    return state


def feature(state: NDArray[np.float32], name: str) -> float:
    return float(SEPSIS.describe(state)[0, AT[name]])


def some_stays(seed: int, patients: int, hours: int) -> NDArray[np.float32]:
    """Hours [T, B, 40] with most values missing, drawn round plausible ones."""
    generator = np.random.default_rng(seed)
    values = generator.uniform(0.5, 60.0, (hours, patients, len(INPUTS))).astype(np.float32)
    values[generator.random(values.shape) < 0.6] = np.nan
    return values


def test_inputs_stand_in_the_challenge_s_order() -> None:
    assert tuple(one.column for one in INPUTS) == COLUMNS


def test_every_feature_has_one_name_of_its_own() -> None:
    assert SEPSIS.describe(SEPSIS.blank(1)).shape == (1, len(SEPSIS.names))
    assert len(set(SEPSIS.names)) == len(SEPSIS.names)


def test_a_value_never_measured_differs_from_every_measured_one() -> None:
    nothing = SEPSIS.describe(after(a_bin()))
    zero = SEPSIS.describe(after(a_bin(lactate_mmol_per_l=0.0)))
    assert np.isnan(nothing[0, AT["lactate_mmol_per_l.last"]])
    assert zero[0, AT["lactate_mmol_per_l.last"]] == 0.0
    assert np.isnan(nothing[0, AT["lactate_mmol_per_l.since"]])


def test_last_value_and_its_age_are_carried() -> None:
    state = after(a_bin(lactate_mmol_per_l=4.0), a_bin(), a_bin())
    assert feature(state, "lactate_mmol_per_l.last") == 4.0
    assert feature(state, "lactate_mmol_per_l.since") == 2.0


def test_change_is_between_the_last_two_measurements_whatever_lies_between() -> None:
    first = after(a_bin(lactate_mmol_per_l=4.0))
    assert np.isnan(feature(first, "lactate_mmol_per_l.change"))
    state = after(a_bin(lactate_mmol_per_l=4.0), a_bin(), a_bin(lactate_mmol_per_l=2.5), a_bin())
    assert feature(state, "lactate_mmol_per_l.change") == -1.5


def test_a_slope_is_the_last_change_by_the_hours_that_it_took() -> None:
    state = after(a_bin(lactate_mmol_per_l=4.0), a_bin(), a_bin(lactate_mmol_per_l=2.5), a_bin())
    assert feature(state, "lactate_mmol_per_l.slope") == -0.75
    assert np.isnan(feature(after(a_bin(lactate_mmol_per_l=4.0)), "lactate_mmol_per_l.slope"))


def test_a_series_is_known_from_its_first_value_on() -> None:
    assert np.isnan(feature(after(a_bin(), a_bin()), "lactate_mmol_per_l.known_for"))
    state = after(a_bin(), a_bin(lactate_mmol_per_l=4.0), a_bin(), a_bin(lactate_mmol_per_l=2.5), a_bin())
    assert feature(state, "lactate_mmol_per_l.known_for") == 3.0
    assert feature(state, "lactate_mmol_per_l.since") == 1.0


def test_a_value_is_set_against_the_first_the_lowest_and_the_highest_of_the_stay() -> None:
    state = after(*(a_bin(heart_rate_bpm=beats) for beats in (80.0, 70.0, 120.0, 100.0)))
    told = [feature(state, f"heart_rate_bpm.{bound}") for bound in ("off_first", "off_low", "off_high")]
    assert told == [20.0, 30.0, -20.0]


def test_measuring_once_a_day_adds_up_in_the_slow_rate() -> None:
    daily = [a_bin(lactate_mmol_per_l=2.0), *[a_bin()] * 23]
    once, thrice = after(*daily), after(*daily * 3)
    assert feature(once, "lactate_mmol_per_l.slow_rate") == pytest.approx(np.exp(-23 / trend.MEMORY_H), rel=1e-5)
    assert feature(thrice, "lactate_mmol_per_l.slow_rate") > 1.5 * feature(once, "lactate_mmol_per_l.slow_rate")


def test_windows_forget_what_lies_before_them_and_the_stay_does_not() -> None:
    bins = [a_bin(heart_rate_bpm=150.0), *[a_bin(heart_rate_bpm=80.0)] * (WINDOW_H - 1)]
    assert feature(after(*bins), "heart_rate_bpm.high_12h") == 150.0
    assert feature(after(*bins), "heart_rate_bpm.high_5h") == 80.0
    later = after(*bins, a_bin(heart_rate_bpm=80.0))
    assert feature(later, "heart_rate_bpm.high_12h") == 80.0
    assert feature(later, "heart_rate_bpm.high") == 150.0


def test_rolling_statistics_are_those_of_the_measured_values_alone() -> None:
    state = after(a_bin(heart_rate_bpm=60.0), a_bin(), a_bin(heart_rate_bpm=100.0))
    assert feature(state, "heart_rate_bpm.mean_5h") == 80.0
    assert feature(state, "heart_rate_bpm.sd_5h") == 20.0
    assert feature(state, "heart_rate_bpm.low_5h") == 60.0


def test_shock_index_and_urea_ratio_need_both_values() -> None:
    assert np.isnan(feature(after(a_bin(heart_rate_bpm=120.0)), "shock_index"))
    state = after(a_bin(heart_rate_bpm=120.0, bun_mg_per_dl=30.0), a_bin(systolic_mmhg=80.0, creatinine_mg_per_dl=1.5))
    assert feature(state, "shock_index") == 1.5
    assert feature(state, "bun_to_creatinine") == 20.0


SOFA_EDGES = [  # creatinine, bilirubin, platelets, mean arterial pressure: values on both sides of each edge
    ("creatinine_mg_per_dl", 0, (1.19, 1.2, 1.99, 2.0, 3.49, 3.5, 4.99, 5.0), (0, 1, 1, 2, 2, 3, 3, 4)),
    ("total_bilirubin_mg_per_dl", 1, (1.19, 1.2, 1.9, 2.0, 5.9, 6.0, 11.9, 12.0), (0, 1, 1, 2, 2, 3, 3, 4)),
    ("platelets_10e3_per_ul", 2, (150, 149, 100, 99, 50, 49, 20, 19), (0, 1, 1, 2, 2, 3, 3, 4)),
    ("mean_arterial_mmhg", 3, (70, 69), (0, 1)),
]


@pytest.mark.parametrize(("name", "part", "values", "points"), SOFA_EDGES)
def test_sofa_points_change_at_the_published_edges(
    name: str, part: int, values: tuple[float, ...], points: tuple[int, ...]
) -> None:
    given = [ORGANS.sofa_points(a_bin(**{name: value}))[0, part] for value in values]
    assert given == list(points)


def test_sofa_respiration_by_saturation_over_inspired_oxygen() -> None:
    edges = [(0.19, 100.0, 0), (0.25, 97.0, 1), (0.4, 97.0, 2), (0.6, 97.0, 3), (1.0, 88.0, 4)]
    for fio2, spo2, points in edges:
        assert ORGANS.sofa_points(a_bin(fio2_fraction=fio2, spo2_percent=spo2))[0, 4] == points


def test_a_table_with_coma_scale_and_arterial_oxygen_has_their_sofa_points() -> None:
    names = ("glasgow_coma_score", "pao2_mmhg", "fio2_fraction")
    organs = Organs(names)
    assert organs.part_names == ("glasgow_coma_score", "pao2_to_fio2")
    assert organs.ratio_names == ("pao2_to_fio2",)
    coma = [(15, 0), (14, 1), (13, 1), (12, 2), (10, 2), (9, 3), (6, 3), (5, 4), (np.nan, 0)]
    for score, points in coma:
        assert organs.sofa_points(np.array([[score, np.nan, np.nan]], np.float32))[0, 0] == points
    oxygen = [(400, 0), (399, 1), (300, 1), (299, 2), (200, 2), (199, 3), (100, 3), (99, 4), (np.nan, 0)]
    for pao2_mmhg, points in oxygen:
        assert organs.sofa_points(np.array([[np.nan, pao2_mmhg, 1.0]], np.float32))[0, 1] == points


def test_sofa_rise_is_over_the_lowest_of_the_last_day() -> None:
    bins = [a_bin(creatinine_mg_per_dl=1.0), *[a_bin()] * 10, a_bin(creatinine_mg_per_dl=2.5)]
    assert feature(after(*bins), "sofa_rise_24h") == 2.0
    assert feature(after(*bins, *[a_bin()] * 24), "sofa_rise_24h") == 0.0


@pytest.mark.parametrize("value", [np.inf, -np.inf, -999.0, 1000.0])
def test_an_impossible_value_counts_as_not_measured(value: float) -> None:
    np.testing.assert_array_equal(after(a_bin(heart_rate_bpm=value)), after(a_bin()))


def test_the_clock_goes_on_in_an_hour_without_any_row() -> None:
    state = after(a_bin(hours_in_icu=7.0), a_bin())
    assert feature(state, "hours_in_icu") == 8.0
    assert feature(state, "hours_in_record") == 2.0
    assert feature(state, "hours_before_record") == 6.0


def test_state_is_of_one_size_and_arguments_stay_as_they_are() -> None:
    bins = some_stays(1, 3, 40)
    state = SEPSIS.blank(3)
    for hour in bins:
        kept = state.copy(), hour.copy()
        following = SEPSIS.advance(state, hour)
        np.testing.assert_array_equal(state, kept[0])
        np.testing.assert_array_equal(hour, kept[1])
        assert following.shape == (3, sum(width for _, width in SEPSIS.fields))
        assert following.dtype == np.float32
        state = following


def test_forgetting_an_input_is_the_same_as_never_having_measured_it() -> None:
    bins = some_stays(2, 1, 30)
    for at in (0, 5, 20, 36):
        forgotten = after(*bins)
        SEPSIS.forget(forgotten[0], at)
        without = bins.copy()
        without[:, :, at] = np.nan
        names = [name for name, _ in SEPSIS.fields if name != "sofa"]  # the points given in earlier hours stay given
        for name, width in SEPSIS.fields:
            start = sum(w for n, w in SEPSIS.fields[: [n for n, _ in SEPSIS.fields].index(name)])
            if name in names:
                np.testing.assert_array_equal(
                    forgotten[:, start : start + width], after(*without)[:, start : start + width], err_msg=name
                )


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), lengths=st.lists(st.integers(1, 30), min_size=1, max_size=6))
def test_a_row_s_features_come_from_its_stay_up_to_its_hour_alone(seed: int, lengths: list[int]) -> None:
    start = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    rows = some_stays(seed, 1, int(start[-1]))[:, 0]
    table = np.empty((len(rows), len(SEPSIS.names)), np.float32)
    for at, described in unroll(SEPSIS, rows, start):
        table[at] = described
    for first, end in itertools.pairwise(start):
        state = SEPSIS.blank(1)
        for row in range(first, end):
            state = SEPSIS.advance(state, rows[row : row + 1])
            np.testing.assert_array_equal(table[row], SEPSIS.describe(state)[0])
