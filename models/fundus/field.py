"""The field of view of a photograph of the retina: where it lies, whether it is one, and whether it can be judged.

H rows, W columns; colours are red, green, blue, each 0 to 1.
"""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.lesion.image import Colours

# All of these are our own choice; none of the 412 photographs of the training set lies beyond them
DARK: Final = 0.06  # of the brightest channel: less is the surround of the field
FAINT: Final = 0.1  # of the bright parts' brightness: the same for a dark photograph
FILLED: Final = 0.02  # share of a row or column that is bright where the field begins
SMALLEST_PX: Final = 300  # across the field
CORNER: Final = 0.12  # of the field's box at each corner, which is dark where the field is round
ROUND: Final = 0.35  # share of the corners that may be bright
REDDEST: Final = 1.15  # red by green, in the mean over the field
BRIGHTNESS: Final = (0.10, 0.75)  # mean of the green and red channels over the field
SHARP: Final = (
    0.0012  # mean change of green to the next pixel in the middle of the field, of 512 px; the least was 0.0023
)


class Field:
    """A photograph with its field of view."""

    def __init__(self, colours: Colours) -> None:
        self.colours = colours
        brightest = colours.max(axis=2)
        bright = brightest > max(DARK, FAINT * float(np.quantile(brightest, 0.95)))
        rows, columns = (np.flatnonzero(bright.mean(axis) > FILLED) for axis in (1, 0))
        self.box: tuple[int, int, int, int] | None = None  # top, left, foot, right; the ends excluded
        if len(rows) and len(columns):
            self.box = (int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
        self.bright: NDArray[np.bool_] = bright  # [H, W]

    @property
    def across_px(self) -> int:
        """The greater side of the field's box; 0 where there is no field."""
        if self.box is None:
            return 0
        top, left, foot, right = self.box
        return max(foot - top, right - left)

    def square(self, size_px: int) -> Tensor:
        """Return the field as a square [1, 3, size_px, size_px]; what was cut off it above and below is black."""
        assert self.box is not None  # noqa: S101 - `objection` has said so
        top, left, foot, right = self.box
        across = self.across_px
        down, aside = (across - (foot - top)) // 2, (across - (right - left)) // 2
        whole = np.zeros((across, across, 3), np.float32)
        whole[down : down + foot - top, aside : aside + right - left] = self.colours[top:foot, left:right]
        squares = torch.from_numpy(whole).permute(2, 0, 1)[None]
        return functional.interpolate(squares, size=(size_px, size_px), mode="bilinear", antialias=True)

    def unsquare(self, saliency: Tensor) -> NDArray[np.float32]:
        """Return a map [s, s] of the square as one [H, W] of the photograph, 0 outside the field."""
        assert self.box is not None  # noqa: S101 - see above
        top, left, foot, right = self.box
        across = self.across_px
        down, aside = (across - (foot - top)) // 2, (across - (right - left)) // 2
        whole = functional.interpolate(saliency[None, None], size=(across, across), mode="bilinear")[0, 0].numpy()
        out = np.zeros(self.colours.shape[:2], np.float32)
        out[top:foot, left:right] = whole[down : down + foot - top, aside : aside + right - left]
        return out

    def objection(self) -> str | None:
        """Return why this is no photograph of a retina, or none that can be judged; None where nothing says so."""
        if not np.isfinite(self.colours).all():
            return "The picture holds values that are not numbers."
        if self.across_px < SMALLEST_PX:
            return f"No field of view of {SMALLEST_PX} px or more is to be found."
        measures = self.measures()
        dark, glaring = BRIGHTNESS
        found = (
            (measures["red_by_green"] < REDDEST, "The picture does not have the colours of a retina in white light."),
            (measures["bright_corners"] > ROUND, "The field of view is not round on a dark surround."),
            (
                not dark <= measures["brightness"] <= glaring,
                "The field of view is too dark or too bright.",
            ),
            (measures["sharpness"] < SHARP, "The photograph is too blurred to be judged."),
        )
        return next((sentence for objects, sentence in found if objects), None)

    def measures(self) -> dict[str, float]:
        """Return what the gate looks at."""
        assert self.box is not None  # noqa: S101 - see above
        top, left, foot, right = self.box
        bright = self.bright[top:foot, left:right]
        inside = self.colours[top:foot, left:right][bright]
        red, green, _ = inside.mean(axis=0)
        tall, wide = (max(1, round(CORNER * side)) for side in bright.shape)
        corners = [
            bright[rows, columns]
            for rows in (slice(tall), slice(-tall, None))
            for columns in (slice(wide), slice(-wide, None))
        ]
        square = self.square(512)[0, 1]
        middle = square[128:384, 128:384]
        return {
            "red_by_green": float(red / max(green, 1e-6)),
            "bright_corners": float(np.mean([corner.mean() for corner in corners])),
            "brightness": float((red + green) / 2),
            "sharpness": float(
                ((middle[1:] - middle[:-1]).abs().mean() + (middle[:, 1:] - middle[:, :-1]).abs().mean()) / 2
            ),
        }
