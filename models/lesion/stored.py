"""Stored values out of the words that hold them: PS3.5 8.1.1, where the bits lie, and which words are padding."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset


def stored_values(words: NDArray[Any], header: Dataset) -> NDArray[Any]:
    """Return the values in words of any shape: shifted down where they lie high, without what lies in unused bits.

    Overlays may lie there, and readers of pixels don't agree on them. Raises ValueError where the header's bits can't
    be; words that hold small values only, and so can't lie high, are not shifted, whatever the header states.
    """
    allocated, stored = words.dtype.itemsize * 8, int(header.BitsStored)
    if words.dtype.kind not in "iu" or stored >= allocated:
        return words
    bits = words.view(words.dtype.str.replace("i", "u")) >> _lowest(words, header)
    values = bits & ((1 << stored) - 1)
    if words.dtype.kind == "u":
        return values
    sign = 1 << (stored - 1)
    return np.asarray((values.astype(np.int64) ^ sign) - sign).astype(words.dtype)


def without_unused_bits(words: NDArray[Any], header: Dataset) -> NDArray[Any]:
    """Return the words with what no value needs cleared; padding stays as it is. Raises ValueError as above."""
    if words.dtype.kind not in "iu" or int(header.BitsStored) >= words.dtype.itemsize * 8:
        return words
    return np.where(padding_in(words, header), words, stored_values(words, header) << _lowest(words, header))


def _lowest(words: NDArray[Any], header: Dataset) -> int:
    """Return the lowest bit of the values in the words."""
    allocated, stored, highest = words.dtype.itemsize * 8, int(header.BitsStored), int(header.HighBit)
    if not 0 < stored <= highest + 1 <= allocated:
        message = "the high bit and the bits stored contradict each other"
        raise ValueError(message)
    lies_high = highest + 1 > stored and int(words.view(words.dtype.str.replace("i", "u")).max(initial=0)) >> stored
    return highest + 1 - stored if lies_high else 0


def padding_in(words: NDArray[Any], header: Dataset) -> NDArray[np.bool_]:
    """Return where padding is: PixelPaddingValue, or all from it to PixelPaddingRangeLimit (PS3.3 C.7.5.1.1.2)."""
    first = _in_the_sign_of(words, header.get("PixelPaddingValue"))
    if first is None:
        return np.zeros(words.shape, dtype=bool)
    last = _in_the_sign_of(words, header.get("PixelPaddingRangeLimit"))
    last = first if last is None else last
    inside: NDArray[np.bool_] = (words >= min(first, last)) & (words <= max(first, last))
    return inside


def _in_the_sign_of(words: NDArray[Any], value: object) -> int | None:
    """Return a padding value as the words have it: files write -2000 as 63536 and the other way round."""
    if not isinstance(value, int) or words.dtype.kind not in "iu":
        return None
    span, least = 1 << (words.dtype.itemsize * 8), int(np.iinfo(words.dtype).min)
    return (value - least) % span + least
