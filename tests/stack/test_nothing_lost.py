"""Under a steady feed everything that can break does; afterwards every input is accounted for and every finding is
there.

The comparison is by id: what came out is, but for repeated ids, exactly what a clean run gives (`ward.expected`).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest
import torch

from models import weights_file
from models.risk.model import SHIPPED, RiskModel
from schemas.vitals import VitalsFrame
from stream.delivery.dead_letters import Failure
from tests.stack.conftest import Stack
from tests.stack.mischief import (
    Hands,
    join_and_leave,
    kill_the_worker,
    nothing,
    restart_the_broker,
    take_redis_away,
)
from tests.stack.ward import FOUND, TestWard, expected, frames_of, ward

PATIENTS: Final = 6
STEPS: Final = 300
PER_S: Final = 90.0
Mischief = Callable[[Hands], Awaitable[None]]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def tested(stack: Stack, tmp_path: Path) -> AsyncIterator[TestWard]:
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        yield one


@pytest.fixture
def frames(stack: Stack) -> list[VitalsFrame]:
    return frames_of(f"{stack.prefix}p", PATIENTS, STEPS)


async def hands_on(one: TestWard, stack: Stack) -> Hands:
    """A worker that is up, and everything that can be done to it."""
    worker = one.worker()
    await worker.start()
    return Hands(one, worker, stack.redis_server, stack.kafka_server)


async def survives(hands: Hands, frames: list[VitalsFrame], mischief: Mischief) -> None:
    """Feed, make mischief meanwhile, and compare with a clean run."""
    feeding = asyncio.create_task(hands.ward.feed(frames, PER_S))
    await mischief(hands)
    await feeding
    await hands.ward.settled()
    assert_nothing_lost(hands.ward, frames)
    assert (await hands.ward.applied())["vitals"] == len(frames)


def assert_nothing_lost(one: TestWard, frames: list[VitalsFrame]) -> None:
    clean = expected(frames, one.settings, RiskModel.load())
    for topic in FOUND:
        came = set(one.seen.ids[topic])
        assert came == clean[topic], f"{topic}: {len(clean[topic] - came)} lost, {len(came - clean[topic])} invented"
    assert clean["alerts"], "a feed without alerts would prove nothing"


async def test_without_mischief_nothing_is_lost_and_nothing_doubled(
    stack: Stack, tested: TestWard, frames: list[VitalsFrame]
) -> None:
    hands = await hands_on(tested, stack)
    await survives(hands, frames, nothing)
    assert tested.seen.doubles() == 0
    assert await hands.worker.stop() == 0


async def test_a_worker_killed_again_and_again_loses_nothing(
    stack: Stack, tested: TestWard, frames: list[VitalsFrame]
) -> None:
    await survives(await hands_on(tested, stack), frames, kill_the_worker)


async def test_a_broker_stopped_and_started_loses_nothing(
    stack: Stack, tested: TestWard, frames: list[VitalsFrame]
) -> None:
    stack.kafka_of_ours()
    hands = await hands_on(tested, stack)
    await survives(hands, frames, restart_the_broker)
    assert hands.worker.runs, hands.worker.tail()


async def test_alarms_go_on_while_redis_is_away_and_the_states_are_stored_when_it_is_back(
    stack: Stack, tested: TestWard, frames: list[VitalsFrame]
) -> None:
    hands = await hands_on(tested, stack)
    await survives(hands, frames, take_redis_away)
    assert all(hands.alerts_without_redis), f"no alert came while Redis was away: {hands.alerts_without_redis}"
    told = [status["state"] for status in tested.seen.status if status["component"] == "state"]
    assert told == ["degraded", "restored", "degraded", "restored"]


async def test_a_second_worker_that_joins_and_leaves_loses_nothing(
    stack: Stack, tested: TestWard, frames: list[VitalsFrame]
) -> None:
    if stack.kind == "embedded":
        pytest.skip("the embedded broker serves one member of a group")
    await survives(await hands_on(tested, stack), frames, join_and_leave)


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


async def test_a_model_that_raises_costs_no_score_and_no_limit_alarm_and_its_hours_are_made_up_for(
    tested: TestWard, frames: list[VitalsFrame], tmp_path: Path
) -> None:
    clean = expected(frames, tested.settings, RiskModel.load())
    broken = tested.worker(_broken_model(tmp_path / "broken"))
    half = len(frames) // 2
    await broken.start()
    await tested.feed(frames[:half], 10 * PER_S)
    await tested.settled()
    assert tested.seen.ids["scores"]
    assert tested.seen.ids["alerts"]
    assert not tested.seen.ids["forecasts"]
    assert [status["component"] for status in tested.seen.status if status["state"] == "degraded"] == ["risk-model"]
    assert await broken.stop() == 0

    await tested.worker().start()
    await tested.feed(frames[half:], 10 * PER_S)
    await tested.settled()
    assert set(tested.seen.ids["scores"]) == clean["scores"]
    assert set(tested.seen.ids["alerts"]) == clean["alerts"]
    # Every closed hour has its forecast, the same as ever; only provisional ones of the bad time are not made up for.
    missing = clean["forecasts"] - set(tested.seen.ids["forecasts"])
    assert set(tested.seen.ids["forecasts"]) <= clean["forecasts"]
    assert missing == clean["provisional"] - set(tested.seen.ids["forecasts"])


def _broken_model(folder: Path) -> Path:
    """The shipped model with biases whose sum no number holds: it loads, and no forecast is finite."""
    for path in SHIPPED.glob("*.safetensors"):
        metadata, tensors = weights_file.read(path)
        of_heads = {name: torch.full_like(tensors[name], 3e38) for name in tensors if name.endswith("head.bias")}
        weights_file.write(folder / path.name, tensors | of_heads, metadata)
    return folder
