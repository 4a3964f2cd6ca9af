"""Breast ultrasound images for this package: small squares, whole groups held out, and shares of the rest."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.lesion.lab.data import DataError, Images, fingerprint, fold_of_each
from models.lesion.preparation import to_square

SET: Final = "breast_ultrasound"
CLASSES: Final = ("benign", "malignant", "normal")
HELD_OUT: Final = (0, 1, 2)  # of the lesion models' ten folds; fold 0 alone, 60 images, can't tell classifiers apart
SHARES: Final = (10, 30, 100)  # percent of the training images that are used; each share has its own generator
NARROWEST: Final = 0.85  # least side of the random crop, as a share of the image's side; our choice

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Material:
    """N labelled images, each resized to a square of S px."""

    squares: Tensor  # [N, 1, S, S], 0..1
    targets: Tensor  # [N], class numbers
    folds: Rows  # [N], 0..9
    groups: Rows  # [N]; near-duplicates share a group, and a group is never split
    fingerprint: str

    @property
    def held_out(self) -> Rows:
        """Rows of the images that nothing is fitted to."""
        return np.flatnonzero(np.isin(self.folds, HELD_OUT))

    def share(self, percent: int) -> Rows:
        """Rows of this share of each class's training images, in whole groups; a smaller share is a subset."""
        order = np.random.default_rng(0).permutation(int(self.groups.max()) + 1)[self.groups]  # the same for all shares
        taught = ~np.isin(self.folds, HELD_OUT)
        rows: list[int] = []
        for number in range(len(CLASSES)):
            own = np.flatnonzero(taught & (self.targets.numpy() == number))
            own = own[np.argsort(order[own], kind="stable")]
            count = max(1, round(len(own) * percent / 100))
            rows += own[np.isin(self.groups[own], self.groups[own[:count]])].tolist()
        return np.sort(np.array(rows, dtype=np.intp))


def prepare(images: Images, size_px: int) -> Material:
    """Turn labelled images into squares. Raises DataError when there are no labels or a class is missing."""
    if images.labels is None or set(images.labels) != set(CLASSES):
        message = f"a generator needs images of each of the classes {', '.join(CLASSES)}"
        raise DataError(message)
    targets = torch.tensor([CLASSES.index(label) for label in images.labels])
    _, groups = np.unique(images.groups, return_inverse=True)
    return Material(to_square(images.pixels, size_px), targets, fold_of_each(images), groups, fingerprint(images))


def window(squares: Tensor, generator: torch.Generator) -> Tensor:
    """Crop each square [B, 1, S, S] at random inside the image, mirrored or not: no padding appears."""
    count = len(squares)
    span = NARROWEST + (1 - NARROWEST) * torch.rand(count, generator=generator)
    shift = (1 - span)[:, None] * (2 * torch.rand(count, 2, generator=generator) - 1)
    mirror = 1 - 2 * torch.randint(2, (count,), generator=generator)
    none = torch.zeros(count)
    rows = [torch.stack([span * mirror, none, shift[:, 0]], 1), torch.stack([none, span, shift[:, 1]], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1).to(squares.device), list(squares.shape), align_corners=False)
    return functional.grid_sample(squares, grid, mode="bilinear", padding_mode="border", align_corners=False)
