"""From images to a weights file: members, and calibration on what each of them held out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from models.lesion.calibration import Floats, conformal_quantile, fit_scale, youden_threshold
from models.lesion.data import TEST_FOLD, Images, fingerprint, fold_of_each
from models.lesion.evaluation import macro_area
from models.lesion.network import LesionNetwork, Seen
from models.lesion.outlier import Familiar, fit_familiar
from models.lesion.preparation import standardise, to_square
from models.lesion.sets import LesionSet
from models.lesion.training import Material, Weights, Workplace, digest, member_fold, shape_of, train_member
from models.lesion.weights import Configuration, HeldOutFigures, read_package, write_package

CONFORMAL_ERROR: Final = 0.1  # at most this share of images may have their true class outside the conformal set
ACCEPTED: Final = 0.95  # of its own images pass the outlier check


def prepare(known: LesionSet, images: Images) -> Material:
    """Turn labelled images into what training takes; raises DataError when they have no labels."""
    folds = fold_of_each(images)
    targets = torch.tensor([known.classes.index(label) for label in images.labels or ()])
    return Material(to_square(images.pixels, known.recipe.size_px), targets, folds, fingerprint(images))


def build(known: LesionSet, images: Images, material: Material, place: Workplace, command: str) -> Path:
    """Train, calibrate and write one set's model; returns the path of its weights file.

    Raises ModelError when the set starts from another whose model is not at the workplace yet.
    """
    guess = _first_guess(known, place.weights)
    members = [train_member(known, material, member, place, guess) for member in range(known.recipe.members)]
    path = place.weights / f"{known.name}.safetensors"
    configuration, familiar = _calibrate(known, images, material, members, command)
    write_package(path, configuration, members, familiar)
    return path


def _first_guess(known: LesionSet, folder: Path) -> Weights | None:
    if known.recipe.starts_from is None:
        return None
    return read_package(folder / f"{known.recipe.starts_from}.safetensors").networks[0].state_dict()


@dataclass(frozen=True)
class HeldOut:
    """What one member says of the H images that it never saw, and what it has come to know."""

    logits: Floats  # [H, C]
    targets: NDArray[np.intp]  # [H]
    distances: Floats  # [H]
    familiar: Familiar


def _hold_out(known: LesionSet, material: Material, number: int, weights: Weights) -> HeldOut:
    network = LesionNetwork(shape_of(known)).eval()
    # As they ship, in half precision
    network.load_state_dict({name: v.half().float() if v.is_floating_point() else v for name, v in weights.items()})
    held = material.folds == member_fold(number)
    taught = np.flatnonzero((material.folds != TEST_FOLD) & ~held)
    familiar = fit_familiar(_look(network, material, taught).embedding, material.targets[taught], len(known.classes))
    seen = _look(network, material, np.flatnonzero(held))
    return HeldOut(
        seen.logits.double().numpy(),
        material.targets[held].numpy(),
        familiar.distance(seen.embedding).double().numpy(),
        familiar,
    )


def _calibrate(
    known: LesionSet, images: Images, material: Material, members: Sequence[Weights], command: str
) -> tuple[Configuration, Familiar]:
    """Fit scale, conformal quantile and thresholds on what the members held out.

    Each member is judged alone, on images that it never saw; the ensemble of them is a little better than that.
    """
    held = [_hold_out(known, material, number, weights) for number, weights in enumerate(members)]
    targets = np.concatenate([one.targets for one in held])
    logits = np.concatenate([one.logits for one in held])
    distances = np.concatenate([one.distances for one in held])
    scale = fit_scale(logits, targets)
    probabilities = scale.probabilities(logits)
    suspicious = np.isin(known.classes, known.suspicious)
    configuration = Configuration(
        name=known.name,
        version=digest({f"{number}.{name}": v for number, m in enumerate(members) for name, v in m.items()}),
        data_version=material.fingerprint,
        classes=known.classes,
        normal=known.normal,
        suspicious=known.suspicious,
        modality=known.modality,
        body_parts=known.body_parts,
        size_px=known.recipe.size_px,
        shape=shape_of(known),
        members=len(members),
        scale=scale,
        threshold=youden_threshold(probabilities[:, suspicious].sum(axis=1), suspicious[targets]),
        conformal_error=CONFORMAL_ERROR,
        conformal_quantile=conformal_quantile(probabilities, targets, CONFORMAL_ERROR),
        outlier_threshold=float(np.quantile(distances, ACCEPTED)),
        images_by_class=dict(Counter(images.labels)),
        recipe={name: str(value) for name, value in asdict(known.recipe).items()},
        command=command,
        held_out=HeldOutFigures(
            images=len(targets),
            auc_macro=round(macro_area(probabilities, targets), 4),
            accuracy=round(float((probabilities.argmax(axis=1) == targets).mean()), 4),
        ),
    )
    return configuration, held[0].familiar


@torch.inference_mode()
def _look(network: LesionNetwork, material: Material, rows: NDArray[np.intp]) -> Seen:
    """Look at these images as the shipped model does: logits are the mean over the image and its mirror image."""
    parts = []
    for squares in torch.split(standardise(material.squares[rows]), 64):
        plain, mirrored = network.look(squares), network.look(squares.flip(3))
        parts.append(Seen((plain.logits + mirrored.logits) / 2, plain.embedding))
    return Seen(*(torch.cat(column) for column in zip(*parts, strict=True)))
