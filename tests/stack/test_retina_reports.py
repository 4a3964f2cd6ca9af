"""Photographs of a retina from their announcement to report and documents, through a check worker and a broker."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from highdicom import sr

from models.fundus.shipped import NAME, SHIPPED
from models.fundus.weights import read_model, write_model
from schemas.imaging import ImageReference, ImagingReady
from stream.broker.topics import create_topics
from stream.settings import Settings
from tests.builders.dicom_files import INSTANCE, STUDY
from tests.builders.fundus_files import a_photograph
from tests.builders.lesion_report_topics import announce, reports_of
from tests.builders.worker_process import PATIENCE_S, a_worker
from tests.stack.conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def a_model_that_takes_drawings(folder: Path) -> Path:
    """The shipped model, but no picture is foreign to it: a drawn retina is none that it was trained on."""
    configuration, network, familiar = read_model(SHIPPED / f"{NAME}.safetensors")
    tolerant = configuration.model_copy(update={"outlier_threshold": 1e9})
    write_model(folder / f"{NAME}.safetensors", tolerant, network, familiar)
    return folder


async def test_a_photograph_is_graded_and_what_is_none_is_refused_by_its_tag(stack: Stack, tmp_path: Path) -> None:
    patient = f"{stack.prefix}p-eye"
    images, kept = tmp_path / "images", tmp_path / "kept"
    images.mkdir()
    files = {INSTANCE: a_photograph(SeriesInstanceUID="1.2.9"), f"{INSTANCE}.2": a_photograph(SOPClassUID=CAPTURE)}
    for name, data in files.items():
        (images / name).write_bytes(data)
    event = ImagingReady(
        patient=patient,
        time=datetime(2026, 1, 2, tzinfo=UTC),
        study_uid=STUDY,
        images=tuple(ImageReference(url=(images / name).as_uri()) for name in files),
    )
    await create_topics(Settings(broker=stack.broker))
    models = a_model_that_takes_drawings(tmp_path / "models")
    options = {
        "broker": stack.broker,
        "redis_url": stack.redis,
        "group": f"{stack.prefix}g",
        "image_roots": json.dumps([str(images)]),
        "image_output": kept,
        "lesion_folder": models,
    }
    async with reports_of(patient, stack.broker) as reports, asyncio.timeout(2 * PATIENCE_S):
        with a_worker(tmp_path, "check", **options) as worker:
            await worker.ready()
            await announce(event, stack.broker)
            report = await anext(reports)
    eye, capture = report.images
    assert (report.model_name, report.instances_judged) == (NAME, 1)
    assert [one.label for one in eye.findings] == ["grade_0", "grade_1", "grade_2", "grade_3", "grade_4"]
    assert sum(one.probability for one in eye.findings) == pytest.approx(1)
    assert [one.label for one in eye.additional_findings] == ["macular_oedema"]
    referable = sum(one.probability for one in eye.findings[2:])
    assert report.suspicious_probability == pytest.approx(referable)
    assert capture.refusal is not None
    assert "(0008,0016)" in capture.refusal
    document = sr.srread(kept / f"{report.id}.dcm")
    assert [instance for _, _, instance, _ in document.get_evidence()] == [INSTANCE]
    fhir = json.loads((kept / f"{report.id}.json").read_text())
    assert "Diabetic macular edema" in json.dumps(fhir)
