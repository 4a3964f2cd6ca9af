"""Events in from outside, what the ward makes of them out again."""

import asyncio
import json
import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from hl7.mllp import open_hl7_connection

from schemas.imaging import ImageReference
from stream.access.identity_key import identity_key
from stream.feeds.events import FeedEvent
from stream.feeds.images import simulated_study
from stream.feeds.simulate import Ward as SimulatedWard
from stream.feeds.simulate import simulated
from stream.gateway.conventions import Conventions
from tests.builders.hl7_messages import HEART_RATE, PERSON, SYSTOLIC, observed, pseudonym_in
from tests.compose.ward import WORKERS, Ward, everything, first, play, settled, until

pytestmark = pytest.mark.timeout(300)

START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=7)


async def test_frames_become_alerts_and_suggestions(ward: Ward) -> None:
    sent = await play(ward, simulated(SimulatedWard(8, START, hours=6, prefix="bed")), speed=0)
    assert sent["vitals"] > 1000
    await settled(ward, "bed", sum(sent.values()))
    alerts = [json.loads(r.value) for r in await everything(ward.settings("subscriber"), "alerts", "bed")]
    assert {alert["phase"] for alert in alerts} >= {"start", "end"}
    assert len({alert["patient"] for alert in alerts}) > 1
    suggestions = [json.loads(r.value) for r in await everything(ward.settings("operator"), "suggestions", "bed")]
    assert suggestions
    assert all(one["provenance"] for one in alerts + suggestions)


async def test_an_image_served_over_http_is_judged_and_becomes_a_report_and_its_documents(ward: Ward) -> None:
    served = Path(ward.secrets).with_name("images")
    ready = simulated_study(
        "chest_xray", suspicious=True, seed=1, folder=served, patient="img-01", time=datetime.now(UTC)
    )
    (written,) = served.glob("*.dcm")
    written.chmod(0o644)
    address = f"http://archive:8042/{written.name}"
    ready = ready.model_copy(update={"images": (ImageReference(url=address),)})
    await play(ward, [FeedEvent("imaging-ready", "img-01", ready.time, ready)], speed=0)
    report = json.loads((await first(ward.settings("operator"), "lesion-reports", "img-01")).value)
    (judged,) = report["images"]
    assert judged["url"] == address
    assert {found["label"] for found in judged["findings"]} == {"normal", "pneumonia"}
    kept = ward.within("check", "cat", report["fhir_url"].removeprefix("file://"))
    assert json.loads(kept)["status"] == "preliminary"
    ward.within("check", "test", "-s", report["dicom_sr_url"].removeprefix("file://"))
    ward.within("check", "test", "-s", judged["saliency_url"].removeprefix("file://"))


async def test_the_board_shows_the_beds_to_this_machine(ward: Ward) -> None:
    await play(ward, simulated(SimulatedWard(2, START, hours=1, prefix="shown")), speed=0)
    address = ward.run("port", "board", "8800").strip()
    assert address.startswith("127.0.0.1:")
    assert b"Wardwatch board" in await asyncio.to_thread(_pushed, f"http://{address}/", b"</html>")
    assert b"event: bed" in await asyncio.to_thread(_pushed, f"http://{address}/events", b'"patient":"shown-')


def _pushed(url: str, wanted: bytes) -> bytes:
    """The first line that holds what is wanted, and what came before it."""
    came = bytearray()
    with urlopen(url, timeout=60) as answer:  # noqa: S310 - our own address
        for line in answer:
            came += line
            if wanted in line:
                return bytes(came)
    raise AssertionError(wanted)


async def test_what_cannot_be_read_becomes_a_dead_letter_byte_for_byte(ward: Ward) -> None:
    poison = b"\x00 not a frame"
    await play(ward, [FeedEvent("vitals", "poison-01", START, poison)], speed=0)
    letter = await first(ward.settings("operator"), "dead-letters", "poison-01")
    assert letter.value == poison
    assert dict(letter.headers)["__streams.errors.topic"] == b"vitals"


async def test_the_hl7_profile_takes_in_what_a_known_sender_sends_and_keeps_it_while_kafka_is_away(ward: Ward) -> None:
    ward.run("--profile", "hl7", "up", "-d", "--no-build", "gateway")
    (gateway,) = ward.containers("gateway")
    await until(lambda: ward.is_healthy("gateway"), within_s=120)
    sent = observed(SYSTOLIC, HEART_RATE, time=f"{datetime.now(UTC):%Y%m%d%H%M%S}+0000")
    assert await answered(ward, sent) == "AA"
    with pytest.raises((OSError, asyncio.IncompleteReadError)):
        await answered(ward, sent, shows_certificate=False)
    patient = pseudonym_in(sent, Conventions(identity_key(ward.secrets / "identity.key")))
    await first(ward.settings("operator"), "scores", patient)
    ward.run("stop", "kafka")
    try:
        person = PERSON.replace("700123", "700124")
        other = observed(SYSTOLIC, HEART_RATE, person=person, time=f"{datetime.now(UTC):%Y%m%d%H%M%S}+0000")
        assert await answered(ward, other) == "AA"
        ward.run("--profile", "hl7", "kill", "gateway")
    finally:
        ward.run("start", "kafka")
    await until(lambda: ward.is_healthy("kafka", *WORKERS), within_s=120)
    ward.run("--profile", "hl7", "start", "gateway")
    await until(lambda: ward.is_healthy("gateway"), within_s=120)
    patient = pseudonym_in(other, Conventions(identity_key(ward.secrets / "identity.key")))
    await first(ward.settings("operator"), "scores", patient)
    ward.run("--profile", "hl7", "stop", "gateway")
    assert ward.inspect(gateway)["State"]["ExitCode"] == 0


async def answered(ward: Ward, sent: bytes, *, shows_certificate: bool = True) -> str:
    """The code of the gateway's answer to an HL7 message."""
    security = ssl.create_default_context(cafile=ward.secrets / "ca.pem")
    if shows_certificate:
        security.load_cert_chain(ward.secrets / "hl7-sender.pem")
    port = int(os.environ["WARDWATCH_HL7_PORT"])
    reader, writer = await open_hl7_connection("localhost", port, ssl=security, encoding="utf-8")
    try:
        writer.writeblock(sent)
        await writer.drain()
        answer: Any = await reader.readmessage()
        return str(answer.segment("MSA")(1))
    finally:
        writer.close()


async def test_the_demo_profile_feeds_the_ward_until_it_is_told_to_stop(ward: Ward) -> None:
    ward.run("--profile", "demo", "up", "-d", "--no-build", "feed")
    (feed,) = ward.containers("feed")
    await first(ward.settings("operator"), "scores", "sim-")  # of its patients: their names begin so
    assert ward.inspect(feed)["State"]["Running"]
    ward.run("--profile", "demo", "stop", "feed")
    assert ward.inspect(feed)["State"]["ExitCode"] == 0
    assert "records confirmed" in ward.run("--profile", "demo", "logs", "--no-color", "feed")
