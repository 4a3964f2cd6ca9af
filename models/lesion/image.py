"""The input of every lesion model: a grey picture, 0 black, with what its header says about it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]
"""[H, W], 0 black to 1 white."""
Laterality = Literal["left", "right"]
Colours = NDArray[np.float32]
"""[H, W, 3]: red, green and blue, 0 to 1."""


@dataclass(frozen=True, eq=False)
class GreyImage:
    """One frame, ready for a model. Everything but the pixels may be unknown."""

    pixels: Grey  # [H, W], 0..1: rescaled, windowed, MONOCHROME1 inverted
    modality: str | None = None  # (0008,0060)
    parts: tuple[str, ...] = ()  # of the body, as `anatomy.py` names them, each place of the header that states one
    view: str | None = None  # see `view_of`
    laterality: Laterality | None = None  # the side of the body, of what there is twice
    pixel_spacing_mm: tuple[float, float] | None = None  # between rows, between columns
    sop_class_uid: str | None = None
    sop_instance_uid: str | None = None
    series_instance_uid: str | None = None
    study_instance_uid: str | None = None
    frames: int = 1  # number of frames in the file; the pixels are those of one of them
    frame_number: int = 1  # the number of that frame; DICOM counts from 1
    is_colour: bool = False  # the file has three samples a pixel
    ages_years: tuple[tuple[str, float], ...] = ()  # each that the header states, with the tag it follows from
    objection: str | None = None  # why this is a picture for no model; see `objections.py`
    colours: Colours | None = None  # of a photograph whose model judges colours; None: the grey pixels are judged
    burned_in: bool | None = None  # may text in the picture name the patient? None: neither stated nor likely

    @property
    def judged(self) -> NDArray[np.float32]:
        """The picture as its model takes it: colours [H, W, 3] where there are any, else grey [H, W]."""
        return self.pixels if self.colours is None else self.colours
