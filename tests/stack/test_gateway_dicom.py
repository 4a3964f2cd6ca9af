"""`wardwatch gateway dicom` on real servers, with DCMTK's programs as its senders."""

import asyncio
import hashlib
import json
import random
import signal
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread

from schemas.imaging import ImageReference, LesionReport
from stream.broker.topics import create_topics
from stream.dicom_door.header import read_header
from stream.dicom_door.names import patient_of
from stream.feeds.images import simulated_study
from stream.settings import Settings
from stream.stack.ports import free_ports
from tests.builders.archives import dcmqrscp, needs_dcmqrscp
from tests.builders.dicom_files import NAME, as_bytes
from tests.builders.dicom_process import STORED, dicom_gateway, needs_dcmtk
from tests.builders.dicom_store import READING, files
from tests.builders.dicom_studies import a_study
from tests.builders.imaging_events import announced, eventually_announced
from tests.builders.lesion_report_topics import reports_of
from tests.builders.worker_process import PATIENCE_S, a_worker
from tests.stack.conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400), needs_dcmtk]


def patient_in(file: Path) -> str:
    return patient_of(read_header(BytesIO(file.read_bytes())), READING)


def content_of(image: ImageReference) -> bytes:
    return Path(image.url.removeprefix("file://")).read_bytes()


def acknowledged(said: str) -> list[str]:
    """The names of the files that storescu says are stored."""
    names, name = [], ""
    for line in said.splitlines():
        if "Sending file: " in line:
            name = Path(line.partition("Sending file: ")[2]).name
        elif STORED in line:
            names.append(name)
    return names


async def test_a_study_by_storescu_is_one_event_and_a_late_instance_a_new_version(stack: Stack, tmp_path: Path) -> None:
    await create_topics(Settings(broker=stack.broker))
    sent = a_study(tmp_path / "sent", 12, PatientID=stack.prefix)
    patient = patient_in(sent[0])
    async with dicom_gateway(stack.broker, tmp_path, "--quiet-s", "1") as gateway:
        assert await gateway.echo() == (0, "")
        assert (await gateway.echo(title="OTHER"))[0] != 0
        assert (await gateway.store("+sd", str(tmp_path / "sent")))[0] == 0
        (first,) = await eventually_announced(stack.broker, patient, 12)
        assert (await gateway.store("+sd", str(tmp_path / "sent")))[0] == 0  # the same again says nothing
        late = a_study(tmp_path / "late", 1, first=13, PatientID=stack.prefix)
        assert (await gateway.store(str(late[0])))[0] == 0
        before, second = await eventually_announced(stack.broker, patient, 13)
        assert before == first
        assert second.event_id != first.event_id
        gateway.process.send_signal(signal.SIGTERM)
        assert await gateway.process.wait() == 0
    for image in second.event.images:
        content = content_of(image)
        assert hashlib.sha256(content).hexdigest() == image.sha256
        assert dcmread(BytesIO(content)).SOPInstanceUID == image.sop_instance_uid


async def test_every_acknowledged_instance_outlives_kills_and_each_version_is_announced_once(
    stack: Stack, tmp_path: Path
) -> None:
    """1,000 instances while the gateway is killed and started again."""
    if stack.kind == "embedded":
        pytest.skip("it takes minutes, and real Kafka says more")
    await create_topics(Settings(broker=stack.broker))
    sent = {path.name: path for path in a_study(tmp_path / "sent", 1000, PatientID=stack.prefix)}
    patient = patient_in(sent["00001.dcm"])
    port = str(free_ports(1)[0])
    draw = random.Random(18)  # noqa: S311 - no secret
    done: set[str] = set()
    kills = 0
    while len(done) < len(sent):
        async with dicom_gateway(stack.broker, tmp_path, "--quiet-s", "2", port=port) as gateway:
            rest = [str(path) for name, path in sent.items() if name not in done]
            sending = asyncio.create_task(gateway.store("-v", *rest))
            if kills < 6:
                kills += 1
                await asyncio.sleep(draw.uniform(0.5, 5))
                gateway.process.kill()
            done |= set(acknowledged((await sending)[1]))
            on_disk = {path.stem.partition("-")[2]: path for path in files(tmp_path / "store" / "images")}
            assert len(on_disk) >= len(done)
            if len(done) == len(sent):
                found = await eventually_announced(stack.broker, patient, len(sent))
    instances = set()
    for digest, path in on_disk.items():
        content = path.read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest
        instances.add(dcmread(BytesIO(content)).SOPInstanceUID)
    assert instances == {dcmread(path).SOPInstanceUID for path in sent.values()}
    versions: dict[str, Any] = {one.event_id: one.event for one in found}
    assert all(versions[one.event_id] == one.event for one in found)  # one that is sent twice says the same
    assert len({frozenset(image.sha256 for image in event.images) for event in versions.values()}) == len(versions)
    assert {image.sop_instance_uid for image in found[-1].event.images} == instances


