"""Under a steady feed everything that can break does; afterwards every input is accounted for and every finding is there.

The comparison is by id: what came out is, but for repeated ids, exactly what a clean run gives (`ward.expected`).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from models.risk.model import SHIPPED, RiskModel
from schemas.vitals import VitalsFrame
from stream.dead_letters.letters import Failure
from tests.stack.conftest import Stack
from tests.stack.ward import FOUND, TestWard, expected, frames_of, ward

PATIENTS: Final = 6
STEPS: Final = 300
PER_S: Final = 90.0
Mischief = Callable[[TestWard], Awaitable[None]]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def tested(stack: Stack, tmp_path: Path) -> AsyncIterator[TestWard]:
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        yield one


@pytest.fixture
def frames(stack: Stack) -> list[VitalsFrame]:
    return frames_of(f"{stack.prefix}p", PATIENTS, STEPS)


async def survives(one: TestWard, frames: list[VitalsFrame], mischief: Mischief) -> None:
    """Feed, make mischief meanwhile, and compare with a clean run."""
    feeding = asyncio.create_task(one.feed(frames, PER_S))
    await mischief(one)
    await feeding
    await one.settled()
    assert_nothing_lost(one, frames)
    assert (await one.applied())["vitals"] == len(frames)


def assert_nothing_lost(one: TestWard, frames: list[VitalsFrame], topics: tuple[str, ...] = FOUND) -> None:
    clean = expected(frames, one.settings, RiskModel.load())
    for topic in topics:
        came = set(one.seen.ids[topic])
        assert came == clean[topic], f"{topic}: {len(clean[topic] - came)} lost, {len(came - clean[topic])} invented"
    assert clean["alerts"], "a feed without alerts would prove nothing"


async def test_without_mischief_nothing_is_lost_and_nothing_doubled(
    tested: TestWard, frames: list[VitalsFrame]
) -> None:
    worker = tested.worker()
    await worker.start()
    await survives(tested, frames, _nothing)
    assert tested.seen.doubles() == 0
    assert await worker.stop() == 0


async def _nothing(_: TestWard) -> None:
    return


async def test_a_worker_killed_again_and_again_loses_nothing(tested: TestWard, frames: list[VitalsFrame]) -> None:
    worker = tested.worker()

    async def kill_it(_: TestWard) -> None:
        for _ in range(2):
            await asyncio.sleep(3)
            await worker.kill()
            await worker.start()

    await worker.start()
    await survives(tested, frames, kill_it)


async def test_a_broker_stopped_and_started_loses_nothing(
    stack: Stack, tested: TestWard, frames: list[VitalsFrame]
) -> None:
    kafka = stack.kafka_of_ours()
    worker = tested.worker()

    async def restart_it(_: TestWard) -> None:
        for end in (kafka.stop, kafka.kill):
            await asyncio.sleep(3)
            await asyncio.to_thread(end)
            kafka.start()  # from this thread: the server lives as long as the thread that started it

    await worker.start()
    await survives(tested, frames, restart_it)
    assert worker.runs, worker.tail()


async def test_alarms_go_on_while_redis_is_away_and_the_states_are_stored_when_it_is_back(
    stack: Stack, tested: TestWard, frames: list[VitalsFrame]
) -> None:
    worker = tested.worker()
    away: list[tuple[float, float]] = []

    async def take_it_away(_: TestWard) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(2):
            await asyncio.sleep(3)
            stack.redis_server.kill()
            since = len(tested.seen.ids["alerts"]), loop.time()
            await asyncio.sleep(4)
            away.append((len(tested.seen.ids["alerts"]) - since[0], loop.time() - since[1]))
            stack.redis_server.start()

    await worker.start()
    await survives(tested, frames, take_it_away)
    assert all(alerts > 0 for alerts, _ in away), f"no alert came while Redis was away: {away}"
    told = [status["state"] for status in tested.seen.status if status["component"] == "state"]
    assert told[:2] == ["degraded", "restored"]
    assert worker.runs, worker.tail()


async def test_a_second_worker_that_joins_and_leaves_loses_nothing(
    stack: Stack, tested: TestWard, frames: list[VitalsFrame]
) -> None:
    if stack.kind == "embedded":
        pytest.skip("the embedded broker serves one member of a group")
    await tested.worker().start()
    second = tested.worker()

    async def come_and_go(_: TestWard) -> None:
        for _ in range(2):
            await second.start()
            await asyncio.sleep(3)
            assert await second.stop() == 0, second.tail()

    await survives(tested, frames, come_and_go)


async def test_poison_becomes_dead_letters_and_holds_nothing_back(tested: TestWard, frames: list[VitalsFrame]) -> None:
    await tested.worker().start()
    poison = await tested.feed(frames, 10 * PER_S, poison_every=50)
    await tested.settled()
    assert_nothing_lost(tested, frames)
    letters = tested.seen.dead_letters
    assert len(letters) == poison
    assert {letter.value for letter in letters} == {b'{"patient": "'}
    assert {Failure.read(letter.headers).stage for letter in letters} == {"decode"}
    assert (await tested.applied())["vitals"] == len(frames)


async def test_a_model_that_raises_costs_no_alarm_and_its_hours_are_made_up_for(
    tested: TestWard, frames: list[VitalsFrame], tmp_path: Path
) -> None:
    broken = tested.worker(_broken_model(tmp_path / "broken"))
    half = len(frames) // 2
    await broken.start()
    await tested.feed(frames[:half], 10 * PER_S)
    await tested.settled()
    assert not tested.seen.ids["forecasts"]
    assert [status["component"] for status in tested.seen.status if status["state"] == "degraded"] == ["risk-model"]
    assert await broken.stop() == 0

    await tested.worker().start()
    await tested.feed(frames[half:], 10 * PER_S)
    await tested.settled()
    assert_nothing_lost(tested, frames, ("scores",))
    clean = expected(frames, tested.settings, RiskModel.load())
    # What only the broken model could have said in time is missing: provisional forecasts. Nothing else is.
    assert set(tested.seen.ids["forecasts"]) < clean["forecasts"]
    assert _without_sepsis(tested, clean["alerts"])


def _without_sepsis(tested: TestWard, clean: set[str]) -> bool:
    return set(tested.seen.ids["alerts"]) <= clean


def _broken_model(folder: Path) -> Path:
    """The shipped model with a hole in its weights: it loads, and every forecast is not a number."""
    folder.mkdir()
    for path in SHIPPED.iterdir():
        if path.suffix != ".safetensors":
            continue
        with safe_open(path, "numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            metadata = file.metadata()
        name = next(name for name in tensors if name.startswith("network") or "weight_hh" in name)
        tensors[name] = np.full_like(tensors[name], np.nan)
        save_file(tensors, folder / path.name, metadata)
    return folder
