"""What the enhancer repairs on held-out images, compared with filters, and its effect on the lesion model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.generator.damage import KINDS, PLAIN, Squares, damage
from models.generator.material import CLASSES, Material
from models.generator.measures import DRAWS, Floats, interval, signal_to_noise, structural_similarity
from models.generator.network import EnhancerNetwork
from models.lesion.lab.data import TEST_FOLD
from models.lesion.lab.evaluation import area, macro_area
from models.lesion.model import LesionModel
from models.lesion.weights import Figure

LEARNT = "enhancer"


@dataclass(frozen=True)
class Repair:
    """Results of one way to repair one kind of damage on the held-out images."""

    psnr_db: Figure
    ssim: Figure
    psnr_won_db: Figure  # gain of the enhancer over this way, paired by image


@dataclass(frozen=True)
class TestFoldFigures:
    """Performance of the lesion model on the images of its test fold after some treatment."""

    auc_macro: Figure
    auc_malignant: Figure
    refused: float  # share


def damaged(squares: Tensor, kind: str) -> Tensor:
    """Damage squares [N, 1, S, S] for the evaluation: one kind, strength 1, seeded."""
    kinds = torch.full((len(squares),), KINDS.index(kind))
    return damage(squares, kinds, torch.ones(len(squares)), torch.Generator().manual_seed(0))


@torch.inference_mode()
def enhance(network: EnhancerNetwork, squares: Tensor, kind: str) -> Tensor:
    """Repair squares [N, 1, S, S] of one kind of damage: the same shape, 0..1."""
    device = next(network.parameters()).device
    parts = []
    for part in torch.split(squares, 16):
        kinds = torch.full((len(part),), KINDS.index(kind), device=device)
        parts.append(network(part.to(device), kinds).clamp(0, 1).cpu())
    return torch.cat(parts)


def repairs(network: EnhancerNetwork, material: Material, draws: int = DRAWS) -> dict[str, dict[str, Repair]]:
    """Measure every way to repair every kind of damage: by kind, then by way."""
    truth, groups = material.squares[material.held_out], material.groups[material.held_out]
    out: dict[str, dict[str, Repair]] = {}
    for kind, ways in PLAIN.items():
        bad = damaged(truth, kind)
        results: dict[str, list[Squares]] = {
            name: [way(one) for one in bad[:, 0].numpy()] for name, way in ways.items()
        }
        results[LEARNT] = list(enhance(network, bad, kind)[:, 0].numpy())
        psnr = {name: _each(signal_to_noise, images, truth) for name, images in results.items()}
        ssim = {name: _each(structural_similarity, images, truth) for name, images in results.items()}
        out[kind] = {
            name: Repair(*(_mean(of, groups, draws) for of in (psnr[name], ssim[name], psnr[LEARNT] - psnr[name])))
            for name in results
        }
    return out


def readings(
    network: EnhancerNetwork, material: Material, model: LesionModel, draws: int = DRAWS
) -> dict[str, TestFoldFigures]:
    """Score the test fold with the lesion model: as it is, damaged, and damaged and repaired.

    Only the test fold: the lesion model's members were trained on some of the other held-out folds.
    """
    rows = np.flatnonzero(material.folds == TEST_FOLD)
    squares, targets, groups = material.squares[rows], material.targets[rows].numpy(), material.groups[rows]
    treated = {"as it is": squares}
    for kind in KINDS:
        treated[f"{kind}, as it is"] = damaged(squares, kind)
        treated[f"{kind}, repaired"] = enhance(network, damaged(squares, kind), kind)
    return {name: _read(model, images, targets, groups, draws) for name, images in treated.items()}


def _read(
    model: LesionModel, squares: Tensor, targets: NDArray[np.intp], groups: NDArray[np.intp], draws: int
) -> TestFoldFigures:
    images = list(squares[:, 0].numpy())
    scores = model.score(images)
    order = [model.classes.index(name) for name in CLASSES]
    said, malignant = scores.probabilities[:, order], CLASSES.index("malignant")
    refused = [model.refusal(image, float(d)) is not None for image, d in zip(images, scores.outlier, strict=True)]
    return TestFoldFigures(
        auc_macro=interval(lambda drawn: macro_area(said[drawn], targets[drawn]), groups, draws),
        auc_malignant=interval(lambda drawn: area(said[drawn, malignant], targets[drawn] == malignant), groups, draws),
        refused=float(np.mean(refused)),
    )


def _each(measure: Callable[[Squares, Squares], float], images: list[Squares], truth: Tensor) -> Floats:
    return np.array([measure(image, true) for image, true in zip(images, truth[:, 0].numpy(), strict=True)])


def _mean(values: Floats, groups: NDArray[np.intp], draws: int) -> Figure:
    return interval(lambda rows: float(values[rows].mean()), groups, draws)
