"""The running containers do what the ward needs, and lose nothing when one of them is killed."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiokafka.errors import KafkaError

from schemas.imaging import ImageReference, ImagingReady
from stream.feeds.events import FeedEvent
from stream.feeds.simulate import Ward as SimulatedWard
from stream.feeds.simulate import simulated
from tests.compose.ward import Ward, everything, http_status, play, reading, until
from tests.unit.dicom_files import a_dataset, as_bytes

pytestmark = [pytest.mark.timeout(600)]

WORKERS = ("watch", "check")
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=7)
HOURS = 6.0
PATIENTS = 8
LOAD_S = 40  # so long the feed plays while something is killed


def a_ward(prefix: str) -> Iterator[FeedEvent]:
    """The same patients under other names: whatever is killed, they have to come to the same alarms."""
    return simulated(SimulatedWard(PATIENTS, START, HOURS, prefix=prefix))


async def test_every_service_comes_up_healthy(ward: Ward) -> None:
    await until(lambda: ward.is_healthy("kafka", "redis", *WORKERS), within_s=180)
    for worker in WORKERS:
        address = ward.run("port", worker, "8080").strip()
        assert address.startswith("127.0.0.1:")
        assert [http_status(f"http://{address}/{page}") for page in ("livez", "readyz", "metrics")] == [200] * 3
    (topics,) = ward.containers("topics")
    assert ward.inspect(topics)["State"]["ExitCode"] == 0


@pytest.mark.parametrize("service", ["kafka", "redis", *WORKERS])
def test_a_container_runs_without_root_and_can_write_nowhere_but_to_its_scratch(ward: Ward, service: str) -> None:
    assert ward.run("exec", "-T", service, "id", "-u").strip() not in {"", "0"}
    tried = "touch /etc/x /opt/x /usr/bin/x 2>/dev/null || touch /tmp/x && echo scratch only"
    assert ward.run("exec", "-T", service, "sh", "-c", tried).strip() == "scratch only"
    status = ward.run("exec", "-T", service, "sh", "-c", "grep CapEff /proc/self/status")
    assert int(status.split()[1], 16) == 0


@pytest.fixture(scope="module")
def clean(ward: Ward) -> dict[str, Any]:
    """What the ward gives when nothing is killed: counts by bed, alarms, suggestions."""

    async def run() -> dict[str, Any]:
        sent = await play(ward, a_ward("clean"), speed=0)
        counts = await settled(ward, "clean", sent)
        return {
            "sent": sent,
            "counts": counts,
            "alarms": await alarms(ward, "clean"),
            "suggestions": await everything(ward.settings("operator"), "suggestions", "clean"),
        }

    return asyncio.run(run())


async def settled(ward: Ward, prefix: str, sent: dict[str, int]) -> dict[str, dict[str, int]]:
    """The beds' counts when every record sent is applied or a dead letter, or when nothing has changed for 20 s."""
    letters = len(await everything(ward.settings("operator"), "dead-letters", prefix))
    found: dict[str, dict[str, int]] = {}
    for _ in range(240):
        before, found = found, await asyncio.to_thread(ward.counts, prefix)
        letters = len(await everything(ward.settings("operator"), "dead-letters", prefix))
        if found == before and total(found) + letters >= sum(sent.values()):
            break
        await asyncio.sleep(1)
    return {name.removeprefix("patient:").removeprefix(prefix): counts for name, counts in found.items()}


def total(counts: dict[str, dict[str, int]]) -> int:
    return sum(sum(by_topic.values()) for by_topic in counts.values())


async def alarms(ward: Ward, prefix: str) -> dict[tuple[str, str, str, str], set[UUID]]:
    """Each step of each alarm by bed, condition, phase and time, with the ids under which it was sent."""
    found: dict[tuple[str, str, str, str], set[UUID]] = {}
    for record in await everything(ward.settings("subscriber"), "alerts", prefix):
        alert = json.loads(record.value)
        step = (alert["patient"].removeprefix(prefix), alert["condition"], alert["phase"], alert["time"])
        found.setdefault(step, set()).add(UUID(alert["id"]))
    return found


def test_frames_become_alerts_and_suggestions(clean: dict[str, Any]) -> None:
    assert clean["sent"]["vitals"] > 1000
    assert {phase for _, _, phase, _ in clean["alarms"]} >= {"start", "end"}
    assert len({bed for bed, *_ in clean["alarms"]}) > 1
    assert clean["suggestions"]


def test_every_record_of_a_clean_run_is_in_the_state_or_a_dead_letter(ward: Ward, clean: dict[str, Any]) -> None:
    letters = asyncio.run(everything(ward.settings("operator"), "dead-letters", "clean"))
    assert total(clean["counts"]) + len(letters) == sum(clean["sent"].values())


