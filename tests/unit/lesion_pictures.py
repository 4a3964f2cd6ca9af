"""Pictures with a known truth, drawn here: a dark disc is a lesion, its place is known."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.lesion.data import Images
from models.lesion.sets import SETS, LesionSet, Recipe

SIDE = 32


@dataclass(frozen=True)
class Picture:
    pixels: NDArray[np.float32]
    centre: tuple[int, int] | None


def a_picture(chance: np.random.Generator, *, lesion: bool) -> Picture:
    pixels = 0.6 + 0.05 * chance.standard_normal((SIDE, SIDE))
    if not lesion:
        return Picture(pixels.clip(0, 1).astype(np.float32), None)
    row, column = chance.integers(7, SIDE - 7, 2)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    pixels[(rows - row) ** 2 + (columns - column) ** 2 <= 16] -= 0.35
    return Picture(pixels.clip(0, 1).astype(np.float32), (int(row), int(column)))


def a_set(epochs: int = 8, members: int = 1) -> LesionSet:
    """The X-ray set's question, answered by a network that trains in seconds."""
    recipe = Recipe(size_px=SIDE, stem_stride=2, widths=(8, 16), blocks=1, epochs=epochs, members=members, batch=16)
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
