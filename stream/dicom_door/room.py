"""Room on disk for instances: what all of them may take together, and what must stay free for others."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

_LOOK_BYTES: Final = 8 * 2**20
"""After so many bytes it is looked again how much the disk has; our choice."""


@dataclass(frozen=True)
class Bounds:
    """What may be kept; the numbers are our choice.

    instance_bytes  of one instance
    all_bytes       of all of them together
    free_bytes      that the disk must have left
    """

    instance_bytes: int = 2 * 2**30
    all_bytes: int = 2**40
    free_bytes: int = 2**30


def free_bytes_of(folder: Path) -> int:
    """How much an ordinary user may still write to the disk of a folder."""
    there = os.statvfs(folder)
    return there.f_bavail * there.f_frsize


class Room:
    """Counts what instances take, also those that are just coming. Used by many threads."""

    def __init__(self, bounds: Bounds, free_bytes: Callable[[], int]) -> None:
        self.bounds = bounds
        self.held_bytes = 0
        self._free_bytes = free_bytes
        self._until_look = 0
        self._lock = Lock()

    @property
    def is_short(self) -> bool:
        """Whether an instance of any size might find no room."""
        return self.held_bytes >= self.bounds.all_bytes or self._free_bytes() < self.bounds.free_bytes

    def take(self, more_bytes: int) -> bool:
        """Take room; False where there is not so much."""
        with self._lock:
            if self.held_bytes + more_bytes > self.bounds.all_bytes or not self._has_disk(more_bytes):
                return False
            self.held_bytes += more_bytes
            return True

    def hold(self, kept_bytes: int) -> None:
        """Count what is there already, whether there was room for it or not."""
        with self._lock:
            self.held_bytes += kept_bytes

    def give_back(self, taken_bytes: int) -> None:
        """Give back what was taken."""
        with self._lock:
            self.held_bytes -= taken_bytes

    def _has_disk(self, more_bytes: int) -> bool:
        self._until_look -= more_bytes
        if self._until_look < 0:
            spare = self._free_bytes() - self.bounds.free_bytes
            if spare < more_bytes:
                return False
            self._until_look = min(_LOOK_BYTES, spare // 2)  # the closer to the bound, the more often
        return True
