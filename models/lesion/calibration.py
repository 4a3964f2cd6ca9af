"""Make a network's scores mean what they say, by a scale and a conformal quantile that were fitted beforehand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """Bias-corrected temperature: logits / temperature + offsets (Alexandari et al. 2020, arXiv 1901.06852)."""

    temperature: float  # above 1 makes the probabilities humbler
    offsets: tuple[float, ...]  # one for each class; moves those that mixup and averaging made too rare

    def probabilities(self, logits: Floats) -> Floats:
        """Turn logits [..., C] into calibrated probabilities [..., C]."""
        return softmax(logits / self.temperature + np.array(self.offsets))


def softmax(logits: Floats) -> Floats:
    """Turn logits [..., C] into probabilities [..., C]."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    out: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return out


def is_ambiguous(probabilities: Floats, quantile: float) -> NDArray[np.bool_]:
    """Say for each row [N, C] whether its conformal set holds no class or several."""
    ambiguous: NDArray[np.bool_] = (probabilities >= 1 - quantile).sum(axis=-1) != 1
    return ambiguous
