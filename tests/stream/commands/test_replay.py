"""`wardwatch replay` plays what it is asked for, in the past, as patients that nobody has seen before."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream.commands.refusal import Refusal
from stream.commands.replay import feed_of
from tests.builders.risk_stays import a_stay, write_psv

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_simulated_time_ends_now() -> None:
    times = [event.time for event in feed_of("simulated", patients=2, seed=0, now=NOW)]
    assert times[0] == NOW - timedelta(hours=8)
    assert NOW - timedelta(minutes=2) < times[-1] <= NOW


def test_recorded_time_ends_now_and_only_so_many_stays_are_played(tmp_path: Path) -> None:
    folder = write_psv(tmp_path, p1=a_stay(5), p2=a_stay(3), p3=a_stay(4))
    events = list(feed_of(str(folder), patients=2, seed=0, now=NOW))
    assert len({event.patient for event in events}) == 2
    assert events[0].time == NOW - timedelta(hours=5)
    assert events[-1].time <= NOW


@pytest.mark.parametrize("source", ["simulated", "file"])
def test_a_second_replay_is_another_ward(source: str, tmp_path: Path) -> None:
    source = str(write_psv(tmp_path, p1=a_stay(3))) if source == "file" else source
    first = {event.patient for event in feed_of(source, patients=1, seed=0, now=NOW)}
    second = {event.patient for event in feed_of(source, patients=1, seed=0, now=NOW + timedelta(seconds=1))}
    assert not first & second


def test_a_source_that_is_not_there_is_refused_in_one_sentence() -> None:
    with pytest.raises(Refusal, match="there is no such file or folder"):
        feed_of("/no/such/place", patients=None, seed=0, now=NOW)
