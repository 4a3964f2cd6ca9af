"""The systems that are measured, each a program of its own with the same settings but its consumer group."""

import shutil
import sys
from pathlib import Path
from typing import Final, NamedTuple

from stream.settings import Settings
from stream.stack.server_process import Child


class System(NamedTuple):
    """A program that reads vitals; `group_suffix` is what it adds to the group's name."""

    name: str
    text: str
    words: tuple[str, ...]
    group_suffix: str = ""


WARDWATCH: Final = System(
    "wardwatch",
    "the whole watch path: LSTM, alarms, confirmed sends, Redis",
    ("-m", "stream.cli", "worker", "--role", "watch"),
    "-watch",
)
SYSTEMS: Final = (
    WARDWATCH,
    System("faust", "stock Faust, empty agent body", ("-m", "stream.bench.stock_faust", "empty")),
    System("faust-watch", "stock Faust, the same work, its micro-batches", ("-m", "stream.bench.stock_faust", "watch")),
    System("aiokafka", "bare getmany, frames decoded and counted", ("-m", "stream.bench.bare", "decode")),
    System("aiokafka-watch", "bare getmany, the same work", ("-m", "stream.bench.bare", "watch")),
)
SAME_WORK: Final = ("wardwatch", "faust-watch", "aiokafka-watch")
"""The systems that raise alerts, and whose latency is compared."""
SAMPLED: Final = WARDWATCH._replace(words=("-m", "stream.bench.sampled"))
RULER: Final = "faust"
"""The system that the others' rates are divided by."""


def child(system: System, settings: Settings, group: str, log: Path) -> Child:
    """The system as a process that is not yet started."""
    ours = {
        "WARDWATCH_BROKER": settings.broker,
        "WARDWATCH_REDIS_URL": settings.redis_url,
        "WARDWATCH_GROUP": group,
        "WARDWATCH_WEB_PORT": "0",
        "WARDWATCH_LOG_LEVEL": "warning",
    }
    env = shutil.which("env") or "/usr/bin/env"
    argv = [env, *(f"{name}={value}" for name, value in ours.items()), sys.executable, *system.words]
    return Child(system.name, argv, log=log, answers=lambda: True)
