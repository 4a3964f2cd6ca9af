"""One picture as every lesion model sees it: grey, 0 is black, with what its header says about it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]
"""[H, W], 0 black to 1 white."""


@dataclass(frozen=True, eq=False)
class GreyImage:
    """One frame, ready to be judged. Everything but the pixels may be unknown."""

    pixels: Grey  # [H, W], 0..1: rescaled, windowed, MONOCHROME1 turned round
    modality: str | None = None  # (0008,0060)
    body_part: str | None = None  # (0018,0015)
    view: str | None = None  # see `view_of`
    pixel_spacing_mm: tuple[float, float] | None = None  # between rows, between columns
    sop_class_uid: str | None = None
    sop_instance_uid: str | None = None
    series_instance_uid: str | None = None
    study_instance_uid: str | None = None
    frames: int = 1  # in the file; the pixels are those of one
    frame_number: int = 1  # which one: DICOM counts from 1
    burned_in: bool | None = None  # may text on the picture name the patient? None: neither said nor likely
