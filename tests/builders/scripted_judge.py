"""A judge that does what the image tells it: sleep, crash, use memory, raise. Runs in a sandboxed process."""

import ctypes
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from stream.check.channel import Exchange
from stream.check.model_loading import EXCHANGE
from stream.check.task import Task
from stream.check.verdict import Refusal, Verdict
from tests.builders.escapes import escaped


def scripted() -> tuple[Exchange[Task, Verdict], Callable[[Sequence[Task]], list[Verdict]]]:
    """What a process makes its judge by."""
    return EXCHANGE, act


def act(tasks: Sequence[Task]) -> list[Verdict]:
    """Do what each image says."""
    return [_act(task) for task in tasks]


def _act(task: Task) -> Verdict:
    """Sleep, crash, eat memory, raise, or answer with what this process is."""
    match task.data:
        case b"sleep":
            time.sleep(600)
        case b"crash":
            ctypes.string_at(0)  # a segmentation fault, as a broken decoder makes one
        case b"eat":
            try:
                bytearray(2**30)
            except MemoryError:
                return Refusal("memory", "no memory")
        case b"eat without catching":
            bytearray(2**30)
        case b"raise":
            message = "of DOE^JANE"
            raise LookupError(message)
        case b"answer with what is no answer":
            os.write(4, b"\x00\x00\x00\x02{}")  # the pipe to the worker
            time.sleep(600)
        case attempt if attempt.startswith(b"escape "):
            secret, port = attempt.removeprefix(b"escape ").decode().rsplit(" ", 1)
            return Refusal("answer", " ".join(escaped(Path(secret), int(port))))
        case b"is the library there?":
            return Refusal("answer", str("this" in sys.modules))
    core = resource.getrlimit(resource.RLIMIT_CORE)[0]
    return Refusal("answer", f"{os.getpid()} {os.nice(0)} {core}")
