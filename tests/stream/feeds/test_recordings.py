"""Recorded stays as a feed: every measured value, in its hour, laboratory first, and nothing added."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.stays import Stays
from schemas.labs import LabResults
from schemas.patients import PatientRecord
from schemas.vitals import VitalsFrame
from stream.feeds.events import FeedEvent
from stream.feeds.recordings import longest_h, onsets, pseudonym, recorded
from tests.builders.risk_stays import a_stay, write_psv

START = datetime(2026, 3, 1, tzinfo=UTC)
NAN = float("nan")


@pytest.fixture
def stays(tmp_path: Path) -> Stays:
    first = a_stay(3, HR=[80.0, NAN, 82.5], Lactate=[NAN, 2.1, NAN], FiO2=[NAN, 0.4, NAN], EtCO2=[NAN, NAN, 33.0])
    later = a_stay(2, ICULOS=[5.0, 7.0], HR=[70.0, 71.0], Gender=0.0, Unit1=1.0, Unit2=0.0, Temp=[36.6, NAN])
    return read_stays(write_psv(tmp_path, p000001=first, p000002=later))


def of(patient: str, events: list[FeedEvent]) -> list[FeedEvent]:
    return [event for event in events if event.patient == pseudonym(patient)]


def test_admission_comes_first_and_says_what_the_file_says(stays: Stays) -> None:
    record = of("p000002", list(recorded(stays, START)))[0].record
    assert isinstance(record, PatientRecord)
    assert (record.age_years, record.sex, record.unit) == (60.0, "female", "micu")
    assert record.hours_from_hospital_to_icu == -3.0


def test_every_row_lies_in_the_hour_in_the_unit_that_the_file_says(stays: Stays) -> None:
    events = of("p000002", list(recorded(stays, START)))
    admission = events[0].record
    assert isinstance(admission, PatientRecord)
    assert admission.admitted_to_icu_at is not None
    hours = [(e.time - admission.admitted_to_icu_at) // timedelta(hours=1) + 1 for e in events if e.topic == "vitals"]
    assert hours == [5, 7]


def test_laboratory_values_come_before_the_vital_signs_of_their_hour_and_only_where_there_are_any(
    stays: Stays,
) -> None:
    topics = [event.topic for event in of("p000001", list(recorded(stays, START)))]
    assert topics == ["patients", "vitals", "labs", "vitals", "vitals"]


def test_values_go_out_as_they_were_read_and_missing_ones_not_at_all(stays: Stays) -> None:
    events = of("p000001", list(recorded(stays, START)))
    frames = [event.record for event in events if isinstance(event.record, VitalsFrame)]
    assert [frame.heart_rate_bpm for frame in frames] == [80.0, None, 82.5]
    assert frames[2].etco2_mmhg == 33.0
    (labs,) = [event.record for event in events if isinstance(event.record, LabResults)]
    assert (labs.lactate_mmol_per_l, labs.fio2_fraction) == (2.1, 0.4)
    assert labs.model_dump(exclude_none=True).keys() == {"patient", "time", "lactate_mmol_per_l", "fio2_fraction"}


def test_a_decimal_of_the_file_is_the_same_decimal_on_the_wire(stays: Stays) -> None:
    frames = [e.record for e in of("p000002", list(recorded(stays, START))) if isinstance(e.record, VitalsFrame)]
    assert frames[0].temperature_celsius == 36.6


def test_the_feed_is_in_order_and_as_long_as_its_longest_stay(stays: Stays) -> None:
    times = [event.time for event in recorded(stays, START)]
    assert times == sorted(times)
    assert longest_h(stays) == 3.0
    assert times[0] >= START
    assert times[-1] < START + timedelta(hours=3)


def test_a_pseudonym_is_stable_and_does_not_show_the_id() -> None:
    assert pseudonym("p000001") == pseudonym("p000001")
    assert pseudonym("p000001") != pseudonym("p000002")
    assert "000001" not in pseudonym("p000001")


def test_sepsis_sets_in_six_hours_after_its_first_label_on_the_clock_of_the_feed(tmp_path: Path) -> None:
    first = a_stay(9, onset_label=4)  # labelled from hour 5 on: onset in hour 11
    late = a_stay(4, onset_label=0, ICULOS=[5.0, 6.0, 9.0, 10.0])  # the feed begins with hour 5; onset in hour 11
    stays = read_stays(write_psv(tmp_path, p1=first, p2=a_stay(9), p3=late))
    hour = timedelta(hours=1)
    assert onsets(stays, START) == {pseudonym("p1"): START + 11 * hour, pseudonym("p3"): START + 7 * hour}


def test_stays_without_labels_have_no_onsets(tmp_path: Path) -> None:
    assert onsets(read_stays(write_psv(tmp_path, p1=a_stay().drop(columns="SepsisLabel"))), START) == {}
