"""Simulated patients: seeded, plausible, in order, with every disturbance that the demo promises."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.pathology.reader import read
from models.watch.advance import advance_event
from models.watch.state import PatientState
from schemas.alarm_settings import AlarmSetting
from schemas.alerts import Alert, WardStatus
from schemas.imaging import ImageReference, ImagingReady
from schemas.labs import LabResults
from schemas.pathology import PathologyReport
from schemas.suggestions import Suggestion
from schemas.topics import TOPICS
from schemas.vitals import VitalsFrame
from schemas.wire import Wire
from stream.feeds.artefacts import LEAD_OFF, SENSOR_OFF, UNREADABLE, Artefact, with_artefacts
from stream.feeds.courses import WARD
from stream.feeds.events import FeedEvent
from stream.feeds.scenes import NURSE, with_overrides
from stream.feeds.simulate import BIOPSY_BED, PHARMACY_BED, Ward, pseudonym, simulated
from stream.rehearsal.feed import of_feed
from stream.rehearsal.rehearse import Rehearsal
from stream.settings import Settings

START = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
EIGHT_BEDS = Ward(8, START)
EVENTS = list(simulated(EIGHT_BEDS))
BED: dict[str, int] = {course.name: number for number, course in reversed(list(enumerate(WARD, start=1)))}


def frames_of(bed: int, events: list[FeedEvent] = EVENTS) -> list[VitalsFrame]:
    patient = pseudonym(EIGHT_BEDS, bed)
    return [e.record for e in events if e.patient == patient and isinstance(e.record, VitalsFrame)]


def mean_of(bed: int, name: str, from_h: float, to_h: float) -> float:
    shown = [
        value
        for frame in frames_of(bed)
        if from_h <= (frame.time - START).total_seconds() / 3600 < to_h and (value := getattr(frame, name)) is not None
    ]
    return float(sum(shown) / len(shown))


def labs_of(bed: int) -> list[LabResults]:
    patient = pseudonym(EIGHT_BEDS, bed)
    return [e.record for e in EVENTS if e.patient == patient and isinstance(e.record, LabResults)]


def test_the_same_seed_gives_the_same_ward_and_another_seed_another() -> None:
    assert list(simulated(EIGHT_BEDS)) == EVENTS
    assert list(simulated(Ward(8, START, seed=1))) != EVENTS


@given(patients=st.integers(1, 12), hours=st.floats(0.05, 3), frame_s=st.sampled_from([10.0, 60.0, 300.0]))
@settings(max_examples=25, deadline=None)
def test_events_come_in_the_order_of_sending_and_never_after_the_end(
    patients: int, hours: float, frame_s: float
) -> None:
    times = [event.time for event in simulated(Ward(patients, START, hours, frame_s=frame_s))]
    assert times == sorted(times)
    assert times[0] == START
    assert times[-1] <= START + timedelta(hours=hours)


def test_every_record_but_the_poison_is_valid_on_its_topic_and_reads_back_the_same() -> None:
    for event in EVENTS:
        adapter = TOPICS[event.topic].record
        assert adapter is not None
        if isinstance(event.record, bytes):
            with pytest.raises(ValidationError):
                adapter.validate_json(event.value)
        else:
            assert adapter.validate_json(event.value) == event.record


def test_admission_comes_before_everything_else_of_a_patient() -> None:
    first: dict[str, str] = {}
    for event in EVENTS:
        first.setdefault(event.patient, event.topic)
    assert set(first.values()) == {"patients"}
    assert len(first) == 8


def test_a_stable_patient_gets_a_frame_a_minute_with_running_numbers() -> None:
    frames = frames_of(BED["stable"])
    assert [frame.sequence for frame in frames] == list(range(8 * 60))
    assert {later.time - earlier.time for earlier, later in pairwise(frames)} == {timedelta(minutes=1)}


def test_the_cuff_measures_every_quarter_of_an_hour_and_the_nurse_every_hour() -> None:
    frames = frames_of(BED["stable"])
    assert sum(frame.systolic_mmhg is not None for frame in frames) == 8 * 4
    assert sum(frame.temperature_celsius is not None for frame in frames) == 8
    assert sum(frame.consciousness is not None for frame in frames) == 8


def test_an_arterial_line_measures_in_every_frame() -> None:
    assert all(frame.mean_arterial_mmhg is not None for frame in frames_of(BED["sepsis"]))


def test_pressures_are_in_order_and_saturation_is_no_more_than_everything() -> None:
    for bed in range(1, 9):
        if bed in (BED["artefacts"], BED["arrest"]):
            continue
        for frame in frames_of(bed):
            assert frame.spo2_percent is not None
            assert 70 < frame.spo2_percent <= 100
            if frame.systolic_mmhg is not None:
                assert frame.diastolic_mmhg is not None
                assert frame.mean_arterial_mmhg is not None
                assert frame.diastolic_mmhg < frame.mean_arterial_mmhg < frame.systolic_mmhg


@pytest.mark.parametrize(
    ("course", "name", "ill_from_h", "ill_to_h", "at_least"),
    [
        ("sepsis", "heart_rate_bpm", 4, 5.7, 30),
        ("sepsis", "mean_arterial_mmhg", 4, 5.7, -20),
        ("sepsis", "respiratory_rate_per_min", 4, 5.7, 8),
        ("sepsis", "temperature_celsius", 4, 5.7, 1.5),
        ("bleeding", "heart_rate_bpm", 3.3, 4, 30),
        ("bleeding", "systolic_mmhg", 3.3, 4, -30),
        ("failing-lungs", "spo2_percent", 4.8, 5.6, -7),
        ("failing-lungs", "respiratory_rate_per_min", 4.8, 5.6, 10),
    ],
)
def test_a_course_changes_the_vital_signs_that_it_should(
    course: str, name: str, ill_from_h: float, ill_to_h: float, at_least: float
) -> None:
    change = mean_of(BED[course], name, ill_from_h, ill_to_h) - mean_of(BED[course], name, 0, 0.8)
    assert change * at_least > 0
    assert abs(change) >= abs(at_least)


def test_patients_recover_so_that_alarms_end() -> None:
    for course in ("sepsis", "bleeding", "failing-lungs"):
        ill = mean_of(BED[course], "heart_rate_bpm", 4.7, 5.2) if course != "bleeding" else 115.0
        assert mean_of(BED[course], "heart_rate_bpm", 7.5, 8) < ill - 10


def test_the_laboratory_follows_sepsis_and_bleeding() -> None:
    septic, bleeding = labs_of(BED["sepsis"]), labs_of(BED["bleeding"])
    assert max(lab.lactate_mmol_per_l or 0 for lab in septic) > 2 * (septic[0].lactate_mmol_per_l or 99)
    assert min(lab.hemoglobin_g_per_dl or 99 for lab in bleeding) < (bleeding[0].hemoglobin_g_per_dl or 0) - 2


def test_blood_is_drawn_every_six_hours_and_once_more_by_whoever_falls_ill() -> None:
    assert [lab.time - START for lab in labs_of(BED["stable"])] == [
        timedelta(minutes=20),
        timedelta(hours=6, minutes=20),
    ]
    assert len(labs_of(BED["sepsis"])) == 3


def test_oxygen_is_given_to_failing_lungs_and_taken_away_again() -> None:
    charted = [frame.on_oxygen for frame in frames_of(BED["failing-lungs"]) if frame.on_oxygen is not None]
    assert not charted[0]
    assert any(charted)
    assert not charted[-1]


def test_one_patient_takes_a_drug_that_the_genome_speaks_against_until_the_result_is_corrected() -> None:
    of_pharmacy = [e for e in EVENTS if e.topic in {"medications", "genomics"}]
    assert [e.topic for e in of_pharmacy] == ["medications", "genomics", "genomics"]
    assert {e.patient for e in of_pharmacy} == {pseudonym(EIGHT_BEDS, PHARMACY_BED)}
    state, steps = PatientState(), []
    for event in of_pharmacy:
        assert isinstance(event.record, Wire)
        state, found = advance_event(event.patient, state, event.record)
        said = [one.record for one in found if isinstance(one.record, Suggestion)]
        steps += [one.status for one in said if not one.rule.startswith("order-")]
    assert steps == ["proposed", "withdrawn"]


def test_one_patient_s_biopsy_is_reported_and_can_be_read() -> None:
    (event,) = (e for e in EVENTS if e.topic == "pathology-reports")
    assert event.patient == pseudonym(EIGHT_BEDS, BIOPSY_BED)
    assert isinstance(event.record, PathologyReport)
    stated = {(one.name, one.value) for one in read(event.record.text).findings if one.certainty == "stated"}
    assert {("site", "breast"), ("behaviour", "malignant"), ("er", "negative"), ("her2_ihc", "2+")} <= stated


def test_sensors_fall_off_in_both_notations() -> None:
    shown = [(frame.heart_rate_bpm, frame.spo2_percent) for frame in frames_of(BED["artefacts"])]
    assert any(heart == SENSOR_OFF for heart, _ in shown)
    assert any(spo2 == LEAD_OFF for _, spo2 in shown)


def test_one_frame_is_doubled_one_late_some_missing_and_one_record_unreadable() -> None:
    sent = [frame.sequence for frame in frames_of(BED["artefacts"])]
    doubled = [number for number, times in Counter(sent).items() if times == 2]
    late = [later for earlier, later in pairwise(sent) if (later or 0) < (earlier or 0)]
    missing = set(range(8 * 60)) - set(sent)
    assert (len(doubled), len(late), len(missing)) == (1, 1, 12)
    assert [event.record for event in EVENTS if isinstance(event.record, bytes)] == [UNREADABLE]


def test_a_late_frame_is_sent_after_younger_ones_and_keeps_its_own_time() -> None:
    of_bed = [e for e in EVENTS if e.patient == pseudonym(EIGHT_BEDS, BED["artefacts"])]
    (late,) = [e for e in of_bed if isinstance(e.record, VitalsFrame) and e.record.time < e.time]
    assert isinstance(late.record, VitalsFrame)
    assert late.time - late.record.time == timedelta(minutes=3)


def test_a_frame_that_is_late_when_the_stay_ends_is_still_sent() -> None:
    events = list(with_artefacts(frames_of(BED["stable"])[:10], (Artefact("late", 0.9, 1, {}),)))
    assert [e.record.sequence for e in events if isinstance(e.record, VitalsFrame)] == list(range(10))


def test_studies_are_sent_at_their_times_among_the_rest() -> None:
    study = ImagingReady(
        patient="sim-01",
        time=START + timedelta(hours=3),
        study_uid="1.2.3",
        images=(ImageReference(url="file:///nowhere/1.dcm"),),
    )
    events = list(simulated(EIGHT_BEDS, [study]))
    assert [event.record for event in events if event.topic == "imaging-ready"] == [study]
    assert [event.time for event in events] == sorted(event.time for event in events)


def heard_at(bed: int) -> list[Wire]:
    patient = pseudonym(EIGHT_BEDS, bed)
    played = Rehearsal(None, Settings()).play(of_feed(event for event in EVENTS if event.patient == patient))
    return [one.record for one in played if isinstance(one.record, Wire)]


def test_a_nurse_s_overrides_of_the_moving_patient_s_alarms_are_accepted_refused_and_ended_each_with_its_word() -> None:
    sent = [event.record for event in EVENTS if isinstance(event.record, AlarmSetting)]
    assert {(one.patient, one.by, one.role) for one in sent} == {
        (pseudonym(EIGHT_BEDS, BED["artefacts"]), NURSE, "nurse")
    }
    told = [one.setting for one in heard_at(BED["artefacts"]) if isinstance(one, WardStatus) and one.setting]
    assert [(one.outcome, one.action) for one in told] == [
        ("accepted", "pause"),
        ("expired", "pause"),
        ("refused", "limit"),
        ("accepted", "limit"),
        ("expired", "limit"),
    ]


def test_while_a_nurse_has_paused_the_alarms_a_motion_artefact_is_silent_and_an_extreme_value_is_not() -> None:
    heard = heard_at(BED["artefacts"])
    (paused,) = (one for one in heard if isinstance(one, WardStatus) and one.setting and one.text.startswith("paused"))
    assert paused.setting is not None
    assert paused.setting.until is not None
    meanwhile = [one for one in heard if isinstance(one, Alert) and paused.time <= one.time < paused.setting.until]
    assert {(one.condition, one.signal) for one in meanwhile if one.priority == "high"} == {
        ("heart-rate-high", "off"),
        ("spo2-low", "on"),
    }
    assert {one.inactivation for one in meanwhile if one.condition == "heart-rate-high"} == {"audio-paused"}


def test_of_a_stay_without_a_frame_nothing_is_set() -> None:
    assert list(with_overrides([])) == []
