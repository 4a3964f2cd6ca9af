"""Processor time of a process or of one of its threads, from Linux's /proc."""

import os
from pathlib import Path
from typing import Final

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int, thread: int | None = None) -> float:
    """Return user and system time in seconds; 0 where there is no /proc or no such process."""
    place = f"/proc/{pid}/stat" if thread is None else f"/proc/{pid}/task/{thread}/stat"
    try:
        # The command's name in brackets may hold blanks; utime and stime are fields 14 and 15, 11 and 12 after it.
        fields = Path(place).read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def cpu_with_children_s(pid: int | None = None) -> float:
    """Return the processor time of a process, by default this one, and of its children that still run."""
    pid = os.getpid() if pid is None else pid
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    try:
        children = [int(child) for found in lists for child in found.read_text(encoding="ascii").split()]
    except OSError:
        children = []
    return cpu_s(pid) + sum(cpu_with_children_s(child) for child in children)


def machine() -> str:
    """Return a description of the machine: processor, cores, load before the start."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else 'unknown processor'}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
