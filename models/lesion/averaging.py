"""Test-time augmentation: average the predictions for each image at several sizes, plain and mirrored."""

from collections.abc import Sequence

import torch
from torch import Tensor

from models.lesion.network import LesionNetwork, NetworkOutput
from models.lesion.preparation import standardise, to_side


def predict_averaged(network: LesionNetwork, squares: Tensor, sides_px: Sequence[int]) -> NetworkOutput:
    """Predict squares [B, 1, S, S], 0..1, on the network's device; S is the first and greatest of the sides.

    Logits are the mean over all sizes and mirror images; the embedding is that of the plain image at full size. `early`
    is [2 B, e, s, s]: of the plain images at full size, then of the mirrored ones.
    """
    outputs: list[NetworkOutput] = []
    for side in sides_px:
        own = standardise(to_side(squares, side))
        outputs.append(network.forward_with_embedding(torch.cat([own, own.flip(3)])))
    logits = torch.stack([output.logits for output in outputs]).mean(0)  # [2 B, C]
    plain, mirrored = logits.chunk(2)
    return NetworkOutput((plain + mirrored) / 2, outputs[0].embedding.chunk(2)[0], outputs[0].early)
