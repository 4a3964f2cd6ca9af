"""Containers are killed, crash, are added, stopped and taken away under load: nothing is lost."""

import asyncio
from collections.abc import Callable

import pytest

from models.risk.model import RiskModel
from stream.feeds.events import FeedEvent
from tests.compose.ward import WORKERS, Ward, docker, everything, play, settled, until
from tests.stack.ward import FOUND, expected, frames_of

pytestmark = pytest.mark.timeout(600)

PATIENTS, STEPS = 6, 300
LOAD_S = 40  # so long the feed plays while something is killed


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
        docker("kill", container)
        ward.run("up", "-d", "--no-build", service)  # a kill by command Docker takes for the operator's will

    applied = await fed(ward, f"kill-{service}-", kill)
    if service == "kafka":  # a feed that lost its broker may send a frame again
        assert applied >= PATIENTS * STEPS
    else:
        assert applied == PATIENTS * STEPS


@pytest.mark.parametrize("service", ["kafka", "redis", *WORKERS])
async def test_a_service_that_crashes_comes_back_by_itself(ward: Ward, service: str) -> None:
    (container,) = ward.containers(service)
    restarts = ward.inspect(container)["RestartCount"]
    ward.within(service, "sh", "-c", "kill -9 $(cat /proc/1/task/1/children)", check=False)
    await until(lambda: ward.inspect(container)["RestartCount"] > restarts, within_s=30)
    await until(lambda: ward.is_healthy("kafka", "redis", *WORKERS), within_s=120)


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
    assert (state["ExitCode"], state["OOMKilled"]) == (0, False)  # one that outlasts its grace period is killed: 137
    ward.run("start", service)


async def test_down_takes_all_but_the_volumes_and_up_goes_on_from_them(ward: Ward) -> None:
    frames = frames_of("down-", 1, 30)
    await play(ward, [FeedEvent("vitals", frame.patient, frame.time, frame) for frame in frames], speed=0)
    await settled(ward, "down-", len(frames))
    before = [record.value for record in await everything(ward.settings("operator"), "scores", "down-")]
    await asyncio.to_thread(ward.run, "down")
    gone, kept = ward.left_over("container", "network"), ward.left_over("volume")
    await asyncio.to_thread(ward.run, "up", "-d", "--no-build")
    assert gone == []
    assert {name.split("_")[-1] for name in kept} >= {"kafka-data", "redis-data", "images"}
    await until(lambda: ward.applied("down-") == len(frames), within_s=120)
    assert [record.value for record in await everything(ward.settings("operator"), "scores", "down-")] == before
