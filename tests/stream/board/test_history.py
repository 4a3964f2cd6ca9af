"""What the board remembers of a patient, and what the view of a bed says of it."""

from datetime import timedelta
from uuid import UUID

import pytest

from models.vitals import SENSOR_OFF
from schemas.alerts import Acknowledgement
from schemas.forecasts import ScorePart
from schemas.labs import LabResults
from stream.board.alarm_story import chosen, stories, story
from stream.board.bed_view import bed_view
from stream.board.history import EPISODES, STEPS, Episode, History
from stream.board.minutes import KEPT, Minutes
from stream.subscriber.ward import Ward
from tests.builders.bed_records import PATIENT, everything
from tests.builders.demo_records import NOW, a_frame, a_score, an_alert


def seen(kept: Minutes) -> list[tuple[int, float, float]]:
    return list(kept.between(0, KEPT.total_seconds()))


def test_a_minute_keeps_its_lowest_and_highest_value_and_what_comes_late_finds_its_own() -> None:
    kept = Minutes()
    for at_s, value in ((60, 80.0), (119.9, 90.0), (240, 70.0), (100, 75.0)):
        kept.put(at_s, value)
    assert seen(kept) == [(60, 75.0, 90.0), (240, 70.0, 70.0)]


def test_what_is_older_than_the_ring_neither_stays_nor_comes_in() -> None:
    kept, day_s = Minutes(), KEPT.total_seconds()
    for at_s, value in ((0, 1.0), (60, 2.0), (day_s, 3.0), (0, 4.0)):
        kept.put(at_s, value)
    assert seen(kept) == [(60, 2.0, 2.0), (day_s, 3.0, 3.0)]
    assert list(kept.between(120, day_s - 60)) == []


def test_a_sensor_that_is_off_is_no_value_and_a_wrong_clock_is_not_believed() -> None:
    history = History()
    for value in SENSOR_OFF:
        history.apply(a_frame(heart_rate_bpm=value), NOW)
    history.apply(a_frame(3, heart_rate_bpm=80.0), NOW)
    assert "heart_rate_bpm" not in history.pasts[PATIENT].minutes
    history.apply(a_frame(2, heart_rate_bpm=80.0), NOW)
    assert "heart_rate_bpm" in history.pasts[PATIENT].minutes


def test_scores_tell_of_vital_signs_from_before_the_board_began_but_not_those_that_are_too_old_to_count() -> None:
    history = History()
    parts = (
        ScorePart(parameter="heart_rate_bpm", value=111.0, points=2, age_s=120.0),
        ScorePart(parameter="systolic_mmhg", value=90.0, points=None, age_s=9e4),
        ScorePart(parameter="consciousness", value="alert", points=0, age_s=0.0),
    )
    history.apply(a_score({}).model_copy(update={"parts": parts}), NOW)
    at_s = NOW.timestamp() - 120
    minutes = history.pasts[PATIENT].minutes
    assert list(minutes["heart_rate_bpm"].between(at_s - 60, at_s + 60)) == [(int(at_s), 111.0, 111.0)]
    assert set(minutes) == {"heart_rate_bpm"}


@pytest.mark.parametrize("acknowledged_first", [False, True])
def test_the_life_of_an_alarm_says_who_acknowledged_it_in_whatever_order_records_are_read(
    *, acknowledged_first: bool
) -> None:
    later = NOW + timedelta(minutes=2)
    seen_by = Acknowledgement(patient=PATIENT, time=NOW + timedelta(minutes=1), alert=UUID(int=1), by="nurse-2")
    silent = an_alert("update", id=UUID(int=98), time=seen_by.time, signal="ack")
    over = an_alert("end", id=UUID(int=99), time=later, text="SpO2 97 % (limit 92 %)")
    records = [an_alert(), silent, over, seen_by, an_alert(), seen_by]
    history = History()
    for record in reversed(records) if acknowledged_first else records:
        history.apply(record, NOW)
    told = story(history.pasts[PATIENT].episodes[UUID(int=1)])
    assert [one["what"] for one in told["steps"]] == [
        *("begins, sounds", "silent, acknowledged", "acknowledged by nurse-2", "ends, silent")
    ]
    assert told["text"] == "SpO2 88 % (limit 90 %)"
    assert (told["by"], told["end"], told["presence"]) == (["nurse-2"], later.isoformat(), False)


