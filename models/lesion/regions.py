"""Connected regions of a mask, with their boxes and sizes.

Computed in NumPy from runs of pixels along the rows: runs of neighbouring rows that touch are linked, and linked runs
form a region. The result is that of `scipy.ndimage.label` and `find_objects`, which a test checks; for a whole picture
it is faster, since no region is visited on its own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Regions:
    """N runs of pixels and the R regions that they make up.

    row, left, right  [N]     of each run; the right end is excluded
    region            [N]     the number of the region that each run belongs to
    boxes             [R, 4]  top, left, bottom, right of each region; bottom and right are excluded
    pixels            [R]     how many pixels each region has
    """

    row: Ints
    left: Ints
    right: Ints
    region: Ints
    boxes: Ints
    pixels: Ints

    def at(self, row: int, column: int) -> int:
        """Return the number of the region that holds this pixel. Raises IndexError where the mask is not set."""
        return int(self.region[(self.row == row) & (self.left <= column) & (column < self.right)][0])


def connected(mask: NDArray[np.bool_], *, diagonally: bool) -> Regions:
    """Find the regions of a mask [H, W]: of pixels that share an edge or, if `diagonally`, also a corner."""
    height, width = mask.shape
    line = width + 1  # one unset pixel behind each row, so that a run ends with its row
    padded = np.zeros((height, line), np.bool_)
    padded[:, :width] = mask
    changes = np.flatnonzero(np.diff(padded.ravel(), prepend=False))
    begins, ends = changes[::2], changes[1::2]  # [N], counted through all the rows
    region, count = _joined(*_touching(begins, ends, line, int(diagonally)), len(begins))
    row = begins // line
    left, right = begins - row * line, ends - row * line
    boxes = np.empty((count, 4), np.intp)
    boxes[:, :2], boxes[:, 2:] = np.iinfo(np.intp).max, 0
    for column, values in enumerate((row, left)):
        np.minimum.at(boxes[:, column], region, values)
    for column, values in enumerate((row + 1, right), 2):
        np.maximum.at(boxes[:, column], region, values)
    pixels = np.bincount(region, weights=ends - begins, minlength=count).astype(np.intp)
    return Regions(row, left, right, region, boxes, pixels)


def _touching(begins: Ints, ends: Ints, line: int, reach: int) -> tuple[Ints, Ints]:
    """Return pairs of runs that touch, each with those of the row above; `line` pixels lie between two rows."""
    first = np.searchsorted(ends, begins - line - reach, "right")
    count = np.searchsorted(begins, ends - line + reach, "left") - first
    below = np.repeat(np.arange(len(begins)), count)
    above = np.arange(len(below)) - np.repeat(np.cumsum(count) - count - first, count)
    return below, above


def _joined(one: Ints, other: Ints, count: int) -> tuple[Ints, int]:
    """Number the groups that pairs of `count` runs form: return each run's group, and how many there are."""
    root = np.arange(count)
    while (apart := root[one] != root[other]).any():
        ends = root[one[apart]], root[other[apart]]
        np.minimum.at(root, np.maximum(*ends), np.minimum(*ends))
        while not np.array_equal(further := root[root], root):
            root = further
    is_root = root == np.arange(count)
    return (np.cumsum(is_root) - 1)[root], int(is_root.sum())
