"""Profile of a worker by parts of Wardwatch: each thread's processor time, distributed by samples of its stack."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

IDLE: Final = "idle"
TORCH_THREADS: Final = "LSTM: torch's own threads"

# fmt: off
PARTS: Final[tuple[tuple[str, str], ...]] = (
    # module (prefix)        part
    ("selectors",            IDLE),
    ("concurrent.futures.thread", IDLE),
    ("threading",            IDLE),
    ("stream.delivery.decode", "decode and validate"),
    ("models.risk",          "LSTM step"),
    ("models.watch.forecast", "LSTM step"),
    ("torch",                "LSTM step"),
    ("models.watch.outputs", "write outputs"),
    ("stream.delivery.outputs", "write outputs"),
    ("schemas",              "write outputs"),
    ("models.watch.state",   "Redis"),
    ("models",               "score and alarm"),
    ("redis",                "Redis"),
    ("stream.state",         "Redis"),
    ("stream.delivery.settle", "Redis"),
    ("stream.delivery.sender", "send"),
    ("aiokafka.producer",    "send"),
    ("aiokafka.consumer",    "fetch"),
    ("aiokafka.conn",        "fetch"),
    ("aiokafka.client",      "fetch"),
    ("aiokafka.cluster",     "fetch"),
    ("stream.delivery.app",  "Faust"),
    ("stream.delivery.transport", "Faust"),
    ("faust",                "Faust"),
    ("mode",                 "Faust"),
    ("stream",               "watch path"),
    ("asyncio",              "event loop"),
)
"""The part that a module belongs to: the first matching row, for each call from the innermost outwards."""
# fmt: on


def part_of(modules: Iterable[str]) -> str:
    """Return the part that a stack of modules, innermost first, is working for."""
    for module in modules:
        for prefix, part in PARTS:
            if module == prefix or module.startswith(prefix + "."):
                return part
    return "other"


def share_out(
    cpu_s: Mapping[int, float], samples: Mapping[int, Counter[str]], process_cpu_s: float
) -> dict[str, float]:
    """Return processor seconds by part: each thread's by its samples, and the rest, of no Python thread, for torch."""
    parts: dict[str, float] = {}
    for thread, seconds in cpu_s.items():
        busy = {part: count for part, count in samples.get(thread, Counter()).items() if part != IDLE}
        total = sum(busy.values())
        for part, count in busy.items():
            parts[part] = parts.get(part, 0.0) + seconds * count / total
    rest = process_cpu_s - sum(cpu_s.values())
    return parts | ({TORCH_THREADS: rest} if rest > 0 else {})
