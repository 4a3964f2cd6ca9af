"""A small residual network with saliency maps.

Shapes: B images, S side in px, C classes, E channels of all stages together, s = S / stem_stride.
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

# Strides of the stem's convolutions. Stride 4 is taken in two steps: the first layers cost most in a small network
STEMS: Final = {1: (1,), 2: (2,), 4: (2, 2)}


@dataclass(frozen=True)
class Shape:
    """Hyperparameters that rebuild the network, stored with it. S must divide by stem_stride * 2 ** (stages - 1)."""

    stem_stride: int  # a key of STEMS
    widths: tuple[int, ...]
    blocks: int
    classes: int


class NetworkOutput(NamedTuple):
    """Output of the network for B images."""

    logits: Tensor  # [B, C]
    embedding: Tensor  # [B, E]; the mean activation of every channel of every stage
    early: Tensor  # [B, e, s, s]; the activations of the first stage


class Block(nn.Module):
    """Residual block of two 3 x 3 convolutions (He et al. 2016, doi 10.1109/CVPR.2016.90)."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(width)
        same = before == width and stride == 1
        self.shortcut = nn.Identity() if same else nn.Sequential(nn.AvgPool2d(stride), nn.Conv2d(before, width, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, before, S, S] to [B, width, S / stride, S / stride]."""
        inner = functional.relu(self.first_norm(self.first(x)))
        out: Tensor = functional.relu(self.shortcut(x) + self.second_norm(self.second(inner)))
        return out


def _convolution(before: int, width: int, stride: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()


class LesionNetwork(nn.Module):
    """Stem, stages of residual blocks that halve the side, and one linear head over the means of the last two stages.

    Two stages, so that small structures have a direct weight as well.
    """

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        first = shape.widths[0]
        strides = STEMS[shape.stem_stride]
        widths = [1, *(first // 2**later for later in reversed(range(len(strides))))]
        self.stem = nn.Sequential(
            *(layer for step in zip(widths[:-1], widths[1:], strides, strict=True) for layer in _convolution(*step))
        )
        self.stages = nn.ModuleList()
        before = first
        for number, width in enumerate(shape.widths):
            opening = Block(before, width, stride=1 if number == 0 else 2)
            self.stages.append(nn.Sequential(opening, *(Block(width, width, 1) for _ in range(shape.blocks - 1))))
            before = width
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(sum(shape.widths[-2:]), shape.classes)

    def _activations(self, x: Tensor, start: int = 0) -> list[Tensor]:
        out = []
        for stage in list(self.stages)[start:]:
            x = stage(x)
            out.append(x)
        return out

    def _score(self, stages: list[Tensor]) -> Tensor:
        means = torch.cat([stage.mean((2, 3)) for stage in stages[-2:]], dim=1)
        logits: Tensor = self.head(self.dropout(means))
        return logits

    def forward(self, x: Tensor) -> Tensor:
        """Score B standardised images [B, 1, S, S]; returns uncalibrated logits [B, C]."""
        return self._score(self._activations(self.stem(x)))

    def forward_with_embedding(self, x: Tensor) -> NetworkOutput:
        """Score B standardised images [B, 1, S, S]; return logits, the embedding for the outlier check, and `early`."""
        stages = self._activations(self.stem(x))
        embedding = torch.cat([stage.mean((2, 3)) for stage in stages], dim=1)
        return NetworkOutput(self._score(stages), embedding, stages[0])

    def evidence(self, early: Tensor, wanted: Tensor) -> Tensor:
        """Return saliency for a class: activation times gradient of its log odds, at the first stage, [B, s, s].

        HiResCAM (Draelos and Carin 2020, arXiv 2011.08891), but at an early stage: tried on these sets, the maps of the
        last stage lie along the padding and hardly matter when deleted. early [B, e, s, s] is that of the output for
        the same images; wanted [B], class numbers.
        """
        with torch.inference_mode(mode=False), torch.enable_grad():
            early = early.clone().requires_grad_()  # a copy, since what inference mode made takes no gradient
            logits = self._score([early, *self._activations(early, start=1)])
            chosen = functional.one_hot(wanted, logits.shape[1]).bool()
            others = torch.logsumexp(logits.masked_fill(chosen, -torch.inf), dim=1)
            (gradient,) = torch.autograd.grad((logits[chosen] - others).sum(), early)
        maps: Tensor = (early * gradient).sum(1).detach()
        return maps


def as_run(network: LesionNetwork) -> LesionNetwork:
    """Return a copy for scoring alone: batch norms folded into their convolutions, channels last in memory.

    Measured on one core, for batches of 16: two thirds of the time, logits the same to 1e-6.
    """
    copy = deepcopy(network).eval()
    copy.stem = _without_norms(copy.stem)
    for block in copy.modules():
        if isinstance(block, Block):
            block.first = fuse_conv_bn_eval(block.first, block.first_norm)
            block.second = fuse_conv_bn_eval(block.second, block.second_norm)
            block.first_norm = block.second_norm = nn.Identity()  # type: ignore[assignment] # the norms are gone
    return copy.to(memory_format=torch.channels_last)


def _without_norms(layers: nn.Sequential) -> nn.Sequential:
    out: list[nn.Module] = []
    for layer in layers:
        if isinstance(layer, nn.BatchNorm2d) and isinstance(out[-1], nn.Conv2d):
            out[-1] = fuse_conv_bn_eval(out[-1], layer)
        else:
            out.append(layer)
    return nn.Sequential(*out)
