"""Evidence for and against a shipped lesion model, measured on the test fold, to which nothing was fitted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from models.lesion.lab.confounds import ALIKE, baselines, likeness
from models.lesion.lab.data import TEST_FOLD, Images
from models.lesion.lab.evaluation import Judged, area, class_numbers, figures, judge, macro_area
from models.lesion.lab.faithfulness import Faithfulness, faithfulness
from models.lesion.lab.training import Material
from models.lesion.model import LesionModel
from models.lesion.weights import Figure

ENOUGH: Final = 200  # images of each foreign kind
LOOKED_AT: Final = 64  # images whose saliency maps are checked


@dataclass(frozen=True)
class Foreign:
    """How well the outlier check separates one kind of foreign images from the model's own."""

    separation: float  # AUROC of the outlier distance, own test images against these
    refused: float  # share


@dataclass(frozen=True)
class Evidence:
    """Everything that the model card is written from."""

    images: int
    targets: NDArray[np.intp]  # [N]
    judged: Judged  # N images of the test fold
    figures: dict[str, Figure]
    baselines: dict[str, float]  # macro AUC of baselines that see no lesion
    near_copies: float  # share of the test fold that closely resembles a training image
    macro_without_copies: float
    foreign: dict[str, Foreign]
    faithfulness: Faithfulness


def gather(model: LesionModel, images: Images, material: Material, others: Mapping[str, Images]) -> Evidence:
    """Measure a model on the test fold of its own images, and on images of other kinds."""
    test = images.take(np.flatnonzero(material.folds == TEST_FOLD))
    judged, targets = judge(model, test), class_numbers(model, test)
    distinct = likeness(material) < ALIKE
    chance = np.random.default_rng(0)
    kinds = {name: _some(other, chance) for name, other in others.items()} | {"noise": noise(chance, ENOUGH)}
    return Evidence(
        images=len(test.files),
        targets=targets,
        judged=judged,
        figures=figures(model, test, judged),
        baselines=baselines(material),
        near_copies=float(1 - distinct.mean()),
        macro_without_copies=macro_area(judged.probabilities[distinct], targets[distinct]),
        foreign={name: _foreign(model, judged, kind) for name, kind in kinds.items()},
        faithfulness=faithfulness(model, _with_lesions(model, material)),
    )


def noise(chance: np.random.Generator, count: int) -> Images:
    """Make images without content, 128 px: white noise, blurred noise and gradients in turn."""
    pixels = []
    for number in range(count):
        white = chance.random((128, 128))
        slope = np.linspace(0, 1, 128)[:, None] * chance.random() + np.linspace(0, 1, 128) * chance.random()
        drawn = (white, ndimage.gaussian_filter(white, 6), slope + 0.02 * white)[number % 3]
        pixels.append(((drawn - drawn.min()) / np.ptp(drawn)).astype(np.float32))
    names = tuple(str(number) for number in range(count))
    return Images(names, tuple(pixels), None, names)


def _with_lesions(model: LesionModel, material: Material) -> NDArray[np.float32]:
    """Return squares [B, S, S] of the test fold whose class is not normal."""
    normal = model.classes.index(model.configuration.normal)
    rows = np.flatnonzero((material.folds == TEST_FOLD) & (material.targets.numpy() != normal))[:LOOKED_AT]
    squares: NDArray[np.float32] = material.squares[rows, 0].numpy()
    return squares


def _some(images: Images, chance: np.random.Generator) -> Images:
    count = min(ENOUGH, len(images.files))
    return images.take(np.sort(chance.choice(len(images.files), count, replace=False)))


def _foreign(model: LesionModel, own: Judged, kind: Images) -> Foreign:
    judged = judge(model, kind)
    distances = np.concatenate([own.outlier, judged.outlier])
    is_foreign = np.arange(len(distances)) >= len(own.outlier)
    return Foreign(area(distances, is_foreign), float(judged.refused.mean()))
