"""Degradations for the enhancer, made from good images so that the truth is known; and classic filters to compare."""

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Generator, Tensor
from torch.nn import functional

KINDS: Final = ("noise", "half_resolution")
SPECKLE: Final = 0.2  # standard deviation of the factor on each pixel, and
GRAIN: Final = 0.05  # of the noise that is added to it (grey levels 0..1), at strength 1; our choice: plainly visible

Squares = NDArray[np.float32]


def damage(squares: Tensor, kinds: Tensor, strength: Tensor, generator: Generator) -> Tensor:
    """Degrade squares [B, 1, S, S] (0..1) by kind [B] and, for noise, strength [B]; return the same shape.

    Images of half resolution are returned at full size by bicubic interpolation: the baseline that the enhancer has to
    beat.
    """
    strong = strength[:, None, None, None]
    speckle = 1 + strong * SPECKLE * torch.randn(squares.shape, generator=generator)
    noisy = squares * speckle + strong * GRAIN * torch.randn(squares.shape, generator=generator)
    half = functional.interpolate(squares, scale_factor=0.5, mode="bilinear", antialias=True)
    up = functional.interpolate(half, scale_factor=2.0, mode="bicubic")
    return torch.where((kinds == KINDS.index("noise"))[:, None, None, None], noisy, up).clamp(0, 1)


def _median(side_px: int) -> Callable[[Squares], Squares]:
    return lambda image: np.asarray(ndimage.median_filter(image, size=side_px), dtype=np.float32)


def _sharpened(image: Squares) -> Squares:
    """Sharpen by an unsharp mask: add the difference to a Gaussian blur of 1 px."""
    return np.asarray(2 * image - ndimage.gaussian_filter(image, 1.0), dtype=np.float32).clip(0, 1)


PLAIN: Final[dict[str, dict[str, Callable[[Squares], Squares]]]] = {
    "noise": {
        "nothing": lambda image: image,
        "median 3 x 3": _median(3),
        "median 5 x 5": _median(5),
        "Gaussian, 1 px": lambda image: np.asarray(ndimage.gaussian_filter(image, 1.0), dtype=np.float32),
    },
    "half_resolution": {"bicubic": lambda image: image, "bicubic, sharpened": _sharpened},
}
