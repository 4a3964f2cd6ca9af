"""Do the saliency maps point at lesions? Measured on photographs whose lesions were outlined."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from models.fundus.field import Field
from models.fundus.lab.data import read_colours
from models.fundus.model import FundusModel

LESIONS: Final = 1 | 2 | 4 | 8  # bits of microaneurysm, haemorrhage, hard exudate and soft exudate
NEAR: Final = 0.015  # of the field's width: as near counts as on the lesion, since a map's cell is as wide. Our choice


@dataclass(frozen=True)
class Pointing:
    """Means over the photographs; by chance is what a map of one value over the field would have."""

    photographs: int
    mass_inside: float  # share of the map that lies on lesions or near them
    mass_by_chance: float
    hits: float  # share of photographs whose strongest place lies there
    hits_by_chance: float


def pointing(model: FundusModel, folder: Path) -> Pointing | None:
    """Measure the maps against the masks in a folder's `images` and `masks`; None where there are none."""
    rows = []
    for photograph in sorted((folder / "images").glob("*.jpg")):
        field = Field(read_colours(photograph))
        near = _near(folder / "masks" / f"{photograph.stem}.png", field)
        if not near.any() or field.across_px == 0:
            continue
        saliency = model.explain(field)
        strongest = np.unravel_index(saliency.argmax(), saliency.shape)
        rows.append(
            (float((saliency * near).sum() / saliency.sum()), float(near[field.bright].mean()), near[strongest])
        )
    if not rows:
        return None
    inside, chance, hit = np.array(rows, dtype=float).mean(axis=0)
    return Pointing(len(rows), float(inside), float(chance), float(hit), float(chance))


def _near(mask: Path, field: Field) -> NDArray[np.bool_]:
    lesions = (np.asarray(Image.open(mask)) & LESIONS) > 0
    away = ndimage.distance_transform_edt(~lesions) if lesions.any() else np.full(lesions.shape, np.inf)
    near: NDArray[np.bool_] = away <= NEAR * field.across_px
    return near
