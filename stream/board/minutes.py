"""One vital sign of one patient by the minute: the lowest and highest value of each, as long as they are kept. Pure."""

from array import array
from collections.abc import Iterator
from datetime import timedelta
from math import ceil
from typing import Final

KEPT: Final = timedelta(hours=24)
"""Ours: what a bed of five vital signs then takes is some 100 kB."""
_SLOTS: Final = round(KEPT.total_seconds() / 60)


class Minutes:
    """A ring of minutes in event time; what comes late finds its own, what is older than the ring is dropped."""

    def __init__(self) -> None:
        self._minute = array("q", [-1]) * _SLOTS
        self._lowest = array("f", [0.0]) * _SLOTS
        self._highest = array("f", [0.0]) * _SLOTS

    def put(self, epoch_s: float, value: float) -> None:
        """Take a value that was measured at a time."""
        minute = int(epoch_s // 60)
        slot = minute % _SLOTS
        if self._minute[slot] < minute:
            self._minute[slot], self._lowest[slot], self._highest[slot] = minute, value, value
        elif self._minute[slot] == minute:
            self._lowest[slot] = min(self._lowest[slot], value)
            self._highest[slot] = max(self._highest[slot], value)

    def between(self, begin_s: float, end_s: float) -> Iterator[tuple[int, float, float]]:
        """Yield the minutes that begin in a span and have values: begin in seconds of the epoch, lowest, highest."""
        last = int(end_s // 60)
        for minute in range(max(ceil(begin_s / 60), last - _SLOTS + 1), last + 1):
            slot = minute % _SLOTS
            if self._minute[slot] == minute:
                yield minute * 60, round(self._lowest[slot], 2), round(self._highest[slot], 2)
