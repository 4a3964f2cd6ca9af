"""Calibrated probabilities and conformal sets, from a scale and a quantile that were fitted beforehand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """Bias-corrected temperature: logits / temperature + offsets (Alexandari et al. 2020, arXiv 1901.06852)."""

    temperature: float  # above 1 makes the probabilities less confident
    offsets: tuple[float, ...]  # one for each class; correct for classes that mixup and averaging made too rare

    def probabilities(self, logits: Floats) -> Floats:
        """Return calibrated probabilities [..., C] of logits [..., C]."""
        return softmax(logits / self.temperature + np.array(self.offsets))


def softmax(logits: Floats) -> Floats:
    """Return probabilities [..., C] of logits [..., C]."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    out: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return out


def is_ambiguous(probabilities: Floats, quantile: float) -> NDArray[np.bool_]:
    """Return for each row [N, C] whether its conformal set is empty or holds several classes."""
    ambiguous: NDArray[np.bool_] = (probabilities >= 1 - quantile).sum(axis=-1) != 1
    return ambiguous
