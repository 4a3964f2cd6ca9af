"""What staff set for one patient's alarms: who may set what, what falls silent, what never does, when it is over."""

from typing import Any

import pytest

from models.alarms.settings import LONGEST_S
from models.alarms.suppression import PARTS
from models.watch.care import LEAVES_MS
from models.watch.outputs import moment
from models.watch.state import PatientState
from schemas.alarm_settings import AlarmSetting
from schemas.alerts import Acknowledgement, Alert, WardStatus
from schemas.device_alarms import DeviceAlarm
from schemas.examples import EXAMPLES
from schemas.patients import PatientRecord
from tests.builders.bedside import Bed, after_s, bed, stream
from tests.builders.watch_frames import START_MS, WELL, CountingModel, Sent, advanced

LOW = WELL | {"spo2_percent": 88.0}
"""A medium alarm and no more: SpO2 scores 3 points."""
FAST = {"heart_rate_bpm": 135.0}


def at(after: float) -> Any:  # noqa: ANN401 - a moment
    return moment(START_MS + round(1000 * after))


def a_setting(after: float, lasts_s: float | None = 100.0, **said: Any) -> AlarmSetting:
    standing = {"patient": "p-1", "time": at(after), "role": "physician", "by": "physician-1", "reason": "seen"}
    until = {} if lasts_s is None else {"until": at(after + lasts_s)}
    return AlarmSetting.model_validate(standing | until | said)


def set_to(of: Bed, after: float, lasts_s: float | None = 100.0, **said: Any) -> Bed:
    return of.event(a_setting(after, lasts_s, **said), after)


def outcomes(of: Bed) -> list[tuple[str, str]]:
    """What became of the settings: kind and outcome."""
    return [(one.setting.action, one.setting.outcome) for one in of.statuses("alarms") if one.setting]


def latest(of: Bed) -> WardStatus:
    return of.statuses("alarms")[-1]


def low(start: float, end: float) -> list[Sent]:
    return stream(LOW, start, end, 5.0)


def test_a_pause_silences_what_sounds_and_it_sounds_again_when_the_pause_is_over() -> None:
    paused = set_to(bed(low(0, 60)), 60, 120, action="pause").frames(low(60, 240))
    silenced, again = paused.alerts("spo2-low")[1:]
    assert (silenced.signal, silenced.inactivation, silenced.phase) == ("off", "audio-paused", "update")
    assert "paused by staff" in silenced.text
    assert (again.signal, again.inactivation, after_s(again)) == ("on", None, 180)
    assert silenced.alert == again.alert == paused.alerts("spo2-low")[0].alert
    assert outcomes(paused) == [("pause", "accepted"), ("pause", "expired")]
    assert [one.state for one in paused.statuses("alarms")] == ["degraded", "restored"]


def test_the_alarm_of_a_monitor_that_says_the_same_breaks_no_pause() -> None:
    theirs = DeviceAlarm.model_validate(EXAMPLES["device-alarms"][0] | {"patient": "p-1", "time": at(70)})
    paused = set_to(bed(low(0, 60)), 60, 120, action="pause").event(theirs, 70).frames(low(70, 240))
    said = [(one.signal, one.inactivation) for one in paused.alerts("spo2-low") if one.confirmed_by]
    assert said == [("off", "audio-paused"), ("on", None)]  # while it lasts, and when it is over


def test_what_begins_gets_worse_and_ends_in_a_pause_is_told_in_silence() -> None:
    quiet = set_to(Bed().frames(stream(WELL, 0, 60)), 60, 120, action="pause")
    quiet.frames(stream(LOW, 60, 90), stream(LOW | {"spo2_percent": 84.0}, 90, 110), stream(WELL, 110, 175))
    assert [one.phase for one in quiet.alerts("spo2-low")] == ["start", "escalate", "end"]
    assert {one.signal for one in quiet.alerts("spo2-low")} == {"off"}
    assert [one.inactivation for one in quiet.alerts("spo2-low")] == ["audio-paused", "audio-paused", None]
    assert quiet.alerts("spo2-low", signal="on") == []