async def test_an_image_served_over_http_becomes_a_report(ward: Ward) -> None:
    image = Path(ward.secrets).with_name("images") / "chest.dcm"
    image.write_bytes(as_bytes(a_dataset()))
    image.chmod(0o644)
    ready = ImagingReady(
        patient="img-01",
        time=datetime.now(UTC),
        study_uid="1.2.3",
        modality="DX",
        images=(ImageReference(url="http://archive:8042/chest.dcm"),),
    )
    await play(ward, [FeedEvent("imaging-ready", "img-01", ready.time, ready)], speed=0)
    async with reading(ward.settings("operator"), "lesion-reports") as consumer, asyncio.timeout(120):
        async for record in consumer:
            if record.key == b"img-01":
                break
    report = json.loads(record.value)
    (judged,) = report["images"]
    assert judged["url"] == "http://archive:8042/chest.dcm"
    assert "fetch" not in judged.get("refusal", "")


async def test_what_cannot_be_read_becomes_a_dead_letter_byte_for_byte(ward: Ward) -> None:
    poison = b"\x00 not a frame"
    await play(ward, [FeedEvent("vitals", "poison-01", START, poison)], speed=0)
    async with reading(ward.settings("operator"), "dead-letters") as consumer, asyncio.timeout(60):
        async for record in consumer:
            if record.key == b"poison-01":
                break
    assert record.value == poison
    assert dict(record.headers)["__streams.errors.topic"] == b"vitals"


async def test_a_subscriber_sees_alerts_and_no_vital_signs(ward: Ward) -> None:
    with pytest.raises(KafkaError, match="AuthorizationFailed"):
        await everything(ward.settings("subscriber"), "vitals", "clean")


@pytest.mark.parametrize(
    ("user", "command", "answer"),
    [
        ("health", "ping", "PONG"),
        ("health", "keys *", "NOPERM"),
        ("default", "ping", "WRONGPASS"),
        ("worker", "keys *", "WRONGPASS"),
    ],
)
def test_redis_answers_a_health_check_and_nothing_more_without_the_password(
    ward: Ward, user: str, command: str, answer: str
) -> None:
    connect = f"redis-cli --tls --cacert /run/secrets/ca.pem --user {user} --pass none --no-auth-warning {command}"
    assert answer in ward.run("exec", "-T", "redis", "sh", "-c", f"{connect} 2>&1")


def test_redis_speaks_to_nobody_without_tls(ward: Ward) -> None:
    assert "PONG" not in ward.run("exec", "-T", "redis", "sh", "-c", "redis-cli ping 2>&1", check=False)


@pytest.mark.parametrize("killed", ["watch", "kafka", "redis"])
async def test_nothing_is_lost_when_a_container_is_killed_under_load(
    ward: Ward, clean: dict[str, Any], killed: str
) -> None:
    prefix = f"kill-{killed}"
    feeding = asyncio.create_task(play(ward, a_ward(prefix), speed=HOURS * 3600 / LOAD_S))
    await asyncio.sleep(LOAD_S / 3)  # in the midst of the load, not at its beginning
    (container,) = ward.containers(killed)
    await asyncio.to_thread(subprocess.run, ["docker", "kill", container], check=True, capture_output=True)
    # Docker takes its own kill for the operator's will and does not restart; a crash of the process it restarts.
    await asyncio.to_thread(ward.run, "up", "-d", "--no-build", killed)
    sent = await feeding
    assert sent == clean["sent"]
    assert await settled(ward, prefix, sent) == clean["counts"]
    found = await alarms(ward, prefix)
    assert found.keys() == clean["alarms"].keys()
    assert all(len(ids) == 1 for ids in found.values())  # a double carries the id that was seen before


async def test_two_watch_workers_share_the_patients(ward: Ward, clean: dict[str, Any]) -> None:
    await asyncio.to_thread(ward.run, "up", "-d", "--no-build", "--scale", "watch=2", "watch")
    await until(lambda: len(ward.containers("watch")) == 2 and ward.is_healthy("watch"), within_s=180)
    sent = await play(ward, a_ward("two"), speed=HOURS * 3600 / LOAD_S)
    assert await settled(ward, "two", sent) == clean["counts"]
    assert (await alarms(ward, "two")).keys() == clean["alarms"].keys()
    await asyncio.to_thread(ward.run, "up", "-d", "--no-build", "--scale", "watch=1", "watch")


@pytest.mark.parametrize("service", WORKERS)
def test_a_worker_that_is_told_to_stop_drains_and_ends_well(ward: Ward, service: str) -> None:
    (container, *_) = ward.containers(service)
    ward.run("stop", service)
    state = ward.inspect(container)["State"]
    assert (state["ExitCode"], state["OOMKilled"]) == (0, False)
