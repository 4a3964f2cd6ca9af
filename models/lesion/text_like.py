"""Detect something like a line of text in a picture's margin, where scanners and film printers write names.

A cheap heuristic: it recognises no letters, expects shapes brighter or darker than their surroundings, and looks at the
outer parts alone.

Measured with names at the corners of seven of pydicom's pictures, 140 of each size: 135 found in type of 10 px, whose
capitals are 7 px high, as many or more up to 24 px, and 79 in type of 8 px. On 600 pictures of CT, MRI and ultrasound,
each also two and three times enlarged, and pydicom's files: 12 of the ultrasound and 3 files are flagged, and do carry
text; so are 14 of 1,200 CT and MRI without any. That is for bright letters; looking for dark ones as well, in the
negative, flags 3 more of 900 CT and MRI and none of 450 ultrasound pictures.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.lesion.regions import Regions, connected

MARGIN: Final = 0.2  # of height and width, at each side; these and the following are our own choice
BRIGHT: Final = (0.9, 0.75, 0.6, 0.45)  # thresholds, of the picture's range; small and smoothed letters aren't white
HEIGHTS_PX: Final = (5, 64)  # of a letter
NARROWEST: Final = 0.1  # width by height of a letter: l
WIDEST: Final = 1.6  # W
FULLEST: Final = 0.9  # part of its box that a letter covers
LETTERS: Final = 5  # shapes of one height on one line that make text
REACH: Final = 12  # letter heights to each side; letters further away belong to another text
STEP: Final = 500  # shapes compared at a time, from the top down, two steps at once; no line of text is that long


def has_text_like_margin(pixels: NDArray[np.float32]) -> bool:
    """Return whether a grey picture [H, W], 0..1, seems to have text in its margin; False below 64 px on a side."""
    if min(pixels.shape) < HEIGHTS_PX[1]:
        return False
    low, high = float(pixels.min()), float(pixels.max())
    above = [low + share * (high - low) for share in BRIGHT]
    return any(_has_text(pixels > level) or _has_text(low + high - pixels > level) for level in above)


def _has_text(bright: NDArray[np.bool_]) -> bool:
    rows, columns = (round(MARGIN * side) for side in bright.shape)
    bright[rows:-rows, columns:-columns] = False
    shapes = connected(bright, diagonally=True)
    top, left, foot, _ = shapes.boxes[are_like_letters(shapes, HEIGHTS_PX)].T
    by_foot = np.stack((foot, top, left), axis=1)[np.lexsort((left, top, foot))]
    return any(_is_a_line(by_foot[start : start + 2 * STEP]) for start in range(0, len(by_foot), STEP))


def _is_a_line(letters: NDArray[np.intp]) -> bool:
    """Return whether enough shapes [N, 3] (foot, top, left) have one height and one baseline, near each other."""
    foot, top, left = letters.T
    height = foot - top
    together = (
        (np.abs(foot - foot[:, None]) <= height[:, None] / 6)
        & (np.abs(height - height[:, None]) <= height[:, None] / 3)
        & (np.abs(left - left[:, None]) <= REACH * height[:, None])
    )
    return bool((together.sum(axis=1) >= LETTERS).any())


def are_like_letters(shapes: Regions, heights_px: tuple[int, int]) -> NDArray[np.bool_]:
    """Return for each shape [R] whether it could be a letter of a height between these."""
    top, left, foot, right = shapes.boxes.T
    height, width = foot - top, right - left
    size = (height >= heights_px[0]) & (height <= heights_px[1])
    slender = (width / height >= NARROWEST) & (width / height <= WIDEST)
    return np.asarray(size & slender & (shapes.pixels / (height * width) <= FULLEST))
