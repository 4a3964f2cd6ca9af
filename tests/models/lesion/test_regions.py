"""The regions of a mask are those that SciPy finds, whatever the mask."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy import ndimage

from models.lesion.regions import connected

Mask = NDArray[np.bool_]
MASKS = arrays.arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12)))
SPIRAL = np.array(
    [
        [character == "#" for character in row]
        for row in ("#######", "......#", "#####.#", "#...#.#", "#.#.#.#", "#.###.#")
    ]
)


def by_scipy(mask: Mask, *, diagonally: bool) -> list[tuple[int, ...]]:
    """Box and number of pixels of each region."""
    labels, _ = ndimage.label(mask, np.ones((3, 3)) if diagonally else None)
    return sorted(
        (rows.start, columns.start, rows.stop, columns.stop, int((labels[rows, columns] == number).sum()))
        for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1)
    )


@given(MASKS, st.booleans())
def test_regions_are_those_that_scipy_finds(mask: Mask, diagonally: bool) -> None:  # noqa: FBT001 - drawn
    found = connected(mask, diagonally=diagonally)
    assert sorted(map(tuple, np.column_stack((found.boxes, found.pixels)).tolist())) == by_scipy(
        mask, diagonally=diagonally
    )


@given(MASKS, st.booleans())
def test_a_pixel_is_of_the_region_that_holds_it(mask: Mask, diagonally: bool) -> None:  # noqa: FBT001 - drawn
    found = connected(mask, diagonally=diagonally)
    labels, _ = ndimage.label(mask, np.ones((3, 3)) if diagonally else None)
    pairs = {(found.at(row, column), int(labels[row, column])) for row, column in np.argwhere(mask).tolist()}
    assert len(pairs) == len(found.boxes) == labels.max()


@pytest.mark.parametrize("diagonally", [False, True])
def test_a_region_that_winds_is_one(diagonally: bool) -> None:  # noqa: FBT001 - a parameter
    found = connected(SPIRAL, diagonally=diagonally)
    assert found.boxes.tolist() == [[0, 0, 6, 7], [2, 0, 6, 5]]
    assert found.pixels.sum() == SPIRAL.sum()


def test_what_touches_the_edges_of_neighbouring_rows_is_not_joined_around_the_picture() -> None:
    mask = np.array([[False, False, True], [False, False, False], [True, False, False]])
    assert connected(mask, diagonally=True).boxes.tolist() == [[0, 2, 1, 3], [2, 0, 3, 1]]
    assert len(connected(np.array([[False, True], [True, False]]), diagonally=False).boxes) == 2


def test_a_pixel_outside_every_region_is_none_of_theirs() -> None:
    with pytest.raises(IndexError):
        connected(np.array([[True, False]]), diagonally=False).at(0, 1)
