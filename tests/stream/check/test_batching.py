"""Images are read in batches, and what is said of one never depends on the others."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np
import pytest

from models.lesion.dicom import Limits
from models.lesion.model import LesionModel
from stream.check import batching
from stream.check.batching import GIVEN_UP, MOST_IMAGES, MOST_LOST, Batcher
from stream.check.budget import ByteBudget
from stream.check.reading_process import DIED, SLOW, ReadFailed
from stream.check.task import Task
from stream.check.verdict import MEMORY, Refusal, Verdict
from stream.feeds.images import chest_xray

GOOD = b"good"


def a_task(data: bytes = GOOD, study: str = "1.2") -> Task:
    return Task(data, study, None, None, None, Limits(), overlay=False)


def verdict_on(task: Task) -> Refusal:
    return Refusal("read", task.data.decode())


class FakeReader:
    """Reads what it is given, unless a bad image is among it; remembers the batches. Waits for leave to begin."""

    def __init__(self, bad: Callable[[], Refusal] = lambda: DIED) -> None:
        self.batches: list[list[bytes]] = []
        self.leave = asyncio.Event()
        self.leave.set()
        self.begun = asyncio.Event()
        self._bad = bad

    async def __call__(self, tasks: Sequence[Task]) -> list[Verdict] | Refusal:
        self.batches.append([task.data for task in tasks])
        self.begun.set()
        await self.leave.wait()
        if any(task.data.startswith(b"bad") for task in tasks):
            return self._bad()
        return [verdict_on(task) for task in tasks]


def failing() -> Refusal:
    message = "the model raised LookupError"
    raise ReadFailed(message)


async def all_of(reader: FakeReader, tasks: Sequence[Task]) -> list[Verdict | BaseException]:
    async with Batcher(reader) as images:
        return list(await asyncio.gather(*(images.read(task) for task in tasks), return_exceptions=True))


async def test_what_comes_in_while_a_batch_is_read_makes_the_next() -> None:
    reader = FakeReader()
    reader.leave.clear()
    async with Batcher(reader) as images:
        first = asyncio.create_task(images.read(a_task(b"0")))
        await reader.begun.wait()
        others = [asyncio.create_task(images.read(a_task(b"%d" % number))) for number in (1, 2, 3)]
        await asyncio.sleep(0)
        reader.leave.set()
        found = await asyncio.gather(first, *others)
    assert reader.batches == [[b"0"], [b"1", b"2", b"3"]]
    assert found == [verdict_on(a_task(b"%d" % number)) for number in range(4)]


async def test_after_a_pause_the_first_image_is_read_with_those_that_come_a_moment_later() -> None:
    reader = FakeReader()
    async with Batcher(reader) as images:
        first = asyncio.create_task(images.read(a_task(b"0")))
        for _ in range(3):
            await asyncio.sleep(0)
        await asyncio.gather(first, images.read(a_task(b"1")))
    assert reader.batches == [[b"0", b"1"]]


@pytest.mark.parametrize(("count", "sizes"), [(MOST_IMAGES, [MOST_IMAGES]), (MOST_IMAGES + 1, [MOST_IMAGES, 1])])
async def test_a_batch_holds_so_many_images(count: int, sizes: list[int]) -> None:
    reader = FakeReader()
    await all_of(reader, [a_task()] * count)
    assert [len(batch) for batch in reader.batches] == sizes


async def test_a_batch_holds_so_many_bytes_or_one_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "MOST_BYTES", 8)
    reader = FakeReader()
    await all_of(reader, [a_task(b"4444"), a_task(b"4444"), a_task(b"1"), a_task(b"more than 8"), a_task(b"1")])
    assert reader.batches == [[b"4444", b"4444"], [b"1"], [b"more than 8"], [b"1"]]


@pytest.mark.parametrize("bad", [lambda: SLOW, lambda: DIED, lambda: MEMORY])
async def test_a_bad_image_costs_the_others_nothing_but_time(bad: Callable[[], Refusal]) -> None:
    reader = FakeReader(bad)
    found = await all_of(reader, [a_task(b"1"), a_task(b"bad"), a_task(b"3")])
    assert found == [verdict_on(a_task(b"1")), bad(), verdict_on(a_task(b"3"))]
    assert reader.batches == [[b"1", b"bad", b"3"], [b"1"], [b"bad"], [b"3"]]


async def test_a_model_that_raises_over_one_image_fails_that_image_only() -> None:
    first, second = await all_of(FakeReader(failing), [a_task(b"bad"), a_task()])
    assert isinstance(first, ReadFailed)
    assert second == verdict_on(a_task())


async def test_a_study_of_bad_images_is_given_up_within_a_batch_and_another_is_not() -> None:
    bad = [a_task(b"bad %d" % number, "1.2") for number in range(MOST_LOST + 2)]
    found = await all_of(FakeReader(), [*bad, a_task(b"bad too", "1.3"), a_task(GOOD, "1.4")])
    assert found == [DIED] * MOST_LOST + [GIVEN_UP] * 2 + [DIED, verdict_on(a_task())]


async def test_who_is_cancelled_is_not_read_and_takes_nobody_along() -> None:
    reader = FakeReader()
    reader.leave.clear()
    async with Batcher(reader) as images:
        first, second, third = (asyncio.create_task(images.read(a_task(name))) for name in (b"1", b"2", b"3"))
        await asyncio.sleep(0)
        second.cancel()
        with suppress(asyncio.CancelledError):
            await second
        reader.leave.set()
        assert [await first, await third] == [verdict_on(a_task(b"1")), verdict_on(a_task(b"3"))]
    assert second.cancelled()


async def test_nobody_waits_for_what_does_not_come_any_more() -> None:
    reader = FakeReader()
    reader.leave.clear()
    async with Batcher(reader) as images:
        waiting = asyncio.create_task(images.read(a_task()))
        await asyncio.sleep(0)
    for reading in (waiting, asyncio.create_task(images.read(a_task()))):
        with pytest.raises(ReadFailed, match="no longer read"):
            await reading


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", ["chest_xray", "breast_ultrasound"])
def test_what_a_model_says_of_an_image_does_not_depend_on_its_batch(name: str) -> None:
    model = LesionModel.load(name, device="cpu")
    drawn = [chest_xray(np.random.default_rng(seed), suspicious=seed % 2 == 0).astype(np.float32) for seed in range(5)]
    for alone, among in zip((model.check([one])[0] for one in drawn), model.check(drawn), strict=True):
        assert among.predicted == alone.predicted
        assert (among.refusal, among.abstained) == (alone.refusal, alone.abstained)
        assert [found.probability for found in among.findings] == pytest.approx(
            [found.probability for found in alone.findings], abs=1e-5
        )
        assert (among.saliency is None) == (alone.saliency is None) == (among.box is None)
        if among.saliency is not None and alone.saliency is not None:
            assert np.allclose(among.saliency, alone.saliency, atol=1e-3)


async def test_no_more_is_held_than_the_budget_and_a_large_one_comes_alone() -> None:
    budget = ByteBudget(10)
    order: list[str] = []

    async def hold(name: str, size: int) -> None:
        await budget.take(size)
        order.append(name)

    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        for name, size in (("four", 4), ("six", 6), ("large", 11), ("one", 1)):
            group.create_task(hold(name, size))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert order == ["four", "six"]
        budget.give(4)
        await asyncio.sleep(0)
        assert order == ["four", "six"]  # one would fit, but large was there before it
        budget.give(6)
        await asyncio.sleep(0)
        assert order == ["four", "six", "large"]
        budget.give(11)


async def test_who_stops_waiting_for_the_budget_holds_nothing() -> None:
    budget = ByteBudget(10)
    await budget.take(10)
    waiting = asyncio.create_task(budget.take(5))
    await asyncio.sleep(0)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    budget.give(10)
    async with asyncio.timeout(1):
        await budget.take(10)
