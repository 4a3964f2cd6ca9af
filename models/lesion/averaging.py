"""Test-time augmentation: average the predictions for each image at several sizes, plain and mirrored."""

from collections.abc import Sequence

import torch
from torch import Tensor

from models.lesion.network import LesionNetwork, NetworkOutput
from models.lesion.preparation import standardise, to_side


def predict_averaged(network: LesionNetwork, squares: Tensor, sides_px: Sequence[int]) -> NetworkOutput:
    """Predict squares [B, 1, S, S], 0..1, on the network's device; S is the first and greatest of the sides.

    Logits are the mean over all sizes and mirror images; the embedding is that of the plain image at full size.
    """
    outputs: list[NetworkOutput] = []
    for side in sides_px:
        own = standardise(to_side(squares, side))
        outputs += [network.forward_with_embedding(own), network.forward_with_embedding(own.flip(3))]
    return NetworkOutput(torch.stack([output.logits for output in outputs]).mean(0), outputs[0].embedding)