def test_an_acknowledgement_that_changed_nothing_is_told_as_asked_for() -> None:
    asked = Acknowledgement(patient=PATIENT, time=NOW + timedelta(minutes=1), alert=UUID(int=1), by="nurse-2")
    told = story(Episode([an_alert()], [asked]))
    assert (told["by"], told["asked"]) == ([], ["nurse-2"])
    assert told["steps"][-1]["what"] == "nurse-2 asked to acknowledge, and nothing came of it as yet"


def test_what_is_remembered_of_alarms_has_bounds_and_those_that_go_on_stay_longest() -> None:
    history = History()
    history.apply(an_alert(), NOW)
    for number in range(2, EPISODES + 5):
        history.apply(an_alert("end", number), NOW)
    episodes = history.pasts[PATIENT].episodes
    assert len(episodes) == EPISODES
    assert UUID(int=1) in episodes
    one = Episode()
    for number in range(STEPS + 5):
        one.take(an_alert("update", id=UUID(int=number), time=NOW + timedelta(seconds=number)))
    assert (len(one.steps), one.steps[0].id, one.latest.id) == (STEPS, UUID(int=0), UUID(int=STEPS + 4))


def test_an_alarm_that_is_over_for_long_is_listed_no_more_and_one_that_goes_on_is() -> None:
    lasting, over = Episode([an_alert()]), Episode([an_alert("end", 2)])
    hour = timedelta(hours=1)
    assert {one["alert"] for one in stories([lasting, over], NOW - hour)} == {str(UUID(int=1)), str(UUID(int=2))}
    assert [one["alert"] for one in stories([lasting, over], NOW + hour)] == [str(UUID(int=1))]


def test_of_alarms_that_are_over_the_newest_are_listed_and_the_others_counted() -> None:
    def over(number: int) -> Episode:
        return Episode([an_alert("end", number, id=UUID(int=number), time=NOW + timedelta(seconds=number))])

    listed, left_off = chosen([*(over(number) for number in range(2, 7)), Episode([an_alert()])], NOW, most=3)
    assert {one.latest.alert.int for one in listed} == {1, 4, 5, 6}
    assert left_off == 2
    assert chosen([over(2)], NOW, most=3)[1] == 0


def test_what_only_informs_is_told_apart_from_what_may_sound() -> None:
    assert [story(Episode([an_alert(condition=name)]))["informs"] for name in ("qsofa", "spo2-low")] == [True, False]


def test_a_corrected_result_takes_the_place_of_the_first_and_of_many_the_newest_are_kept() -> None:
    history = History()
    for minutes in range(60):
        for potassium in (9.9, float(minutes)):
            time = NOW + timedelta(minutes=minutes)
            history.apply(LabResults(patient=PATIENT, time=time, potassium_mmol_per_l=potassium), NOW)
    results = history.pasts[PATIENT].labs["potassium_mmol_per_l"]
    assert sorted(results.values()) == [float(minutes) for minutes in range(10, 60)]


def test_the_view_of_a_bed_tells_all_that_is_known_by_the_wards_own_clock() -> None:
    ward, history = Ward(), History()
    for topic, record in everything(NOW):
        ward.apply(topic, record, heard=NOW)
        history.apply(record, NOW)
    now = NOW + timedelta(seconds=30)
    told = bed_view(ward, ward.beds[PATIENT], history.pasts[PATIENT], now, 2, began=NOW - timedelta(hours=1))
    assert (told["begin"], told["end"]) == ((now - timedelta(hours=2)).isoformat(), now.isoformat())
    assert told["by_the_minute_since"] == (NOW - timedelta(hours=1)).isoformat()
    assert len(told["vitals"]["heart_rate_bpm"]) == 120
    assert [one["text"] for one in told["drugs"]] == ["clopidogrel active, 75 mg"]
    assert [one["text"] for one in told["genes"]] == ["CYP2C19 *2/*2 poor metabolizer"]
    assert {one["name"]: one["values"][0][1] for one in told["labs"]}["lactate_mmol_per_l"] == 4.1
    assert told["risk"]["drivers"][0]["contribution"] == 0.61
    assert told["proposals"][0]["second_voices"][0]["citation"]["guideline"] == "DPWG"
    assert [one["suppressed"] for one in told["alarms"]] == [False, True, False]
    assert len(told["device_alarms"]) == 1


def test_nothing_is_remembered_of_who_has_left() -> None:
    history = History()
    history.apply(an_alert(), NOW)
    history.forget([PATIENT, "nobody"])
    assert history.pasts == {}
