"""A worker of the watch path with a sampling profiler: `python -m stream.bench.sampled OUT.json`.

SIGUSR1 starts the profiler; SIGUSR2 stops it and writes the processor seconds by part. Sampling every thread's stack
every few milliseconds costs about one per cent, so this worker is not the one whose throughput is reported.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Final

from stream.bench.parts import part_of, share_out
from stream.bench.processor import cpu_s
from stream.settings import Settings
from stream.worker.life import work

_EVERY_S: Final = 0.004


class Sampler(threading.Thread):
    """Sampling profiler that counts by thread and part, from `begin` to `end`."""

    def __init__(self) -> None:
        super().__init__(name="sampler", daemon=True)
        self._samples: dict[int, Counter[str]] = {}
        self._began_s: dict[int, float] = {}
        self._process_s = 0.0
        self._over = threading.Event()

    def begin(self) -> None:
        """Record each thread's processor time and start sampling."""
        self._began_s = _thread_cpu_s()
        self._process_s = cpu_s(os.getpid())
        self.start()

    def end(self) -> dict[str, float]:
        """Return processor seconds by part since the beginning."""
        self._over.set()
        self.join()
        taken = {thread: seconds - self._began_s.get(thread, 0.0) for thread, seconds in _thread_cpu_s().items()}
        process_s = cpu_s(os.getpid()) - self._process_s - taken.pop(self.native_id or 0, 0.0)
        return share_out(taken, self._samples, process_s)

    def run(self) -> None:
        """Sample the stack of every thread but our own."""
        while not self._over.wait(_EVERY_S):
            native = {thread.ident: thread.native_id for thread in threading.enumerate() if thread is not self}
            for ident, frame in sys._current_frames().items():  # noqa: SLF001 - documented, in spite of its name
                thread = native.get(ident)
                if thread is not None:
                    self._samples.setdefault(thread, Counter())[part_of(_modules(frame))] += 1


def _modules(frame: FrameType | None) -> list[str]:
    """Return the modules on a stack, innermost first."""
    found = []
    while frame is not None:
        found.append(str(frame.f_globals.get("__name__", "")))
        frame = frame.f_back
    return found


def _thread_cpu_s() -> dict[int, float]:
    pid = os.getpid()
    return {thread.native_id: cpu_s(pid, thread.native_id) for thread in threading.enumerate() if thread.native_id}


def _write(out: Path, parts: dict[str, float]) -> None:
    """Write the file atomically, since another process waits for it."""
    half = out.with_suffix(".half")
    half.write_text(json.dumps(parts), encoding="utf-8")
    half.rename(out)


def main(out: Path) -> int:
    """Run the worker until SIGTERM."""
    sampler = Sampler()
    signal.signal(signal.SIGUSR1, lambda *_: sampler.begin())
    signal.signal(signal.SIGUSR2, lambda *_: _write(out, sampler.end()))
    return asyncio.run(work(Settings(), "watch"))


if __name__ == "__main__":
    os._exit(main(Path(sys.argv[1])))
