"""The reading process: what it gives up before it reads what strangers wrote."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

NICENESS: Final = 10  # the vital signs come first on a shared machine
STATUS: Final = Path("/proc/self/status")
PR_SET_PDEATHSIG: Final = 1  # prctl(2)


def confine(memory_bytes: int, _judge: object, libraries: Sequence[str]) -> None:
    """Prepare this process: low priority, bounded memory, no core file, no word to the terminal, no life of its own.

    Decoders in C print what they find in a file, and a core file would hold the picture. The memory limit counts what
    is allocated from here on (RLIMIT_DATA, Linux 4.7 and later), so that the libraries and a GPU's address space don't.
    The judge comes along so that its module is imported by now. The libraries are named that it imports only when it
    works: no image's time is spent on that.
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
        )  # a worker killed over an endless image takes it along


def _data_bytes() -> int:
    lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmData:")).split()[1])
