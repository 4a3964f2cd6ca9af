"""The ward is what the topics have told, folded; nothing is made up in between."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from schemas.alerts import WardStatus
from schemas.patients import PatientRecord
from schemas.suggestions import Suggestion
from schemas.vitals import VitalsBlock
from schemas.wire import Provenance
from stream.subscriber.ward import PRESENT, Ward
from stream.subscriber.watching import BEHIND, UNHEARD
from tests.builders.demo_records import (
    NOW,
    a_device_alarm,
    a_forecast,
    a_frame,
    a_report,
    a_score,
    a_suggestion,
    an_admission,
    an_alert,
)


def a_ward(*records: tuple[str, object]) -> Ward:
    ward = Ward()
    for topic, record in records:
        ward.apply(topic, record)  # type: ignore[arg-type]  # wire models all
    return ward


def test_a_vital_sign_stays_until_a_newer_one_comes() -> None:
    ward = a_ward(
        ("vitals", a_frame(0, heart_rate_bpm=80.0, systolic_mmhg=120.0)), ("vitals", a_frame(1, heart_rate_bpm=85.0))
    )
    readings = ward.beds["sim-01"].readings
    assert (readings["heart_rate_bpm"].value, readings["systolic_mmhg"].value) == (85.0, 120.0)


def test_a_late_frame_does_not_replace_a_newer_value_nor_turn_back_the_clock() -> None:
    ward = a_ward(("vitals", a_frame(5, heart_rate_bpm=85.0)), ("vitals", a_frame(1, heart_rate_bpm=60.0)))
    assert ward.beds["sim-01"].readings["heart_rate_bpm"].value == 85.0
    assert ward.time == NOW + timedelta(minutes=5)


def test_a_sensor_that_is_off_has_no_value() -> None:
    ward = a_ward(("vitals", a_frame(0, heart_rate_bpm=-999.0, spo2_percent=0.0)))
    readings = ward.beds["sim-01"].readings
    assert (readings["heart_rate_bpm"].value, readings["spo2_percent"].value) == (None, None)


def test_a_block_means_the_same_as_its_frames() -> None:
    block = VitalsBlock(
        patient="sim-01", times=(NOW, NOW + timedelta(minutes=1)), heart_rate_bpm=(80.0, 90.0), on_oxygen=(None, True)
    )
    bed = a_ward(("vitals", block)).beds["sim-01"]
    assert (bed.readings["heart_rate_bpm"].value, bed.on_oxygen) == (90.0, True)


def test_an_alarm_is_active_from_its_start_to_its_end_and_is_one_through_all_its_steps() -> None:
    ward = a_ward(("alerts", an_alert("start")), ("alerts", an_alert("escalate", priority="high")))
    assert [alert.priority for alert in ward.beds["sim-01"].active()] == ["high"]
    ward.apply("alerts", an_alert("end"))
    assert ward.beds["sim-01"].active() == []
    assert [alert.phase for alert in ward.alerts] == ["end", "escalate", "start"]


def test_a_latched_signal_stays_although_the_condition_is_over() -> None:
    ward = a_ward(("alerts", an_alert("start")), ("alerts", an_alert("end", presence=False, signal="latched")))
    assert len(ward.beds["sim-01"].active()) == 1


def test_the_worst_alarm_stands_first() -> None:
    ward = a_ward(
        ("alerts", an_alert(episode=1, priority="low")),
        ("alerts", an_alert(episode=2, priority="high", episode_start=NOW + timedelta(minutes=1))),
        ("alerts", an_alert(episode=3, priority="high")),
    )
    assert [alert.alert.int for alert in ward.beds["sim-01"].active()] == [3, 2, 1]


def test_an_update_is_no_news() -> None:
    ward = a_ward(("alerts", an_alert("start")), ("alerts", an_alert("update", signal="ack")))
    assert [alert.phase for alert in ward.alerts] == ["start"]


def test_only_closed_hours_make_the_trend() -> None:
    ward = a_ward(("forecasts", a_forecast(0.1, 1)), ("forecasts", a_forecast(0.9, 2, closed=False)))
    bed = ward.beds["sim-01"]
    assert list(bed.trend) == [0.1]
    assert bed.risk is not None
    assert bed.risk.probability == 0.9


def test_points_are_those_of_the_latest_score() -> None:
    ward = a_ward(("scores", a_score({"heart_rate_bpm": 2})), ("scores", a_score({"heart_rate_bpm": 3})))
    bed = ward.beds["sim-01"]
    assert (bed.points("heart_rate_bpm"), bed.points("spo2_percent")) == (3, None)


def test_a_bed_is_called_as_the_admission_says() -> None:
    ward = a_ward(("patients", an_admission(bed="7")))
    assert ward.label("sim-01") == "7"
    assert ward.label("stranger") == "stranger"
    assert ward.beds["sim-01"].who == "71f"


def test_what_a_record_within_a_stay_does_not_say_the_ward_still_knows() -> None:
    moved = PatientRecord(patient="sim-01", time=NOW, status="updated", bed="8")
    ward = a_ward(("patients", an_admission(bed="7")), ("patients", moved))
    bed = ward.beds["sim-01"]
    assert (bed.label, bed.who, bed.discharged) == ("8", "71f", False)
    ward.apply("patients", PatientRecord(patient="sim-01", time=NOW, status="discharged"))
    assert (bed.label, bed.who, bed.discharged) == ("8", "71f", True)
    ward.apply("patients", PatientRecord(patient="sim-01", time=NOW, status="updated"))
    assert (bed.label, bed.who, bed.discharged) == ("8", "71f", False)
    ward.apply("patients", PatientRecord(patient="sim-01", time=NOW))
    assert (bed.label, bed.who) == ("sim-01", "")


def a_step(status: str, number: int, **fields: object) -> Suggestion:
    first = a_suggestion()
    return first.model_copy(update={"id": UUID(int=number), "proposal": first.id, "status": status, **fields})


@pytest.mark.parametrize("over", ["withdrawn", "expired"])
def test_a_proposal_is_shown_as_its_latest_step_has_it_and_no_longer_once_it_is_over(over: str) -> None:
    other = a_suggestion().model_copy(update={"id": UUID(int=60)})  # of the same rule: another drug, another study
    ward = a_ward(("suggestions", a_suggestion()), ("suggestions", other), ("suggestions", a_step("updated", 7)))
    assert [one.id for one in ward.beds["sim-01"].suggestions.values()] == [UUID(int=60), UUID(int=7)]
    assert [one.id for one in ward.suggestions] == [UUID(int=7), UUID(int=60)]
    ward.apply("suggestions", a_step(over, 8))
    assert list(ward.beds["sim-01"].suggestions.values()) == list(ward.suggestions) == [other]


def test_proposals_that_have_expired_are_forgotten_when_another_comes() -> None:
    ward = a_ward(("suggestions", a_suggestion()))
    later = {"id": UUID(int=60), "time": NOW + timedelta(seconds=1)}
    ward.apply("suggestions", a_suggestion().model_copy(update=later))
    assert list(ward.beds["sim-01"].suggestions) == [UUID(int=60)]


def test_every_record_is_counted_the_unreadable_too() -> None:
    ward = a_ward(
        ("vitals", None),
        ("vitals", a_frame()),
        ("dead-letters", None),
        ("lesion-reports", a_report(predicted="pneumonia")),
        ("suggestions", a_suggestion()),
    )
    assert dict(ward.counts) == {"vitals": 2, "dead-letters": 1, "lesion-reports": 1, "suggestions": 1}
    assert (len(ward.reports), len(ward.suggestions)) == (1, 1)


def a_beat(worker: str, after_s: float, *watches: int, behind_s: float = 1) -> tuple[str, WardStatus]:
    """A worker's sign of life."""
    return "ward-status", WardStatus(
        id=uuid4(),
        time=NOW + timedelta(seconds=after_s),
        worker=worker,
        component="worker",
        state="restored",
        text="watches",
        watches=watches,
        up_to=NOW + timedelta(seconds=after_s - behind_s),
        provenance=Provenance(software="0", data="none"),
    )


