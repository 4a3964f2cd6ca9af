"""A report's SR reaches the archive once, under the names that the site allows, whatever state the archive is in."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydicom import Dataset, dcmread
from pynetdicom import AE, evt

from models.lesion_report.structured_report import structured_report
from schemas.imaging import LesionReport
from stream.dicom_door.intake import Intake
from stream.dicom_door.outbox import Archive, Outbox
from stream.dicom_door.source_attributes import as_its_source
from stream.dicom_door.storage import entity, silence_pynetdicom
from stream.dicom_door.tally import Tally
from stream.stack.ports import free_ports
from tests.builders.dicom_files import NAME, STUDY
from tests.builders.dicom_server import SOON, eventually
from tests.builders.dicom_store import READING, an_intake, put
from tests.builders.dicom_studies import an_instance
from tests.builders.lesion_reports import a_report

if TYPE_CHECKING:
    from stream.dicom_door.names import Study

SR = "1.2.840.10008.5.1.4.1.1.88.33"

# pynetdicom leaves the sockets of connections that were refused to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@contextmanager
def archive(port: int, status: int = 0, sop_class: str = SR) -> Iterator[list[Dataset]]:
    """An archive that answers with a status; what it was sent."""
    silence_pynetdicom()
    came: list[Dataset] = []

    def stored(event: evt.Event) -> int:
        came.append(event.dataset)
        return status

    ours = AE("ARCHIVE")
    ours.add_supported_context(sop_class)
    server = ours.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, stored)])
    assert server is not None
    try:
        yield came
    finally:
        server.shutdown()


@contextmanager
def sending(folder: Path, intake: Intake, port: int, *, as_source: bool = False) -> Iterator[Outbox]:
    ours = entity("WARDWATCH", (), SOON)
    to = Archive("ARCHIVE", "127.0.0.1", port, as_source)
    outbox = Outbox(folder, intake.store, READING.key, Tally(), ours, to, again_s=0.1)
    outbox.start()
    try:
        yield outbox
    finally:
        outbox.stop()
        outbox.join()


def keep(folder: Path, report: LesionReport) -> Path:
    folder.mkdir(exist_ok=True)
    content = structured_report(report)
    assert content is not None
    path = folder / f"{report.id}.dcm"
    path.write_bytes(content)
    return path


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


def test_a_document_is_sent_once_also_after_a_restart_and_when_the_archive_is_back(tmp_path: Path, port: int) -> None:
    intake = an_intake(tmp_path / "store")
    path = keep(tmp_path / "reports", a_report())
    (tmp_path / "reports" / "other.dcm").write_bytes(b"not ours")
    with sending(tmp_path / "reports", intake, port):
        time.sleep(1.5)  # the archive is away
        with archive(port) as came:
            eventually(lambda: intake.store.sent() == [path.name])
            assert [one.SOPInstanceUID for one in came] == [dcmread(path).SOPInstanceUID]
            assert came[0].PatientID == "p-17"
    with archive(port) as came, sending(tmp_path / "reports", intake, port):
        time.sleep(2.5)
        assert came == []


def test_what_an_archive_has_no_room_for_is_sent_again(tmp_path: Path, port: int) -> None:
    intake = an_intake(tmp_path / "store")
    path = keep(tmp_path / "reports", a_report())
    with sending(tmp_path / "reports", intake, port):
        with archive(port, 0xA700) as came:
            eventually(lambda: len(came) >= 2)
        assert intake.store.sent() == []
        with archive(port, 0xB000):  # coerced, and taken
            eventually(lambda: intake.store.sent() == [path.name])


@pytest.mark.parametrize(("status", "sop_class"), [(0xC000, SR), (0, "1.2.840.10008.5.1.4.1.1.2")])
def test_what_an_archive_refuses_for_good_is_not_sent_again(
    tmp_path: Path, port: int, status: int, sop_class: str
) -> None:
    intake = an_intake(tmp_path / "store")
    path = keep(tmp_path / "reports", a_report())
    with sending(tmp_path / "reports", intake, port), archive(port, status, sop_class) as came:
        if sop_class == SR:
            eventually(lambda: intake.store.sent() == [path.name])
            time.sleep(1.5)
            assert len(came) == 1
        else:  # no context is accepted: the archive may be set otherwise one day
            time.sleep(1.5)
            assert (came, intake.store.sent()) == ([], [])


def test_where_the_site_allows_it_a_document_goes_under_the_patient_and_study_of_its_images(
    tmp_path: Path, port: int
) -> None:
    heard: list[Study] = []
    intake = an_intake(tmp_path / "store", heard=heard.append)
    said: dict[str, Any] = {"AccessionNumber": "ACC-1", "StudyDate": "20260102", "PatientName": "Müller^Ä"}
    put(intake, an_instance(SpecificCharacterSet="ISO_IR 100", **said))
    path = keep(tmp_path / "reports", a_report(patient=heard[0].patient, study_uid=STUDY))
    before = path.read_bytes()
    with sending(tmp_path / "reports", intake, port, as_source=True), archive(port) as came:
        eventually(lambda: intake.store.sent() == [path.name])
    (there,) = came
    assert (there.PatientID, there.PatientName, there.IssuerOfPatientID) == ("MRN-4711", "Müller^Ä", "HOSPITAL")
    assert (there.AccessionNumber, there.StudyDate, there.StudyInstanceUID) == ("ACC-1", "20260102", STUDY)
    assert "PatientIdentityRemoved" not in there
    assert there.SOPInstanceUID == dcmread(path).SOPInstanceUID
    assert path.read_bytes() == before
    assert NAME not in str(there)


def test_a_document_whose_images_are_not_here_goes_out_under_no_other_name(tmp_path: Path, port: int) -> None:
    """An archive would take it for another patient's."""
    intake = an_intake(tmp_path / "store")
    paths = [keep(tmp_path / "reports", a_report())]
    with sending(tmp_path / "reports", intake, port, as_source=True), archive(port) as came:
        eventually(lambda: intake.store.sent() == [path.name for path in paths])
    assert came == []


def test_a_broken_document_does_not_hold_up_the_others(tmp_path: Path, port: int) -> None:
    intake = an_intake(tmp_path / "store")
    path = keep(tmp_path / "reports", a_report())
    broken = path.with_name("00000000-0000-0000-0000-000000000000.dcm")
    broken.write_bytes(b"no DICOM")
    with sending(tmp_path / "reports", intake, port), archive(port) as came:
        eventually(lambda: sorted(intake.store.sent()) == sorted([broken.name, path.name]))
    assert len(came) == 1


def test_another_studys_attributes_are_never_taken() -> None:
    document, source = Dataset(), Dataset()
    document.StudyInstanceUID, source.StudyInstanceUID = "1.2", "1.3"
    with pytest.raises(ValueError):  # noqa: PT011 - it has no words
        as_its_source(document, source)