@pytest.mark.parametrize("action", ["pause", "standby", "away"])
@pytest.mark.parametrize(
    ("condition", "measured"),
    [
        ("asystole", {"heart_rate_bpm": 0.0}),
        ("apnoea", {"respiratory_rate_per_min": 0.0}),
        ("spo2-low", {"spo2_percent": 79.0}),
        ("heart-rate-low", {"heart_rate_bpm": 29.0}),
        ("heart-rate-high", {"heart_rate_bpm": 181.0}),
        ("mean-arterial-low", {"mean_arterial_mmhg": 44.0}),
    ],
)
def test_arrest_and_extremes_sound_through_everything(action: str, condition: str, measured: dict[str, float]) -> None:
    ill = set_to(bed(stream(WELL, 0, 10)), 10, 120, action=action).frames(stream(measured, 10, 50))
    assert ill.sounds(condition)


@pytest.mark.parametrize(
    ("condition", "measured"),
    [
        ("spo2-low", {"spo2_percent": 80.0}),
        ("heart-rate-low", {"heart_rate_bpm": 30.0}),
        ("heart-rate-high", {"heart_rate_bpm": 180.0}),
        ("mean-arterial-low", {"mean_arterial_mmhg": 45.0}),
    ],
)
def test_what_is_just_no_extreme_is_silent_in_a_pause(condition: str, measured: dict[str, float]) -> None:
    ill = set_to(bed(stream(WELL, 0, 10)), 10, 120, action="pause").frames(stream(measured, 10, 50))
    assert ill.alerts(condition)[-1].inactivation == "audio-paused"


def test_an_alarm_that_becomes_extreme_breaks_the_pause_and_goes_on_sounding_until_it_eases() -> None:
    ill = bed(stream({"spo2_percent": 84.0}, 0, 60))
    set_to(ill, 60, 120, action="pause").frames(stream({"spo2_percent": 79.0}, 60, 61), low(61, 180))
    ill.wait(200)
    told = ill.alerts("spo2-low")
    assert [(one.phase, one.signal, after_s(one)) for one in told[1:]] == [
        ("update", "off", 60),
        ("update", "on", 60),
        ("deescalate", "off", 121),
        ("update", "on", 180),
    ]


def test_a_bed_that_is_away_says_so_until_somebody_says_that_the_patient_is_back() -> None:
    away = set_to(bed(stream(WELL, 0, 10)), 10, 3600, action="away", reason="computed tomography")
    told = latest(away)
    assert (told.state, told.part, told.patient) == ("degraded", "away", "p-1")
    assert told.setting is not None
    assert (told.setting.by, told.setting.role, told.setting.reason) == (
        "physician-1",
        "physician",
        "computed tomography",
    )
    away.frames(low(10, 120))
    assert {one.inactivation for one in away.alerts("spo2-low")} == {"alarm-paused"}
    set_to(away, 120, None, action="end", ends="away", role="nurse", by="nurse-3", reason=None)
    assert away.sounds("spo2-low")
    told = latest(away)
    assert told.setting is not None
    assert (told.state, told.setting.outcome, told.setting.by) == ("restored", "ended", "nurse-3")


def test_vital_signs_end_a_standby_but_not_those_of_the_patient_who_is_being_disconnected() -> None:
    leaves_s = LEAVES_MS / 1000
    off = set_to(bed(stream(WELL, 0, 10)), 10, 3600, action="standby")
    off.frames(stream(LOW, 10, 10 + leaves_s + 1))  # the last of them exactly so long after
    assert outcomes(off) == [("standby", "accepted")]
    assert off.alerts("spo2-low", signal="on") == []
    off.frames([Sent(0, 10 + leaves_s + 1, {"spo2_percent": 0.0, "fio2_fraction": 0.4})])  # nobody is connected
    assert outcomes(off) == [("standby", "accepted")]
    off.frames(stream(LOW, 10 + leaves_s + 2, 10 + leaves_s + 4))
    assert outcomes(off) == [("standby", "accepted"), ("standby", "ended")]
    assert after_s(latest(off)) == 10 + leaves_s + 2
    assert off.sounds("spo2-low")


def test_what_was_silent_on_standby_sounds_with_the_first_number_though_that_is_of_another_vital_sign() -> None:
    off = set_to(bed(low(0, 60)), 60, 3600, action="standby").wait(100)
    assert not off.sounds("spo2-low")
    off.frames([Sent(0, 300, {"heart_rate_bpm": 72.0})])
    assert (off.sounds("spo2-low"), after_s(off.alerts("spo2-low")[-1])) == (True, 300)


