"""Measures of generated images: distance to real ones, variety, and near copies.

Shapes: N, M images, E features of an image, P pixels of a thumbnail.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import linalg, ndimage
from scipy.spatial.distance import cdist, pdist
from torch import Tensor
from torch.nn import functional

from models.lesion.model import LesionModel
from models.lesion.preparation import standardise
from models.lesion.weights import Figure

Floats = NDArray[np.float64]
DRAWS: Final = 500
INTERVAL: Final = (2.5, 97.5)  # percentiles
NEIGHBOURS: Final = 3  # nearest neighbours that define the radius of an image in recall and precision, as in the paper
COMPONENTS: Final = 32  # with more features than images a covariance can't be estimated
THUMBNAIL_PX: Final = 32


def intervals(
    measure: Callable[[NDArray[np.intp]], Sequence[float]], groups: NDArray[np.intp], draws: int = DRAWS
) -> tuple[Figure, ...]:
    """Measure all N rows, with 95 % intervals by a seeded bootstrap over their groups [N].

    The numbers of one draw come from the same images, so that differences between them are paired.
    """
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    chance = np.random.default_rng(0)
    drawn = [
        measure(np.concatenate([members[group] for group in chance.integers(len(members), size=len(members))]))
        for _ in range(draws)
    ]
    values, bounds = measure(np.arange(len(groups))), np.nanpercentile(np.array(drawn), INTERVAL, axis=0)
    return tuple(Figure(*map(float, figure)) for figure in zip(values, *bounds, strict=True))


def interval(measure: Callable[[NDArray[np.intp]], float], groups: NDArray[np.intp], draws: int = DRAWS) -> Figure:
    """Measure a single number with its interval; see `intervals`."""
    (figure,) = intervals(lambda rows: (measure(rows),), groups, draws)
    return figure


@torch.inference_mode()
def embed(model: LesionModel, squares: Tensor) -> Floats:
    """Return the mean activations of all stages of a lesion model's first network for squares [N, 1, S, S]: [N, E]."""
    network, side = model.package.networks[0], model.configuration.size_px
    device = next(network.parameters()).device
    parts = []
    for part in torch.split(squares, 64):
        drawn = functional.interpolate(part, size=(side, side), mode="bilinear", antialias=True)
        parts.append(network.forward_with_embedding(standardise(drawn).to(device)).embedding.cpu())
    table: Floats = torch.cat(parts).double().numpy()
    return table


def kernel_distance(first: Floats, second: Floats, groups: NDArray[np.intp], draws: int) -> Figure:
    """Kernel inception distance of features [N, E] and [M, E]: unbiased, so it can be below 0 (arXiv 1801.01401).

    The interval is by bootstrap over the groups [N] of the first features. An image that is drawn twice counts once: it
    would be its own nearest neighbour.
    """
    own, between, fixed = kernel(first, first), kernel(first, second), _mean_of_pairs(kernel(second, second))

    def distance(rows: NDArray[np.intp]) -> float:
        once = np.unique(rows)
        return _mean_of_pairs(own[np.ix_(once, once)]) + fixed - 2 * float(between[once].mean())

    return interval(distance, groups, draws)


def kernel(first: Floats, second: Floats) -> Floats:
    """Evaluate the polynomial kernel of features [N, E] and [M, E] pair by pair: [N, M]."""
    out: Floats = (first @ second.T / first.shape[1] + 1) ** 3
    return out


def _mean_of_pairs(square: Floats) -> float:
    """Average a matrix [N, N] without its diagonal."""
    count = len(square)
    return float((square.sum() - np.trace(square)) / (count * (count - 1)))


def frechet_distance(first: Floats, second: Floats) -> float:
    """Frechet distance of two sets of features [N, E] and [M, E], assumed normal (arXiv 1706.08500)."""
    means = first.mean(0) - second.mean(0)
    one, other = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    root = linalg.sqrtm(one @ other)
    return float(means @ means + np.trace(one + other - 2 * np.real(root)))


def recall(real: Floats, drawn: Floats) -> float:
    """Share of real images [N, E] within the radius of a generated one [M, E]; swapped: precision.

    Kynkaanniemi et al. 2019, arXiv 1904.06991.
    """
    reach = np.sort(cdist(drawn, drawn), axis=1)[:, NEIGHBOURS]  # 0 is the image itself
    return float((cdist(real, drawn) <= reach).any(axis=1).mean())


def spread(features: Floats) -> float:
    """Mean distance between two images, from features [N, E]."""
    return float(pdist(features).mean())


def likeness(squares: Tensor, taught: Tensor) -> Floats:
    """For each of N squares the highest correlation at 32 px with any of M others or its mirror image; 1 is a copy."""
    own, others = _thumbnails(squares), _thumbnails(torch.cat([taught, taught.flip(3)]))
    highest: Floats = (own @ others.T).amax(1).double().numpy()
    return highest


def _thumbnails(squares: Tensor) -> Tensor:
    """Return unit vectors [N, P], whose products are correlations."""
    size = (THUMBNAIL_PX, THUMBNAIL_PX)
    small = standardise(functional.interpolate(squares, size=size, mode="bilinear", antialias=True)).flatten(1)
    unit: Tensor = small / small.norm(dim=1, keepdim=True).clamp_min(1e-6)
    return unit


def signal_to_noise(image: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """Peak signal-to-noise ratio in dB of an image [S, S] of grey levels 0..1."""
    return float(-10 * np.log10(np.square(image.astype(np.float64) - truth).mean()))


def structural_similarity(image: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """SSIM of images [S, S] of grey levels 0..1, as in Wang et al. 2004, doi 10.1109/TIP.2003.819861."""

    def smooth(values: Floats) -> Floats:
        return np.asarray(ndimage.gaussian_filter(values, 1.5, truncate=3.5), dtype=np.float64)

    x, y = image.astype(np.float64), truth.astype(np.float64)
    mean_x, mean_y = smooth(x), smooth(y)
    var_x, var_y = smooth(x * x) - mean_x**2, smooth(y * y) - mean_y**2
    both = smooth(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    likeness_map = (2 * mean_x * mean_y + c1) * (2 * both + c2) / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
    return float(likeness_map[5:-5, 5:-5].mean())  # where the 11 px window lies wholly inside
