"""The challenge's utility, against its published example, hand-computed edges, and a literal reading of its script."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.risk.lab.sepsis.utility import alarm_gain, hourly_utility, normalised_utility, stay_utility

ONSET = 20  # row of the onset in `a_septic_stay`: six rows after the first label


def a_septic_stay(hours: int = 40) -> NDArray[np.int8]:
    labels = np.zeros(hours, dtype=np.int8)
    labels[ONSET - 6 :] = 1
    return labels


def of_one_stay(labels: NDArray[np.int8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What silence and an alarm are worth in each hour."""
    return hourly_utility(labels, np.array([0, len(labels)]))


def by_the_letter(labels: list[int], predictions: list[int]) -> float:
    """One stay's utility, hour by hour, in the words of the published definition."""
    onset = labels.index(1) + 6 if 1 in labels else None
    total = 0.0
    for hour, alarm in enumerate(predictions):
        if onset is None:
            total += -0.05 if alarm else 0.0
        elif hour <= onset - 6:
            total += max((hour - onset + 12) / 6, -0.05) if alarm else 0.0
        elif hour <= onset + 3:
            total += (onset + 3 - hour) / 9 if alarm else -2 * (hour - onset + 6) / 9
    return total


def test_the_official_worked_example_scores_as_published() -> None:
    labels, alarms = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1, 1])
    found = stay_utility(labels, alarms, np.array([0, 6]))
    assert found.observed.tolist() == pytest.approx([3.388888888888889], abs=1e-12)


@pytest.mark.parametrize(
    ("hours_from_onset", "alarm", "silence"),
    [
        (-20, -0.05, 0.0),
        (-13, -0.05, 0.0),  # just before the window opens: a false alarm
        (-12, 0.0, 0.0),  # it opens
        (-11, 1 / 6, 0.0),
        (-7, 5 / 6, 0.0),
        (-6, 1.0, 0.0),  # the best hour, and silence costs nothing yet
        (-5, 8 / 9, -2 / 9),
        (0, 3 / 9, -12 / 9),
        (2, 1 / 9, -16 / 9),
        (3, 0.0, -2.0),  # the last hour that counts
        (4, 0.0, 0.0),
        (10, 0.0, 0.0),
    ],
)
def test_each_edge_of_the_window_has_its_published_worth(hours_from_onset: int, alarm: float, silence: float) -> None:
    u0, u1 = of_one_stay(a_septic_stay())
    assert u1[ONSET + hours_from_onset] == pytest.approx(alarm, abs=1e-12)
    assert u0[ONSET + hours_from_onset] == pytest.approx(silence, abs=1e-12)


def test_a_stay_without_sepsis_pays_for_every_alarm_and_for_no_silence() -> None:
    u0, u1 = of_one_stay(np.zeros(5, dtype=np.int8))
    assert u0.tolist() == [0.0] * 5
    assert u1.tolist() == [-0.05] * 5


def test_a_stay_labelled_from_its_first_row_has_its_onset_six_hours_later() -> None:
    _, u1 = of_one_stay(np.ones(10, dtype=np.int8))
    assert u1[0] == 1.0
    assert u1[9] == pytest.approx(0.0)


@st.composite
def stays(draw: st.DrawFn) -> tuple[list[list[int]], list[list[int]]]:
    labels, predictions = [], []
    for _ in range(draw(st.integers(1, 5))):
        hours = draw(st.integers(1, 40))
        first = draw(st.one_of(st.just(hours), st.integers(0, hours - 1)))
        labels.append([int(hour >= first) for hour in range(hours)])
        predictions.append(draw(st.lists(st.integers(0, 1), min_size=hours, max_size=hours)))
    return labels, predictions


@given(stays())
def test_the_vectorised_ruler_agrees_with_a_literal_reading_of_the_definition(
    example: tuple[list[list[int]], list[list[int]]],
) -> None:
    labels, predictions = example
    start = np.concatenate(([0], np.cumsum([len(stay) for stay in labels])))
    found = stay_utility(np.concatenate(labels), np.concatenate(predictions), start)
    expected = [by_the_letter(*pair) for pair in zip(labels, predictions, strict=True)]
    np.testing.assert_allclose(found.observed, expected, atol=1e-9)
    np.testing.assert_allclose(found.inaction, [by_the_letter(stay, [0] * len(stay)) for stay in labels], atol=1e-9)
    assert (found.best >= found.observed - 1e-9).all()


def test_the_best_possible_alarms_score_one_and_silence_scores_nought() -> None:
    labels = np.concatenate([a_septic_stay(), np.zeros(10, dtype=np.int8)])
    start = np.array([0, 40, 50])
    u0, u1 = hourly_utility(labels, start)
    assert normalised_utility(labels, u1 > u0, start) == pytest.approx(1.0)
    assert normalised_utility(labels, np.zeros(50, dtype=np.int8), start) == 0.0


def test_the_gain_of_an_alarm_is_its_worth_less_that_of_silence() -> None:
    labels = np.concatenate([a_septic_stay(), np.zeros(10, dtype=np.int8)])
    gain = alarm_gain(labels, np.array([0, 40, 50]))
    assert gain[ONSET] == pytest.approx(3 / 9 + 12 / 9)  # late alarms are worth most: silence costs most
    assert gain[ONSET - 6] == 1.0
    assert gain[45] == -0.05


def test_without_a_septic_stay_the_normalised_utility_is_not_a_number() -> None:
    assert np.isnan(normalised_utility(np.zeros(4, dtype=np.int8), np.ones(4, dtype=np.int8), np.array([0, 4])))


@pytest.mark.parametrize("start", [[0, 3], [1, 4], [0, 2, 2, 4], [0]])
def test_offsets_that_do_not_cover_the_rows_are_refused(start: list[int]) -> None:
    with pytest.raises(ValueError, match="must rise from 0"):
        hourly_utility(np.zeros(4, dtype=np.int8), np.array(start))


def test_predictions_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="3 predictions for 4 labels"):
        normalised_utility(np.zeros(4, dtype=np.int8), np.zeros(3, dtype=np.int8), np.array([0, 4]))


def test_thirty_thousand_stays_are_scored_within_two_seconds() -> None:
    rng = np.random.default_rng(1)
    hours = rng.integers(8, 70, 30_000)
    start = np.concatenate(([0], np.cumsum(hours)))
    labels = np.zeros(start[-1], dtype=np.int8)
    for stay in range(0, 30_000, 14):
        labels[start[stay + 1] - 8 : start[stay + 1]] = 1
    began = time.process_time()
    normalised_utility(labels, rng.integers(0, 2, start[-1]), start)
    assert time.process_time() - began < 2