async def test_what_was_taken_while_the_broker_was_away_is_announced_after_a_kill(stack: Stack, tmp_path: Path) -> None:
    sent = a_study(tmp_path / "sent", 3, PatientID=stack.prefix)
    nowhere = f"127.0.0.1:{free_ports(1)[0]}"
    async with dicom_gateway(nowhere, tmp_path, "--quiet-s", "0.1") as gateway:
        assert (await gateway.store(*map(str, sent)))[0] == 0
    await create_topics(Settings(broker=stack.broker))
    async with dicom_gateway(stack.broker, tmp_path, "--quiet-s", "0.1"):
        assert len(await eventually_announced(stack.broker, patient_in(sent[0]), 3)) == 1
    async with dicom_gateway(stack.broker, tmp_path, "--quiet-s", "0.1"):
        await asyncio.sleep(2)
        found = await announced(stack.broker, patient_in(sent[0]))
        assert len({one.event_id for one in found}) == 1  # it may have been killed between confirmation and mark


@needs_dcmqrscp
async def test_a_study_goes_from_storescu_to_its_report_and_to_the_archive_without_a_hand(
    stack: Stack, tmp_path: Path
) -> None:
    await create_topics(Settings(broker=stack.broker))
    study = simulated_study(
        "chest_xray", suspicious=True, seed=1, folder=tmp_path / "made", patient="p", time=datetime.now(UTC)
    )
    file = dcmread(next((tmp_path / "made").glob("*.dcm")))
    file.PatientID, file.PatientName, file.AccessionNumber = stack.prefix, NAME, "ACC-1"
    sent = tmp_path / "sent.dcm"
    sent.write_bytes(as_bytes(file))
    kept = tmp_path / "reports"
    where: dict[str, Any] = {"broker": stack.broker, "redis_url": stack.redis, "group": f"{stack.prefix}g"}
    store = {"image_roots": json.dumps([str(tmp_path / "store")]), "image_output": kept}
    async with (
        reports_of(patient_in(sent), stack.broker) as reports,
        dcmqrscp(tmp_path / "archive") as port,
        asyncio.timeout(2 * PATIENCE_S),
    ):
        out = ["--archive", f"ARCHIVE=127.0.0.1:{port}", "--reports", str(kept), "--as-source"]
        with a_worker(tmp_path, "check", **where, **store) as worker:
            await worker.ready()
            async with dicom_gateway(stack.broker, tmp_path, "--quiet-s", "1", *out) as gateway:
                assert (await gateway.store(str(sent)))[0] == 0
                report = await anext(reports)
                while not (filed := of_report(tmp_path / "archive", report)):  # noqa: ASYNC110 - other processes
                    await asyncio.sleep(0.2)
    assert report.study_uid == study.study_uid
    assert (report.priority, report.instances_judged) == ("urgent", 1)
    assert report.images[0].sop_instance_uid == study.images[0].sop_instance_uid
    (document,) = filed
    assert (document.PatientID, document.PatientName, document.AccessionNumber) == (stack.prefix, NAME, "ACC-1")
    assert document.StudyInstanceUID == study.study_uid


def of_report(archive: Path, report: LesionReport) -> list[Dataset]:
    """What an archive has of a report; it may have more, of earlier tests' studies."""
    documents = [dcmread(path) for path in archive.iterdir() if path.name != "index.dat" and path.stat().st_size]
    return [one for one in documents if one.StudyInstanceUID == report.study_uid]
