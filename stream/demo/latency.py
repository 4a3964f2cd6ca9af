"""Latency of outputs: from the input's time-stamp on the broker to the output's own."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from stream.delivery.outputs import INPUT_TIME

SLOW_TOPICS: Final = frozenset({"lesion-reports", "dead-letters"})
"""Topics that are left out of the watch path's latency, since they do not depend on vital signs alone."""


class Latency(NamedTuple):
    """Latency of a number of outputs; NaN where there is none."""

    outputs: int
    p50_ms: float
    p99_ms: float


class Latencies:
    """Collects the latencies of outputs by topic."""

    def __init__(self) -> None:
        self._ms: defaultdict[str, list[int]] = defaultdict(list)

    def see(self, topic: str, timestamp_ms: int, headers: Iterable[tuple[str, bytes]]) -> None:
        """Add an output; one without the latency header is ignored."""
        for name, value in headers:
            if name == INPUT_TIME and value.isdigit():
                self._ms[topic].append(timestamp_ms - int(value))
                return

    def of(self, topic: str) -> Latency:
        """Return the latency of one topic's outputs."""
        return _summed(self._ms.get(topic, []))

    def watch_path(self) -> Latency:
        """Return the latency of everything that follows from vital signs, results and orders."""
        return _summed([ms for topic, values in self._ms.items() if topic not in SLOW_TOPICS for ms in values])


def _summed(values: list[int]) -> Latency:
    if not values:
        return Latency(0, float("nan"), float("nan"))
    p50, p99 = np.percentile(values, (50, 99)).tolist()
    return Latency(len(values), p50, p99)
