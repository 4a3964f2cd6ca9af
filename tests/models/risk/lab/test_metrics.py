"""The figures, against hand-computed cases, scikit-learn, and data whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from models.risk.lab.curve_areas import BinnedHours, areas
from models.risk.lab.episodes import count_episodes
from models.risk.lab.metrics import DEFINITIONS, OF_SETS, Graded, measure


def graded(
    labels: list[list[int]], risks: list[list[float]], alarms: list[list[int]], hours: list[list[int]] | None = None
) -> Graded:
    hours = hours or [list(range(1, len(stay) + 1)) for stay in labels]
    alarm = np.concatenate(alarms).astype(bool)
    return Graded(
        label=np.concatenate(labels).astype(np.int8),
        iculos=np.concatenate(hours).astype(np.float32),
        start=np.concatenate(([0], np.cumsum([len(stay) for stay in labels]))),
        risk=np.concatenate(risks).astype(np.float32),
        alarm=alarm,
        abstained=np.zeros(len(alarm), dtype=bool),
    )


def drawn(seed: int, stays: int = 200) -> Graded:
    """Stays whose risk is the true probability of their label, and whose length does not depend on it."""
    rng = np.random.default_rng(seed)
    labels, risks, alarms = [], [], []
    for _ in range(stays):
        risk = float(rng.beta(1, 4))
        septic = rng.random() < risk
        labels.append([int(septic)] * 10)
        risks.append([risk] * 10)
        alarms.append([int(risk > 0.4)] * 10)
    return graded(labels, risks, alarms)


def scored(
    seed: int, stays: int = 40, hours: int = 25
) -> tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    label = (rng.random(stays * hours) < 0.1).astype(np.int8)
    score = (rng.normal(size=stays * hours) + label).astype(np.float32)
    return label, score, np.repeat(np.arange(stays), hours)


@pytest.mark.parametrize("decimals", [1, 6])
def test_binned_areas_agree_with_exact_ones_for_any_weighting_of_the_stays(decimals: int) -> None:
    label, score, stay_of_row = scored(3, stays=400)
    score = score.round(decimals)
    weights = np.stack([np.ones(400), np.random.default_rng(1).integers(0, 4, 400)]).astype(np.float32)
    auroc, auprc = BinnedHours(label, score, stay_of_row).areas(weights)
    for row, weight in enumerate(weights):
        each = weight[stay_of_row]
        assert auroc[row] == pytest.approx(roc_auc_score(label, score, sample_weight=each), abs=1e-3)
        # A bin's middle stands for its threshold: with whole tenths as scores that is only roughly so.
        margin = 1e-3 if decimals > 1 else 2e-2
        assert auprc[row] == pytest.approx(average_precision_score(label, score, sample_weight=each), abs=margin)


def test_areas_of_the_data_themselves_are_exact() -> None:
    label, score, _ = scored(4)
    score = (score / 8 + 0.5).clip(0, 1).round(1)
    case = Graded(
        label=label,
        iculos=np.tile(np.arange(1, 26, dtype=np.float32), 40),
        start=np.arange(0, 1001, 25),
        risk=score,
        alarm=score > 0.7,
        abstained=score > 1,
    )
    found = measure(case, resamples=10)
    assert found["auroc"].value == pytest.approx(roc_auc_score(label, score), abs=1e-12)
    assert found["auprc"].value == pytest.approx(average_precision_score(label, score), abs=1e-12)


def test_areas_need_both_kinds_of_hours() -> None:
    for label in (np.zeros(3, np.int8), np.ones(3, np.int8)):
        assert np.isnan(areas(label, np.ones(3, np.float32))).all()
        binned = BinnedHours(label, np.ones(3, np.float32), np.zeros(3, np.int64))
        assert np.isnan(binned.areas(np.ones((1, 1), np.float32))).all()


def one_septic_stay(alarm_hours: list[int], hours: int = 40) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Hours 1 to 40, labelled from hour 20 on: onset at hour 26, detectable from hour 14."""
    clock = np.arange(1, hours + 1)
    return (clock >= 20).astype(np.int8), np.isin(clock, alarm_hours)


@pytest.mark.parametrize(
    ("alarm_hours", "lead_h"),
    [
        ([13], None),  # a false alarm, too early
        ([14], 12.0),
        ([13, 14, 15], 12.0),  # what still sounds when the window opens counts from there
        ([20], 6.0),
        ([26], 0.0),  # at onset
        ([27], None),  # too late
        ([10, 23, 25], 3.0),
        ([], None),
    ],
)
def test_lead_time_runs_from_the_first_alarm_in_the_twelve_hours_to_onset(
    alarm_hours: list[int], lead_h: float | None
) -> None:
    label, alarm = one_septic_stay(alarm_hours)
    found = count_episodes(label, np.arange(1, 41, dtype=np.float32), np.array([0, 40]), alarm)
    assert found.septic.tolist() == [True]
    np.testing.assert_array_equal(found.lead_h, [np.nan if lead_h is None else lead_h])


