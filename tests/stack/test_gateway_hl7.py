"""`wardwatch gateway hl7` on real servers, as a monitor's gateway would call it: over a socket, in MLLP."""

import asyncio
import json
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from models.deidentify.keyed import Keyed
from stream.broker.topics import create_topics
from stream.gateway.conventions import Conventions
from stream.settings import Settings
from stream.stack.embedded import EmbeddedBroker
from stream.stack.ports import free_ports
from tests.builders.gateway_process import KEY, gateway
from tests.builders.hl7_messages import (
    HEART_RATE,
    PERSON,
    SYSTOLIC,
    admission,
    alert,
    message,
    observed,
    pseudonym_in,
    request,
)
from tests.builders.worker_process import a_worker
from tests.stack.conftest import SERVERS_S, Stack

LOW = "OBX|1|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.3.1|84|262688^MDC_DIM_PERCENT^MDC|||||R"

pytestmark = [pytest.mark.stack, pytest.mark.timeout(SERVERS_S)]


async def first_record(broker: str, topic: str, patient: str, holding: bytes = b"") -> dict[str, Any]:
    consumer: Any = AIOKafkaConsumer(topic, bootstrap_servers=broker, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async for record in consumer:
            if record.key == patient.encode() and holding in record.value:  # others send records without a key
                return dict(json.loads(record.value))
    finally:
        await consumer.stop()
    raise AssertionError


async def test_an_accepted_message_is_in_its_topic_and_a_refused_one_is_not(stack: Stack, tmp_path: Path) -> None:
    await create_topics(Settings(broker=stack.broker))
    person = PERSON.replace("700123", stack.prefix)
    async with gateway(stack.broker, tmp_path) as running:
        codes = await running.sent(
            observed(SYSTOLIC, HEART_RATE, person=person),
            message(person, request(), SYSTOLIC, processing="T"),
            b"no message at all",
            admission("A03", person=person),
            alert(person=person),
        )
        assert codes == ["AA", "AE", "AE", "AA", "AA"]
        running.process.send_signal(signal.SIGTERM)
        assert await running.process.wait() == 0
    async with gateway(stack.broker, tmp_path) as running:  # the same key: the same patient
        again = await running.sent(observed(SYSTOLIC, person=person))
        assert again == ["AA"]
    patient = pseudonym_in(observed(person=person), Conventions(Keyed(KEY.encode())))
    assert (await first_record(stack.broker, "vitals", patient))["heart_rate_bpm"] == 92
    assert (await first_record(stack.broker, "patients", patient))["status"] == "discharged"
    assert (await first_record(stack.broker, "device-alarms", patient))["event"] == "MDC_EVT_LO_VAL_LT_LIM"


async def test_a_monitors_alarm_confirms_the_workers_own(stack: Stack, tmp_path: Path) -> None:
    await create_topics(Settings(broker=stack.broker))
    person, now = PERSON.replace("700123", f"{stack.prefix}-7"), f"{datetime.now(UTC):%Y%m%d%H%M%S}+0000"
    where: dict[str, Any] = {"broker": stack.broker, "redis_url": stack.redis, "group": f"{stack.prefix}-alarms"}
    with a_worker(tmp_path, **where) as worker:
        await worker.ready()
        sent = observed(LOW, person=person, time=now, sent=now), alert(person=person, time=now)
        async with gateway(stack.broker, tmp_path) as running:
            assert await running.sent(*sent) == ["AA", "AA"]
        patient = pseudonym_in(sent[0], Conventions(Keyed(KEY.encode())))
        async with asyncio.timeout(60):
            said = await first_record(stack.broker, "alerts", patient, b"confirmed_by")
    assert (said["condition"], said["presence"], len(said["confirmed_by"])) == ("spo2-low", True, 1)


async def test_while_the_broker_is_away_messages_are_to_be_sent_again_and_the_gateway_lives(tmp_path: Path) -> None:
    with EmbeddedBroker() as broker:
        await create_topics(Settings(broker=broker.address))
        async with gateway(broker.address, tmp_path, WARDWATCH_SEND_TIMEOUT_S="2") as running:
            assert await running.sent(observed(SYSTOLIC)) == ["AA"]
            broker.stop()
            assert await running.sent(observed(SYSTOLIC, HEART_RATE), observed(HEART_RATE)) == ["AR", "AR"]
            assert running.process.returncode is None


async def test_what_was_answered_while_the_broker_was_away_is_there_after_a_kill(stack: Stack, tmp_path: Path) -> None:
    """Killed between the disk and the broker, and started again before the broker is back."""
    spool = ("--spool", str(tmp_path / "spool"))
    person = PERSON.replace("700123", stack.prefix)
    nowhere = f"127.0.0.1:{free_ports(1)[0]}"
    async with gateway(nowhere, tmp_path, *spool) as running:
        assert await running.sent(observed(SYSTOLIC, HEART_RATE, person=person)) == ["AA"]
        running.process.kill()
        await running.process.wait()
    async with gateway(nowhere, tmp_path, *spool) as running:
        assert await running.sent(admission("A03", person=person)) == ["AA"]
        running.process.send_signal(signal.SIGTERM)
        assert await running.process.wait() == 0
    await create_topics(Settings(broker=stack.broker))
    async with gateway(stack.broker, tmp_path, *spool):
        patient = pseudonym_in(observed(person=person), Conventions(Keyed(KEY.encode())))
        assert (await first_record(stack.broker, "vitals", patient))["heart_rate_bpm"] == 92
        assert (await first_record(stack.broker, "patients", patient))["status"] == "discharged"