def test_a_standby_ends_when_its_time_is_up_though_nothing_comes() -> None:
    off = set_to(bed(low(0, 60)), 60, 600, action="standby").wait(659)
    assert not off.sounds("spo2-low")
    off.wait(663)
    assert outcomes(off) == [("standby", "accepted"), ("standby", "expired")]
    assert (off.sounds("spo2-low"), after_s(off.alerts("spo2-low")[-1])) == (True, 660)


def test_the_sound_of_one_condition_is_off_and_what_is_high_sounds() -> None:
    quiet = set_to(bed(low(0, 60)), 60, 3600, action="sound-off", condition="spo2-low")
    assert quiet.alerts("spo2-low")[-1].inactivation == "audio-off"
    quiet.frames(stream(LOW | FAST, 60, 90))
    assert quiet.sounds("news2")  # it explains the heart rate
    quiet.frames(stream(LOW | FAST | {"spo2_percent": 85.0}, 90, 120))
    assert quiet.alerts("spo2-low")[-1].priority == "high"
    assert quiet.sounds("spo2-low")


def test_what_an_alarm_that_cannot_be_heard_suppressed_is_heard() -> None:
    """A low NEWS2 alarm is suppressed by the alarm on the one parameter that raised it."""
    quiet = bed(low(0, 60))
    assert quiet.alerts("news2")[-1].suppressed_by is not None
    set_to(quiet, 60, 3600, action="sound-off", condition="spo2-low")
    assert quiet.sounds("news2")
    assert "spo2-low" in PARTS


def test_a_pause_tells_nothing_of_what_was_suppressed_all_the_time() -> None:
    paused = bed(low(0, 60))
    before = len(paused.alerts("news2"))
    set_to(paused, 60, 120, action="pause").frames(low(60, 240))
    assert len(paused.alerts("news2")) == before


def test_nobody_is_called_in_the_second_place_while_nobody_can_hear_the_alarm() -> None:
    away = set_to(bed(low(0, 60)), 60, 7200, action="away").wait(7200)
    assert away.alerts("spo2-low", recipients=2) == []
    away.wait(7260 + 899 + 2)
    assert away.alerts("spo2-low", recipients=2) == []
    away.wait(7260 + 901 + 2)
    assert [after_s(one) for one in away.alerts("spo2-low", recipients=2)] == [7260 + 900]


def test_an_alarm_that_is_acknowledged_in_a_pause_stays_acknowledged_after_it() -> None:
    paused = set_to(bed(low(0, 60)), 60, 120, action="pause")
    alert = paused.alerts("spo2-low")[-1].alert
    paused.event(Acknowledgement(patient="p-1", time=at(70), alert=alert, by="nurse-1"), 70).wait(400)
    assert [one.signal for one in paused.alerts("spo2-low")] == ["on", "off", "ack"]


def test_an_acknowledgement_that_runs_out_while_the_patient_is_away_sounds_afterwards() -> None:
    away = bed(low(0, 60))
    alert = away.alerts("spo2-low")[-1].alert
    away.event(Acknowledgement(patient="p-1", time=at(60), alert=alert, by="nurse-1"), 60)
    set_to(away, 100, 3600, action="away").wait(3800)
    told = [(one.signal, after_s(one)) for one in away.alerts("spo2-low", recipients=1)]
    assert told == [("on", 0), ("ack", 60), ("off", 960), ("on", 3700)]


def test_a_loosened_limit_holds_until_its_time_is_up_and_then_what_was_last_known_alarms() -> None:
    calm = set_to(bed(stream(WELL, 0, 10)), 10, 600, action="limit", condition="heart-rate-high", limit=140)
    calm.frames(stream(WELL | FAST, 10, 100))
    assert calm.alerts("heart-rate-high") == []
    calm.wait(700)
    assert outcomes(calm) == [("limit", "accepted"), ("limit", "expired")]
    (told,) = calm.alerts("heart-rate-high")
    assert (after_s(told), told.signal, told.evidence[0].limit) == (610 + 15, "on", 131)


