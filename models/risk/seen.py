"""What was seen of stays, by which a hospital is compared with others. Shapes: P stays, M measured series."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Seen:
    """What was seen of stays: hours [P], measurements of each series [P, M], mean value [P, M] (NaN = none)."""

    hours: Floats
    count: Floats
    mean: Floats

    def of(self, stays: NDArray[np.int64] | NDArray[np.bool_]) -> "Seen":
        """Return some of the stays."""
        return Seen(self.hours[stays], self.count[stays], self.mean[stays])
