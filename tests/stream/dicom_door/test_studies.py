"""A study makes one event when it is quiet: the same set the same id, whatever the order; a late one a new version."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from schemas.imaging import ImagingReady
from schemas.topics import TOPICS
from stream.dicom_door import studies
from stream.dicom_door.header import Header
from stream.dicom_door.names import File, Study
from stream.dicom_door.studies import MOST, Instance, Quiet, events
from stream.feeds.events import FeedEvent

T0 = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
A, B = Study("p-" + "a" * 24, "1" * 24), Study("p-" + "b" * 24, "2" * 24)


def an_instance(number: int, content: int = 0, arrived_s: float = 0, **said: object) -> Instance:
    header = Header(
        syntax_uid="1.2.840.10008.1.2.1",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        sop_instance_uid=f"1.2.3.{number}",
        study_uid="1.2",
        series_uid="1.2.3",
        modality="CT",
        body_part="CHEST",
        patient_id="4711",
        issuer="",
        universal_issuer="",
        universal_type="",
        has_picture=True,
    )._replace(**said)  # type: ignore[arg-type] # fields of it
    sha256 = f"{content:064x}"
    file = File(f"{number:024x}-{sha256}.dcm", f"{number:024x}", sha256)
    return Instance(file, f"file:///images/{file.name}", T0 + timedelta(seconds=arrived_s), header)


def only(made: list[tuple[UUID, FeedEvent]]) -> tuple[UUID, ImagingReady]:
    ((event_id, event),) = made
    assert isinstance(event.record, ImagingReady)
    return event_id, event.record


def test_the_event_names_all_pictures_with_their_hashes_and_what_they_have_in_common() -> None:
    ((event_id, event),) = events(A, [an_instance(1, 7), an_instance(2, 8, 9, body_part="HEAD")])
    said = event.record
    assert isinstance(said, ImagingReady)
    assert [(one.sop_instance_uid, one.sha256) for one in said.images] == [
        ("1.2.3.1", f"{7:064x}"),
        ("1.2.3.2", f"{8:064x}"),
    ]
    assert (said.patient, said.study_uid, said.series_uid, said.modality) == (A.patient, "1.2", "1.2.3", "CT")
    assert said.body_part is None
    assert said.source == "dicom"
    assert said.time == T0 + timedelta(seconds=9)
    headers = dict(event.headers)
    assert (headers["ce_id"], headers["ce_type"]) == (
        str(event_id).encode(),
        TOPICS["imaging-ready"].ce_type.encode(),
    )
    assert event.key == A.patient.encode()


@given(st.permutations([an_instance(number, arrived_s=number % 3) for number in range(6)]))
def test_the_same_set_makes_the_same_event_in_whatever_order_it_is_read(instances: list[Instance]) -> None:
    assert list(events(A, instances)) == list(events(A, sorted(instances, key=lambda one: one.file.name)))


def test_a_late_instance_makes_a_new_version_with_all_of_them() -> None:
    before, _ = only(list(events(A, [an_instance(1)])))
    after, said = only(list(events(A, [an_instance(1), an_instance(2, arrived_s=60)])))
    assert after != before
    assert len(said.images) == 2


def test_another_content_of_an_instance_makes_a_new_version_with_the_later_one_alone() -> None:
    before, _ = only(list(events(A, [an_instance(1, 7)])))
    after, said = only(list(events(A, [an_instance(1, 9, 60), an_instance(1, 7)])))
    assert after != before
    assert [one.sha256 for one in said.images] == [f"{9:064x}"]


def test_the_same_study_of_another_patient_is_another_event() -> None:
    assert only(list(events(A, [an_instance(1)])))[0] != only(list(events(B, [an_instance(1)])))[0]


def test_what_has_no_picture_is_not_announced() -> None:
    assert list(events(A, [an_instance(1, has_picture=False)])) == []
    _, said = only(list(events(A, [an_instance(1, has_picture=False), an_instance(2)])))
    assert [one.sop_instance_uid for one in said.images] == ["1.2.3.2"]


def test_a_very_large_study_comes_in_parts_of_which_a_late_instance_changes_the_last_alone() -> None:
    there = [an_instance(number, arrived_s=number) for number in range(MOST + 1)]
    before, after = dict(events(A, there)), dict(events(A, [*there, an_instance(MOST + 1, arrived_s=MOST + 1)]))
    sizes = [len(event.record.images) for event in after.values() if isinstance(event.record, ImagingReady)]
    assert sizes == [MOST, 2]
    assert len(before.keys() & after.keys()) == 1
    longest = max(len(event.value) for event in after.values())
    assert longest < 2**20, "a producer sends no larger record"


def test_a_study_is_due_when_it_was_quiet_for_so_long_and_then_waits_no_more() -> None:
    quiet = Quiet(30)
    quiet.heard(A, 0)
    quiet.heard(B, 1)
    assert quiet.take_due(29.9) == []
    quiet.heard(A, 29.9)
    assert quiet.take_due(31) == [B]
    assert quiet.take_due(59.8) == []
    assert quiet.take_due(59.9) == [A]
    assert quiet.take_due(1000) == []
    assert len(quiet) == 0
    assert studies.TOPIC in TOPICS
