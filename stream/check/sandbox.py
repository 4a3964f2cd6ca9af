"""Sandbox of the process that reads images: what it gives up before it parses files from outside."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

NICENESS: Final = 10  # vital signs have priority on a shared machine
STATUS: Final = Path("/proc/self/status")
PR_SET_PDEATHSIG: Final = 1  # prctl(2)


def confine(memory_bytes: int, _judge: object, libraries: Sequence[str]) -> None:
    """Confine this process: low priority, limited memory, no core file, no output, killed with its parent.

    Decoders in C print what they find in a file, and a core file would contain the picture. The memory limit counts
    what is allocated from now on (RLIMIT_DATA, Linux 4.7 and later), so that libraries and a GPU's address space are
    excluded. `_judge` is an argument because unpickling it imports its module. `libraries` are modules that it would
    import later: no image's time is spent on imports.
    """
    for library in libraries:
        import_module(library)
    os.nice(NICENESS)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        limit = _data_bytes() + memory_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        ctypes.CDLL(None).prctl(
            PR_SET_PDEATHSIG, signal.SIGKILL
        )  # so that an endless image does not outlive its worker


def _data_bytes() -> int:
    lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmData:")).split()[1])
