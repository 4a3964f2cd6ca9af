"""How each measured series has run so far: since when it is known, how steeply it goes, how far it is from its bounds.

Shapes: B patients, M measured series. The parts work on views of the state that `models.risk.features` holds.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MEMORY_H: Final = 36.0  # decay time of the slow measuring rates: a day and a half, so that daily samples add up
_DECAY: Final = np.float32(np.exp(-1.0 / MEMORY_H))

FIELDS: Final = (
    "first",  # first value
    "known_for",  # hours since it was measured
    "slope",  # change between the last two values by the hours between them
    "slow_rate",  # measurements, decaying with MEMORY_H
)
ZERO_AT_ADMISSION: Final = ("slow_rate",)
_KINDS: Final = ("known_for", "slow_rate", "slope", "off_first", "off_low", "off_high")


def advance(old: Mapping[str, Floats], new: Mapping[str, Floats], values: Floats) -> None:
    """Fill the fields of the next state [B, M] from the last one's and this hour's values [B, M], or NaN."""
    seen = ~np.isnan(values)
    new["first"][:] = np.where(np.isnan(old["first"]), values, old["first"])
    new["known_for"][:] = np.where(np.isnan(old["known_for"]) & seen, np.float32(0), old["known_for"] + 1)
    new["slope"][:] = np.where(seen, (values - old["last"]) / (old["since"] + 1), old["slope"])
    new["slow_rate"][:] = old["slow_rate"] * _DECAY + seen


def describe(now: Mapping[str, Floats]) -> Iterator[Floats]:
    """Yield the features [B, M], kind by kind, in the order of `names`."""
    yield now["known_for"]
    yield now["slow_rate"]
    yield now["slope"]
    yield from (now["last"] - now[bound] for bound in ("first", "low", "high"))


def names(series: Sequence[str]) -> Iterator[str]:
    """Yield the features' names."""
    for kind in _KINDS:
        yield from (f"{name}.{kind}" for name in series)