def test_both_sides_of_a_limit_that_was_set() -> None:
    for rate, alarms in ((139.0, False), (140.0, True)):
        own = set_to(bed(stream(WELL, 0, 10)), 10, 600, action="limit", condition="heart-rate-high", limit=140)
        own.frames(stream(WELL | {"heart_rate_bpm": rate}, 10, 60))
        assert own.sounds("heart-rate-high") == alarms
    assert "limit 140/min" in own.alerts("heart-rate-high")[-1].text


def test_a_tightened_limit_alarms_on_what_is_known_and_ends_at_a_limit_that_moved_along() -> None:
    own = set_to(
        bed(stream(WELL | {"spo2_percent": 94.0}, 0, 10)), 10, 7200, action="limit", condition="spo2-low", limit=94
    )
    own.wait(30)
    assert own.sounds("spo2-low")
    own.frames(stream(WELL | {"spo2_percent": 95.0}, 30, 200))  # above the standing limit that ends it, 92
    assert own.sounds("spo2-low")
    own.frames(stream(WELL | {"spo2_percent": 96.0}, 200, 265))
    assert own.alerts("spo2-low")[-1].phase == "end"


def test_what_a_device_confirms_is_told_with_the_limit_that_was_set() -> None:
    theirs = DeviceAlarm.model_validate(EXAMPLES["device-alarms"][0] | {"patient": "p-1", "time": at(70)})
    own = set_to(bed(stream(WELL, 0, 10)), 10, 7200, action="limit", condition="spo2-low", limit=94)
    own.frames(stream(WELL | {"spo2_percent": 93.0}, 10, 70)).event(theirs, 70)
    confirmed = own.alerts("spo2-low")[-1]
    assert confirmed.confirmed_by
    assert (confirmed.phase, confirmed.evidence[0].limit) == ("update", 94)


def test_a_limit_that_is_loosened_under_an_alarm_lets_it_end() -> None:
    own = set_to(bed(stream(WELL | FAST, 0, 60)), 60, 7200, action="limit", condition="heart-rate-high", limit=145)
    own.frames(stream(WELL | FAST, 60, 130))
    assert own.alerts("heart-rate-high")[-1].phase == "end"


def test_an_alarm_whose_last_number_was_well_ends_once_its_own_limit_is_set_and_with_no_other() -> None:
    frames = [*stream(WELL | FAST, 0, 60), Sent(0, 60, WELL)]
    other = set_to(bed(frames), 130, 7200, action="limit", condition="spo2-low", limit=92)
    assert other.alerts("heart-rate-high")[-1].phase == "start"
    own = set_to(bed(frames), 130, 7200, action="limit", condition="heart-rate-high", limit=135)
    end = own.alerts("heart-rate-high")[-1]
    assert (end.phase, end.signal, after_s(end)) == ("end", "off", 130)


def test_a_number_that_is_extreme_by_the_patient_s_own_scale_alarms_once_another_limit_has_ended() -> None:
    scale2 = PatientRecord(patient="p-1", time=at(5), status="admitted", spo2_scale=2)
    own = bed(stream(WELL, 0, 10)).event(scale2, 10)
    set_to(own, 10, 600, action="limit", condition="spo2-low", limit=78)
    own.frames(stream(WELL | {"spo2_percent": 79.0}, 10, 60))
    assert own.alerts("spo2-low") == []
    own.event(PatientRecord(patient="p-1", time=at(70), status="updated", spo2_scale=1), 70)
    (start,) = own.alerts("spo2-low")
    assert (start.phase, start.priority, after_s(start), start.evidence[0].limit) == ("start", "high", 70, 85)
    assert own.state.begun_s["spo2-low"] == start.episode_start.timestamp()


