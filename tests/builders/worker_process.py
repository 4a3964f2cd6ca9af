"""`wardwatch worker` as a process, with its log."""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from stream.stack.python_module import python_module

PATIENCE_S: Final = 120.0  # for a start or an end on a loaded machine
STUCK_S: Final = 20.0  # long enough for a start on a loaded machine


class WorkerProcess:
    """`wardwatch worker` with its log."""

    def __init__(self, log: Path, role: str, env: dict[str, str]) -> None:
        self._log = log
        with log.open("ab") as file:
            self._process = subprocess.Popen(  # noqa: S603 - our own words
                python_module("stream.cli", "worker", "--role", role),
                env=os.environ | {"WARDWATCH_DEVICE": "cpu", "COLUMNS": "300"} | env,
                stderr=file,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        """It has not ended."""
        return self._process.poll() is None

    def said(self) -> list[dict[str, Any]]:
        """The lines of the log that are structured."""
        lines = self._log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def text(self) -> str:
        """The whole log."""
        return self._log.read_text(encoding="utf-8")

    async def ready(self, roles: int = 1) -> list[str]:
        """Wait until it is; where it serves its health."""
        deadline = time.monotonic() + PATIENCE_S
        while len(addresses := [one["web"] for one in self.said() if one.get("event") == "ready"]) < roles:
            assert self._process.poll() is None, self.text()
            assert time.monotonic() < deadline, f"not ready in time: {self.text()}"
            await asyncio.sleep(0.1)
        return addresses

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def ended(self, within_s: float = PATIENCE_S) -> int:
        """Wait for its end; the exit code."""
        return await asyncio.to_thread(self._process.wait, within_s)

    def kill(self) -> None:
        """Whatever has become of it."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()


@contextmanager
def a_worker(folder: Path, role: str = "watch", **settings: Any) -> Iterator[WorkerProcess]:
    """Start one, at a hospital whose forecast was checked; it is gone with the test."""
    settings = {"risk_site": "checked"} | settings
    process = WorkerProcess(
        folder / "worker.log", role, {f"WARDWATCH_{key.upper()}": str(to) for key, to in settings.items()}
    )
    try:
        yield process
    finally:
        process.kill()
