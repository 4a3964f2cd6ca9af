"""A worker needs nothing but what `pip install wardwatch` brings: each role works where no extra is installed."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.pathology import PathologyReport
from schemas.vitals import VitalsFrame
from stream.broker.topics import create_topics
from stream.feeds.images import simulated_study
from stream.settings import Settings
from stream.stack.embedded import EmbeddedBroker, EmbeddedRedis
from tests.builders.installation import modules_beyond, without
from tests.builders.lesion_report_topics import announce, reports_of
from tests.builders.pathology_report_topics import COLON, ILL, outputs_for, send
from tests.builders.worker_process import PATIENCE_S, a_worker

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

TIME = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def where(
    embedded_broker: EmbeddedBroker, redis_server: EmbeddedRedis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """Where a worker finds its servers; it and its children have only what a bare installation has."""
    redis_server.start()
    for name, value in without(modules_beyond(), tmp_path / "installation").items():
        monkeypatch.setenv(name, value)
    return {"broker": embedded_broker.address, "redis_url": redis_server.url, "group": f"base-{tmp_path.name}"}


@pytest.mark.usefixtures("where")
@pytest.mark.parametrize("module", ["scipy", "sklearn", "pandas", "pyarrow", "lightgbm", "confluent_kafka", "pytest"])
def test_what_is_left_out_can_not_be_imported(module: str) -> None:
    program = f"from importlib.util import find_spec\nassert find_spec('{module}') is None\nimport {module}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
    assert f"No module named '{module}'" in done.stderr


async def test_a_watch_worker_alarms_where_no_extra_is_installed(where: dict[str, Any], tmp_path: Path) -> None:
    patient = f"{where['group']}-1"
    await create_topics(Settings(broker=where["broker"]))
    frames = [VitalsFrame(patient=patient, time=TIME + timedelta(seconds=20 * number), **ILL) for number in range(3)]
    async with outputs_for(patient, where["broker"]) as said, asyncio.timeout(PATIENCE_S):
        with a_worker(tmp_path, "watch", **where) as worker:
            await worker.ready()
            await send(where["broker"], *(("vitals", frame) for frame in frames))
            alert = await anext(record async for topic, record in said if topic == "alerts")
            assert alert["condition"] == "spo2-low"
            assert not [line for line in worker.said() if line["level"] == "error"], worker.text()


async def test_a_check_worker_judges_images_and_reads_reports_where_no_extra_is_installed(
    where: dict[str, Any], tmp_path: Path
) -> None:
    patient, broker = f"{where['group']}-1", where["broker"]
    images, kept = tmp_path / "images", tmp_path / "kept"
    study = simulated_study("chest_xray", suspicious=True, seed=1, folder=images, patient=patient, time=TIME)
    await create_topics(Settings(broker=broker))
    store = {"image_roots": json.dumps([str(images)]), "image_output": kept}
    async with (
        reports_of(patient, broker) as reports,
        outputs_for(patient, broker) as said,
        asyncio.timeout(PATIENCE_S),
    ):
        with a_worker(tmp_path, "check", **where, **store) as worker:
            await worker.ready()
            await announce(study, broker)
            report = await anext(reports)
            assert [image.refusal for image in report.images] == [None]
            assert {path.suffix for path in kept.iterdir()} == {".png", ".dcm", ".json"}
            await send(
                broker, ("pathology-reports", PathologyReport(patient=patient, time=TIME, report="r-1", text=COLON))
            )
            found = await anext(record async for topic, record in said if topic == "pathology-findings")
            assert found["report"] == "r-1"
