"""NEWS2, the forecast and both: as sensitive, or as long in alarm, on patients on whom no threshold was chosen."""

import numpy as np
import pytest

from models.watch.lab.burden import HOUR_S, Heard
from models.watch.lab.techniques import BOTH, FORECAST, NEWS2, compare, curve, figures, hours_of
from tests.builders.watch_frames import START_MS

FIRST_H = START_MS // 3_600_000
LASTS_H = 24
ONSET_H = 20
NAMES = [f"p-{number}" for number in range(80)]
SEPTIC = NAMES[:30]


def a_ward(*, forecast_is_as_good_as_the_score: bool = False) -> tuple[Heard, dict[str, float]]:
    """Septic patients whose score and risk rise 8 h before onset; one other in four whose score does so too."""
    heard, onset_s = Heard(), {}
    for number, name in enumerate(NAMES):
        septic = name in SEPTIC
        looks_ill = septic or number % 4 == 0
        heard.hours[name] = set(range(FIRST_H, FIRST_H + LASTS_H))
        rises = {hour: hour >= ONSET_H - 8 for hour in range(LASTS_H)}
        heard.totals[name] = {FIRST_H + hour: 6 if looks_ill and up else 2 for hour, up in rises.items()}
        risky = looks_ill if forecast_is_as_good_as_the_score else septic
        heard.risks[name] = {FIRST_H + hour: 0.4 if risky and up else 0.01 for hour, up in rises.items()}
        if septic:
            onset_s[name] = (FIRST_H + ONSET_H) * HOUR_S
    return heard, onset_s


def test_a_forecast_that_is_right_more_often_is_as_sensitive_with_less_time_in_alarm() -> None:
    found = {(one.technique, one.equal or one.threshold): one.figures for one in compare(hours_of(*a_ward()))}
    score, forecast = found[NEWS2, 5.0], found[FORECAST, "sensitivity of NEWS2 >= 5"]
    assert score.septic.value == forecast.septic.value == 1.0
    assert (score.lead_h.value, forecast.lead_h.value) == (8.0, 8.0)
    assert forecast.hours_per_day.value < score.hours_per_day.value
    assert forecast.others.value == 0


def test_at_equal_burden_nothing_is_longer_in_alarm_where_the_threshold_was_chosen() -> None:
    hours = hours_of(*a_ward(forecast_is_as_good_as_the_score=True))
    for one in compare(hours):
        if one.equal.startswith("burden"):
            limit = float(one.equal.rpartition(" ")[2])
            choosing = hours.chooses[hours.patient]
            in_alarm = (hours.values[one.technique] >= one.threshold)[choosing].sum()
            assert in_alarm <= (hours.values[NEWS2] >= limit)[choosing].sum()


def test_the_figures_are_of_the_patients_on_whom_no_threshold_was_chosen() -> None:
    hours = hours_of(*a_ward())
    alarm = hours.chooses[hours.patient]  # every hour of theirs, and none of the others
    found = figures(hours, alarm)
    assert (found.hours_per_day.value, found.per_day.value, found.septic.value) == (0, 0, 0)
    assert 0 < hours.chooses.sum() < len(NAMES)


def test_a_run_of_hours_is_one_alarm_and_a_missing_hour_parts_two() -> None:
    heard, onset_s = a_ward()
    hours = hours_of(heard, onset_s)
    whole = figures(hours, np.ones(len(hours.hour), bool))
    assert (whole.per_day.value, whole.hours_per_day.value) == (1.0, 24.0)
    for name in NAMES:
        heard.hours[name].discard(FIRST_H + 5)
    hours = hours_of(heard, onset_s)
    assert figures(hours, np.ones(len(hours.hour), bool)).per_day.value == pytest.approx(2 * 24 / 23)


def test_an_hour_without_a_forecast_reaches_no_threshold() -> None:
    heard, onset_s = a_ward()
    heard.risks = {}
    assert curve(hours_of(heard, onset_s), FORECAST) == []
    techniques = {one.technique for one in compare(hours_of(heard, onset_s))}
    assert techniques == {NEWS2, BOTH}


def test_from_the_loosest_threshold_to_the_strictest_time_in_alarm_and_sensitivity_fall() -> None:
    hours = hours_of(*a_ward())
    for technique in (NEWS2, FORECAST, BOTH):
        points = curve(hours, technique)
        assert len(points) > 1
        assert points == sorted(points, key=lambda one: (-one.hours_per_day, -one.septic))
