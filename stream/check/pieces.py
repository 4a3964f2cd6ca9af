"""A large study in pieces, each of which fits into one lesion report. Pure; hangs on the announcement alone.

The pieces follow the announced order, and not what the files say of their series: the id of a report must not hang on
which of its images could be had. Whoever announces a study series by series gets a report on each.
"""

from collections.abc import Iterator
from typing import Final

from schemas.imaging import ImageReference, ImagingReady
from stream.delivery.cut import MOST_BYTES

_IMAGE_BYTES: Final = 2_000
"""Of one image in a report, besides its address. Ours: some 1,300 for the model with most findings; the rest is for the
address of its map, which nobody bounds."""


def pieces(event: ImagingReady) -> list[ImagingReady]:
    """The announcement, whole where the report on it will fit into a record, else in as few parts as will."""
    return [event.model_copy(update={"images": images}) for images in _rows(event.images)]


def _rows(images: tuple[ImageReference, ...]) -> Iterator[tuple[ImageReference, ...]]:
    row: list[ImageReference] = []
    left = MOST_BYTES
    for image in images:
        cost = _IMAGE_BYTES + len(image.url.encode())
        if row and cost > left:
            yield tuple(row)
            row, left = [], MOST_BYTES
        row.append(image)
        left -= cost
    yield tuple(row)
