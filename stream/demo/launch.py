"""Start and stop the demo's stack: broker, Redis, topics, worker."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stream.broker.topics import create_topics
from stream.settings import Settings
from stream.stack.embedded import EmbeddedBroker, EmbeddedRedis
from stream.stack.own_settings import own_settings, with_own_settings
from stream.stack.python_module import python_module
from stream.stack.server_process import ServerProcess
from stream.worker.supervise import ROLES

_START_S: Final = 120.0  # for a cold disk and two busy cores: the worker loads its models first
_AFTER_DRAIN_S: Final = 5.0


@dataclass(frozen=True)
class RunningStack:
    """A running stack."""

    settings: Settings
    worker: ServerProcess


@contextmanager
def running_stack(folder: Path, images: Path) -> Iterator[RunningStack]:
    """Run a whole stack inside this context; the worker's log goes to `folder`.

    The servers are children of the calling thread and die with it, so call this from the main one. Raises ServerError
    with the end of the log when a part does not start.
    """
    with EmbeddedBroker() as broker, EmbeddedRedis() as redis:
        settings = own_settings(broker=broker.address, redis_url=redis.url, image_roots=(images,), web_port=0)
        asyncio.run(create_topics(settings))
        log = folder / "worker.log"
        worker = ServerProcess("the worker", command_of(settings), log=log, answers=lambda: is_ready(log))
        try:
            worker.start(_START_S)
            yield RunningStack(settings, worker)
        finally:
            worker.stop(settings.drain_s + _AFTER_DRAIN_S)


def command_of(settings: Settings) -> list[str]:
    """Return the worker's command line, with the stack's addresses."""
    ours = {
        "broker": settings.broker,
        "redis_url": settings.redis_url,
        "image_roots": json.dumps([str(root) for root in settings.image_roots]),
        "group": settings.group,
        "web_port": "0",
        "risk_site": "checked",  # a demo lasts minutes: it shows what the forecast says where it knows the hospital
    }
    return with_own_settings(ours, python_module("stream.cli", "worker", "--role", "all"))


def is_ready(log: Path) -> bool:
    """Return whether each role has logged that it is ready."""
    ready = set()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue  # output of a library, or an incomplete line
        if isinstance(said, dict) and said.get("event") == "ready":
            ready.add(said.get("role"))
    return ready >= set(ROLES)


def log_tail(worker: ServerProcess, lines: int = 15) -> str:
    """Return the end of the worker's log."""
    return "\n".join(worker.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
