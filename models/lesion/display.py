"""Convert stored pixel values to grey as a reader would see it: DICOM PS3.3 C.7.6.3, C.11.1 and C.11.2.

H rows, W columns.
"""

import math
from contextlib import suppress
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut

from models.lesion.image import Grey
from models.lesion.stored import padding_in, stored_values
from models.lesion.voi_lut import through_table

LUMA: Final = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
WHOLE_BYTE: Final = 8  # bits: such pictures are stored as they are displayed


def to_grey(words: NDArray[Any], header: Dataset, photometric: str) -> Grey:
    """Return grey [H, W] in 0..1 of one frame as it was decoded: [H, W], or [H, W, 3] in RGB.

    Of several windows the first is used. One that can't be read, or that shows nothing of the picture, is ignored.
    Without a window or look-up table, an 8 bit picture keeps its whole range, and any other is stretched from its least
    to its greatest value. Padding becomes black.
    """
    if words.ndim == 3:  # noqa: PLR2004 colour
        return luma(words, 2 ** int(header.BitsStored) - 1)
    stored = stored_values(words, header)
    if photometric == "PALETTE COLOR":
        colours = apply_color_lut(stored, header)
        return luma(colours, np.iinfo(colours.dtype).max)
    padding = padding_in(words, header) | padding_in(stored, header)
    grey = np.clip(_displayed(stored, header, ~padding), 0, 1)
    if photometric == "MONOCHROME1":
        grey = 1 - grey
    grey[padding] = 0
    return grey


def luma(colours: NDArray[Any], white: float) -> Grey:
    """Return colours [H, W, 3], `white` at most, as grey [H, W] in 0..1."""
    grey: Grey = np.clip(colours[..., :3].astype(np.float32) @ LUMA / np.float32(white), 0, 1)
    return grey


def _displayed(stored: NDArray[Any], header: Dataset, counts: NDArray[np.bool_]) -> Grey:
    """Return the values for display; those in the window lie in 0..1. Only where `counts` is set do they matter."""
    if "ModalityLUTSequence" in header:
        values: Grey = apply_modality_lut(stored, header).astype(np.float32)
    else:
        slope, intercept = _number(header, "RescaleSlope", 1), _number(header, "RescaleIntercept", 0)
        values = stored.astype(np.float32) * np.float32(slope) + np.float32(intercept)
    inside = values[counts] if counts.any() else values
    for shown in (_through_the_window(values, header), _through_the_table(values, header)):
        if shown is not None and _shows_something(shown[counts] if counts.any() else shown, inside):
            return shown
    if int(header.BitsStored) == WHOLE_BYTE and not header.get("PixelRepresentation") and "RescaleSlope" not in header:
        return values / np.float32(2**WHOLE_BYTE - 1)
    low = np.float32(inside.min())
    span = np.float32(inside.max() - low)
    return (values - low) / (span if span > 0 else np.float32(1))


def _shows_something(shown: Grey, values: Grey) -> bool:
    """Return whether the picture is not all black or all white, unless it is of one value as it is."""
    return bool(shown.max() > 0 and shown.min() < 1) or bool(values.min() == values.max())


def _through_the_window(values: Grey, header: Dataset) -> Grey | None:
    """Return the values through the first window; None where there is none, or none that can be."""
    try:
        centre, width = (_number(header, keyword, math.nan) for keyword in ("WindowCenter", "WindowWidth"))
    except (ValueError, TypeError, OverflowError):  # a decimal comma, or a text
        return None
    function = str(header.get("VOILUTFunction") or "LINEAR").strip().upper()
    narrowest = 1 if function not in {"SIGMOID", "LINEAR_EXACT"} else 0  # C.11.2.1.2.1: 1 or more; 1 shows no grey
    if not (math.isfinite(centre) and math.isfinite(width) and width > narrowest):
        return None
    return _windowed(values, centre, width, function)


def _through_the_table(values: Grey, header: Dataset) -> Grey | None:
    """Return the values through the first look-up table; None where there is none, or none that can be."""
    is_little_endian = header.file_meta.TransferSyntaxUID.is_little_endian
    for item in list(header.get("VOILUTSequence") or ())[:1]:
        # A table that can't be read is as none: the window, or the values' own range, shows the picture. What pydicom
        # and numpy raise of a malformed item is any of these.
        with suppress(ValueError, TypeError, AttributeError, LookupError, NotImplementedError):
            return through_table(values, item, is_little_endian=is_little_endian)
    return None


def _windowed(values: Grey, centre: float, width: float, function: str) -> Grey:
    """PS3.3 C.11.2.1.2 and C.11.2.1.3."""
    if function == "SIGMOID":
        steps = -4 * (values - np.float32(centre)) / np.float32(width)
        grey: Grey = np.float32(1) / (
            1 + np.exp(np.minimum(steps, 80))
        )  # e^80 still is a float32; grey is 0 long before
        return grey
    if function == "LINEAR_EXACT":
        return (values - np.float32(centre)) / np.float32(width) + np.float32(0.5)
    return (values - np.float32(centre - 0.5)) / np.float32(width - 1) + np.float32(0.5)


def _number(header: Dataset, keyword: str, otherwise: float) -> float:
    """Return the first value of an attribute; the standard's default when it is missing or empty."""
    value = header.get(keyword)
    if value is None or value == "":
        return otherwise
    return float(value) if isinstance(value, int | float | str) else float(value[0])
