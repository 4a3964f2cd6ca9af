"""The figures, against hand-computed cases, scikit-learn, and data whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from models.risk.lab.metrics import Graded
from models.risk.lab.sepsis.figures import DEFINITIONS, EQUAL_BURDEN, OF_SETS, measure


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


def test_areas_of_the_data_themselves_are_exact() -> None:
    generator = np.random.default_rng(4)
    label = (generator.random(1000) < 0.1).astype(np.int8)
    score = (generator.normal(size=1000) + label).astype(np.float32)
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
    assert set(value) == {one.name for one in DEFINITIONS} - {*OF_SETS, EQUAL_BURDEN}


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
