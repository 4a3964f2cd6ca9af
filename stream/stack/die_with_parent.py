"""Run a command that dies with the process that started it: `python die_with_parent.py PARENT_PID COMMAND...`.

A file of its own, run by its path, since it must run between fork and exec and import nothing of ours.
"""

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # prctl(2)

if __name__ == "__main__":
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":  # elsewhere the parent's own atexit handler has to do
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died before prctl was called
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - the command comes from our own server classes
