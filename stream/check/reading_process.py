"""A sandboxed process for reading images: a slow or hostile image is killed with all that it has started."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Generic, NamedTuple, Self

from structlog import get_logger

from stream.check import channel
from stream.check.channel import Exchange, ResultT, TaskT
from stream.check.sandbox import Confined, environment
from stream.check.verdict import MEMORY, Refusal

log = get_logger()

SLOW: Final = Refusal("time", "the image could not be read in time")
DIED: Final = Refusal("crash", "the process that read the image ended over it, for want of memory or a broken file")
START_S: Final = 60.0  # for a new process to import its libraries, in addition to the time for the images
MEMORY_BYTES: Final = 2 * 2**30  # for processing one image; our choice
_STOP_S: Final = 20.0
_CHILD: Final = "stream.check.reading_child"


class ReadFailed(Exception):  # noqa: N818 it says what failed
    """The model or the sandboxed process failed, through no fault of the image."""


@dataclass(frozen=True)
class JudgeSource(Generic[TaskT, ResultT]):
    """Where a process gets its judge from: `module:function`, which returns the exchange and the judge, and arguments.

    `readable` are folders that it reads from beside those of Python and of our packages; `libraries` are modules that a
    process imports before its first image. `confine` is whether it gives up files and calls of the kernel.
    """

    exchange: Exchange[TaskT, ResultT]
    made_by: str
    arguments: tuple[str, ...] = ()
    readable: tuple[Path, ...] = ()
    libraries: tuple[str, ...] = ()
    gpu: bool = False
    confine: bool = True


class _Child(NamedTuple):
    """A process that waits for images, and its two pipes."""

    process: asyncio.subprocess.Process
    asked: asyncio.StreamWriter
    answers: asyncio.StreamReader
    confined: Confined


class Reader(Generic[TaskT, ResultT]):
    """A sandboxed process. Use as an async context manager."""

    def __init__(
        self,
        judge: JudgeSource[TaskT, ResultT],
        *,
        timeout_s: float,
        memory_bytes: int = MEMORY_BYTES,
        start_s: float = START_S,
    ) -> None:
        """Create the reader without starting a process."""
        self._judge = judge
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._start_s = start_s
        self._turn = asyncio.Lock()
        self._starting: asyncio.Task[_Child] | None = None

    async def __aenter__(self) -> Self:
        """Start the process, so that the first image need not wait for its imports."""
        self._starting = asyncio.create_task(self._start())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill the process."""
        starting, self._starting = self._starting, None
        if starting is not None:
            if not starting.done():
                starting.cancel()
            with suppress(ReadFailed, asyncio.CancelledError):
                await _kill((await starting).process)

    async def confined(self) -> Confined:
        """What the process is confined by. Raises ReadFailed when none can be started."""
        async with self._turn:
            return (await self._living()).confined

    async def read(self, tasks: Sequence[TaskT]) -> list[ResultT] | Refusal:
        """Judge a batch in a process, within the time of one image; one refusal for all if it takes longer or crashes.

        Raises ReadFailed when the model raised or no process can be started.
        """
        async with self._turn:
            for _ in range(2):  # a process that died while idle is not the next image's fault
                found = await self._read_once(tasks, await self._living())
                if found is not None:
                    return found
        message = "no process to read images in can be started"
        raise ReadFailed(message)

    async def _read_once(self, tasks: Sequence[TaskT], child: _Child) -> list[ResultT] | Refusal | None:
        """None where the process ended before it took the images."""
        keeps, results = False, b""
        try:
            async with asyncio.timeout(self._timeout_s):
                try:
                    child.asked.write(self._judge.exchange.written(tasks))
                    await child.asked.drain()
                    taken = await _answer(child.answers)
                except (EOFError, ConnectionError):
                    return None
            if not isinstance(taken, channel.Taken):
                return DIED
            async with asyncio.timeout(self._timeout_s):
                answer = await _answer(child.answers)
                if isinstance(answer, channel.Judged):
                    results = await _frame(child.answers, self._judge.exchange.most_answer_bytes)
            found = self._judge.exchange.found(results, len(tasks)) if results else _refusal(answer)
            keeps = True
        except TimeoutError:
            return SLOW
        except (EOFError, ValueError):  # also an answer that is none: nobody knows who gives it
            return DIED
        except ReadFailed:
            keeps = True
            raise
        finally:
            if not keeps:  # also where reading is cancelled, for it would go on
                await self._replace(child)
        return found

    async def _living(self) -> _Child:
        if self._starting is None or (self._starting.done() and self._has_failed(self._starting)):
            self._starting = asyncio.create_task(self._start())
        return await asyncio.shield(self._starting)

    def _has_failed(self, start: "asyncio.Task[_Child]") -> bool:
        return start.cancelled() or start.exception() is not None

    async def _replace(self, child: _Child) -> None:
        """Kill the process, and have another one ready for the next image."""
        self._starting = asyncio.create_task(self._start())
        await asyncio.shield(_kill(child.process))

    async def _start(self) -> _Child:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _CHILD,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment(os.environ.items(), sys.path),
            cwd="/",
            start_new_session=True,  # a group of its own: what it starts is killed with it
        )
        assert process.stdin is not None  # noqa: S101 - as asked above
        assert process.stdout is not None  # noqa: S101
        try:
            async with asyncio.timeout(self._start_s):
                process.stdin.write(channel.frame(self._told().model_dump_json().encode()))
                await process.stdin.drain()
                ready = await _answer(process.stdout)
        except (TimeoutError, EOFError, ConnectionError, ValueError):
            ready = None
        except BaseException:  # also where the start is cancelled: nobody else knows of the process
            await _kill(process)
            raise
        if not isinstance(ready, channel.Ready):
            await _kill(process)
            message = "no process to read images in can be started"
            raise ReadFailed(message)
        return _Child(process, process.stdin, process.stdout, Confined(ready.landlock, ready.seccomp))

    def _told(self) -> channel.Start:
        return channel.Start(
            judge=self._judge.made_by,
            arguments=self._judge.arguments,
            libraries=self._judge.libraries,
            readable=tuple(str(one.absolute()) for one in self._judge.readable),
            gpu=self._judge.gpu,
            confine=self._judge.confine,
            memory_bytes=self._memory_bytes,
            parent=os.getpid(),
        )


async def _answer(answers: asyncio.StreamReader) -> channel.Answer:
    """The next answer; raises EOFError where the process has ended, ValueError where it is no answer."""
    return channel.answered(await _frame(answers, channel.MOST_ANSWER_BYTES))


async def _frame(answers: asyncio.StreamReader, most_bytes: int) -> bytes:
    length = int.from_bytes(await answers.readexactly(channel.LENGTH_BYTES))
    if length > most_bytes:
        message = "the answer is too long"
        raise ValueError(message)
    return await answers.readexactly(length)


def _refusal(answer: channel.Answer) -> Refusal:
    """What an answer without results says; raises ReadFailed for what the model raised, ValueError for nothing."""
    match answer:
        case channel.Exhausted():
            return MEMORY
        case channel.Failed():
            message = f"the model raised {answer.error}"
            raise ReadFailed(message)
    message = "no answer to images"
    raise ValueError(message)


async def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill a process and its group, and wait until it is gone; one that hangs in the kernel is left to itself."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_STOP_S):
            await process.wait()
    except TimeoutError:
        log.warning("reading-process-does-not-stop", waited_s=_STOP_S)
