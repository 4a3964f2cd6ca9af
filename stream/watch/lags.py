"""How far the clock by which records arrive is behind ours: the least delay that was seen lately."""

from collections import deque
from typing import Final

WINDOW_S: Final = 600.0
"""Ours: long enough to hold a record that came without delay, short enough to follow a clock that is set."""


class Lags:
    """Our time minus the time-stamp of each record that was taken in; of the last ten minutes the least counts.

    That is the delay on the way, some milliseconds, unless the broker's clock and ours differ, or records carry their
    producer's time: then it is by how much.
    """

    def __init__(self) -> None:
        self._row: deque[tuple[float, float]] = deque()  # when, and how much: ascending in both

    def note(self, now_s: float, lag_s: float) -> None:
        """A record was taken in so long after its time-stamp."""
        while self._row and self._row[-1][1] >= lag_s:
            self._row.pop()
        self._row.append((now_s, lag_s))

    def least_s(self, now_s: float) -> float:
        """The least of the last ten minutes, or the last one known; 0 before the first."""
        while len(self._row) > 1 and now_s - self._row[0][0] > WINDOW_S:
            self._row.popleft()
        return self._row[0][1] if self._row else 0.0
