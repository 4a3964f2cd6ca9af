"""A child process for a server: started on demand, awaited until it answers, and ended with this process."""

import atexit
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

_DIE_WITH_PARENT: Final = Path(__file__).with_name("die_with_parent.py")
_LOG_TAIL_LINES: Final = 15


class ServerError(Exception):
    """A server could not be started; the text says which and why."""


class ServerProcess:
    """One server process. `argv[0]` is the absolute path of the program.

    It gets a session of its own, so that Ctrl-C in the terminal reaches only this process, which can drain before the
    broker ends. The kernel kills it when the thread that called `start()` ends, so call that from a long-lived thread.
    """

    def __init__(self, name: str, argv: Sequence[str], log: Path, answers: Callable[[], bool]) -> None:
        self.name = name
        self.log = log
        self._argv = argv
        self._answers = answers
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, within_s: float) -> None:
        """Start the process and return when it answers.

        Raises:
            ServerError: it ended, or did not answer in time; the text carries the end of its log.
        """
        if self.pid is not None:
            return
        command = [sys.executable, "-I", str(_DIE_WITH_PARENT), str(os.getpid()), *self._argv]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own argument list, no shell
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        atexit.register(self.kill)
        deadline = time.monotonic() + within_s
        while not self._answers():
            if self._process.poll() is not None:
                msg = f"{self.name} ended with code {self._process.returncode} while starting"
                raise ServerError(self._with_log(msg))
            if time.monotonic() > deadline:
                self.kill()
                msg = f"{self.name} did not answer within {within_s:g} s"
                raise ServerError(self._with_log(msg))
            time.sleep(0.05)

    def stop(self, within_s: float) -> None:
        """Ask the process to end (SIGTERM), and kill it (SIGKILL) when the time is over."""
        self._end(signal.SIGTERM, within_s)

    def kill(self) -> None:
        """Kill the process (SIGKILL), as a power cut would."""
        self._end(signal.SIGKILL, within_s=10)

    def _end(self, how: signal.Signals, within_s: float) -> None:
        atexit.unregister(self.kill)
        if self._process is None:
            return
        self._process.send_signal(how)  # does nothing when the process has ended already
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _with_log(self, message: str) -> str:
        return "\n".join([message, *self.log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]])
