"""An acknowledged score that rises by two points sounds again, and says so."""

from typing import Final

import pytest

from models.alarms.episodes import Episode, acknowledge
from models.alarms.rise import RISE, rise
from models.alarms.rules import NEWS2
from tests.models.alarms.test_suppression import SEVEN, Bed, said, seconds

SOUNDS: Final = Episode((0.0, 0.0, 0.0), 3.0, start_s=0.0, level=2, signal="on", sounded_s=20.0, worst=7)
EIGHT: Final = SEVEN | {"heart_rate_bpm": 111.0}
NINE: Final = SEVEN | {"heart_rate_bpm": 131.0}


def acknowledged(episode: Episode = SOUNDS) -> Episode:
    after, _ = acknowledge(NEWS2, episode, 30.0)
    assert after is not None
    return after


@pytest.mark.parametrize(("total", "signals"), [(7 + RISE - 1, []), (7 + RISE, ["on"])])
def test_two_points_more_than_what_was_acknowledged_sound_again_and_one_does_not(
    total: int, signals: list[str]
) -> None:
    episode, steps = rise(acknowledged(), total, 40.0)
    assert [step.signal for step in steps] == signals
    assert [step.risen_to for step in steps] == [total] * len(signals)
    assert episode.signal == (signals or ["ack"])[0]


def test_the_worst_that_sounded_counts_and_not_what_came_last_before_the_acknowledgement() -> None:
    episode = SOUNDS
    for total in (9, 7):
        episode, steps = rise(episode, total, 25.0)
        assert steps == ()
    assert rise(acknowledged(episode), 10, 40.0)[1] == ()
    assert len(rise(acknowledged(episode), 11, 40.0)[1]) == 1


def test_an_alarm_that_rose_is_acknowledged_as_it_is_then() -> None:
    risen, _ = rise(acknowledged(), 9, 40.0)
    again, steps = acknowledge(NEWS2, risen, 39.0)
    assert steps == ()  # of the time before it rose
    again, _ = acknowledge(NEWS2, risen, 41.0)
    assert again is not None
    assert rise(again, 10, 50.0)[1] == ()
    assert len(rise(again, 11, 50.0)[1]) == 1


@pytest.mark.parametrize("episode", [SOUNDS._replace(signal="off", start_s=None), SOUNDS])
def test_where_nothing_is_acknowledged_a_rise_says_nothing(episode: Episode) -> None:
    assert rise(episode, 20, 40.0)[1] == ()


def test_a_rise_in_the_stream_is_an_alert_with_the_total() -> None:
    bed = Bed()
    bed.take(seconds(SEVEN, 0, 30))
    bed.acknowledge(NEWS2, 30)
    assert said(bed.take(seconds(EIGHT, 31, 40)), "news2") == []
    alerts = [one for one in bed.take(seconds(NINE, 41, 50)) if one.condition == "news2"]
    assert said(alerts, "news2") == [("update", "on", 41)]
    assert [(one.name, one.value) for one in alerts[0].evidence] == [("news2_band", 3.0), ("news2_total", 9.0)]
    assert alerts[0].text == "NEWS2 clinical risk is high; acknowledged, and the score has risen to 9 since"


def test_a_late_frame_raises_no_score() -> None:
    bed = Bed()
    warm = {"temperature_celsius": 40.0, "consciousness": 3.0}
    measured = {name: value for name, value in SEVEN.items() if name not in warm}
    bed.take(seconds(measured, 0, 60))
    bed.acknowledge(NEWS2, 60)
    assert said(bed.take([(0, 20.0, warm)]), "news2") == []
    assert said(bed.take(seconds(measured, 61, 61)), "news2") == [("update", "on", 61)]
