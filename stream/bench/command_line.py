"""Benchmark of the command line's start-up: processor time of help, a mistyped command and a refused setting.

Each call is a process of its own, as for a user, beside a Python that does nothing.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any, Final, NamedTuple

from stream.bench.processor import machine
from stream.cli import COMMANDS

NOTHING: Final = ("-c", "pass")
"""What Python itself takes: the ruler."""
_WARDWATCH: Final = ("-P", "-m", "stream.cli")

Tell = Callable[[str], None]


class Call(NamedTuple):
    """One call: its arguments and additional environment variables."""

    words: tuple[str, ...]
    environment: Mapping[str, str] = {}

    @property
    def name(self) -> str:
        """The call as a user would type it."""
        return " ".join([*(f"{key}={value}" for key, value in self.environment.items()), "wardwatch", *self.words])


CALLS: Final = (
    Call(("--help",)),
    Call(("evalaute",)),  # a typing error
    Call(("worker",), {"WARDWATCH_BROKER_USER": "somebody"}),  # refused, since the password file is missing
    *(Call((name, "--help")) for name in COMMANDS),
    Call(("evaluate", "risk", "--help")),
    Call(("train", "lesion", "--help")),
)


class CommandLineResult(NamedTuple):
    """Medians of the processor time over the repetitions: a Python that does nothing, and each call."""

    machine: str
    python_cpu_s: float
    cpu_s: Mapping[str, float]

    def ratio(self, name: str) -> float:
        """Return a call's processor time as a multiple of Python's own."""
        return self.cpu_s[name] / self.python_cpu_s

    def as_json(self) -> dict[str, Any]:
        """Return the result for --json."""
        return {
            "machine": self.machine,
            "python_cpu_s": round(self.python_cpu_s, 3),
            "calls": {
                name: {"cpu_s": round(took_s, 3), "ratio": round(self.ratio(name), 1)}
                for name, took_s in self.cpu_s.items()
            },
        }


def run(repetitions: int, tell: Tell) -> CommandLineResult:
    """Make every call `repetitions` times, alternating with the baseline."""
    on = machine()
    python: list[float] = []
    took: dict[str, list[float]] = {call.name: [] for call in CALLS}
    for number in range(repetitions):
        tell(f"{len(CALLS)} calls, {number + 1} of {repetitions}")
        for call in CALLS:
            python.append(_cpu_s(NOTHING, {}))
            took[call.name].append(_cpu_s((*_WARDWATCH, *call.words), call.environment))
    return CommandLineResult(on, median(python), {name: median(row) for name, row in took.items()})


def _cpu_s(words: tuple[str, ...], environment: Mapping[str, str]) -> float:
    """Run Python once with these arguments, whatever its exit status; return the processor time."""
    child = subprocess.Popen(  # noqa: S603 - our own arguments
        [sys.executable, *words],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime
