"""The process that reads images: it starts, gives up what it can do without, and answers until its worker ends."""

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Final

from pydantic import BaseModel

from stream.check import channel, sandbox
from stream.check.channel import ResultT, TaskT

_OURS: Final = ("schemas", "models", "stream")


def main() -> None:
    """Serve the worker on the two pipes that were standard input and output."""
    with os.fdopen(os.dup(0), "rb") as asked, os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what is printed must not be taken for an answer
        start = channel.Start.model_validate_json(_frame(asked) or b"")
        sandbox.end_with(start.parent)
        package = start.judge.partition(".")[0]
        readable, packages = map(Path, start.readable), {*_OURS, package}
        landlock = sandbox.keep_files(readable, packages, gpu=start.gpu) if start.confine else 0
        for library in start.libraries:
            import_module(library)
        module, _, made = start.judge.partition(":")
        exchange, judge = getattr(import_module(module), made)(*start.arguments)
        seccomp = sandbox.give_up(start.memory_bytes, calls=start.confine)
        _say(answers, channel.Ready(landlock=landlock, seccomp=seccomp))
        while (said := _frame(asked)) is not None:
            tasks = exchange.tasks(said, asked.read)
            _say(answers, channel.Taken())
            for answer in _judged(exchange, judge, tasks):
                _say(answers, answer)


def _judged(
    exchange: channel.Exchange[TaskT, ResultT],
    judge: Callable[[Sequence[TaskT]], list[ResultT]],
    tasks: Sequence[TaskT],
) -> tuple[BaseModel | bytes, ...]:
    try:
        return channel.Judged(), exchange.results.dump_json(judge(tasks))
    except MemoryError:
        return (channel.Exhausted(),)
    except Exception as error:  # noqa: BLE001 - whatever a model raises is told by its kind: a text may quote a file
        return (channel.Failed(error=type(error).__name__),)


def _frame(asked: BinaryIO) -> bytes | None:
    """The next frame; None where the worker has closed the pipe."""
    length = asked.read(channel.LENGTH_BYTES)
    if len(length) < channel.LENGTH_BYTES:
        return None
    return asked.read(int.from_bytes(length))


def _say(answers: BinaryIO, answer: BaseModel | bytes) -> None:
    answers.write(channel.frame(answer if isinstance(answer, bytes) else answer.model_dump_json().encode()))
    answers.flush()


if __name__ == "__main__":
    main()
