"""Do generated images help where real ones are scarce? Small classifiers with and without them, on held-out images."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.generator.material import CLASSES, Material
from models.generator.measures import DRAWS, Floats, intervals
from models.generator.recipes import Drawn, Recipe, train_classifier
from models.generator.training import Workplace
from models.lesion.calibration import softmax
from models.lesion.lab.evaluation import area, macro_area
from models.lesion.network import LesionNetwork
from models.lesion.preparation import standardise
from models.lesion.weights import Figure

MALIGNANT: Final = CLASSES.index("malignant")

Score = Callable[[Floats, NDArray[np.intp]], float]  # of probabilities [H, C] and class numbers [H]


@dataclass(frozen=True)
class Arm:
    """Predictions on the held-out images of the classifiers of one share: H images, K seeds, C classes."""

    plain: Floats  # [K, H, C]
    generated: Floats  # [K, H, C]


@dataclass(frozen=True)
class Gain:
    """One measure without and with generated images, each the mean over the seeds, and the difference."""

    plain: Figure
    generated: Figure
    gain: Figure  # paired bootstrap: the same images for both
    gain_by_seed: tuple[float, ...]


def run_arm(material: Material, percent: int, drawn: Drawn, recipe: Recipe, place: Workplace) -> Arm:
    """Train the classifiers of one share; those that have been trained already are read from their checkpoints."""
    held = material.squares[material.held_out]
    plain, generated = [], []
    for seed in range(recipe.classifier_seeds):
        plain.append(probabilities(train_classifier(material, percent, None, seed, recipe, place), held))
        generated.append(probabilities(train_classifier(material, percent, drawn, seed, recipe, place), held))
    return Arm(np.stack(plain), np.stack(generated))


@torch.inference_mode()
def probabilities(network: LesionNetwork, squares: Tensor) -> Floats:
    """Return the probabilities [N, C] of squares [N, 1, S, S]."""
    device = next(network.parameters()).device
    return softmax(network(standardise(squares).to(device)).cpu().double().numpy())


def malignant_area(of_each: Floats, targets: NDArray[np.intp]) -> float:
    """Area under the ROC curve, malignant against the rest."""
    return area(of_each[:, MALIGNANT], targets == MALIGNANT)


MEASURES: Final[dict[str, Score]] = {"macro AUC": macro_area, "malignant AUC": malignant_area}


def gains(arm: Arm, material: Material, measure: Score, draws: int = DRAWS) -> Gain:
    """Measure the gain; the intervals are by bootstrap over groups of held-out images, not over seeds or shares."""
    targets, groups = material.targets[material.held_out].numpy(), material.groups[material.held_out]

    def reach(rows: NDArray[np.intp]) -> tuple[float, float, float]:
        plain, generated = (
            float(np.mean([measure(one[rows], targets[rows]) for one in seeds])) for seeds in (arm.plain, arm.generated)
        )
        return plain, generated, generated - plain

    plain, generated, gain = intervals(reach, groups, draws)
    by_seed = tuple(
        measure(more, targets) - measure(less, targets) for less, more in zip(arm.plain, arm.generated, strict=True)
    )
    return Gain(plain, generated, gain, by_seed)
