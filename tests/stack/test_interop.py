"""Senders that are not ours reach the live path: librdkafka and KafkaJS on Kafka, HAPI HL7v2 at the HL7 gateway."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from models.deidentify.keyed import Keyed
from schemas.vitals import VitalsFrame
from stream.broker.last_keys import last_keys
from stream.broker.placement import misplaced
from stream.broker.topics import create_topics
from stream.gateway.conventions import Conventions
from stream.settings import Settings
from tests.builders.foreign_senders import by_kafkajs, by_librdkafka, hapi
from tests.builders.gateway_process import KEY, gateway
from tests.builders.hl7_messages import HEART_RATE, MONITOR_TIME, observed, pseudonym_in
from tests.stack.conftest import Stack
from tests.stack.test_gateway_hl7 import first_record
from tests.stack.test_nothing_lost import assert_nothing_lost
from tests.stack.ward import TestWard, frames_of, ward

PATIENTS: Final = 8
STEPS: Final = 40

pytestmark = pytest.mark.timeout(300)
Send = Callable[[str, Sequence[VitalsFrame]], None]


def by_librdkafka_as_the_contract_says(broker: str, frames: Sequence[VitalsFrame]) -> None:
    by_librdkafka(broker, frames, partitioner="murmur2_random")


@pytest.fixture
async def tested(stack: Stack, tmp_path: Path) -> AsyncIterator[TestWard]:
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        yield one


@pytest.mark.parametrize("send", [by_librdkafka_as_the_contract_says, by_kafkajs])
async def test_frames_of_a_sender_that_keeps_the_contract_are_watched_where_they_lie(
    stack: Stack, tested: TestWard, send: Send
) -> None:
    if send is by_kafkajs and stack.kind == "embedded":
        pytest.skip("KafkaJS finds no broker in librdkafka's mock cluster")
    frames = frames_of(f"{stack.prefix}p", PATIENTS, STEPS)
    await asyncio.to_thread(send, stack.broker, frames)
    worker = tested.worker()
    await worker.start()
    await tested.settled()
    assert_nothing_lost(tested, frames)
    assert (await tested.applied())["vitals"] == len(frames)
    assert [one for one in tested.seen.status if one.get("part") == "partitioner"] == []
    assert tested.seen.dead_letters == []
    assert await worker.stop() == 0


async def keys_of(stack: Stack) -> Any:  # noqa: ANN401 - the findings about this test's keys
    settings = Settings(broker=stack.broker)
    ours = [one for one in await last_keys(settings, ["vitals"]) if one.key.startswith(stack.prefix.encode())]
    return {one.key for one in ours}, list(misplaced(ours))


async def test_the_keys_that_librdkafka_puts_elsewhere_are_found_and_those_of_the_contract_are_not(
    stack: Stack,
) -> None:
    await create_topics(Settings(broker=stack.broker))
    right, wrong = frames_of(f"{stack.prefix}r", PATIENTS, 1), frames_of(f"{stack.prefix}w", PATIENTS, 1)
    by_librdkafka_as_the_contract_says(stack.broker, right)
    assert await keys_of(stack) == ({frame.patient.encode() for frame in right}, [])
    by_librdkafka(stack.broker, wrong)
    keys, (found,) = await keys_of(stack)
    assert len(keys) == found.of == 2 * PATIENTS
    assert 0 < found.keys <= PATIENTS


async def test_hapi_sends_vital_signs_to_the_gateway_and_reads_its_answers(stack: Stack, tmp_path: Path) -> None:
    command = await asyncio.to_thread(hapi)
    await create_topics(Settings(broker=stack.broker))
    number = stack.prefix.rstrip("-")
    async with gateway(stack.broker, tmp_path) as running:
        values = "92", "93", "94"
        process = await asyncio.create_subprocess_exec(
            *(*command, str(running.port), number, MONITOR_TIME, *values),
            stdout=asyncio.subprocess.PIPE,
            cwd=tmp_path,  # HAPI keeps a file of the identifiers that it gave
        )
        said, _ = await process.communicate()
    assert said.decode().splitlines() == ["AA same ACK"] * 3
    person = f"PID|||{number}^^^HOSPITAL^MR"
    patient = pseudonym_in(observed(HEART_RATE, person=person), Conventions(Keyed(KEY.encode())))
    assert (await first_record(stack.broker, "vitals", patient))["heart_rate_bpm"] == 92
