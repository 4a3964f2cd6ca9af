"""Convert stored pixel values to grey as a reader would see it: DICOM PS3.3 C.7.6.3, C.11.1 and C.11.2.

H rows, W columns.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi

from models.lesion.image import Grey

LUMA: Final = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
WHOLE_BYTE: Final = 8  # bits: such pictures are stored as they are displayed


def to_grey(stored: NDArray[Any], header: Dataset, photometric: str) -> Grey:
    """Return grey [H, W] in 0..1 of one frame of stored values: [H, W], or [H, W, 3] in RGB.

    Of several windows the first is used. Without a window or look-up table, an 8 bit picture keeps its whole range, and
    any other is stretched from its least to its greatest value. Padding becomes black.
    """
    if photometric == "PALETTE COLOR":
        colours = apply_color_lut(stored, header)
        return _luma(colours, np.iinfo(colours.dtype).max)
    if stored.ndim == 3:  # noqa: PLR2004 colour
        return _luma(stored, 2 ** int(header.BitsStored) - 1)
    padding = _padding(stored, header)
    grey = np.clip(_displayed(stored, header, ~padding), 0, 1)
    if photometric == "MONOCHROME1":
        grey = 1 - grey
    grey[padding] = 0
    return grey


def _luma(colours: NDArray[Any], white: float) -> Grey:
    grey: Grey = np.clip(colours[..., :3].astype(np.float32) @ LUMA / np.float32(white), 0, 1)
    return grey


def _displayed(stored: NDArray[Any], header: Dataset, counts: NDArray[np.bool_]) -> Grey:
    """Return the values for display; those in the window lie in 0..1."""
    if "ModalityLUTSequence" in header:
        values: Grey = apply_modality_lut(stored, header).astype(np.float32)
    else:
        slope, intercept = _number(header, "RescaleSlope", 1), _number(header, "RescaleIntercept", 0)
        values = stored.astype(np.float32) * np.float32(slope) + np.float32(intercept)
    width = _number(header, "WindowWidth", 0)
    if width > 1 and "WindowCenter" in header:
        return _windowed(values, _number(header, "WindowCenter", 0), width, header.get("VOILUTFunction") or "LINEAR")
    if header.get("VOILUTSequence"):
        bits = int(header.VOILUTSequence[0].LUTDescriptor[2])
        seen: Grey = apply_voi(values.astype(np.int32), header).astype(np.float32)
        return seen / np.float32(2**bits - 1)
    if int(header.BitsStored) == WHOLE_BYTE and not header.get("PixelRepresentation") and "RescaleSlope" not in header:
        return values / np.float32(2**WHOLE_BYTE - 1)
    inside = values[counts] if counts.any() else values
    low = np.float32(inside.min())
    span = np.float32(inside.max() - low)
    return (values - low) / (span if span > 0 else np.float32(1))


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


def _padding(stored: NDArray[Any], header: Dataset) -> NDArray[np.bool_]:
    """Mask of padding pixels: PixelPaddingValue, or all from it to PixelPaddingRangeLimit (C.7.5.1.1.2)."""
    first = header.get("PixelPaddingValue")
    if first is None:
        return np.zeros(stored.shape, dtype=bool)
    last = header.get("PixelPaddingRangeLimit", first)
    inside: NDArray[np.bool_] = (stored >= min(first, last)) & (stored <= max(first, last))
    return inside


def _number(header: Dataset, keyword: str, otherwise: float) -> float:
    """Return the first value of an attribute; the standard's default when it is missing or empty."""
    value = header.get(keyword)
    if value is None or value == "":
        return otherwise
    return float(value) if isinstance(value, int | float | str) else float(value[0])
