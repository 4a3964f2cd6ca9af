"""Confounds: baselines that see no lesion (border, grey levels, 8 x 8 px), and leakage between the folds.

Where such a baseline comes near the network, the set's classes differ by source (scanner, crop, window), and the
network's figure does not prove that it recognises lesions.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.lesion.calibration import Floats
from models.lesion.lab.data import TEST_FOLD
from models.lesion.lab.evaluation import macro_area
from models.lesion.lab.training import Material
from models.lesion.preparation import standardise

SMALL: Final = 32  # px; side at which borders and near copies are compared
BORDER: Final = 3  # of these 32 px on every side: about a fifth of the image's side, a third of its area
ALIKE: Final = 0.98  # correlation of two images at 32 px above which one is called a near copy; our choice


def border(squares: torch.Tensor) -> Floats:
    """Return the border of each image [N, 1, S, S]: [N, pixels of the border]."""
    small = _shrunk(squares, SMALL)
    frame = torch.ones(SMALL, SMALL, dtype=torch.bool)
    frame[BORDER:-BORDER, BORDER:-BORDER] = False
    return _table(small[:, 0, frame])


def grey_levels(squares: torch.Tensor) -> Floats:
    """Return a histogram of 32 grey levels, before any standardising: [N, 32]."""
    counts = [torch.histc(square, bins=32, min=0, max=1) for square in squares]
    return _table(torch.sqrt(torch.stack(counts) / squares[0].numel()))


def thumbnail(squares: torch.Tensor) -> Floats:
    """Return the image at 8 x 8 px: [N, 64]."""
    return _table(_shrunk(squares, 8).flatten(1))


VIEWS: Final[dict[str, Callable[[torch.Tensor], Floats]]] = {
    "border": border,
    "grey_levels": grey_levels,
    "thumbnail": thumbnail,
}


def baselines(material: Material) -> dict[str, float]:
    """Macro AUC on the test fold of a logistic regression that sees only one view, trained on all other folds."""
    test = material.folds == TEST_FOLD
    targets = material.targets.numpy()
    out = {}
    for name, view in VIEWS.items():
        seen = view(material.squares)
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
        scores = model.fit(seen[~test], targets[~test]).predict_proba(seen[test])
        out[name] = macro_area(scores, targets[test])
    return out


def likeness(material: Material) -> NDArray[np.float64]:
    """For each image of the test fold the highest correlation at 32 px with any other image; 1 is a copy."""
    flat = standardise(_shrunk(material.squares, SMALL)).flatten(1)
    flat = flat / flat.norm(dim=1, keepdim=True).clamp_min(1e-6)
    test = torch.from_numpy(material.folds == TEST_FOLD)
    highest: NDArray[np.float64] = (flat[test] @ flat[~test].T).amax(1).double().numpy()
    return highest


def _shrunk(squares: torch.Tensor, side: int) -> torch.Tensor:
    return torch.nn.functional.interpolate(squares, size=(side, side), mode="bilinear", antialias=True)


def _table(values: torch.Tensor) -> Floats:
    table: Floats = values.double().numpy()
    return table
