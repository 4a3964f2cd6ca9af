"""Every alarm condition that is put into steady numbers alarms in time, whatever the monitor does besides."""

from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from models.watch.lab import injection
from models.watch.lab.injection import BEGINS_S, DISTURBANCES, LASTS_S, Disturbance, Violation, judge, violations
from schemas.vitals import NUMERICS

SECONDS: Final = BEGINS_S + LASTS_S + 30
WELL: Final = {"heart_rate_bpm": 78.0, "respiratory_rate_per_min": 16.0, "spo2_percent": 97.0}


@pytest.fixture
def recording() -> NDArray[np.float64]:
    """Five minutes of a patient who is well, his numbers a little unsteady."""
    random = np.random.default_rng(7)
    values = np.full((SECONDS, len(NUMERICS)), np.nan)
    for name, well in WELL.items():
        values[:, NUMERICS.index(name)] = well + random.integers(-1, 2, SECONDS)
    return values


@pytest.mark.parametrize("disturbance", DISTURBANCES, ids=lambda one: one.name)
def test_every_condition_alarms_in_time(disturbance: Disturbance, recording: NDArray[np.float64]) -> None:
    chosen = violations()
    judged = judge({"steady": recording}, chosen, disturbance, seed=3)
    late = [f"{one.violation.name}: {one.delay_s} s, due in {one.within_s:.0f}" for one in judged if not one.in_time]
    assert not late
    assert len(judged) == sum(injection.fits(violation, disturbance) for violation in chosen)


def test_what_violates_nothing_is_found_late(recording: NDArray[np.float64]) -> None:
    harmless = Violation("heart-rate-high", "medium", {"heart_rate_bpm": 130.0}, 15.0)
    (judged,) = judge({"steady": recording}, [harmless], DISTURBANCES[0], seed=3)
    assert judged.delay_s is None
    assert not judged.in_time


def test_a_recording_in_which_the_alarm_is_on_anyway_is_left_out(recording: NDArray[np.float64]) -> None:
    recording[:, NUMERICS.index("heart_rate_bpm")] = 140.0
    fast = [one for one in violations() if one.condition == "heart-rate-high"]
    judged = judge({"fast": recording}, fast, DISTURBANCES[0], seed=3)
    assert {one.violation.priority for one in judged} == {"high"}


def test_alarms_of_the_recordings_themselves_are_counted(recording: NDArray[np.float64]) -> None:
    assert injection.sounding({"steady": recording}) == (0, SECONDS / 86_400)
    recording[100:200, NUMERICS.index("spo2_percent")] = 84.0
    assert injection.sounding({"steady": recording})[0] > 0