def test_of_two_devices_the_worse_one_counts_by_a_limit_that_was_set() -> None:
    own = set_to(bed(stream(WELL, 0, 10)), 10, 7200, action="limit", condition="heart-rate-high", limit=100)
    own.frames(
        stream({"heart_rate_bpm": 80.0}, 10, 100, device="oximeter"),
        stream({"heart_rate_bpm": 105.0}, 10.5, 100, device="ecg"),
    )
    assert own.sounds("heart-rate-high")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"action": "pause", "reason": None}, "it gives no reason"),
        ({"action": "pause", "until": None}, "it does not say until when"),
        ({"action": "pause", "until": at(10)}, "it ends before it begins"),
        ({"action": "pause", "condition": "spo2-low"}, "pause holds for all conditions"),
        ({"action": "sound-off"}, "it names no condition"),
        ({"action": "sound-off", "condition": "toothache"}, "there is no such condition"),
        ({"action": "sound-off", "condition": "asystole"}, "this alarm always sounds"),
        ({"action": "sound-off", "condition": "apnoea"}, "this alarm always sounds"),
        ({"action": "limit", "condition": "spo2-low"}, "it names no limit"),
        ({"action": "limit", "condition": "news2", "limit": 3}, "this condition has no limit that can be set"),
        ({"action": "limit", "condition": "asystole", "limit": 1}, "this condition has no limit that can be set"),
        ({"action": "limit", "condition": "spo2-low", "limit": 84}, "a physician may set it between 95 and 85"),
        ({"action": "end", "ends": "pause"}, "nothing of the kind was in force"),
    ],
)
def test_what_is_refused_is_told_with_the_reason(said: dict[str, Any], why: str) -> None:
    refused = set_to(bed(low(0, 20)), 20, **said)
    told = latest(refused)
    assert told.setting is not None
    assert (told.setting.outcome, told.setting.why, told.state) == ("refused", why, "restored")
    assert why in told.text
    assert refused.sounds("spo2-low")
    assert refused.state.flagged["setting-refused"] == 1


@pytest.mark.parametrize("role", ["nurse", "physician"])
@pytest.mark.parametrize("action", LONGEST_S)
def test_nothing_holds_longer_than_its_role_may_set_it_for(action: Any, role: Any) -> None:  # noqa: ANN401 - of the table
    said: dict[str, Any] = {"action": action, "role": role}
    if action in {"limit", "sound-off"}:
        said["condition"] = "spo2-low"
    if action == "limit":
        said["limit"] = 89
    longest_s = LONGEST_S[action][role]
    for lasts_s, outcome in ((longest_s, "accepted"), (longest_s + 1, "refused")):
        assert outcomes(set_to(bed(low(0, 20)), 20, lasts_s, **said)) == [(action, outcome)]


def test_of_settings_of_one_kind_the_newest_counts_in_whatever_order_they_come() -> None:
    early, late = a_setting(20, 3600, action="away"), a_setting(30, 600, action="away")
    for order in ((early, late), (late, early)):
        away = bed(stream(WELL, 0, 40))
        for one in order:
            away.event(one, 40)
        assert away.state.settings["away"].until_ms == START_MS + 630_000
    assert [one[1] for one in outcomes(away)] == ["accepted", "refused"]
    assert latest(away).state == "degraded"  # the refused one changes nothing of the one that holds


def test_a_setting_that_comes_twice_changes_nothing_and_says_nothing() -> None:
    away = bed(stream(WELL, 0, 40))
    away.event(a_setting(30, 60, action="away"), 40).event(a_setting(30, 60, action="away"), 41)
    assert outcomes(away) == [("away", "accepted")]
    away.wait(120).event(a_setting(30, 60, action="away"), 121)
    assert outcomes(away) == [("away", "accepted"), ("away", "expired")]


def test_what_was_ended_is_not_begun_again_by_its_own_record_that_comes_late() -> None:
    back = bed(low(0, 40)).event(a_setting(35, None, action="end", ends="away"), 40)
    back.event(a_setting(30, 600, action="away"), 41)
    assert [one[1] for one in outcomes(back)] == ["refused", "refused"]
    assert back.sounds("spo2-low")


def test_a_setting_whose_time_is_up_when_it_comes_is_told_as_expired() -> None:
    late = bed(low(0, 100)).event(a_setting(20, 60, action="away"), 100)
    assert outcomes(late) == [("away", "expired")]
    assert late.sounds("spo2-low")
    assert late.wait(200).statuses("alarms") == [latest(late)]


def test_a_setting_that_comes_late_changes_nothing_of_what_has_happened_since_it_was_made() -> None:
    """High, unanswered at 300 s; a pause from 280 to 300 s that is known at 310 s is over."""
    late = bed([Sent(0, 0, {"systolic_mmhg": 65.0})]).event(a_setting(280, 20, action="pause"), 310)
    assert outcomes(late) == [("pause", "expired")]
    assert [(one.signal, after_s(one)) for one in late.alerts("systolic-low")] == [("on", 0), ("on", 300)]


