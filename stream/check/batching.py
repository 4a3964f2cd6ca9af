"""Batching of images: what arrives while one batch is processed forms the next. No image waits for a batch to fill.

After a pause the first one waits a moment, since the others of its study arrive in that time: alone, an image takes
half as much processor time again as one in a batch of sixteen.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, NamedTuple, Self

from stream.check.reading_process import DIED, SLOW, ReadFailed
from stream.check.task import Task
from stream.check.verdict import Refusal, Verdict

MOST_IMAGES: Final = 16  # per batch; more gain next to nothing on a CPU; our choice
MOST_BYTES: Final = 64 * 2**20  # of all files of a batch of several; our choice
TOGETHER_S: Final = 0.005  # for the others of a study to arrive after a pause; our choice, an eighth of an image's time
MOST_LOST: Final = 3  # processes that one study may crash or time out; more would delay all other studies
GIVEN_UP: Final = Refusal("given-up", "the image was not read, since others of its study could not be read in time")

ReadAll = Callable[[Sequence[Task]], Awaitable[list[Verdict] | Refusal]]
"""Process a batch: return a verdict for each image, or one refusal for all of them. Raises ReadFailed."""


class _Waiting(NamedTuple):
    task: Task
    verdict: asyncio.Future[Verdict]


class Batcher:
    """Collects single images into batches. Use as an async context manager.

    A batch that fails as a whole, by timeout, memory, crash or error, is repeated one image at a time: a bad image
    costs the others some time only, and the verdict on an image never depends on the others.
    """

    def __init__(self, read_all: ReadAll) -> None:
        self._read_all = read_all
        self._waiting: list[_Waiting] = []
        self._in_work: list[_Waiting] = []
        self._come = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start accepting images."""
        self._pump = asyncio.create_task(self._run())
        self._pump.add_done_callback(self._ended)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop accepting images."""
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump

    async def read(self, task: Task) -> Verdict:
        """Return the verdict on one image. Raises ReadFailed when the model or the process failed on it alone."""
        waiting = _Waiting(task, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._come.set()
        if self._pump is None or self._pump.done():
            self._ended(self._pump)
        return await waiting.verdict

    async def _run(self) -> None:
        while True:
            if not self._come.is_set():
                await self._come.wait()
                await asyncio.sleep(TOGETHER_S)
            self._in_work = self._next()
            if not self._in_work:
                self._come.clear()
            elif len(self._in_work) == 1 or not await self._as_one(self._in_work):
                await self._one_by_one(self._in_work)

    def _ended(self, _pump: asyncio.Task[None] | None) -> None:
        """Cancel all waiting images, since nobody is left to process them."""
        for one in (*self._in_work, *self._waiting):
            _answer(one, ReadFailed("images are no longer read"))

    def _next(self) -> list[_Waiting]:
        """Take the oldest waiting images, as many as fit; those that were cancelled meanwhile are dropped."""
        self._waiting = [one for one in self._waiting if not one.verdict.done()]
        size, count = 0, 0
        for one in self._waiting[:MOST_IMAGES]:
            size += len(one.task.data)
            if count and size > MOST_BYTES:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    async def _as_one(self, batch: list[_Waiting]) -> bool:
        """Process the batch as a whole; return whether that was possible."""
        try:
            verdicts = await self._read_all([one.task for one in batch])
        except ReadFailed:
            return False
        if isinstance(verdicts, Refusal):
            return False
        for one, verdict in zip(batch, verdicts, strict=True):
            _answer(one, verdict)
        return True

    async def _one_by_one(self, batch: list[_Waiting]) -> None:
        lost = Counter[str]()
        for one in batch:
            if one.verdict.done():
                continue
            if lost[one.task.study_uid] >= MOST_LOST:
                _answer(one, GIVEN_UP)
                continue
            try:
                found = await self._read_all([one.task])
            except ReadFailed as failed:
                _answer(one, failed)
                continue
            verdict = found if isinstance(found, Refusal) else found[0]
            lost[one.task.study_uid] += verdict in {SLOW, DIED}
            _answer(one, verdict)


def _answer(one: _Waiting, answer: Verdict | ReadFailed) -> None:
    if one.verdict.done():  # cancelled
        return
    if isinstance(answer, ReadFailed):
        one.verdict.set_exception(answer)
    else:
        one.verdict.set_result(answer)
