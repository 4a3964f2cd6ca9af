"""Starts what the demo needs: broker, Redis, topics, a worker; and stops it in the reverse order."""

import asyncio
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stream.broker.topics import create_topics
from stream.settings import Settings
from stream.stack.embedded import EmbeddedBroker, EmbeddedRedis
from stream.stack.server_process import Child
from stream.worker.supervise import ROLES

_START_S: Final = 120.0  # a cold disk and two busy cores: the worker loads its models first
_AFTER_DRAIN_S: Final = 5.0
_NOT_OURS: Final = (
    "WARDWATCH_BROKER_CA_FILE",
    "WARDWATCH_BROKER_USER",
    "WARDWATCH_BROKER_PASSWORD_FILE",
    "WARDWATCH_REDIS_CA_FILE",
    "WARDWATCH_REDIS_USER",
    "WARDWATCH_REDIS_PASSWORD_FILE",
)
"""What the environment may say about another stack than the demo's."""


@dataclass(frozen=True)
class Running:
    """A stack that is up."""

    settings: Settings
    worker: Child


@contextmanager
def started(folder: Path, images: Path) -> Iterator[Running]:
    """A whole stack for as long as the context lasts; `folder` takes the worker's log.

    The servers are children of this very thread and die with it, so call it from the main one. Raises ServerError with
    the end of the log when a part does not start.
    """
    with EmbeddedBroker() as broker, EmbeddedRedis() as redis:
        settings = Settings(
            broker=broker.address,
            broker_ca_file=None,
            broker_user=None,
            broker_password_file=None,
            redis_url=redis.url,
            redis_ca_file=None,
            redis_user=None,
            redis_password_file=None,
            image_roots=(images,),
            web_port=0,
        )
        asyncio.run(create_topics(settings))
        log = folder / "worker.log"
        worker = Child("the worker", command_of(settings), log=log, answers=lambda: is_ready(log))
        try:
            worker.start(_START_S)
            yield Running(settings, worker)
        finally:
            worker.stop(settings.drain_s + _AFTER_DRAIN_S)


def command_of(settings: Settings) -> list[str]:
    """The worker's command line; `env` gives it the stack's addresses and takes away those of another."""
    ours = {
        "WARDWATCH_BROKER": settings.broker,
        "WARDWATCH_REDIS_URL": settings.redis_url,
        "WARDWATCH_IMAGE_ROOTS": json.dumps([str(root) for root in settings.image_roots]),
        "WARDWATCH_GROUP": settings.group,
        "WARDWATCH_WEB_PORT": "0",
    }
    env = shutil.which("env") or "/usr/bin/env"
    less = [part for name in _NOT_OURS for part in ("-u", name)]
    more = [f"{name}={value}" for name, value in ours.items()]
    return [env, *less, *more, sys.executable, "-m", "stream.cli", "worker", "--role", "all"]


def is_ready(log: Path) -> bool:
    """Whether each role has said that it is ready, in a line of JSON."""
    ready = set()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue  # a library that prints, or a line that is still being written
        if isinstance(said, dict) and said.get("event") == "ready":
            ready.add(said.get("role"))
    return ready >= set(ROLES)


def log_tail(worker: Child, lines: int = 15) -> str:
    """The end of the worker's log."""
    return "\n".join(worker.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
