"""Draw a saliency map over its image: where the model looked, in red, with the box of the salient region."""

from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

LONGEST_PX: Final = 1024  # of the drawing; for the eye, not for measuring; our choice
RED: Final = np.array([255, 40, 0], dtype=np.float32)
HEAVIEST: Final = 0.6  # share of red where the map is 1, so that the image still shows through


def draw_overlay(
    pixels: NDArray[np.float32], saliency: NDArray[np.float32], box: tuple[int, int, int, int] | None
) -> bytes:
    """A PNG of the image [H, W] with its map [H, W], both 0..1; carries no text and no metadata."""
    scale = min(1.0, LONGEST_PX / max(pixels.shape))
    size = tuple(max(1, round(side * scale)) for side in reversed(pixels.shape))
    grey = np.asarray(Image.fromarray(pixels).resize(size), dtype=np.float32)[..., None] * 255
    weight = np.asarray(Image.fromarray(saliency).resize(size), dtype=np.float32)[..., None] * HEAVIEST
    drawn = Image.fromarray(np.rint(np.clip(grey * (1 - weight) + RED * weight, 0, 255)).astype(np.uint8))
    if box is not None:
        row0, column0, row1, column1 = (round(edge * scale) for edge in box)
        right, bottom = max(column0, column1 - 1), max(row0, row1 - 1)
        ImageDraw.Draw(drawn).rectangle((column0, row0, right, bottom), outline=(255, 220, 0))
    out = BytesIO()
    drawn.save(out, format="PNG")
    return out.getvalue()
