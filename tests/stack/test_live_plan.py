"""`wardwatch suggest --live`: the plan of a patient of a running ward, from Redis and the topics."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner, Result

from models.watch.stored import to_fields
from stream.broker.topics import create_topics
from stream.commands import suggest, tail
from stream.settings import Settings
from stream.state.client import redis_client
from stream.state.store import StateStore, Write
from tests.builders.plans import PATIENT, RECORDS, a_lesion_report, a_risk, a_state
from tests.stack.conftest import SERVERS_S, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(SERVERS_S)]

NOW = datetime.now(UTC)
TODAY = [(topic, record | {"time": (NOW - timedelta(minutes=1)).isoformat()}) for topic, record in RECORDS]


@pytest.fixture(autouse=True)
def settings(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("WARDWATCH_BROKER", stack.broker)
    monkeypatch.setenv("WARDWATCH_REDIS_URL", stack.redis)
    monkeypatch.setenv("WARDWATCH_STATE_TIMEOUT_S", "5")
    return Settings()


def called(*arguments: str) -> Result:
    app = typer.Typer()
    app.command("suggest")(suggest.command)
    app.command("tail")(tail.command)
    return CliRunner().invoke(app, list(arguments))


async def a_ward(settings: Settings) -> None:
    """A patient's state, and two forecasts and a report of them among those of others."""
    async with redis_client(settings) as redis:
        write = Write(0, 1, to_fields(a_state(*TODAY)))
        assert await StateStore(redis, "patient", 1000).save({PATIENT: write}) == {}
    await create_topics(settings)
    hour_ago = NOW - timedelta(hours=1)
    records: list[tuple[str, Any]] = [
        ("forecasts", a_risk(0.2, time=hour_ago)),
        ("forecasts", a_risk(0.4, time=NOW)),
        ("forecasts", a_risk(0.9, time=NOW).model_copy(update={"patient": "p-2"})),
        ("lesion-reports", a_lesion_report(time=hour_ago)),
    ]
    producer = AIOKafkaProducer(bootstrap_servers=settings.broker)
    await producer.start()
    try:
        for topic, record in records:
            await producer.send_and_wait(topic, record.model_dump_json().encode(), key=record.patient.encode())
    finally:
        await producer.stop()


def test_the_plan_of_a_patient_who_is_here(stack: Stack, settings: Settings, tmp_path: Path) -> None:
    asyncio.run(a_ward(settings))
    page = tmp_path / "plan.html"
    shown = called("suggest", "--live", PATIENT, "--json", "--report", str(page))
    assert shown.exit_code == 0, shown.output
    plan = json.loads(shown.stdout)
    assert "clopidogrel-cyp2c19-poor/1" in {one["rule"] for one in plan["proposals"]}
    if stack.kind == "kafka":  # the embedded broker can't say which records are of the last days
        (forecast,) = [one for one in plan["risks"] if one["name"] == "sepsis"]
        assert forecast["value"] == 0.4
        assert [one["study_uid"] for one in plan["images"]] == ["1.2.3"]
    assert datetime.fromisoformat(plan["time"]) >= NOW - timedelta(minutes=1)
    assert PATIENT in page.read_text(encoding="utf-8")
    drugs = called("suggest", "--live", PATIENT, "--rank", "platelet-inhibitors", "--json")
    assert json.loads(drugs.stdout)["class"] == "platelet-inhibitors"


def test_a_patient_of_whom_nothing_is_known_is_told_in_a_sentence() -> None:
    refused = called("suggest", "--live", "p-9")
    assert refused.exit_code == 1
    assert "no patient of that pseudonym is known" in refused.output


def test_without_a_broker_the_state_alone_is_told_and_without_redis_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(a_ward(settings))
    monkeypatch.setenv("WARDWATCH_BROKER", "127.0.0.1:1")
    shown = called("suggest", "--live", PATIENT, "--json")
    assert shown.exit_code == 0, shown.output
    assert "without forecast and reports: no broker answers at 127.0.0.1:1" in shown.stderr
    assert "no forecast is at hand" in {one["why"] for one in json.loads(shown.stdout)["not_checked"]}
    monkeypatch.setenv("WARDWATCH_REDIS_URL", "redis://127.0.0.1:1")
    refused = called("suggest", "--live", PATIENT)
    assert refused.exit_code == 1
    assert "Redis does not answer" in refused.output