def test_a_quiet_ward_is_told_from_one_that_no_worker_watches() -> None:
    ward = a_ward(a_beat("w-1", 0, 0, 1), a_beat("w-2", 10, 2, 3))
    assert ward.watching.gaps(NOW + UNHEARD) == []
    (lost,) = ward.watching.gaps(NOW + UNHEARD + timedelta(seconds=1))
    assert "partitions 0, 1 of vitals" in lost.text
    assert lost.since == NOW
    assert not ward.statuses  # a sign of life is no news
    (nobody,) = ward.watching.gaps(NOW + UNHEARD + timedelta(seconds=11))
    assert "no worker watches the ward" in nobody.text


def test_partitions_that_another_worker_has_taken_over_are_watched() -> None:
    ward = a_ward(a_beat("w-1", 0, 0, 1), a_beat("w-2", 20, 0, 1))
    assert ward.watching.gaps(NOW + timedelta(seconds=28)) == []


def test_a_ward_whose_only_worker_stopped_in_order_is_not_watched() -> None:
    ward = a_ward(a_beat("w-1", 0, 0, 1), a_beat("w-1", 5))
    assert ward.watching.gaps(NOW + timedelta(seconds=10)) == []  # the next one may be on its way
    assert len(ward.watching.gaps(NOW + timedelta(seconds=21))) == 1


def test_a_ward_that_was_never_told_of_workers_says_nothing_of_them() -> None:
    assert a_ward().watching.gaps(NOW) == []


