"""Which events of the vital signs are there: both sides of every edge, and nothing where it is not known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.risk.deterioration.events import EVENTS, present
from models.risk.inputs import NAMES

WELL = {
    "heart_rate_bpm": 80.0,
    "spo2_percent": 98.0,
    "temperature_celsius": 37.0,
    "systolic_mmhg": 120.0,
    "mean_arterial_mmhg": 85.0,
    "respiratory_rate_per_min": 16.0,
}


def row(**values: float) -> NDArray[np.float32]:
    table = np.full((1, len(NAMES)), np.nan, np.float32)
    for name, value in values.items():
        table[0, NAMES.index(name)] = value
    return table


def there(**values: float) -> set[str]:
    found = present(row(**(WELL | values)))
    assert found.known.all()
    return {event.name for event, one in zip(EVENTS, found.there[0], strict=True) if one}


@pytest.mark.parametrize(
    ("values", "events"),
    [
        ({}, set()),
        ({"mean_arterial_mmhg": 65.0}, set()),
        ({"mean_arterial_mmhg": 64.9}, {"mean-pressure-below-65"}),
        ({"spo2_percent": 91.5}, set()),
        ({"spo2_percent": 91.4}, {"spo2-at-edge"}),
        ({"spo2_percent": 91.0, "respiratory_rate_per_min": 24.0}, {"spo2-at-edge"}),
        ({"spo2_percent": 91.0, "respiratory_rate_per_min": 25.0}, {"spo2-at-edge", "vital-signs-at-edge"}),
        ({"heart_rate_bpm": 131.0, "systolic_mmhg": 90.0}, {"vital-signs-at-edge"}),
        ({"heart_rate_bpm": 130.0, "systolic_mmhg": 90.0, "temperature_celsius": 38.1}, set()),
        (
            {"heart_rate_bpm": 130.0, "systolic_mmhg": 90.0, "temperature_celsius": 39.1},
            {"news2-vital-signs-7"},
        ),
    ],
)
def test_an_event_is_there_on_its_own_side_of_the_edge_alone(values: dict[str, float], events: set[str]) -> None:
    assert there(**values) == events


def test_what_is_not_measured_is_not_known_and_three_of_five_signs_are_enough_for_points() -> None:
    found = present(row(heart_rate_bpm=80.0, systolic_mmhg=120.0))
    assert not found.known.any()
    found = present(row(heart_rate_bpm=80.0, systolic_mmhg=120.0, temperature_celsius=37.0))
    assert found.known[0].tolist() == [False, True, True, False]
