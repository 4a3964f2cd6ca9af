"""A study from its announcement to the report and its documents, through a check worker and a broker."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from highdicom import sr
from pydicom import dcmread
from pydicom.uid import UID

from schemas.imaging import ImageReference, ImagingReady
from stream.broker.topics import create_topics
from stream.feeds.images import simulated_study
from stream.settings import Settings
from tests.builders.lesion_report_topics import announce, reports_of
from tests.builders.worker_process import PATIENCE_S, a_worker
from tests.stack.conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


def one_more(event: ImagingReady, folder: Path) -> ImagingReady:
    """The study with a second instance."""
    file = dcmread(next(folder.glob("*.dcm")))
    file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID = UID(f"{file.SOPInstanceUID[:-2]}.7")
    file.save_as(folder / "second.dcm")
    second = ImageReference(url=(folder / "second.dcm").as_uri(), sop_instance_uid=file.SOPInstanceUID)
    return event.model_copy(update={"images": (*event.images, second)})


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_a_study_is_reported_once_with_its_documents_and_again_when_instances_come(
    stack: Stack, tmp_path: Path
) -> None:
    patient = f"{stack.prefix}p-1"
    images, kept = tmp_path / "images", tmp_path / "kept"
    time = datetime(2026, 1, 2, tzinfo=UTC)
    event = simulated_study("chest_xray", suspicious=True, seed=1, folder=images, patient=patient, time=time)
    await create_topics(Settings(broker=stack.broker))
    where: dict[str, Any] = {"broker": stack.broker, "redis_url": stack.redis, "group": f"{stack.prefix}g"}
    store = {"image_roots": json.dumps([str(images)]), "image_output": kept}
    async with reports_of(patient, stack.broker) as reports, asyncio.timeout(2 * PATIENCE_S):
        with a_worker(tmp_path, "check", **where, **store) as worker:
            await worker.ready()
            await announce(event, stack.broker)
            first = await anext(reports)
            assert (first.status, first.priority, first.study_uid) == ("preliminary", "urgent", event.study_uid)
            urls = {first.images[0].saliency_url, first.dicom_sr_url, first.fhir_url}
            # Others may lie beside them: the group is new, so it reports on studies of earlier tests too.
            files = {name: data for name, data in contents(kept).items() if (kept / name).as_uri() in urls}
            assert len(files) == len(urls)

            await announce(event.model_copy(update={"time": time + timedelta(hours=1)}), stack.broker)
            await announce(one_more(event, images), stack.broker)
            second = await anext(reports)  # the next one: what was announced again said nothing
            assert len(second.images) == 2
            assert second.id != first.id
            assert [(one.id, one.dicom_sr) for one in second.replaces] == [(first.id, True)]
            assert {name: contents(kept)[name] for name in files} == files
    document = sr.srread(kept / f"{second.id}.dcm")
    assert [instance for _, _, instance, _ in document.get_evidence()] == [
        image.sop_instance_uid for image in second.images
    ]
    assert document.PatientID == patient
    (earlier,) = document.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert earlier.ReferencedSOPInstanceUID == dcmread(kept / f"{first.id}.dcm").SOPInstanceUID
    replaced = json.loads((kept / f"{second.id}.json").read_text())["extension"][0]["valueReference"]
    assert [replaced["identifier"]] == json.loads((kept / f"{first.id}.json").read_text())["identifier"]
