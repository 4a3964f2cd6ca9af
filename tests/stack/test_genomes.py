"""A genome by reference through check and watch workers: its results, the proposal that follows, and its correction."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.genomes import FileReference, GenomeReady
from schemas.therapy import Medication
from stream.broker.topics import create_topics
from stream.settings import Settings
from tests.builders.genomes import LENGTHS_37, rows_of, vcf, write_vcf
from tests.builders.pathology_report_topics import outputs_for, send
from tests.builders.worker_process import PATIENCE_S, a_worker
from tests.stack.conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

TIME = datetime(2026, 1, 2, tzinfo=UTC)


async def test_a_genome_becomes_a_proposal_and_its_correction_withdraws_it(stack: Stack, tmp_path: Path) -> None:
    patient = f"{stack.prefix}p-1"
    genomes = tmp_path / "genomes"
    genomes.mkdir()
    poor = write_vcf(genomes / "poor.vcf.gz", vcf(rows_of("CYP2C19", "*2", "*2")))
    normal = write_vcf(genomes / "normal.vcf.gz", vcf(rows_of("CYP2C19", "*1", "*1")))
    other = write_vcf(genomes / "grch37.vcf", vcf(rows_of("CYP2C19", "*2", "*2"), lengths=LENGTHS_37))
    where: dict[str, Any] = {"broker": stack.broker, "redis_url": stack.redis, "group": f"{stack.prefix}g"}
    await create_topics(Settings(broker=stack.broker))

    def ready(file: Path, minutes: int, genome: str = "wgs-1", status: Any = "final") -> tuple[str, GenomeReady]:  # noqa: ANN401 - a literal
        return "genomes-ready", GenomeReady(
            patient=patient,
            time=TIME + timedelta(minutes=minutes),
            genome=genome,
            status=status,
            variants=FileReference(url=file.as_uri()),
        )

    order = Medication(patient=patient, time=TIME, order="o-1", drug="clopidogrel", status="ordered")
    (tmp_path / "watch").mkdir()
    (tmp_path / "check").mkdir()
    async with (
        outputs_for(patient, stack.broker, "suggestions", "dead-letters") as said,
        asyncio.timeout(2 * PATIENCE_S),
    ):
        with (
            a_worker(tmp_path / "watch", "watch", **where) as watch,
            a_worker(tmp_path / "check", "check", genome_roots=json.dumps([str(genomes)]), **where) as check,
        ):
            await watch.ready()
            await check.ready()
            await send(stack.broker, ("medications", order), ready(other, 0, "elsewhere"), ready(poor, 1))
            topics = set[str]()
            while topics != {"dead-letters", "suggestions"}:
                topic, record = await anext(said)
                if topic == "suggestions" and "poor metabolizer" not in record["text"].lower():
                    continue
                topics.add(topic)
                if topic == "suggestions":
                    proposal = record["id"]
                    assert ("CYP2C19", "Poor Metabolizer") in [(one["name"], one["value"]) for one in record["inputs"]]
                else:
                    assert record["genome"] == "elsewhere"
            await send(stack.broker, ready(normal, 2, status="corrected"))
            while (record := (await anext(said))[1]).get("proposal") != proposal:
                pass
            assert record["status"] == "withdrawn"
