"""Results of a benchmark: medians over interleaved repetitions, ratios to the baseline, processor time by part."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from stream.bench.load import Load
from stream.bench.pace import Pace
from stream.bench.systems import BASELINE


class Speed(NamedTuple):
    """Throughput of one system in frames per second over the repetitions, and its processor time per frame."""

    median: float
    lowest: float
    highest: float
    cpu_us_per_frame: float


class Latency(NamedTuple):
    """Latency from a frame's time-stamp to the arrival of its alert at a subscriber."""

    alerts: int
    p50_ms: float
    p99_ms: float


def latency(took_ms: Sequence[float]) -> Latency:
    """Return the percentiles of these latencies in milliseconds; NaN where there are none."""
    p50_ms, p99_ms = np.percentile(took_ms, (50, 99)).tolist() if took_ms else (float("nan"), float("nan"))
    return Latency(len(took_ms), p50_ms, p99_ms)


class Result(NamedTuple):
    """Everything that is printed."""

    broker: str
    machine: str
    load: Load
    speeds: dict[str, Speed]
    steady_frames_per_s: float
    latencies: dict[str, Latency]
    parts_us: dict[str, float]

    def ratios(self) -> dict[str, float]:
        """Return each system's throughput as a multiple of the baseline's."""
        return {name: speed.median / self.speeds[BASELINE].median for name, speed in self.speeds.items()}

    def as_json(self) -> dict[str, Any]:
        """Return the result for --json; times and rates have their unit in the name."""
        return {
            "broker": self.broker,
            "machine": self.machine,
            "load": self.load._asdict(),
            "ruler": BASELINE,
            "systems": {
                name: {
                    "frames_per_s": round(speed.median),
                    "frames_per_s_lowest": round(speed.lowest),
                    "frames_per_s_highest": round(speed.highest),
                    "ratio": round(self.ratios()[name], 2),
                    "cpu_us_per_frame": round(speed.cpu_us_per_frame, 1),
                }
                for name, speed in self.speeds.items()
            },
            "steady_frames_per_s": round(self.steady_frames_per_s),
            "frame_to_alert": {
                name: {what: round(value, 1) for what, value in latency._asdict().items()}
                for name, latency in self.latencies.items()
            },
            "cpu_us_per_frame_by_part": {name: round(us, 2) for name, us in self.parts_us.items()},
        }


def speeds(paces: Mapping[str, Sequence[Pace]]) -> dict[str, Speed]:
    """Return the medians over the repetitions."""
    return {
        name: Speed(
            median(pace.frames_per_s for pace in row),
            min(pace.frames_per_s for pace in row),
            max(pace.frames_per_s for pace in row),
            median(pace.cpu_us_per_frame for pace in row),
        )
        for name, row in paces.items()
    }
