"""Whatever operators, power cuts and old snapshots do, nothing that lies at the broker is skipped in silence."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from aiokafka.admin import RecordsToDelete

from stream.broker.logs import broker_logs
from stream.broker.topics import PARTITIONS, list_topics
from tests.stack.conftest import Stack
from tests.stack.mischief import Hands
from tests.stack.stories import STORIES, Outcome, admin_of, make_vitals_anew, play, removed_unread
from tests.stack.ward import TestWard, frames_of, ward

PATIENTS: Final = 6
STEPS: Final = 100
STUCK_S: Final = 20.0  # long enough for a start on a loaded machine
TOLD: Final = {
    "topic made anew, worker down": "the topic was deleted and made anew",
    "log cut back, worker down": "the broker lost the end of the log",
    "older Redis, worker down": "Redis holds an older state than it was given",
    "older Redis, worker up": "Redis holds an older state than it was given",
    "partitions added": "partitions instead of",
}
WHOLE: Final = [name for name, story in STORIES.items() if story is not removed_unread]

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
async def tested(stack: Stack, tmp_path: Path) -> AsyncIterator[TestWard]:
    stack.kafka_of_ours()
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        yield one
    (vitals,) = await list_topics(one.settings, ["vitals"])
    if vitals.partitions != PARTITIONS:  # other tests share the broker
        await make_vitals_anew(one.settings)


async def told(stack: Stack, tested: TestWard, name: str) -> Outcome:
    worker = tested.worker()
    await worker.start()
    hands = Hands(tested, worker, stack.redis_server, stack.kafka_server)
    return await play(STORIES[name], hands, frames_of(f"{stack.prefix}p", PATIENTS, STEPS))


@pytest.mark.parametrize("name", WHOLE)
async def test_nothing_is_lost_nothing_invented_and_what_happened_is_told(
    stack: Stack, tested: TestWard, name: str
) -> None:
    outcome = await told(stack, tested, name)
    assert (outcome.lost, outcome.invented) == (0, 0), outcome
    if name in TOLD:
        assert any(TOLD[name] in text for text in outcome.told), outcome
    if name == "partitions added":
        assert outcome.successors == 0


async def test_records_that_were_removed_unread_are_counted_and_do_not_end_the_worker(
    stack: Stack, tested: TestWard
) -> None:
    outcome = await told(stack, tested, "unread records removed")
    counts = [int(text.split(", ")[1].split(" ")[0]) for text in outcome.told if "removed before" in text]
    assert sum(counts) == round(0.2 * PATIENTS * STEPS)
    assert (outcome.lost, outcome.invented, outcome.successors) == (0, 0, 0)  # of those that could be read


@pytest.mark.parametrize("new_group", [True, False], ids=["new group", "everything removed unread"])
async def test_a_worker_that_finds_nothing_to_read_is_not_stuck(
    stack: Stack, tested: TestWard, monkeypatch: pytest.MonkeyPatch, *, new_group: bool
) -> None:
    monkeypatch.setenv("WARDWATCH_STUCK_S", str(STUCK_S))
    await tested.feed(frames_of(f"{stack.prefix}p", PATIENTS, 10), 1000)
    async with broker_logs(tested.connection) as logs:
        ends = {tp: view.end for tp, view in (await logs.views(["vitals"])).items()}
    async with admin_of(stack.kafka_of_ours()) as admin:
        await admin.delete_records({tp: RecordsToDelete(before_offset=end) for tp, end in ends.items()})
    if new_group:
        tested.settings = tested.settings.model_copy(update={"group": stack.prefix + "new"})
    worker = tested.worker()
    await worker.start()
    await asyncio.sleep(1.5 * STUCK_S)  # there is nothing else to wait for
    assert worker.runs, worker.tail()
    told = [one for one in tested.seen.status if one["component"] == "log"]
    assert bool(told) == (not new_group)
    assert {one["part"] for one in told if one["state"] == "degraded"} == {
        one["part"] for one in told if one["state"] == "restored"
    }
