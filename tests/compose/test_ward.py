"""The running containers do what the ward needs, and lose nothing when one of them is killed."""

import asyncio
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError

from models.risk.model import RiskModel
from schemas.imaging import ImageReference, ImagingReady
from stream.feeds.events import FeedEvent
from stream.feeds.simulate import Ward as SimulatedWard
from stream.feeds.simulate import simulated
from tests.compose.ward import Ward, everything, http_status, play, reading, until
from tests.stack.test_stack_secured import read
from tests.stack.ward import FOUND, expected, frames_of
from tests.unit.dicom_files import a_dataset, as_bytes

pytestmark = [pytest.mark.timeout(600)]

WORKERS = ("watch", "check")
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=7)
PATIENTS, STEPS = 6, 300
LOAD_S = 40  # so long the feed plays while something is killed


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


async def test_frames_become_alerts_and_suggestions(ward: Ward) -> None:
    sent = await play(ward, simulated(SimulatedWard(8, START, hours=6, prefix="sim")), speed=0)
    assert sent["vitals"] > 1000
    await settled(ward, "sim", sum(sent.values()))
    alerts = [json.loads(r.value) for r in await everything(ward.settings("subscriber"), "alerts", "sim")]
    assert {alert["phase"] for alert in alerts} >= {"start", "end"}
    assert len({alert["patient"] for alert in alerts}) > 1
    suggestions = [json.loads(r.value) for r in await everything(ward.settings("operator"), "suggestions", "sim")]
    assert suggestions
    assert all(one["provenance"] for one in alerts + suggestions)


async def settled(ward: Ward, prefix: str, sent: int) -> int:
    """Wait until every record sent is counted in a patient's state or is a dead letter; return how many are counted."""
    found, deadline = -1, asyncio.get_running_loop().time() + 180
    while True:
        letters = len(await everything(ward.settings("operator"), "dead-letters", prefix))
        before, found = found, await asyncio.to_thread(ward.applied, prefix)
        if found == before and found + letters >= sent:
            return found
        assert asyncio.get_running_loop().time() < deadline, f"{sent} sent, {found} applied, {letters} dead letters"
        await asyncio.sleep(1)


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
        await read(ward.settings("subscriber"), "vitals", "subscriber-nurse-call")


@pytest.mark.parametrize(
    ("user", "command", "answer"),
    [
        ("health", "ping", "PONG"),
        ("health", "dbsize", "NOPERM"),
        ("default", "ping", "WRONGPASS"),
        ("worker", "dbsize", "WRONGPASS"),
    ],
)
def test_redis_answers_a_health_check_and_nothing_more_without_the_password(
    ward: Ward, user: str, command: str, answer: str
) -> None:
    connect = f"redis-cli --tls --cacert /run/secrets/ca.pem --user {user} --pass none --no-auth-warning {command}"
    assert answer in ward.run("exec", "-T", "redis", "sh", "-c", f"{connect} 2>&1")


def test_redis_speaks_to_nobody_without_tls(ward: Ward) -> None:
    assert "PONG" not in ward.run("exec", "-T", "redis", "sh", "-c", "redis-cli ping 2>&1", check=False)


async def fed(ward: Ward, prefix: str, mischief: Callable[[], None]) -> int:
    """Feed frames and make mischief meanwhile; what came out is what a clean run gives. Returns what was applied."""
    frames = frames_of(prefix, PATIENTS, STEPS)
    events = [FeedEvent("vitals", frame.patient, frame.time, frame) for frame in frames]
    feed_s = (frames[-1].time - frames[0].time).total_seconds()
    feeding = asyncio.create_task(play(ward, events, speed=feed_s / LOAD_S))
    await asyncio.sleep(LOAD_S / 3)  # in the midst of the load, not at its beginning
    await asyncio.to_thread(mischief)
    assert await feeding == {"vitals": len(frames)}
    applied = await settled(ward, prefix, len(frames))
    clean = expected(frames, ward.settings("operator"), RiskModel.load())
    assert clean["alerts"], "a feed without alerts would prove nothing"
    for topic in FOUND:
        records = await everything(ward.settings("operator"), topic, prefix)
        came = {dict(record.headers)["ce_id"].decode() for record in records}
        assert came == clean[topic], f"{topic}: {len(clean[topic] - came)} lost, {len(came - clean[topic])} invented"
    return applied


@pytest.mark.parametrize("service", ["watch", "kafka", "redis"])
async def test_nothing_is_lost_when_a_container_is_killed_under_load(ward: Ward, service: str) -> None:
    def kill() -> None:
        (container,) = ward.containers(service)
        subprocess.run(["docker", "kill", container], check=True, capture_output=True)  # noqa: S603, S607
        # A process that crashes Docker restarts; a kill by command it takes for the operator's will.
        ward.run("up", "-d", "--no-build", service)

    applied = await fed(ward, f"kill-{service}-", kill)
    if service == "kafka":  # a feed that lost its broker may send a frame again
        assert applied >= PATIENTS * STEPS
    else:
        assert applied == PATIENTS * STEPS


async def test_two_watch_workers_share_the_patients(ward: Ward) -> None:
    def scale(workers: int) -> None:
        ward.run("up", "-d", "--no-build", "--scale", f"watch={workers}", "watch")

    assert await fed(ward, "scale-", lambda: scale(2)) == PATIENTS * STEPS
    assert len(ward.containers("watch")) == 2
    await until(lambda: ward.is_healthy("watch"), within_s=120)
    await asyncio.to_thread(scale, 1)


@pytest.mark.parametrize("service", WORKERS)
def test_a_worker_that_is_told_to_stop_drains_and_ends_well(ward: Ward, service: str) -> None:
    (container, *_) = ward.containers(service)
    ward.run("stop", service)
    state = ward.inspect(container)["State"]
    assert (state["ExitCode"], state["OOMKilled"]) == (0, False)
