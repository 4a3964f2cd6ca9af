"""A condition that is turned off where this runs does not sound, is told all the same, and hides nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from models.watch.state import PatientState
from models.watch.turned_off import sentence, turned_off
from schemas.alarm_settings import AlarmSetting
from schemas.labs import LabResults
from tests.builders.bedside import Bed, stream
from tests.builders.watch_frames import START_MS, WELL

AT = datetime.fromtimestamp(START_MS / 1000, UTC)


def a_bed(*conditions: str) -> Bed:
    return Bed(PatientState(turned_off=turned_off(conditions)))


def test_it_begins_and_ends_without_a_sound_at_every_priority() -> None:
    for rate, priority in ((135.0, "medium"), (160.0, "high")):
        bed = a_bed("heart-rate-high").frames(stream(WELL | {"heart_rate_bpm": rate}, 0, 60), stream(WELL, 60, 400))
        told = bed.alerts("heart-rate-high")
        assert [(one.phase, one.signal) for one in told] == [("start", "off"), ("end", "off")]
        assert (told[0].priority, told[0].inactivation) == (priority, "audio-off")
        assert "its sound is turned off" in told[0].text


def test_an_extreme_value_of_it_sounds_at_once() -> None:
    bed = a_bed("spo2-low").frames(stream(WELL | {"spo2_percent": 70.0}, 0, 5))
    assert bed.sounded_s("spo2-low", "high") == 0


def test_what_it_would_have_silenced_sounds() -> None:
    ill = WELL | {"respiratory_rate_per_min": 26.0, "spo2_percent": 90.0, "heart_rate_bpm": 135.0}
    bed = a_bed("news2").frames(stream(ill, 0, 60))
    assert bed.alerts("news2", signal="on") == []
    parts = ("respiratory-rate-high", "spo2-low", "heart-rate-high")
    assert {one: [alert.signal for alert in bed.alerts(one)] for one in parts} == {one: ["on"] for one in parts}


def test_nobody_else_is_called_because_nobody_answered_it() -> None:
    bed = a_bed("heart-rate-high").frames(stream(WELL | {"heart_rate_bpm": 160.0}, 0, 60)).wait(4000)
    assert {one.recipients for one in bed.alerts("heart-rate-high")} == {1}


def test_a_critical_result_can_be_turned_off_too() -> None:
    taken = LabResults(patient="p-1", time=AT, report="r-1", potassium_mmol_per_l=7.2)
    for conditions, signal in (((), "on"), (("potassium-high",), "off")):
        bed = a_bed(*conditions).frames(stream(WELL, 0, 5)).event(taken, 10)
        assert {one.signal for one in bed.alerts("potassium-high")} == {signal}


def test_what_staff_set_comes_and_goes_and_it_stays_off() -> None:
    bed = a_bed("heart-rate-high").frames(stream(WELL, 0, 5))
    setting = {"patient": "p-1", "time": AT + timedelta(seconds=6), "action": "pause", "role": "nurse", "by": "nurse-5"}
    bed.event(AlarmSetting.model_validate(setting | {"until": AT + timedelta(seconds=60), "reason": "bath"}), 6)
    bed.frames(stream(WELL | {"heart_rate_bpm": 160.0}, 7, 200))
    assert {one.signal for one in bed.alerts("heart-rate-high")} == {"off"}
    assert bed.alerts("news2", signal="on")


@pytest.mark.parametrize("condition", ["asystole", "apnoea"])
def test_arrest_and_apnoea_can_t_be_turned_off(condition: str) -> None:
    with pytest.raises(ValueError, match="always sounds"):
        turned_off([condition])


def test_a_name_that_is_no_condition_is_refused_with_the_one_that_it_resembles() -> None:
    with pytest.raises(ValueError, match="did you mean shock-index"):
        turned_off(["shock_index"])


def test_all_of_them_are_named_in_one_sentence() -> None:
    assert sentence({"shock-index", "etco2-low"}).endswith(": etco2-low, shock-index")
