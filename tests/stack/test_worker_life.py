"""A worker as a process: how it starts, what it says of itself, how it ends."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from stream.broker.topics import create_topics, ensure_topics, missing_topics
from stream.delivery.app import WardApp
from stream.delivery.transport import Run
from stream.settings import PREFIX, Settings
from stream.stack.embedded import EmbeddedBroker
from stream.stack.ports import HOST, free_ports
from tests.builders.worker_process import PATIENCE_S, STUCK_S, a_worker
from tests.stack.conftest import Stack
from tests.stack.ward import frames_of, ward

DRAIN_S: Final = 20.0

pytestmark = pytest.mark.timeout(400)


def family(pid: int) -> dict[int, str]:
    """The descendants of a process that run now, with their command lines."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        if after_name[0] != "Z":
            parents[int(stat.parent.name)] = int(after_name[1])
    found: dict[int, str] = {}
    generation = {pid}
    while generation:
        generation = {child for child, parent in parents.items() if parent in generation}
        for child in generation:
            found[child] = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def runs(pid: int) -> bool:
    """It is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_a_missing_topic_ends_the_start_at_once_and_is_named(stack: Stack, tmp_path: Path) -> None:
    stack.kafka_of_ours()
    settings = Settings(broker=stack.broker)
    await create_topics(settings)
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.broker)
    await admin.start()
    try:
        await admin.delete_topics(["medications"])
        async with asyncio.timeout(60):  # the broker answers before it has done it
            while await missing_topics(settings) != ["medications"]:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.1)
        with a_worker(tmp_path, broker=stack.broker, redis_url=stack.redis) as worker:
            assert await worker.ended() == 1
            assert worker.text().splitlines() == [
                "these topics are missing: medications; make them with `wardwatch topics create`"
            ]
    finally:
        await admin.close()
        await create_topics(settings)


async def test_without_a_broker_the_start_is_given_up_with_one_sentence(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with a_worker(tmp_path, broker=f"{HOST}:{port}") as worker:
        assert await worker.ended() == 1
        (sentence,) = worker.text().splitlines()
    assert sentence.startswith(f"no Kafka broker answers at {HOST}:{port}")


async def test_a_worker_tells_how_it_is_without_a_word_about_patients_and_drains_when_told_to_stop(
    stack: Stack, tmp_path: Path
) -> None:
    frames = frames_of(f"{stack.prefix}p", patients=4, steps=60)
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        where = {"broker": stack.broker, "redis_url": stack.redis, "group": one.settings.group}
        with a_worker(tmp_path, **where, drain_s=DRAIN_S, log_level="debug") as worker:
            (web,) = await worker.ready()
            poison = await one.feed(frames, per_s=200, poison_every=40)
            await one.settled()
            async with httpx.AsyncClient() as client:
                live, ready, metrics = [await client.get(f"{web}/{name}") for name in ("livez", "readyz", "metrics")]
            assert live.status_code == 200
            assert live.json()["ok"] is True
            assert 0 <= live.json()["seconds_without_progress"] < PATIENCE_S
            assert ready.status_code == 200
            assert ready.json() == {
                "ok": True,
                "assigned": True,
                "draining": False,
                "applying": True,
                "degraded": [],
                "gaps": [],
            }
            counted = dict(line.split(" ") for line in metrics.text.splitlines() if not line.startswith("#"))
            assert float(counted['wardwatch_records_total{topic="vitals"}']) == len(frames) + poison
            assert float(counted['wardwatch_dead_letters_total{stage="decode"}']) == poison
            for topic in ("scores", "alerts", "forecasts"):
                came = float(counted[f'wardwatch_outputs_total{{topic="{topic}"}}'])
                assert came == len(one.seen.ids[topic]) > 0
            assert float(counted["wardwatch_alert_latency_seconds_count"]) == len(one.seen.ids["alerts"])

            worker.signal(signal.SIGTERM)
            assert await worker.ended(DRAIN_S + PATIENCE_S) == 0
            assert [said["event"] for said in worker.said()][-2:] == ["draining", "stopped"]
            assert worker.said()[-1]["runs_left"] == 0
            for patient in {frame.patient for frame in frames}:
                assert patient not in metrics.text + live.text + ready.text + worker.text()
        assert (await one.applied())["vitals"] == len(frames)


async def test_a_worker_that_makes_no_progress_ends_itself(stack: Stack, tmp_path: Path) -> None:
    if stack.kind == "kafka":
        pytest.skip("the broker is stopped for good: not the one that all tests share")
    with EmbeddedBroker() as broker:
        await create_topics(Settings(broker=broker.address))
        with a_worker(tmp_path, broker=broker.address, redis_url=stack.redis, stuck_s=STUCK_S) as worker:
            await worker.ready()
            broker.stop()
            assert await worker.ended() == 1
            (failed,) = [said for said in worker.said() if said["event"] == "worker-failed"]
    assert failed["reason"].startswith("no progress for ")


@asynccontextmanager
async def silent_after_the_first(broker: str) -> AsyncIterator[str]:
    """A door to the broker that serves one connection and is silent on every later one."""
    host, _, port = broker.partition(":")
    served: list[asyncio.StreamWriter] = []

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
        sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(writer)
        if len(served) > 1:
            return
        broker_reader, broker_writer = await asyncio.open_connection(host, int(port))
        served.append(broker_writer)
        await asyncio.gather(pump(reader, broker_writer), pump(broker_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, HOST, 0)
    try:
        yield "{}:{}".format(*server.sockets[0].getsockname()[:2])
    finally:
        server.close()
        for writer in served:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in served), return_exceptions=True)


@pytest.mark.parametrize("told", [True, False], ids=["told to stop", "left alone"])
async def test_a_broker_that_falls_silent_while_a_worker_starts_does_not_hold_it_for_ever(
    stack: Stack, tmp_path: Path, *, told: bool
) -> None:
    if stack.kind == "kafka":
        pytest.skip("what the broker is makes no difference when it is silent")
    await create_topics(Settings(broker=stack.broker))
    (web_port,) = free_ports(1)
    async with silent_after_the_first(stack.broker) as door, httpx.AsyncClient() as client:
        env: dict[str, Any] = {
            "broker": door,
            "redis_url": stack.redis,
            "web_port": web_port,
            "stuck_s": PATIENCE_S if told else 5,
        }
        with a_worker(tmp_path, **env) as worker:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    try:
                        ready = await client.get(f"http://{HOST}:{web_port}/readyz")
                        break
                    except httpx.TransportError:
                        await asyncio.sleep(0.1)
            assert ready.status_code == 503
            if told:
                worker.signal(signal.SIGTERM)
            assert await worker.ended() == (0 if told else 1)


async def test_all_roles_start_together_and_end_together(stack: Stack, tmp_path: Path) -> None:
    await create_topics(Settings(broker=stack.broker))
    env = {"broker": stack.broker, "redis_url": stack.redis, "group": stack.prefix + "g", "brokr": "mistyped"}
    with a_worker(tmp_path, "all", **env) as worker:
        await worker.ready(roles=2)
        told = [(one["setting"], one["nearest"]) for one in worker.said() if one["event"] == "unknown-setting"]
        assert told == [(f"{PREFIX}BROKR", "WARDWATCH_BROKER")] * 2  # each role's process, not the one above them
        assert sorted(one["role"] for one in worker.said() if one["event"] == "ready") == ["check", "watch"]
        children = family(worker.pid)
        assert {role: sum(f"--role {role}" in line for line in children.values()) > 0 for role in ("watch", "check")}
        worker.signal(signal.SIGTERM)
        assert await worker.ended() == 0
    await gone(children)  # multiprocessing's own helpers end when they see that their parent has


@pytest.mark.parametrize("role", ["watch", "check"])
async def test_when_one_role_is_killed_the_other_is_drained_and_the_end_is_a_failure(
    stack: Stack, tmp_path: Path, role: str
) -> None:
    if stack.kind == "kafka":
        pytest.skip("what the broker is makes no difference to a supervisor")
    await create_topics(Settings(broker=stack.broker))
    env = {"broker": stack.broker, "redis_url": stack.redis, "group": stack.prefix + "g"}
    with a_worker(tmp_path, "all", **env) as worker:
        await worker.ready(roles=2)
        children = family(worker.pid)
        os.kill(next(pid for pid, line in children.items() if f"--role {role}" in line), signal.SIGKILL)
        assert await worker.ended() != 0
        assert [said["event"] for said in worker.said()][-1] == "stopped"
    await gone(children)


async def test_a_supervisor_that_is_killed_leaves_no_orphan(stack: Stack, tmp_path: Path) -> None:
    if stack.kind == "kafka":
        pytest.skip("what the broker is makes no difference to a supervisor")
    await create_topics(Settings(broker=stack.broker))
    env = {"broker": stack.broker, "redis_url": stack.redis, "group": stack.prefix + "g"}
    with a_worker(tmp_path, "all", **env) as worker:
        await worker.ready(roles=2)
        children = family(worker.pid)
        assert len(children) > 2  # with the process that reads images
        worker.signal(signal.SIGKILL)
        await worker.ended()
    await gone(children)


async def gone(pids: dict[int, str]) -> None:
    """Wait until none of them runs."""
    deadline = time.monotonic() + PATIENCE_S
    while (left := [pid for pid in pids if runs(pid)]) and time.monotonic() < deadline:  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.1)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left, [pids[pid] for pid in left]


async def test_redis_away_for_longer_than_the_stuck_limit_does_not_end_a_worker(stack: Stack, tmp_path: Path) -> None:
    if stack.kind == "kafka":
        pytest.skip("what the broker is makes no difference to Redis")
    frames = frames_of(f"{stack.prefix}p", patients=2, steps=4)
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        env: dict[str, Any] = {"broker": stack.broker, "redis_url": stack.redis, "group": one.settings.group}
        with a_worker(tmp_path, **env, stuck_s=STUCK_S, state_timeout_s=0.5) as worker:
            await worker.ready()
            stack.redis_server.kill()
            await one.feed(frames, per_s=100)
            deadline = time.monotonic() + 1.5 * STUCK_S  # there is nothing else to wait for
            while time.monotonic() < deadline:
                assert worker.runs, worker.text()
                await asyncio.sleep(0.2)
            stack.redis_server.start()
            await one.settled()
            assert (await one.applied())["vitals"] == len(frames)
            assert worker.runs


async def test_a_worker_for_whom_no_partition_is_left_stands_by(stack: Stack) -> None:
    if stack.kind == "embedded":
        pytest.skip("the embedded broker serves one member of a group")
    topic = f"{stack.prefix}narrow"
    await ensure_topics(stack.connection, {topic: (1, {})})
    settings = Settings(broker=stack.broker, group=stack.prefix + "g")

    async def ignore(run: Run) -> None:
        run.finish()

    apps = [WardApp(settings, name="watch", topics=[topic], handle=ignore, on_revoked=lambda: None) for _ in range(2)]
    try:
        for app in apps:
            await app.start()
            deadline = time.monotonic() + PATIENCE_S
            while not app.assigned and time.monotonic() < deadline:  # noqa: ASYNC110 - Faust's loop has no event for it
                await asyncio.sleep(0.1)
            assert app.assigned
        assert sorted(len(app._app.consumer.assignment()) for app in apps) == [0, 1]  # noqa: SLF001 - seen nowhere else
    finally:
        for app in reversed(apps):
            await app.stop(0.5)
            app._app.consumer._thread.thread_loop.close()  # noqa: SLF001 - Faust leaves it open
