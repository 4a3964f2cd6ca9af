"""One process for each role, so that an image, however hostile, never shares an interpreter with the vital signs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Final

from structlog import get_logger

from stream.stack import die_with_parent
from stream.stack.python_module import python_module

log = get_logger()

ROLES: Final = ("watch", "check")
_LOOK_S: Final = 0.1


def supervise(web_port: int) -> int:
    """Run a worker for each role until all have ended; the worst exit code.

    A stop signal goes to all of them. When one fails the others are drained too: whoever started us starts us again.
    Each role serves its health on a port of its own, from `web_port` on (0: free ones).
    """
    children = {role: _start(role, web_port + number if web_port else 0) for number, role in enumerate(ROLES)}
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        for child in children.values():
            if child.poll() is None:
                child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while any(child.poll() is None for child in children.values()):
        failed = [role for role, child in children.items() if child.poll() not in (None, 0)]
        if failed and not stopping:
            log.error("role-failed", roles=failed)
            stop(signal.SIGTERM, None)
        time.sleep(_LOOK_S)
    return max(abs(int(child.returncode)) for child in children.values())


def _start(role: str, web_port: int) -> subprocess.Popen[bytes]:
    """A worker that the kernel ends with us, should we be killed."""
    command = python_module("stream.cli", "worker", "--role", role)
    tied = [sys.executable, "-I", str(Path(die_with_parent.__file__)), str(os.getpid()), *command]
    return subprocess.Popen(tied, env=os.environ | {"WARDWATCH_WEB_PORT": str(web_port)})  # noqa: S603 - our own program
