"""`wardwatch gateway fhir` on real servers, with senders that keep a log of their own."""

import asyncio
import json
import os
import signal
import uuid
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from fhirclient import client as fhir_client
from fhirclient.models.observation import Observation
from fhirclient.server import FHIRUnauthorizedException

from stream.broker.topics import create_topics
from stream.settings import Settings
from stream.stack.kafka import KafkaServer
from stream.stack.ports import free_ports
from tests.builders.fhir_gateway_process import fhir_gateway
from tests.builders.fhir_resources import PATIENT, a_bundle, a_patient, an_encounter, an_observation, made, subject
from tests.stack.conftest import SERVERS_S, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(SERVERS_S)]


async def read(broker: str, topic: str, wanted: set[str], patience_s: float = 60) -> list[str]:
    """The ids of the records of a topic, from its beginning to where it ends now."""
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False)
    await consumer.start()
    found: list[str] = []
    try:
        partitions = [TopicPartition(topic, number) for number in await _partitions(consumer, topic)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        async with asyncio.timeout(patience_s):
            while any([await consumer.position(one) < end for one, end in ends.items()]):
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    headers = [dict(one.headers) for one in batch]  # of other tests, too, some without an id
                    found += [one["ce_id"].decode() for one in headers if "ce_id" in one]
    finally:
        await consumer.stop()
    return [one for one in found if one in wanted]


async def _partitions(consumer: Any, topic: str) -> set[int]:  # noqa: ANN401 - untyped
    while not (found := consumer.partitions_for_topic(topic)):
        await consumer._client.force_metadata_update()  # noqa: SLF001 - there is no other way to wait for it
    return set(found)


def ids_of(resource: dict[str, Any]) -> list[str]:
    """The ids of a resource's records, as every gateway with this key gives them."""
    return [dict(one.event.headers)["ce_id"].decode() for one in made(resource).records]


class Sender:
    """Sends one patient's heart rates, each until it is answered positively, and writes down what was."""

    def __init__(self, address: str, patient: str) -> None:
        self.accepted: list[dict[str, Any]] = []
        self.sent_again = 0
        self._address = address
        self._patient = patient

    async def has_sent(self, number_of_resources: int) -> None:
        """Wait until so many are accepted."""
        async with asyncio.timeout(60):
            while len(self.accepted) < number_of_resources:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0)

    async def send(self, number_of_resources: int) -> None:
        """Send so many resources."""
        async with httpx.AsyncClient(timeout=20) as client:
            for number in range(number_of_resources):
                minutes, seconds = divmod(number, 60)
                one = an_observation(
                    id=f"{self._patient}-{number}",
                    subject=subject(self._patient),
                    effectiveDateTime=f"2026-11-21T10:{minutes:02}:{seconds:02}+01:00",
                )
                while not await self._is_accepted(client, one):
                    self.sent_again += 1
                    await asyncio.sleep(0.1)
                self.accepted.append(one)

    async def _is_accepted(self, client: httpx.AsyncClient, one: dict[str, Any]) -> bool:
        try:
            answer = await client.post(f"{self._address}/Observation", json=one)
        except httpx.HTTPError:
            return False
        assert answer.status_code in {200, 503}, answer.text
        return answer.is_success


@pytest.mark.parametrize("mischief", ["gateway killed with -9", "broker frozen"])
async def test_every_resource_that_was_answered_is_in_kafka(
    mischief: str, kafka_server: KafkaServer, tmp_path: Path
) -> None:
    kafka_server.start()
    await create_topics(Settings(broker=kafka_server.address))
    (port,) = free_ports(1)
    prefix = uuid.uuid4().hex[:6]
    options = ("--port", str(port))
    timeout = {"WARDWATCH_SEND_TIMEOUT_S": "2"}
    senders = [Sender(f"http://127.0.0.1:{port}", f"{prefix}{number}") for number in range(3)]
    async with AsyncExitStack() as until:
        gateway = await until.enter_async_context(fhir_gateway(kafka_server.address, tmp_path, *options, **timeout))
        half_open = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        for _, writer in half_open:
            head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000"
            writer.write(head + b"\r\n\r\n{")
        sending = [asyncio.create_task(one.send(80)) for one in senders]
        await asyncio.gather(*(one.has_sent(10) for one in senders))
        if mischief == "broker frozen":
            assert kafka_server.pid is not None
            os.kill(kafka_server.pid, signal.SIGSTOP)
            await asyncio.sleep(4)
            os.kill(kafka_server.pid, signal.SIGCONT)
        else:
            gateway.process.kill()
            await gateway.process.wait()
            await until.enter_async_context(fhir_gateway(kafka_server.address, tmp_path, *options, **timeout))
        await asyncio.gather(*sending)
        for _, writer in half_open:
            writer.close()
    wanted = {name for one in senders for resource in one.accepted for name in ids_of(resource)}
    assert len(wanted) == 3 * 80
    assert sum(one.sent_again for one in senders) > 0
    found = Counter(await read(kafka_server.address, "vitals", wanted))
    assert set(found) == wanted  # nothing lost; what came twice has its id


async def test_a_client_that_is_not_ours_is_answered_and_its_resources_are_there(stack: Stack, tmp_path: Path) -> None:
    await create_topics(Settings(broker=stack.broker))
    token = "a-token-of-sixteen-or-more"  # noqa: S105 - of this test
    (tmp_path / "tokens").write_text(token)
    options = ("--port", "0", "--token-file", str(tmp_path / "tokens"))
    created = an_observation(id=None, note=[{"text": stack.prefix}])
    updated = an_observation(id=f"f-{stack.prefix}")
    async with fhir_gateway(stack.broker, tmp_path, *options) as running:
        server = fhir_client.FHIRClient(settings={"app_id": "wardwatch-test", "api_base": running.address}).server
        with pytest.raises(FHIRUnauthorizedException):
            await asyncio.to_thread(Observation(created).create, server)
        server.session.headers["Authorization"] = f"Bearer {token}"
        for send in (Observation(created).create, Observation(updated).update):
            assert (await asyncio.to_thread(send, server))["resourceType"] == "OperationOutcome"
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as other:
            bundle = a_bundle(a_patient(), an_encounter(), kind="transaction")
            said = await other.post(running.address, json=bundle)
            metrics = await other.get(f"{running.web}/metrics")
        assert said.json()["type"] == "transaction-response"
        assert 'records_total{topic="vitals"} 2.0' in metrics.text
        running.process.send_signal(signal.SIGTERM)
        assert await running.process.wait() == 0
    sent = {name for one in (created, updated) for name in ids_of(Observation(one).as_json())}
    assert set(await read(stack.broker, "vitals", sent)) == sent
    consumer: Any = AIOKafkaConsumer("patients", bootstrap_servers=stack.broker, auto_offset_reset="earliest")
    await consumer.start()
    async for record in consumer:
        if record.key == PATIENT.encode() and json.loads(record.value)["status"] == "updated":
            break
    await consumer.stop()
