"""`wardwatch gateway dicom` and archives that were not written here: what they send is kept, what we send they file."""

import asyncio
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread

from models.lesion_report.structured_report import structured_report
from stream.dicom_door.header import read_header
from stream.dicom_door.names import patient_of
from stream.stack.ports import free_ports
from tests.builders.archives import DICOMWEB, dcmqrscp, needs_dcmqrscp, needs_orthanc, orthanc
from tests.builders.dicom_files import STUDY, as_bytes
from tests.builders.dicom_process import dicom_gateway
from tests.builders.dicom_store import READING, files
from tests.builders.dicom_studies import a_study, an_instance
from tests.builders.lesion_reports import a_report

PATIENCE_S = 60.0


def kept_instances(folder: Path) -> set[str]:
    return {str(dcmread(path).SOPInstanceUID) for path in files(folder / "store" / "images")}


def keep_report(folder: Path, sent: Path) -> str:
    """Write a report's SR where a worker would; its SOP Instance UID."""
    patient = patient_of(read_header(BytesIO(sent.read_bytes())), READING)
    report = a_report(patient=patient, study_uid=STUDY)
    content = structured_report(report)
    assert content is not None
    folder.mkdir()
    (folder / f"{report.id}.dcm").write_bytes(content)
    return str(dcmread(BytesIO(content)).SOPInstanceUID)


@pytest.fixture
def nowhere() -> str:
    """The address of a broker that is away."""
    return f"127.0.0.1:{free_ports(1)[0]}"


@needs_orthanc
async def test_what_orthanc_sends_is_kept_and_committed_to_by_a_call_back(nowhere: str, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    async with orthanc(tmp_path / "orthanc", str(port)) as theirs:
        back = ["--peer", f"ORTHANC=127.0.0.1:{theirs.port}", "--caller", "ORTHANC"]
        async with dicom_gateway(nowhere, tmp_path, *back, port=str(port)):
            resources = []
            for number in (1, 2, 3):
                answer = await theirs.post("/instances", as_bytes(an_instance(number)))
                resources.append(answer["ID"])
            await theirs.post("/modalities/ward/store", {"Resources": resources, "StorageCommitment": False})
            assert kept_instances(tmp_path) == {f"{STUDY}.1.{number}" for number in (1, 2, 3)}
            never_sent = (await theirs.post("/instances", as_bytes(an_instance(4))))["ID"]
            for asked, status in ((resources, "Success"), ([never_sent], "Failure")):
                made = await theirs.post("/modalities/ward/storage-commitment", {"Resources": asked})
                said = await theirs.eventually(f"/storage-commitment/{made['ID']}", "Status", status)
                assert len(said["Success"]) == (3 if status == "Success" else 0)
                assert len(said["Failures"]) == (0 if status == "Success" else 1)


@needs_orthanc
@pytest.mark.skipif(not DICOMWEB.exists(), reason="Orthanc has no DICOMweb plugin here")
async def test_what_orthanc_sends_by_stow_is_kept(nowhere: str, tmp_path: Path) -> None:
    async with (
        dicom_gateway(nowhere, tmp_path, "--stow-port", "0") as gateway,
        orthanc(tmp_path / "orthanc", gateway.port, gateway.stow) as theirs,
    ):
        resources = [(await theirs.post("/instances", as_bytes(an_instance(number))))["ID"] for number in range(1, 6)]
        await theirs.post("/dicom-web/servers/ward/stow", {"Resources": resources, "Synchronous": True})
        assert kept_instances(tmp_path) == {f"{STUDY}.1.{number}" for number in range(1, 6)}


@needs_orthanc
async def test_a_report_under_its_sources_names_is_filed_with_the_study_of_its_images(
    nowhere: str, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    (sent,) = a_study(tmp_path / "sent", 1)
    report = keep_report(tmp_path / "reports", sent)
    async with orthanc(tmp_path / "orthanc", str(port)) as theirs:
        image = (await theirs.post("/instances", sent.read_bytes()))["ID"]
        await asyncio.to_thread((tmp_path / "store").mkdir)
        out = ["--archive", f"ORTHANC=127.0.0.1:{theirs.port}", "--reports", str(tmp_path / "held"), "--as-source"]
        async with dicom_gateway(nowhere, tmp_path, *out, port=str(port)):
            await theirs.post("/modalities/ward/store", [image])
            await asyncio.to_thread((tmp_path / "reports").rename, tmp_path / "held")
            async with asyncio.timeout(PATIENCE_S):
                while len(await theirs.get("/instances")) < 2:  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.2)
        assert len(await theirs.get("/patients")) == 1
        (study,) = await theirs.get("/studies")
        said = await theirs.get(f"/studies/{study}/instances")
        assert {one["MainDicomTags"]["SOPInstanceUID"] for one in said} == {f"{STUDY}.1.1", report}


@needs_dcmqrscp
async def test_a_report_reaches_dcmqrscp_once(nowhere: str, tmp_path: Path) -> None:
    (sent,) = a_study(tmp_path / "sent", 1)
    report = keep_report(tmp_path / "reports", sent)
    async with dcmqrscp(tmp_path / "archive") as port:
        out = ["--archive", f"ARCHIVE=127.0.0.1:{port}", "--reports", str(tmp_path / "reports")]
        for _ in range(2):
            async with dicom_gateway(nowhere, tmp_path, *out):
                async with asyncio.timeout(PATIENCE_S):
                    while not list((tmp_path / "store").glob("sent/*")):  # noqa: ASYNC110 - another process
                        await asyncio.sleep(0.2)
                await asyncio.sleep(1.5)
        filed = [path for path in (tmp_path / "archive").iterdir() if path.name != "index.dat"]
        assert [str(dcmread(path).SOPInstanceUID) for path in filed] == [report]