def test_a_bed_shows_the_alarms_of_its_devices_that_are_there_the_most_severe_first() -> None:
    bed = a_ward(
        ("device-alarms", a_device_alarm(alarm="a-1", priority=None)),
        ("device-alarms", a_device_alarm(alarm="a-2", priority="low")),
        ("device-alarms", a_device_alarm(alarm="a-3", priority="high", state="latched", phase="update")),
        ("device-alarms", a_device_alarm(alarm="a-4")),
        ("device-alarms", a_device_alarm(1, alarm="a-4", phase="end", state="inactive")),
    ).beds["sim-01"]
    assert [one.alarm for one in bed.of_devices(NOW)] == ["a-3", "a-2", "a-1"]


def test_an_older_step_of_a_devices_alarm_that_comes_late_does_not_bring_it_back() -> None:
    bed = a_ward(
        ("device-alarms", a_device_alarm(1, phase="end", state="inactive")), ("device-alarms", a_device_alarm())
    ).beds["sim-01"]
    assert bed.of_devices(NOW) == []


def test_an_alarm_of_which_no_end_is_ever_said_is_shown_for_a_minute() -> None:
    bed = a_ward(("device-alarms", a_device_alarm(phase="present"))).beds["sim-01"]
    assert len(bed.of_devices(NOW + PRESENT)) == 1
    assert bed.of_devices(NOW + PRESENT + timedelta(seconds=1)) == []


def test_of_very_many_alarms_of_devices_those_that_are_over_go_first() -> None:
    there = [("device-alarms", a_device_alarm(alarm=f"a-{number}")) for number in range(30)]
    over = ("device-alarms", a_device_alarm(alarm="over", phase="end", state="inactive"))
    bed = a_ward(*there[:15], over, *there[15:]).beds["sim-01"]
    assert [one.alarm for one in bed.device_alarms.values()] == [f"a-{number}" for number in range(30)]


def test_a_beds_own_partition_says_whether_somebody_watches_it() -> None:
    ward = a_ward(a_beat("w-1", 0, 0, 1), a_beat("w-2", 30, 2))
    now = NOW + timedelta(seconds=31)
    assert ward.watching.of(2, now).state == "watched"
    assert ward.watching.of(1, now) == ("unwatched", NOW)
    assert ward.watching.of(7, now).state == "unwatched"  # no worker has ever said to watch it
    assert Ward().watching.of(7, now).state == "unknown"


def test_a_worker_that_lives_and_is_far_behind_does_not_watch_what_is_now() -> None:
    late_s = BEHIND.total_seconds() + 1
    ward = a_ward(a_beat("w-1", 0, 0), a_beat("w-1", 120, 0, behind_s=late_s))
    now = NOW + timedelta(seconds=121)
    assert ward.watching.of(0, now) == ("behind", NOW + timedelta(seconds=120 - late_s))
    assert "worked on late" in ward.watching.gaps(now)[0].text
    ward.apply(*a_beat("w-1", 122, 0))
    assert ward.watching.of(0, now).state == "watched"


def test_liveness_is_judged_by_when_a_record_was_published_not_by_its_own_time() -> None:
    ward = Ward()
    topic, beat = a_beat("w-1", 0, 0, behind_s=-5 * 3600)
    ward.apply(topic, beat, heard=NOW + timedelta(hours=5))
    assert ward.watching.gaps(NOW + timedelta(hours=5, seconds=3)) == []
    ward.apply("vitals", a_frame(0, heart_rate_bpm=80.0), heard=NOW + timedelta(hours=5), partition=3)
    bed = ward.beds["sim-01"]
    assert (bed.time, bed.heard, bed.partition) == (NOW, NOW + timedelta(hours=5), 3)


def test_a_frame_by_a_clock_that_is_ahead_is_not_shown_as_the_workers_refuse_it() -> None:
    ward = Ward()
    ward.apply("vitals", a_frame(2, heart_rate_bpm=80.0), heard=NOW)
    ward.apply("vitals", a_frame(3, heart_rate_bpm=90.0), heard=NOW)
    assert ward.beds["sim-01"].readings["heart_rate_bpm"].value == 80.0


def test_what_a_worker_said_of_itself_ends_with_it_and_is_no_matter_of_another() -> None:
    ward = a_ward(a_beat("w-1", 0, 0), a_beat("w-2", 0, 1), *(a_status(name, "degraded") for name in ("w-1", "w-2")))
    ward.apply(*a_status("w-2", "restored"))
    assert [one.worker for one in ward.away(NOW)] == ["w-1"]
    ward.apply(*a_beat("w-2", 60, 0, 1))
    assert ward.away(NOW + timedelta(seconds=60)) == []


def a_status(worker: str, state: str) -> tuple[str, WardStatus]:
    """What a worker says of Redis."""
    topic, beat = a_beat(worker, 0)
    changed = {"component": "state", "state": state, "watches": None, "up_to": None}
    return topic, WardStatus.model_validate(beat.model_dump() | changed)
