"""Faithfulness of the saliency maps: a deletion test, and a comparison with untrained networks.

Shapes: B images, S side in px.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from models.lesion.calibration import Floats
from models.lesion.model import LesionModel
from models.lesion.network import LesionNetwork

DELETED: Final = 0.15  # share of an image that is blurred; our choice
UNTRAINED: Final = 5  # number of untrained networks
BLUR: Final = 0.12  # of the side: keeps grey levels, removes all structure

Stack = NDArray[np.float32]


@dataclass(frozen=True)
class Faithfulness:
    """Means over images, each for its most probable class."""

    lost: float  # probability lost when the most salient pixels are blurred
    lost_elsewhere: float  # the same with the map of another image: as many pixels, as central, but not its own
    like_untrained: float  # correlation with the maps of untrained networks (Adebayo et al. 2018, arXiv 1810.03292)


def faithfulness(model: LesionModel, images: Stack) -> Faithfulness:
    """Test the maps of images [B, S, S] (0..1); B at least 2, since each is compared with its neighbour."""
    scores = model.score(list(images))
    top = scores.probabilities.argmax(axis=1)
    maps = np.stack(model.explain(list(images), top))
    before = _chosen(scores.probabilities, top)
    own = _chosen(model.score(_blurred(images, maps)).probabilities, top)
    other = _chosen(model.score(_blurred(images, np.roll(maps, 1, axis=0))).probabilities, top)
    untrained = [_untrained(model, seed).explain(list(images), top) for seed in range(UNTRAINED)]
    alike = [_correlation(a, b) for others in untrained for a, b in zip(maps, others, strict=True)]
    return Faithfulness(float((before - own).mean()), float((before - other).mean()), float(np.mean(alike)))


def _chosen(probabilities: Floats, top: NDArray[np.intp]) -> Floats:
    return probabilities[np.arange(len(top)), top]


def _blurred(images: Stack, maps: Stack) -> list[Stack]:
    side = images.shape[-1]
    count = round(DELETED * side * side)
    out = []
    for image, saliency in zip(images, maps, strict=True):
        gone = np.zeros(side * side, dtype=bool)
        gone[np.argsort(-saliency, axis=None, kind="stable")[:count]] = True
        out.append(np.where(gone.reshape(side, side), ndimage.gaussian_filter(image, BLUR * side), image))
    return out


def _untrained(model: LesionModel, seed: int) -> LesionModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = tuple(LesionNetwork(model.configuration.shape).eval() for _ in model.package.networks)
    return LesionModel(replace(model.package, networks=networks), torch.device("cpu"))


def _correlation(first: Stack, second: Stack) -> float:
    if first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])
