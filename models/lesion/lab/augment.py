"""Random augmentation of training images, a batch at a time, seeded by the caller."""

import math

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn import functional


def vary(squares: Tensor, generator: Generator) -> Tensor:
    """Augment squares [B, 1, S, S], 0..1; return the same shape.

    Rotate, scale, shift, mirror, change the grey curve, blur, add noise and cover a patch. The ranges are our choice:
    about what positioning, gain and a marker over the image change in practice.
    """
    moved = _move(squares, generator)
    toned = _tone(moved, generator)
    return _cover(toned, generator)


def mix(squares: Tensor, targets: Tensor, strength: float, chance: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Blend each image and its target [B, C] with another's (mixup, Zhang et al. 2018, arXiv 1710.09412)."""
    drawn = chance.beta(strength, strength, len(squares))
    weights = torch.from_numpy(np.maximum(drawn, 1 - drawn).astype(np.float32)).to(squares.device)
    order = torch.from_numpy(chance.permutation(len(squares))).to(squares.device)
    wide, narrow = weights[:, None, None, None], weights[:, None]
    return wide * squares + (1 - wide) * squares[order], narrow * targets + (1 - narrow) * targets[order]


def _uniform(count: int, low: float, high: float, generator: Generator) -> Tensor:
    return low + (high - low) * torch.rand(count, generator=generator)


def _move(squares: Tensor, generator: Generator) -> Tensor:
    count = len(squares)
    angle = _uniform(count, -15, 15, generator) * math.pi / 180
    zoom = torch.exp(_uniform(count, -0.25, 0.2, generator))
    stretch = torch.exp(_uniform(count, -0.12, 0.12, generator))
    mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)  # noqa: PLR2004
    cosine, sine = torch.cos(angle), torch.sin(angle)
    across, down = zoom * stretch, zoom / stretch
    rows = [
        torch.stack([mirror * across * cosine, -across * sine, _uniform(count, -0.12, 0.12, generator)], dim=1),
        torch.stack([mirror * down * sine, down * cosine, _uniform(count, -0.12, 0.12, generator)], dim=1),
    ]
    turn = torch.stack(rows, dim=1).to(squares.device)  # [B, 2, 3]
    grid = functional.affine_grid(turn, list(squares.shape), align_corners=False)
    return functional.grid_sample(squares, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _tone(squares: Tensor, generator: Generator) -> Tensor:
    count, device = len(squares), squares.device
    bend = torch.exp(_uniform(count, -0.4, 0.4, generator)).to(device)[:, None, None, None]
    grain = (0.04 * torch.rand(count, generator=generator)).to(device)[:, None, None, None]
    noise = torch.randn(squares.shape, generator=generator).to(device)
    soft = (torch.rand(count, generator=generator) < 0.2).to(device)[:, None, None, None]  # noqa: PLR2004
    blurred = functional.avg_pool2d(functional.pad(squares, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return torch.where(soft, blurred, squares).clamp(0, 1) ** bend + grain * noise


def _cover(squares: Tensor, generator: Generator) -> Tensor:
    """Cover one rectangle of half of the images with their mean (random erasing, arXiv 1708.04896)."""
    count, size = len(squares), squares.shape[-1]
    sides = _uniform(2 * count, 0.1, 0.35, generator).view(count, 2) * size
    corners = torch.rand(count, 2, generator=generator) * size
    axis = torch.arange(size)
    inside = (axis >= corners[..., None]) & (axis < (corners + sides)[..., None])  # [B, 2, S]
    patch = inside[:, 0, :, None] & inside[:, 1, None, :]
    patch &= (torch.rand(count, generator=generator) < 0.5)[:, None, None]  # noqa: PLR2004
    return torch.where(patch[:, None].to(squares.device), squares.mean((2, 3), keepdim=True), squares)
