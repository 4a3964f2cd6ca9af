"""Test-time augmentation: average the predictions for each image at several sizes, plain and mirrored."""

from collections.abc import Sequence

import torch
from torch import Tensor

from models.lesion.network import LesionNetwork, Seen
from models.lesion.preparation import standardise, to_side


def look_at(network: LesionNetwork, squares: Tensor, sides_px: Sequence[int]) -> Seen:
    """Predict squares [B, 1, S, S], 0..1, on the network's device; S is the first and greatest of the sides.

    Logits are the mean over all sizes and mirror images; the embedding is that of the plain image at full size.
    """
    looks: list[Seen] = []
    for side in sides_px:
        own = standardise(to_side(squares, side))
        looks += [network.look(own), network.look(own.flip(3))]
    return Seen(torch.stack([look.logits for look in looks]).mean(0), looks[0].embedding)
