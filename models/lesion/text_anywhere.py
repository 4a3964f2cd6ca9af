"""Detect something like a line of text anywhere in a picture: in any quarter turn, large, or grey on grey.

Slower than the search of the margin (`text_like.py`), and meant for where a name that is missed does harm: before a
picture is passed on. It recognises no letters. Letters stand out from their surroundings, are of one height, and follow
each other closely on one line; the surroundings are taken off first, so that they need not be brighter than the rest.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.lesion.regions import connected
from models.lesion.text_like import are_like_letters

SMALLEST_PX: Final = 64  # of a picture's side; the numbers here are our own choice
REACH_PX: Final = 20  # to each side, over which the surroundings are averaged
HEIGHTS_PX: Final = (5, 36)  # of a letter; larger ones are found in the picture at half its size
CONTRASTS: Final = (0.02, 0.035, 0.06, 0.1, 0.18, 0.3, 0.5)  # of the picture's range, by which letters stand out
NOISE: Final = 2.5  # deviations of the grain that they must stand out by as well
LETTERS: Final = 6  # that follow each other
GAP: Final = 1.0  # letter heights between two of them
LARGE: Final = 2**21  # pixels; in a larger picture only what stands out from the grain is looked for, to save time
MOST_SHAPES: Final = 1500  # like letters, at one contrast; a picture of more is grain


def has_text(pixels: NDArray[np.float32]) -> bool:
    """Return whether a grey picture [H, W], 0..1, seems to have text in it; False below 64 px on a side."""
    picture = pixels
    while min(picture.shape) >= SMALLEST_PX:
        if _has_text(picture):
            return True
        height, width = (side // 2 * 2 for side in picture.shape)
        picture = picture[:height, :width].reshape(height // 2, 2, width // 2, 2).mean((1, 3))
    return False


def _has_text(picture: NDArray[np.float32]) -> bool:
    span = float(picture.max() - picture.min())
    if span <= 0:
        return False
    relief = (picture - _averaged(picture, REACH_PX)) / span
    grain = NOISE * 1.4826 * float(np.median(np.abs(relief)))  # of a normal distribution, by its median deviation
    levels = sorted({max(contrast, grain) for contrast in CONTRASTS})
    views = (relief, _averaged(relief, 1)) if relief.size <= LARGE else (_averaged(relief, 1),)
    return any(
        _has_a_line(turned > level) or _has_a_line(turned < -level)
        for view in views
        for turned in (view, np.rot90(view))
        for level in levels
    )


def _averaged(picture: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """Return the mean of the square round each pixel; at the edges, of the part of it that lies in the picture."""
    sums = np.pad(picture.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    (top, foot), (left, right) = (
        (np.maximum(np.arange(side) - reach, 0), np.minimum(np.arange(side) + reach + 1, side))
        for side in picture.shape
    )
    total = sums[np.ix_(foot, right)] - sums[np.ix_(top, right)] - sums[np.ix_(foot, left)] + sums[np.ix_(top, left)]
    mean: NDArray[np.float32] = (total / np.outer(foot - top, right - left)).astype(np.float32)
    return mean


def _has_a_line(mask: NDArray[np.bool_]) -> bool:
    shapes = connected(np.ascontiguousarray(mask), diagonally=True)
    boxes = shapes.boxes[are_like_letters(shapes, HEIGHTS_PX)]
    if not LETTERS <= len(boxes) <= MOST_SHAPES:
        return False
    boxes = boxes[np.argsort(boxes[:, 1])]
    top, left, foot, right = boxes.T
    height = foot - top
    for edge in (foot, top):  # upside down, letters stand on their tops
        for number in range(len(boxes)):
            tall = height[number]
            same = (np.abs(edge - edge[number]) <= tall / 6) & (np.abs(height - tall) <= tall / 4)
            if same.sum() >= LETTERS and _follow(left[same], right[same], GAP * tall):
                return True
    return False


def _follow(left: NDArray[np.intp], right: NDArray[np.intp], gap: float) -> bool:
    """Return whether enough shapes, from left to right, follow each other within the gap."""
    run = 1
    for near in left[1:] - right[:-1] <= gap:
        run = run + 1 if near else 1
        if run >= LETTERS:
            return True
    return False
