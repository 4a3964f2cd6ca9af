"""Build a weights file from images: train the members, and calibrate them on what each of them held out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.lesion.averaging import predict_averaged
from models.lesion.calibration import Floats
from models.lesion.lab.augment import vary
from models.lesion.lab.calibration import conformal_quantile, fit_scale, youden_threshold
from models.lesion.lab.data import TEST_FOLD, Images, fingerprint, fold_of_each
from models.lesion.lab.evaluation import macro_area
from models.lesion.lab.outlier import fit_training_distribution
from models.lesion.lab.training import (
    Material,
    Trained,
    Weights,
    Workplace,
    digest,
    member_fold,
    shape_of,
    train_member,
)
from models.lesion.network import LesionNetwork, NetworkOutput
from models.lesion.outlier import TrainingDistribution
from models.lesion.preparation import standardise, to_square
from models.lesion.sets import LesionSet
from models.lesion.weights import Configuration, HeldOutFigures, write_package

CONFORMAL_ERROR: Final = 0.1  # the conformal set misses the true class of at most this share of images
ACCEPTED: Final = 0.95  # share of its own images that pass the outlier check
AT_ONCE: Final = 64  # images in one forward pass; bounds the memory
VARIATIONS: Final = 2  # augmented copies of each training image for fitting the outlier check; our choice


def prepare(known: LesionSet, images: Images) -> Material:
    """Turn labelled images into training material. Raises DataError when they have no labels."""
    folds = fold_of_each(images)
    targets = torch.tensor([known.classes.index(label) for label in images.labels or ()])
    return Material(to_square(images.pixels, known.recipe.size_px), targets, folds, fingerprint(images))


def build(
    known: LesionSet, images: Images, material: Material, place: Workplace, command: str, guess: Weights | None = None
) -> Path:
    """Train one set's model, starting from `guess`, calibrate and write it; return the path of its weights file."""
    members = [train_member(known, material, member, place, guess) for member in range(known.recipe.members)]
    path = place.weights / f"{known.name}.safetensors"
    configuration, familiar = _calibrate(known, images, material, members, command)
    write_package(path, configuration, [member.weights for member in members], familiar)
    return path


@dataclass(frozen=True)
class HeldOut:
    """Predictions of the members that share a held-out fold for its H images, and the first member's outlier check."""

    logits: Floats  # [H, C], the mean over the members
    targets: NDArray[np.intp]  # [H]
    distances: Floats  # [H]
    familiar: TrainingDistribution


def _hold_out(known: LesionSet, material: Material, fold: int, sharing: Sequence[Weights]) -> HeldOut:
    networks = [_as_shipped(known, weights) for weights in sharing]
    held = material.folds == fold
    familiar = _training_distribution(
        known, networks[0], material, np.flatnonzero((material.folds != TEST_FOLD) & ~held)
    )
    seen = [_predict(network, material.squares[held], known.recipe.sides_px) for network in networks]
    return HeldOut(
        torch.stack([one.logits for one in seen]).double().mean(0).numpy(),
        material.targets[held].numpy(),
        familiar.distance(seen[0].embedding).double().numpy(),
        familiar,
    )


def _training_distribution(
    known: LesionSet, network: LesionNetwork, material: Material, taught: NDArray[np.intp]
) -> TrainingDistribution:
    """Fit the outlier check to the training images and augmented copies, which lie about as far away as new ones."""
    generator = torch.Generator().manual_seed(0)
    squares, targets = material.squares[taught], material.targets[taught]
    varied = [torch.cat([vary(s, generator) for s in torch.split(squares, AT_ONCE)]) for _ in range(VARIATIONS)]
    widths = known.recipe.widths
    early = sum(widths[: (len(widths) + 1) // 2])  # the earlier half of the stages, including the middle one
    embedding = torch.cat([_embed(network, some) for some in (squares, *varied)])
    return fit_training_distribution(embedding[:, :early], targets.repeat(1 + VARIATIONS), len(known.classes))


def _as_shipped(known: LesionSet, weights: Weights) -> LesionNetwork:
    """Build a network in half precision, as in the shipped file."""
    network = LesionNetwork(shape_of(known)).eval()
    network.load_state_dict({name: v.half().float() if v.is_floating_point() else v for name, v in weights.items()})
    return network


def _calibrate(
    known: LesionSet, images: Images, material: Material, members: Sequence[Trained], command: str
) -> tuple[Configuration, TrainingDistribution]:
    """Fit scale, conformal quantile and thresholds on the images that the members held out.

    Members that share a held-out fold are evaluated together there; the whole ensemble is a little better than that.
    """
    weights = [member.weights for member in members]
    sharing: dict[int, list[Weights]] = {}
    for number, one in enumerate(weights):
        sharing.setdefault(member_fold(number), []).append(one)
    held = [_hold_out(known, material, fold, some) for fold, some in sharing.items()]
    targets = np.concatenate([one.targets for one in held])
    logits = np.concatenate([one.logits for one in held])
    distances = np.concatenate([one.distances for one in held])
    scale = fit_scale(logits, targets)
    probabilities = scale.probabilities(logits)
    suspicious = np.isin(known.classes, known.suspicious)
    configuration = Configuration(
        name=known.name,
        version=digest({f"{number}.{name}": v for number, one in enumerate(weights) for name, v in one.items()}),
        data_version=material.fingerprint,
        classes=known.classes,
        normal=known.normal,
        suspicious=known.suspicious,
        modality=known.modality,
        body_parts=known.body_parts,
        sides_px=known.recipe.sides_px,
        shape=shape_of(known),
        members=len(members),
        scale=scale,
        threshold=youden_threshold(probabilities[:, suspicious].sum(axis=1), suspicious[targets]),
        conformal_error=CONFORMAL_ERROR,
        conformal_quantile=conformal_quantile(probabilities, targets, CONFORMAL_ERROR),
        outlier_threshold=float(np.quantile(distances, ACCEPTED)),
        images_by_class=dict(Counter(images.labels)),
        recipe=_recipe_for_card(known),
        command=command,
        minutes=round(sum(member.minutes for member in members), 1),
        held_out=HeldOutFigures(
            images=len(targets),
            auc_macro=round(macro_area(probabilities, targets), 4),
            accuracy=round(float((probabilities.argmax(axis=1) == targets).mean()), 4),
        ),
    )
    return configuration, held[0].familiar


def _recipe_for_card(known: LesionSet) -> dict[str, str]:
    """Return the recipe for the card, with what differs in the pretraining's recipe."""
    own = asdict(known.recipe)
    trunk = asdict(known.trunk) if known.trunk else {}
    return {name: str(value) for name, value in own.items()} | {
        f"trunk_{name}": str(value) for name, value in trunk.items() if value != own[name]
    }


@torch.inference_mode()
def _embed(network: LesionNetwork, squares: Tensor) -> Tensor:
    return torch.cat(
        [network.forward_with_embedding(standardise(some)).embedding for some in torch.split(squares, AT_ONCE)]
    )


@torch.inference_mode()
def _predict(network: LesionNetwork, squares: Tensor, sides_px: Sequence[int]) -> NetworkOutput:
    """Predict squares [N, 1, S, S] as the shipped model does, in batches."""
    parts = [predict_averaged(network, some, sides_px) for some in torch.split(squares, AT_ONCE)]
    return NetworkOutput(*(torch.cat(column) for column in zip(*parts, strict=True)))
