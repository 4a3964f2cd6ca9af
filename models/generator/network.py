"""A small U-Net for two tasks: generating images by flow matching, and repairing degraded ones.

Shapes: B images, S side in px, E width of the condition, C classes.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

GROUPS: Final = 8  # of the group normalisation; widths must be multiples of it
FREQUENCIES: Final = 32  # sines and cosines that encode the flow's time


@dataclass(frozen=True)
class Shape:
    """Hyperparameters that rebuild a network, stored with it. S must divide by patch_px * 2 ** (stages - 1)."""

    patch_px: int  # side of the patches that become channels: the first stage has the side S / patch_px
    widths: tuple[int, ...]  # of the stages, each half the side of the one before
    conditions: int  # classes of a generator, kinds of damage of an enhancer


class Block(nn.Module):
    """Residual block of two convolutions, scaled and shifted by the condition (Perez et al. 2018, FiLM)."""

    def __init__(self, before: int, width: int, condition: int) -> None:
        super().__init__()
        self.first_norm = nn.GroupNorm(GROUPS, before)
        self.first = nn.Conv2d(before, width, 3, padding=1)
        self.film = nn.Linear(condition, 2 * width)
        self.second_norm = nn.GroupNorm(GROUPS, width)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.shortcut = nn.Identity() if before == width else nn.Conv2d(before, width, 1)
        nn.init.zeros_(self.second.weight)  # a new block is the identity
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Map [B, before, s, s] under the condition [B, E] to [B, width, s, s]."""
        inner = self.first(functional.silu(self.first_norm(x)))
        scale, shift = self.film(condition)[..., None, None].chunk(2, dim=1)
        inner = functional.silu(self.second_norm(inner) * (1 + scale) + shift)
        out: Tensor = self.shortcut(x) + self.second(inner)
        return out


class Attention(nn.Module):
    """Self-attention over all positions of the smallest stage, with one head."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, width)
        self.ask = nn.Conv2d(width, 3 * width, 1)
        self.answer = nn.Conv2d(width, width, 1)
        nn.init.zeros_(self.answer.weight)
        nn.init.zeros_(self.answer.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, width, s, s] to the same shape."""
        query, key, value = self.ask(self.norm(x)).flatten(2).transpose(1, 2).chunk(3, dim=2)  # [B, s * s, width]
        seen = functional.scaled_dot_product_attention(query, key, value)
        out: Tensor = x + self.answer(seen.transpose(1, 2).reshape(x.shape))
        return out


class UNet(nn.Module):
    """Map an image to an image of the same size under a condition, on patches of pixels to save computation.

    Ronneberger et al. 2015 (arXiv 1505.04597), with residual blocks and one attention layer in the middle.
    """

    def __init__(self, shape: Shape, condition: int) -> None:
        super().__init__()
        self.patch_px, widths = shape.patch_px, shape.widths
        below = widths[1:] + widths[-1:]
        self.enter = nn.Conv2d(shape.patch_px**2, widths[0], 3, padding=1)
        self.down = nn.ModuleList(Block(width, width, condition) for width in widths)
        self.shrink = nn.ModuleList(
            nn.Conv2d(width, after, 3, stride=2, padding=1) for width, after in pairwise(widths)
        )
        self.middle = Block(widths[-1], widths[-1], condition)
        self.attention = Attention(widths[-1])
        self.up = nn.ModuleList(
            Block(width + after, width, condition) for width, after in zip(widths, below, strict=True)
        )
        self.leave = nn.Conv2d(widths[0], shape.patch_px**2, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Map [B, 1, S, S] under the condition [B, E] to [B, 1, S, S]."""
        h = self.enter(functional.pixel_unshuffle(x, self.patch_px))
        kept = []
        for number, block in enumerate(self.down):
            h = block(h if number == 0 else self.shrink[number - 1](h), condition)
            kept.append(h)
        h = self.attention(self.middle(h, condition))
        for block, beside in zip(reversed(self.up), reversed(kept), strict=True):
            if h.shape[-1] != beside.shape[-1]:
                h = functional.interpolate(h, scale_factor=2.0)
            h = block(torch.cat([h, beside], dim=1), condition)
        out: Tensor = functional.pixel_shuffle(self.leave(functional.silu(h)), self.patch_px)
        return out


class FlowNetwork(nn.Module):
    """Predict the velocity that moves a noisy image towards one of its class."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        condition = 4 * shape.widths[0]
        self.any_class = shape.conditions  # the label of the unconditional velocity, for guidance
        self.label = nn.Embedding(shape.conditions + 1, condition)
        self.time = nn.Sequential(nn.Linear(2 * FREQUENCIES, condition), nn.SiLU(), nn.Linear(condition, condition))
        self.body = UNet(shape, condition)

    def forward(self, x: Tensor, time: Tensor, label: Tensor) -> Tensor:
        """Return the velocity [B, 1, S, S] at x [B, 1, S, S], time [B] in 0..1 (0 is noise), class numbers [B]."""
        waves = torch.exp(torch.linspace(0, math.log(1000), FREQUENCIES, device=x.device))
        angles = time[:, None] * waves
        told = self.time(torch.cat([angles.sin(), angles.cos()], dim=1))
        out: Tensor = self.body(x, functional.silu(told + self.label(label)))
        return out


class EnhancerNetwork(nn.Module):
    """Predict the difference between a degraded image and the good one."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        condition = 4 * shape.widths[0]
        self.damage = nn.Embedding(shape.conditions, condition)
        self.body = UNet(shape, condition)

    def forward(self, x: Tensor, damage: Tensor) -> Tensor:
        """Repair images [B, 1, S, S] (0..1) of a kind of damage [B]: [B, 1, S, S], not clamped."""
        out: Tensor = x + self.body(x, self.damage(damage))
        return out
