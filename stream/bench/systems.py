"""The systems that are measured: programs with the same settings, except for their consumer group."""

from pathlib import Path
from typing import Final, NamedTuple

from stream.settings import Settings
from stream.stack.own_settings import with_own_settings
from stream.stack.python_module import python_module
from stream.stack.server_process import ServerProcess


class System(NamedTuple):
    """A program that reads vitals: a module and its arguments; `group_suffix` is appended to the group's name."""

    name: str
    text: str
    words: tuple[str, ...]
    group_suffix: str = ""


WARDWATCH: Final = System(
    "wardwatch",
    "the whole watch path: LSTM, alarms, confirmed sends, Redis",
    ("stream.cli", "worker", "--role", "watch"),
    "-watch",
)
SYSTEMS: Final = (
    WARDWATCH,
    System("faust", "stock Faust, empty agent body", ("stream.bench.stock_faust", "empty")),
    System("faust-watch", "stock Faust, the same work, its micro-batches", ("stream.bench.stock_faust", "watch")),
    System("aiokafka", "bare getmany, frames decoded and counted", ("stream.bench.bare", "decode")),
    System("aiokafka-watch", "bare getmany, the same work", ("stream.bench.bare", "watch")),
)
SAME_WORK: Final = ("wardwatch", "faust-watch", "aiokafka-watch")
"""The systems that raise alerts and whose latency is compared."""
SAMPLED: Final = WARDWATCH._replace(words=("stream.bench.sampled",))
BASELINE: Final = "faust"
"""The baseline by whose throughput the others' is divided."""


def system_process(system: System, settings: Settings, group: str, log: Path) -> ServerProcess:
    """Return the system as a process that is not yet started."""
    ours = {
        "broker": settings.broker,
        "redis_url": settings.redis_url,
        "group": group,
        "web_port": "0",
        "log_level": "warning",
    }
    argv = with_own_settings(ours, python_module(*system.words))
    return ServerProcess(system.name, argv, log=log, answers=lambda: True)