@pytest.mark.parametrize(
    ("alarm_hours", "episodes", "true"),
    [
        ([13], 1, 0),
        ([14], 1, 1),
        ([29], 1, 1),  # three hours after onset
        ([30], 1, 0),
        ([5, 6, 7, 20, 21, 35], 3, 1),
        (list(range(1, 41)), 1, 1),
    ],
)
def test_an_episode_is_true_when_it_meets_the_window_of_a_septic_stay(
    alarm_hours: list[int], episodes: int, true: int
) -> None:
    label, alarm = one_septic_stay(alarm_hours)
    found = count_episodes(label, np.arange(1, 41, dtype=np.float32), np.array([0, 40]), alarm)
    assert (found.episodes.tolist(), found.true.tolist()) == ([episodes], [true])
    assert found.alarm_hours.tolist() == [len(alarm_hours)]


def test_an_episode_ends_with_the_stay_and_at_a_missing_hour() -> None:
    iculos = np.array([1, 2, 4, 1, 2], dtype=np.float32)
    found = count_episodes(np.zeros(5, np.int8), iculos, np.array([0, 3, 5]), np.ones(5, dtype=bool))
    assert found.episodes.tolist() == [2, 1]
    assert found.true.tolist() == [0, 0]


def test_the_figures_of_a_small_case_are_as_computed_by_hand() -> None:
    found = measure(
        graded(
            [[0, 0, 0, 0, 1, 1], [0, 0]], [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.0, 1.0]], [[0, 0, 1, 1, 1, 1], [0, 1]]
        ),
        resamples=20,
    )
    value = {name: figure.value for name, figure in found.items()}
    silence = -2 / 9  # the second labelled hour; the first costs nothing yet
    best = sum((hour - 10 + 12) / 6 for hour in range(5)) + 8 / 9  # alarms from the first hour on, onset at row 10
    assert value["utility"] == pytest.approx((3.388888888888889 - 0.05 - silence) / (best - silence))
    assert value["brier"] == pytest.approx((0.01 + 0.04 + 0.09 + 0.16 + 0.25 + 0.16 + 0 + 1) / 8)
    assert value["ece"] == pytest.approx((0.1 + 0.2 + 0.3 + 0.4 + 0.5 + 0.4 + 0 + 1) / 8, abs=1e-6)
    assert value["observed_to_expected"] == pytest.approx(2 / 3.1, abs=1e-6)
    assert value["auroc"] == pytest.approx(10 / 12)
    assert value["auprc"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert value["stay_sensitivity"] == 1.0
    assert value["lead_time_h"] == 8.0
    assert value["alarms_per_day"] == pytest.approx(24 * 2 / 8)
    assert value["alarm_hours_per_day"] == pytest.approx(24 * 5 / 8)
    assert value["episode_precision"] == 0.5
    assert value["abstained"] == 0.0
    assert set(value) == set(DEFINITIONS) - set(OF_SETS)


def test_without_sepsis_the_figures_that_need_it_are_undefined_and_the_others_are_not() -> None:
    found = measure(graded([[0, 0], [0]], [[0.1, 0.2], [0.3]], [[0, 1], [0]]), resamples=5)
    undefined = {name for name, figure in found.items() if np.isnan(figure.value)}
    assert undefined == {"utility", "auroc", "auprc", "brier_skill", "stay_sensitivity", "lead_time_h"}
    assert all(np.isnan(found[name].low) for name in undefined)


def test_coverage_counts_the_hours_whose_conformal_set_holds_the_truth() -> None:
    # Sets: risks under 0.2 hold "no sepsis" alone, over 0.6 "sepsis" alone, and the bounds themselves hold both.
    case = graded([[0, 0, 0, 0], [0, 1, 1, 1]], [[0.1, 0.6, 0.7, 0.3], [0.9, 0.1, 0.2, 0.9]], [[0] * 4, [0] * 4])
    found = measure(replace(case, certain=(float(np.float32(0.2)), float(np.float32(0.6)))))
    assert found["coverage_septic"].value == pytest.approx(2 / 3)
    assert found["coverage_others"].value == pytest.approx(3 / 5)


def test_intervals_are_reproducible_and_hold_their_value() -> None:
    first, again = (measure(drawn(1), resamples=200) for _ in range(2))
    assert first == again
    assert first != measure(drawn(1), resamples=200, seed=1)
    for figure in first.values():
        assert np.isnan(figure.value) or figure.low <= figure.value <= figure.high


def test_intervals_by_patient_cover_the_truth_about_as_often_as_they_say() -> None:
    # Risk is the true probability, so the expected Brier score of Beta(1, 4) is E[p(1-p)] = 0.2 - 2/30.
    truth = 0.2 - 2 / 30
    figures = [measure(drawn(seed, stays=150), resamples=200)["brier"] for seed in range(60)]
    covered = sum(figure.low <= truth <= figure.high for figure in figures)
    assert 51 <= covered <= 60  # 95 % of 60 is 57; below 51 has a chance of 1 in 500


def test_resampling_hours_instead_of_patients_would_be_too_sure() -> None:
    by_patient = measure(drawn(5), resamples=300)["brier"]
    case = drawn(5)
    each_hour = Graded(case.label, case.iculos, np.arange(len(case.label) + 1), case.risk, case.alarm, case.abstained)
    by_hour = measure(each_hour, resamples=300)["brier"]
    assert by_patient.high - by_patient.low > 2 * (by_hour.high - by_hour.low)
