"""Pictures with a known truth, drawn here: a dark disc among bright ones is a lesion."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.lesion.lab.data import Images
from models.lesion.sets import SETS, LesionSet, Recipe

SIDE = 32


@dataclass(frozen=True)
class Picture:
    pixels: NDArray[np.float32]
    centre: tuple[int, int] | None


def a_picture(chance: np.random.Generator, *, lesion: bool) -> Picture:
    """Tissue with two bright vessels, which mean nothing, and perhaps a dark lesion; none touches another."""
    pixels = 0.5 + 0.05 * chance.standard_normal((SIDE, SIDE))
    rows, columns = np.mgrid[:SIDE, :SIDE]
    places = [(row, column) for row in (7, 16, 25) for column in (7, 16, 25)]
    chosen = [np.array(places[number]) + chance.integers(-1, 2, 2) for number in chance.permutation(9)[:3]]
    for (row, column), change in zip(chosen, (0.3, 0.3, -0.3 if lesion else 0.0), strict=True):
        pixels[(rows - row) ** 2 + (columns - column) ** 2 <= 12] += change
    centre = (int(chosen[2][0]), int(chosen[2][1])) if lesion else None
    return Picture(pixels.clip(0, 1).astype(np.float32), centre)


def a_set(epochs: int = 8, members: int = 1) -> LesionSet:
    """The X-ray set's question, answered by a network that trains in seconds."""
    recipe = Recipe(
        sides_px=(SIDE,),
        stem_stride=2,
        widths=(8, 16),
        blocks=1,
        epochs=epochs,
        members=members,
        growth=(),
        batch=16,
    )
    return replace(SETS["chest_xray"], recipe=recipe)


def some_images(count: int = 240, seed: int = 0) -> Images:
    chance = np.random.default_rng(seed)
    pictures = [a_picture(chance, lesion=number % 2 == 1) for number in range(count)]
    return Images(
        files=tuple(f"{number}.png" for number in range(count)),
        pixels=tuple(picture.pixels for picture in pictures),
        labels=tuple("normal" if picture.centre is None else "pneumonia" for picture in pictures),
        groups=tuple(str(number // 2) for number in range(count)),
    )
