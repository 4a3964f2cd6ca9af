"""`wardwatch cds` on real servers: what lies in Redis becomes a card, and what a clinician did lands on the topic."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import jsonschema
from aiokafka import AIOKafkaConsumer

from models.watch.stored import to_fields
from stream.broker.topics import create_topics
from stream.settings import Settings
from stream.state.client import redis_client
from stream.state.store import StateStore, Write
from tests.builders.cds_calls import RESPONSE, a_call, a_draft, a_state
from tests.builders.cds_process import cds
from tests.builders.cds_tokens import BASE, ISSUER, a_key_set, a_token
from tests.builders.fhir_resources import PATIENT
from tests.stack.conftest import Stack

SIGN = "/cds-services/wardwatch-order-sign"


async def keep_state(url: str) -> None:
    """Store the state of a poor metabolizer by CYP2C19, as a worker does, and none of before."""
    async with redis_client(Settings(redis_url=url)) as client:
        await client.flushall()
        write = Write(0, 1, to_fields(a_state()))
        assert await StateStore(client, "patient", 600).save({PATIENT: write}) == {}


async def feedback_on(broker: str, card: str) -> dict[str, Any]:
    """The record of feedback on a card, from the beginning of the topic on."""
    consumer: Any = AIOKafkaConsumer("cds-feedback", bootstrap_servers=broker, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(60):
            async for record in consumer:
                said: dict[str, Any] = json.loads(record.value)
                if said["card"] == card:
                    assert record.key == PATIENT.encode()
                    return said
    finally:
        await consumer.stop()
    raise AssertionError


async def test_a_draft_meets_the_genotype_as_soon_as_redis_answers_and_the_feedback_is_on_the_topic(
    stack: Stack, tmp_path: Path
) -> None:
    await create_topics(Settings(broker=stack.broker))
    stack.redis_server.stop()
    options = ("--base-url", BASE, "--trust", f"{ISSUER}={a_key_set(tmp_path)}")

    def token(path: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {a_token(aud=BASE + path)}"}

    async with (
        cds(stack.broker, tmp_path, *options, WARDWATCH_REDIS_URL=stack.redis) as service,
        httpx.AsyncClient(base_url=service.address, timeout=30) as ehr,
    ):
        discovered = await ehr.get("/cds-services", headers=token("/cds-services"))
        assert [one["hook"] for one in discovered.json()["services"]] == ["patient-view", "order-select", "order-sign"]
        away = await ehr.post(SIGN, json=a_call(a_draft()), headers=token(SIGN))
        assert "live record could not be read" in away.json()["cards"][0]["summary"]
        stack.redis_server.start()
        await keep_state(stack.redis)
        said = await ehr.post(SIGN, json=a_call(a_draft("Clopidogrel 75 mg")), headers=token(SIGN))
        assert said.status_code == 200
        jsonschema.validate(said.json(), RESPONSE)
        (card,) = said.json()["cards"]
        assert card["summary"].startswith("CYP2C19 poor metabolizer on clopidogrel")
        assert (await ehr.post(SIGN, json=a_call(a_draft()))).status_code == 401
        entry = {
            "card": card["uuid"],
            "outcome": "overridden",
            "overrideReason": {"reason": card["overrideReasons"][0]},
            "outcomeTimestamp": "2026-11-30T11:00:00Z",
        }
        told = await ehr.post(f"{SIGN}/feedback", json={"feedback": [entry]}, headers=token(f"{SIGN}/feedback"))
        assert told.status_code == 200
        metrics = (await ehr.get(f"{service.web}/metrics")).text
    assert 'feedback_total{outcome="overridden",rule="clopidogrel-cyp2c19-poor/1"} 1.0' in metrics
    found = await feedback_on(stack.broker, card["uuid"])
    assert (found["rule"], found["outcome"], found["reason"]) == ("clopidogrel-cyp2c19-poor/1", "overridden", "1")
