"""Outlier check: the Mahalanobis distance of a network's activations from those of its training images.

Lee et al. 2018, arXiv 1807.03888: one mean per class, one shared covariance; here of the early stages alone. Tried on
these sets, later stages separate own from foreign images less clearly, and seen from unseen own images more.
"""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class TrainingDistribution:
    """Distribution of the activations for training images: C classes, E activations of the early stages."""

    means: Tensor  # [C, E]
    precision: Tensor  # [E, E]

    def distance(self, embedding: Tensor) -> Tensor:
        """Mean squared deviation from the nearest class, [B], about 1 for training images, of activations [B, >= E].

        Activations of later stages, behind the first E, are ignored.
        """
        away = embedding[:, None, : self.means.shape[1]] - self.means  # [B, C, E]
        return (away @ self.precision * away).mean(-1).amin(1)
