"""Prepare grey images of any size for a network, in the same way for training, evaluation and the check path.

The image is resized to a square (the public sets were made so, and the aspect then tells less about the source), and
each is standardised by its own mean and deviation, so that no linear change of grey levels can be learnt as a class.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

FLAT: Final = 1e-3  # standard deviation of grey levels (0..1) under which an image has no content; our choice


def to_square(images: Sequence[NDArray[np.float32]], size_px: int) -> Tensor:
    """Resize grey images [H, W] (0..1, each its own size) to one tensor [B, 1, size_px, size_px]."""
    squares = [
        functional.interpolate(
            torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32))[None, None],
            size=(size_px, size_px),
            mode="bilinear",
            antialias=True,
        )
        for image in images
    ]
    return torch.cat(squares) if squares else torch.empty(0, 1, size_px, size_px)


def to_side(squares: Tensor, side_px: int) -> Tensor:
    """Shrink squares [B, 1, S, S] to [B, 1, side_px, side_px]; return those of that side unchanged."""
    if squares.shape[-1] == side_px:
        return squares
    return functional.interpolate(squares, size=(side_px, side_px), mode="bilinear", antialias=True)


def standardise(squares: Tensor) -> Tensor:
    """Scale each image [B, 1, S, S] to mean 0 and deviation 1; a flat one becomes all zeros."""
    centred = squares - squares.mean((2, 3), keepdim=True)
    return centred / centred.std((2, 3), keepdim=True).clamp_min(FLAT)