def test_no_setting_outlives_the_stay() -> None:
    gone = set_to(bed(stream(WELL, 0, 40)), 40, 600, action="limit", condition="spo2-low", limit=94)
    gone.event(PatientRecord(patient="p-1", time=at(50), status="discharged"), 50)
    assert outcomes(gone) == [("limit", "accepted"), ("limit", "ended")]
    set_to(gone, 60, 600, action="limit", condition="spo2-low", limit=94)
    told = latest(gone)
    assert told.setting is not None
    assert told.setting.why == "the patient has left"


def test_a_new_stay_begins_without_the_settings_of_the_one_before() -> None:
    again = set_to(bed(stream(WELL, 0, 40)), 40, 7200, action="away")
    again.event(PatientRecord(patient="p-1", time=at(50), status="admitted"), 50)
    again.event(PatientRecord(patient="p-1", time=at(60), status="admitted"), 60)
    assert outcomes(again)[-1] == ("away", "ended")
    assert outcomes(set_to(again, 55, 600, action="away"))[-1] == ("away", "refused")


def test_a_limit_ends_with_the_scale_that_it_was_set_for() -> None:
    own = set_to(bed(stream(WELL, 0, 40)), 40, 7200, action="limit", condition="spo2-low", limit=94)
    set_to(own, 40, 7200, action="limit", condition="heart-rate-high", limit=100)
    own.event(PatientRecord(patient="p-1", time=at(50), status="updated", spo2_scale=2), 50)
    ended = [one for one in own.statuses("alarms") if one.setting and one.setting.outcome == "ended"]
    assert [one.part for one in ended] == ["limit:spo2-low"]
    own.frames(stream(WELL | {"spo2_percent": 93.0}, 50, 100))
    assert own.alerts("spo2-low") == []


def test_once_a_limit_has_ended_what_is_known_is_graded_by_the_patient_s_own_scale() -> None:
    """79 % is no extreme for who has a lower target: it alarms after the delay, by 83 %."""
    scale2 = PatientRecord(patient="p-1", time=at(5), status="admitted", spo2_scale=2)
    own = bed(stream(WELL, 0, 10)).event(scale2, 10)
    set_to(own, 10, 600, action="limit", condition="spo2-low", limit=78)
    own.frames(stream(WELL | {"spo2_percent": 79.0}, 10, 600, 10.0))
    assert own.alerts("spo2-low") == []
    (start,) = own.wait(700).alerts("spo2-low")
    assert (start.priority, after_s(start), start.evidence[0].limit) == ("medium", 610 + 15, 83)


def test_settings_made_before_the_first_frame_hold_from_it_on() -> None:
    early = set_to(Bed(), 0, 3600, action="away").frames(low(10, 60))
    assert early.alerts("spo2-low", signal="on") == []
    assert early.wait(3700).sounds("spo2-low")


def test_however_many_settings_come_only_one_of_each_kind_is_kept() -> None:
    many = bed(stream(WELL, 0, 10))
    for number in range(50):
        for said in ({"action": "pause"}, {"action": "sound-off", "condition": "spo2-low"}, {"action": "away"}):
            set_to(many, 10 + number, 60, **said)
        set_to(many, 10 + number, 60, action="sound-off", condition=f"made-up-{number}")
    assert sorted(many.state.settings) == ["away", "pause", "sound-off:spo2-low"]


def test_an_alarm_on_forecasts_is_silent_while_the_patient_is_away() -> None:
    ill = [(0, at_s, WELL | {"heart_rate_bpm": 300.0}) for at_s in range(0, 12_000, 300)]
    state = PatientState()
    told: list[tuple[str, str | None]] = []
    for rows in (ill[:1], ill[1:]):
        done = advanced([state], rows, CountingModel())
        (state,) = done.states
        alerts = [one.record for one in done.said if isinstance(one.record, Alert)]
        told += [(one.signal, one.inactivation) for one in alerts if one.condition == "sepsis-risk"]
        state = set_to(Bed(state), 0, 4 * 3600, action="away").state
    assert told == [("off", "alarm-paused")]
