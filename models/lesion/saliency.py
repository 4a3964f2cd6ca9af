"""Turn a network's saliency into a heat map over the image and the box of its strongest region."""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.lesion.regions import connected

REGION: Final = 0.5  # of the maximum; pixels above belong to the region; our choice

Box = tuple[int, int, int, int]


def heat(evidence: Tensor, height: int, width: int) -> NDArray[np.float32]:
    """Resize one class's saliency [s, s] to an image: [height, width], 0..1, the maximum 1, negative values 0."""
    positive = evidence.clamp_min(0)[None, None]
    drawn = functional.interpolate(positive, size=(height, width), mode="bilinear", align_corners=False)[0, 0]
    strongest = drawn.max()
    out: NDArray[np.float32] = (drawn / strongest if strongest > 0 else torch.zeros_like(drawn)).numpy()
    return out


def region_box(saliency: NDArray[np.float32]) -> Box | None:
    """Return the box (row0, col0, row1, col1; the ends excluded) of the connected region round the maximum."""
    if saliency.max() <= 0:
        return None
    regions = connected(saliency >= REGION, diagonally=False)
    row, column = np.unravel_index(saliency.argmax(), saliency.shape)
    top, left, bottom, right = regions.boxes[regions.at(int(row), int(column))].tolist()
    return top, left, bottom, right
