"""A door under observation: what each input costs, and which of them break it. Findings are kept as files."""

import hashlib
import json
import resource
import traceback
from collections.abc import Callable
from pathlib import Path
from time import monotonic, process_time
from typing import Final

from tests.fuzz.doors import OURS, Door

_WARM: Final = 200  # inputs: before, memory grows by imports and caches
_WRITE_EVERY_S: Final = 2.0
_KIB_IN_MIB: Final = 1024


class TooSlowError(AssertionError):
    """An input took more processor time than one may."""


class TooLargeError(AssertionError):
    """An input took more memory than one may."""


class Measured:
    """Works on inputs and goes on after a fault; of each kind of fault the shortest input is kept.

    `figures` are written into the folder now and then, since the process may be ended by an input.
    """

    def __init__(self, door: Door, one: Callable[[bytes], None], folder: Path, runs: int) -> None:
        self._door = door
        self._one = one
        self._folder = folder
        self._runs = runs
        self._written_s = self._begun_s = monotonic()
        self._found: dict[str, int] = {}
        self._peak_kib = 0
        self.figures = {"inputs": 0, "faults": 0, "slowest_s": 0.0, "largest_mib": 0.0, "seconds": 0.0}

    def __call__(self, data: bytes) -> None:
        """Work on one input."""
        self._peak_kib = self._peak_kib or _peak_kib()
        begun_s = process_time()
        try:
            self._one(data)
        except Exception as error:  # noqa: BLE001 - a fault is what is looked for
            self._keep(data, error)
        took_s, peak_kib = process_time() - begun_s, _peak_kib()
        grown_mib = (peak_kib - self._peak_kib) / _KIB_IN_MIB
        self._peak_kib = peak_kib
        figures = self.figures
        figures["inputs"] += 1
        if took_s > figures["slowest_s"]:
            figures["slowest_s"] = took_s
            self._write("slowest", data)
        if figures["inputs"] > _WARM and grown_mib > figures["largest_mib"]:
            figures["largest_mib"] = grown_mib
            self._write("largest", data)
        if took_s > self._door.limit_s:
            self._keep(data, TooSlowError(f"{took_s:.1f} s"))
        if figures["inputs"] > _WARM and grown_mib > self._door.limit_mib:
            self._keep(data, TooLargeError(f"{grown_mib:.0f} MiB"))
        if monotonic() - self._written_s > _WRITE_EVERY_S or figures["inputs"] == self._runs:
            self.write_figures()

    def write_figures(self) -> None:
        """Write down the figures as they are now."""
        self._written_s = monotonic()
        self.figures["seconds"] = self._written_s - self._begun_s
        self._write("figures.json", json.dumps(self.figures).encode())

    def _keep(self, data: bytes, error: Exception) -> None:
        kind = kind_of(error)
        known = self._found.get(kind)
        if known is not None and known <= len(data):
            return
        self._found[kind] = len(data)
        self.figures["faults"] = len(self._found)
        name = f"fault-{hashlib.sha256(kind.encode()).hexdigest()[:12]}"
        self._write(name, data)
        told = "".join(traceback.format_exception(error))
        self._write(f"{name}.txt", f"{kind}\n\n{told}".encode("utf-8", "backslashreplace"))
        if known is None:
            print(f"\n{self._door.name}: FAULT {kind}", flush=True)  # noqa: T201 - a person waits for it

    def _write(self, name: str, content: bytes) -> None:
        (self._folder / name).write_bytes(content)


def kind_of(error: BaseException) -> str:
    """What tells a fault from others: its class and the last place of our code that it came through."""
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(frame.filename)]
    place = f" at {Path(places[-1].filename).name}:{places[-1].name}:{places[-1].lineno}" if places else ""
    return f"{type(error).__name__}{place}"


def _is_ours(filename: str) -> bool:
    parts = Path(filename).parts
    return "site-packages" not in parts and any(floor in parts for floor in (*OURS, "tests"))


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
