"""A pool of sandboxed processes for reading images: a slow or hostile image is killed with its process."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Final, Generic, Self, TypeVar

from pebble import ProcessExpired, ProcessPool
from structlog import get_logger

from stream.check.sandbox import confine
from stream.check.verdict import MEMORY, Refusal

if TYPE_CHECKING:
    from concurrent.futures import Future

log = get_logger()

SLOW: Final = Refusal("time", "the image could not be read in time")
DIED: Final = Refusal("crash", "the process that read the image ended over it, for want of memory or a broken file")
START_S: Final = 60.0  # for a new process to import its libraries, in addition to the time for the images
MEMORY_BYTES: Final = 2 * 2**30  # for processing one image; our choice
_STOP_S: Final = 20.0
_LOOK_S: Final = 0.02


TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")


class ReadFailed(Exception):  # noqa: N818 it says what failed
    """The model or the sandboxed process failed, through no fault of the image."""


class Reader(Generic[TaskT, ResultT]):
    """A pool of sandboxed processes. Use as an async context manager."""

    def __init__(
        self,
        judge: Callable[[Sequence[TaskT]], list[ResultT]],
        *,
        timeout_s: float,
        workers: int = 1,
        memory_bytes: int = MEMORY_BYTES,
        start_s: float = START_S,
        libraries: Sequence[str] = (),
    ) -> None:
        """Create the reader without starting a process. `libraries` are modules that a process imports beforehand."""
        self._judge = judge
        self._timeout_s = timeout_s
        self._patience_s = start_s + 2 * timeout_s  # an image may have to wait for the one before it
        self._workers = workers
        self._memory_bytes = memory_bytes
        self._libraries = libraries
        self._pool = self._fresh_pool()
        self._waiting: set[Future[list[ResultT]]] = set()

    async def __aenter__(self) -> Self:
        """Start the processes, so that the first image need not wait for their imports."""
        self._pool.schedule(int)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill the processes."""
        await _stop(self._pool)

    async def read(self, tasks: Sequence[TaskT]) -> list[ResultT] | Refusal:
        """Judge a batch in a process, within the time of one image; one refusal for all if it takes longer or crashes.

        Raises ReadFailed when the model raised or no process can be started.
        """
        for _ in range(2):  # a process that died while idle is not the next image's fault
            pool = await self._living_pool()
            try:
                return await self._read_once(tasks, pool)
            except BrokenProcessPool:
                await self._replace(pool)
        message = "no process to read images in can be started"
        raise ReadFailed(message)

    async def _read_once(self, tasks: Sequence[TaskT], pool: ProcessPool) -> list[ResultT] | Refusal:
        future = pool.schedule(self._judge, args=(tasks,), timeout=self._timeout_s)
        self._waiting.add(future)
        try:
            async with asyncio.timeout(self._patience_s) as patience:
                verdicts: list[ResultT] = await asyncio.wrap_future(future)
        except TimeoutError:
            if patience.expired():  # the pool itself hangs, and would do so for ever
                await self._replace(pool)
            return SLOW
        except ProcessExpired:
            return DIED
        except MemoryError:
            return MEMORY
        except asyncio.CancelledError:
            if _we_are_cancelled():
                raise
            raise BrokenProcessPool from None  # the pool was replaced while this image was waiting
        except BrokenProcessPool:
            raise
        except Exception as error:  # anything that the model raised in the process
            message = f"the model raised {type(error).__name__}"
            raise ReadFailed(message) from error
        finally:
            self._waiting.discard(future)
        return verdicts

    async def _living_pool(self) -> ProcessPool:
        if not self._pool.active:
            await self._replace(self._pool)
        return self._pool

    async def _replace(self, broken: ProcessPool) -> None:
        if broken is self._pool:  # no other image has replaced it yet
            self._pool = self._fresh_pool()
            abandoned, self._waiting = self._waiting, set()
            await _stop(broken)
            for future in abandoned:  # stopping the pool leaves these unfinished for ever
                future.cancel()

    def _fresh_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._workers,
            initializer=confine,
            initargs=(self._memory_bytes, self._judge, self._libraries),
            context=multiprocessing.get_context("spawn"),
        )


def _we_are_cancelled() -> bool:
    this = asyncio.current_task()
    return this is not None and this.cancelling() > 0


async def _stop(pool: ProcessPool) -> None:
    """Kill the processes of a pool. One that hangs while it stops is left to itself: its processes end with ours."""
    stopping = Thread(target=_stop_and_join, args=(pool,), daemon=True)
    stopping.start()
    deadline = time.monotonic() + _STOP_S
    while stopping.is_alive() and time.monotonic() < deadline:  # noqa: ASYNC110 - a thread that hangs tells nobody
        await asyncio.sleep(_LOOK_S)
    if stopping.is_alive():
        log.warning("reading-processes-do-not-stop", waited_s=_STOP_S)


def _stop_and_join(pool: ProcessPool) -> None:
    pool.stop()
    pool.join()
