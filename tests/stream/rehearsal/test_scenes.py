"""The simulated ward, by the live rules: an arrest, a pulled cable and a wrong clock are alarmed."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.alerts import Alert, WardStatus
from stream.feeds.courses import WARD
from stream.feeds.scenes import ARREST_AT, ARREST_FRAMES, OXIMETER_BEHIND_S
from stream.feeds.simulate import Ward, pseudonym, simulated
from stream.rehearsal.feed import of_feed
from stream.rehearsal.rehearse import Rehearsal
from stream.settings import Settings

EIGHT_BEDS = Ward(8, datetime(2026, 3, 1, 22, tzinfo=UTC))
BED: dict[str, str] = {course.name: pseudonym(EIGHT_BEDS, number) for number, course in enumerate(WARD, start=1)}


@pytest.fixture(scope="module")
def said() -> list[Alert | WardStatus]:
    played = Rehearsal(None, Settings()).play(of_feed(simulated(EIGHT_BEDS)))
    return [one.record for one in played if isinstance(one.record, Alert | WardStatus)]


def starts(said: list[Alert | WardStatus], course: str) -> dict[str, Alert]:
    """The first step of each condition at the bed with this course."""
    found: dict[str, Alert] = {}
    for one in said:
        if isinstance(one, Alert) and one.patient == BED[course] and one.phase == "start":
            found.setdefault(one.condition, one)
    return found


def test_a_heart_that_stops_alarms_with_the_first_row_that_shows_it(said: list[Alert | WardStatus]) -> None:
    asystole = starts(said, "arrest")["asystole"]
    row_s = (asystole.time - EIGHT_BEDS.start).total_seconds()
    begin_s = ARREST_AT * EIGHT_BEDS.hours * 3600
    assert begin_s - EIGHT_BEDS.frame_s <= row_s <= begin_s + EIGHT_BEDS.frame_s
    assert asystole.priority == "high"
    ended = [one for one in said if isinstance(one, Alert) and one.condition == "asystole" and one.phase == "end"]
    assert [one.time - asystole.time for one in ended] > [timedelta(seconds=ARREST_FRAMES * EIGHT_BEDS.frame_s)]


def test_a_pulled_cable_is_a_technical_alarm(said: list[Alert | WardStatus]) -> None:
    off = starts(said, "artefacts")["sensor-off:heart_rate"]
    assert off.type == "technical"


def test_a_device_with_a_wrong_clock_is_told_with_its_skew(said: list[Alert | WardStatus]) -> None:
    texts = [one.text for one in said if isinstance(one, WardStatus) and one.patient == BED["two-devices"]]
    assert any(f"{OXIMETER_BEHIND_S:.0f} s behind" in text for text in texts)
