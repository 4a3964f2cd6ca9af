"""Quality of generated images: fidelity, variety, near copies of training images, and the class that was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.generator.material import CLASSES, SHARES, Material
from models.generator.measures import (
    COMPONENTS,
    DRAWS,
    Floats,
    embed,
    frechet_distance,
    interval,
    kernel_distance,
    likeness,
    recall,
    spread,
)
from models.lesion.lab.evaluation import area
from models.lesion.model import LesionModel
from models.lesion.weights import Figure

COPY: Final = 0.98  # correlation at 32 px above which the lesion models' cards call an image a near copy
REAL: Final = "real, of the training folds"


@dataclass(frozen=True)
class ImageQuality:
    """Quality of one set of images against the held-out real ones, with as many images of each class as those have."""

    kernel: Figure  # KID
    frechet: float  # Frechet inception distance, in few principal components
    precision: float
    recall: float
    spread: float  # relative to that of the held-out images


@dataclass(frozen=True)
class Memorisation:
    """How close generated images come to the generator's own training images, compared with held-out real ones."""

    drawn: float  # median over images of the highest correlation with a training image of that share
    held_out: float  # the same for held-out images
    nearer: Figure  # area under the ROC curve of that correlation, generated against held-out; 0.5: no closer
    copies: float  # share of generated images that are near copies
    copies_held_out: float


def like_held_out(drawn: Mapping[int, Tensor], material: Material) -> Tensor:
    """Take as many generated images of each class as are held out, in the order of generation: [H, 1, S, S]."""
    counts = np.bincount(material.targets[material.held_out].numpy(), minlength=len(CLASSES))
    return torch.cat([drawn[number][:count] for number, count in enumerate(counts)])


def measure_quality(
    model: LesionModel, material: Material, drawn: Mapping[int, Mapping[int, Tensor]], draws: int = DRAWS
) -> dict[str, ImageQuality]:
    """Compare each share's generated images, and alternatives without a generator, in a lesion model's features."""
    taught, held = material.share(100), material.held_out
    chance = np.random.default_rng(0)
    own = {
        number: material.squares[chance.permutation(taught[material.targets[taught].numpy() == number])]
        for number in range(len(CLASSES))
    }
    real = like_held_out(own, material)
    mean = torch.cat([own[n].mean(0, keepdim=True).expand(len(own[n]), -1, -1, -1)[: _count(material, n)] for n in own])
    noise = torch.randn(real.shape, generator=torch.Generator().manual_seed(0)) * real.std() + real.mean()
    grain = 0.01 * torch.randn(mean.shape, generator=torch.Generator().manual_seed(1))
    sets = {
        REAL: real,
        **{f"drawn by the generator of {share} %": like_held_out(drawn[share], material) for share in SHARES},
        "real, blurred": _blurred(real),
        "each class's mean, with grain": (mean + grain).clamp(0, 1),
        "noise": noise.clamp(0, 1),
    }
    space = _Space(embed(model, material.squares[taught]))
    truth = space.features(embed(model, material.squares[held]))
    return {
        name: _worth(space, truth, space.features(embed(model, images)), material, draws)
        for name, images in sets.items()
    }


def memorisation(material: Material, percent: int, drawn: Mapping[int, Tensor], draws: int = DRAWS) -> Memorisation:
    """Measure whether a generator's images lie closer to its training images than unseen real images do."""
    taught, groups = material.squares[material.share(percent)], material.groups[material.held_out]
    own = likeness(like_held_out(drawn, material), taught)
    held = likeness(material.squares[material.held_out], taught)
    both, is_drawn = np.concatenate([own, held]), np.arange(len(own) + len(held)) < len(own)
    # Generated images are independent: each is a group of its own
    apart = np.concatenate([groups.max() + 1 + np.arange(len(own)), groups])
    return Memorisation(
        drawn=float(np.median(own)),
        held_out=float(np.median(held)),
        nearer=interval(lambda rows: area(both[rows], is_drawn[rows]), apart, draws),
        copies=float((own >= COPY).mean()),
        copies_held_out=float((held >= COPY).mean()),
    )


class _Space:
    """Feature space in which each feature is divided by its standard deviation over the real training images."""

    def __init__(self, taught: Floats) -> None:
        self.mean, self.deviation = taught.mean(0), taught.std(0).clip(1e-6)
        _, _, self.axes = np.linalg.svd((taught - self.mean) / self.deviation, full_matrices=False)

    def features(self, embedding: Floats) -> Floats:
        """Scale features [N, E]."""
        out: Floats = (embedding - self.mean) / self.deviation
        return out

    def few(self, features: Floats) -> Floats:
        """Project on the principal components of the training images: [N, COMPONENTS]."""
        out: Floats = features @ self.axes[:COMPONENTS].T
        return out


def _worth(space: _Space, truth: Floats, features: Floats, material: Material, draws: int) -> ImageQuality:
    return ImageQuality(
        kernel=kernel_distance(truth, features, material.groups[material.held_out], draws),
        frechet=frechet_distance(space.few(truth), space.few(features)),
        precision=recall(features, truth),
        recall=recall(truth, features),
        spread=spread(features) / spread(truth),
    )


def _count(material: Material, number: int) -> int:
    return int((material.targets[material.held_out] == number).sum())


def _blurred(squares: Tensor) -> Tensor:
    padded = functional.pad(squares, (3, 3, 3, 3), mode="reflect")
    return functional.avg_pool2d(padded, 7, stride=1)
