"""What is logged or kept of an image names nobody."""

import hashlib
import warnings
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file
from structlog.testing import capture_logs

from models.deidentify.keyed import Keyed
from models.lesion.dicom import Limits, read_dicom
from models.lesion.refusal import ImageRefused
from schemas.imaging import ImageReference, ImagingReady
from stream.access.identity_key import identity_key
from stream.check.checker import CheckFailed, ImageChecker
from stream.check.fetch import FetchFailed
from stream.check.judge import judge
from stream.check.report import ReportSource
from stream.check.task import Task
from stream.check.verdict import Refusal, Verdict
from tests.builders.dicom_files import INSTANCE, NAME, STUDY, a_dataset, as_bytes
from tests.builders.fake_lesion_models import Loader

SECRETS = ("DOE", "JANE", "MRN-4711", "patient-7", STUDY, INSTANCE)


def names_nobody(text: str) -> bool:
    return not any(secret.lower() in text.lower() for secret in SECRETS)


def an_event() -> ImagingReady:
    return ImagingReady(
        patient="patient-7",
        time=datetime(2026, 1, 2, tzinfo=UTC),
        study_uid=STUDY,
        images=(ImageReference(url="file:///doe-jane.dcm", sop_instance_uid=INSTANCE),),
    )


async def fetched(_: ImageReference) -> bytes | Refusal:
    return as_bytes(a_dataset(BurnedInAnnotation="NO", SeriesInstanceUID="1.2.9"))


async def read(task: Task) -> Verdict:
    (verdict,) = judge([task], Loader())
    return verdict


async def test_neither_log_nor_file_names_nor_pictures_name_anybody_and_documents_only_by_pseudonym_and_uid(
    tmp_path: Path,
) -> None:
    with capture_logs() as lines:
        report = await ImageChecker(fetched, read, ReportSource("1", "m"), Limits(), output=tmp_path).check(an_event())
    assert [line["event"] for line in lines] == ["study checked"]
    assert names_nobody(str(lines))
    assert lines[0]["study"] != hashlib.sha256(STUDY.encode()).hexdigest()[: len(lines[0]["study"])]  # who has no key
    kept = {path.suffix: path for path in tmp_path.iterdir()}  # noqa: ASYNC240 a test waits for nobody
    assert kept.keys() == {".png", ".dcm", ".json"}
    assert all(names_nobody(path.name) for path in kept.values())
    assert names_nobody(kept[".png"].read_bytes().decode("latin-1"))
    for document in (kept[".dcm"], kept[".json"]):
        text = document.read_bytes().decode("latin-1")
        assert not any(secret in text for secret in (NAME, "DOE", "MRN-4711"))
        assert all(reference in text for reference in ("patient-7", STUDY, INSTANCE))
    assert report.study_uid == STUDY  # the report goes to the archive that knows it


async def test_what_stands_for_a_study_follows_from_the_key_in_the_file(tmp_path: Path) -> None:
    async def logged(key: str | None) -> str:
        file = None if key is None else tmp_path / "identity.key"
        if file is not None:
            file.write_text(f"{key}\n")
        with capture_logs() as lines:
            await ImageChecker(fetched, read, ReportSource("1", "m"), Limits(), keyed=identity_key(file)).check(
                an_event()
            )
        return str(lines[0]["study"])

    assert await logged("a" * 32) == await logged("a" * 32) == Keyed(b"a" * 32).name(STUDY)
    assert len({await logged(key) for key in ("a" * 32, "b" * 32, None, None)}) == 4


async def test_a_failure_tells_nothing_of_the_event() -> None:
    async def fail(_: ImageReference) -> bytes | Refusal:
        message = "the archive could not be reached"
        raise FetchFailed(message)

    with capture_logs() as lines, pytest.raises(CheckFailed, match="reached") as caught:
        await ImageChecker(fail, read, ReportSource("1", "m"), Limits()).check(an_event())
    assert names_nobody(str(lines) + str(caught.value))


def test_neither_warnings_nor_log_nor_refusal_of_a_broken_header_quote_it(caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom minds what is tested here
        broken = as_bytes(a_dataset(PatientBirthDate="DOE^JANE", StudyDate="MRN-4711", Modality="DOE^JANE"))
    caplog.clear()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        read_dicom(broken, Limits())
        with pytest.raises(ImageRefused, match="promises") as caught:
            read_dicom(broken[:-9], Limits())
    assert warned == []
    assert caplog.records == []
    assert names_nobody(str(caught.value))


@pytest.mark.parametrize("name", ["SC_rgb_jpeg.dcm", "badVR.dcm", "MR_small_padded.dcm"])
def test_what_pydicom_would_log_of_a_file_is_not_logged(name: str, caplog: pytest.LogCaptureFixture) -> None:
    path = get_testdata_file(name, download=False)
    with suppress(ImageRefused):
        read_dicom(Path(str(path)).read_bytes(), Limits())
    assert caplog.records == []
