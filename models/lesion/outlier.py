"""How far an image lies from what a network was trained on: the Mahalanobis distance of its activations.

Lee et al. 2018, arXiv 1807.03888: one mean per class, one shared covariance; here of the early stages alone. Tried on
these sets, the later ones part own from foreign images less clearly, and own unseen ones from seen ones more.
"""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Familiar:
    """What familiar images look like inside the network: C classes, E activations of its early stages."""

    means: Tensor  # [C, E]
    precision: Tensor  # [E, E]

    def distance(self, embedding: Tensor) -> Tensor:
        """Mean squared deviation from the nearest class, [B], about 1 for a familiar one, for activations [B, >= E].

        Those of later stages, behind the first E, are left aside.
        """
        away = embedding[:, None, : self.means.shape[1]] - self.means  # [B, C, E]
        return (away @ self.precision * away).mean(-1).amin(1)
