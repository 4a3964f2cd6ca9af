"""Alarms as a ward meets them: episodes, which of them are true, and how early they come."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.risk.lab.sepsis.episodes import count_episodes


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
