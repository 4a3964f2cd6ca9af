"""EfficientNet-Lite0, the trunk that photographs of the retina are read with: a stack of inverted residual blocks.

Tan and Le 2019, arXiv 1905.11946; the Lite variant has no squeeze-and-excitation and ReLU6 throughout. Batch norms are
folded into their convolutions: the trunk is read, not trained from nothing.

Shapes: B images, H and W sides in px, c channels of a stage.
"""

from typing import Final

from torch import Tensor, nn
from torch.nn import functional

# fmt: off
STAGES: Final = (
    # blocks, kernel, stride, expansion, channels in, channels out
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)
# fmt: on
STEM: Final = 32


class _Convolution(nn.Module):
    """A convolution padded as TensorFlow does, so that an even side is halved with more padding at its far end."""

    def __init__(self, before: int, width: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.inner = nn.Conv2d(before, width, kernel, stride, groups=groups)
        missing = kernel - stride
        self.padding = (missing // 2, missing - missing // 2) * 2

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, before, H, W] to [B, width, H / stride, W / stride]."""
        out: Tensor = self.inner(functional.pad(x, self.padding))
        return out


class _Block(nn.Module):
    """Expand, convolve each channel by itself, project; the input is added where the shape stays."""

    def __init__(self, before: int, width: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = before * expansion
        self.expand = _Convolution(before, inner, 1) if expansion > 1 else None
        self.depthwise = _Convolution(inner, inner, kernel, stride, groups=inner)
        self.project = _Convolution(inner, width, 1)
        self.adds = stride == 1 and before == width

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, before, H, W] to [B, width, H / stride, W / stride]."""
        inner = x if self.expand is None else functional.relu6(self.expand(x))
        out: Tensor = self.project(functional.relu6(self.depthwise(inner)))
        return out + x if self.adds else out


class EfficientNetLite0(nn.Module):
    """The stem and the seven stages, without the last convolution and the classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _Convolution(3, STEM, 3, 2)
        self.stages = nn.ModuleList(
            nn.Sequential(
                *(
                    _Block(before if number == 0 else width, width, kernel, stride if number == 0 else 1, expansion)
                    for number in range(blocks)
                )
            )
            for blocks, kernel, stride, expansion, before, width in STAGES
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the output of each stage for colours [B, 3, H, W] of 0 to 1; H and W divide by 32."""
        return self.further(functional.relu6(self.stem((x * 255 - 127) / 128)), 0)

    def further(self, x: Tensor, start: int) -> list[Tensor]:
        """Return the outputs of the stages from this one on, for the output of the stage before it."""
        seen = []
        for stage in list(self.stages)[start:]:
            x = stage(x)
            seen.append(x)
        return seen
