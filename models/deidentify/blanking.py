"""Blank regions of the pictures in a DICOM file: the Clean Pixel Data Option, PS3.15 E.3.1.

This decodes pixels: call it in a sandboxed process.
"""

from io import BytesIO
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread, uid

from models.lesion.dicom import Limits, decode_frame, open_dicom
from models.lesion.dicom_guards import broken_means, pydicom_silenced, with_preamble
from models.lesion.refusal import Unreadable

COLOURS: Final = 3


class Region(NamedTuple):
    """A rectangle in pixels, counted from 0; the ends are excluded."""

    row0: int
    column0: int
    row1: int
    column1: int


def blanked(data: bytes, regions: tuple[Region, ...], limits: Limits) -> bytes:
    """Return the file with these regions black in every frame, and its pixels uncompressed. Raises ImageRefused."""
    frames = open_dicom(data, limits).frames
    with pydicom_silenced(), broken_means(Unreadable.DAMAGED):
        file = dcmread(BytesIO(with_preamble(data)))
        done, photometric = [], str(file.PhotometricInterpretation)
        for index in range(frames):
            words, photometric = decode_frame(file, index, limits)
            done.append(_blank(np.array(words), regions, file, photometric))
        _store(file, np.stack(done), photometric)
        out = BytesIO()
        file.save_as(out, enforce_file_format=True)
        return out.getvalue()


def _blank(words: NDArray[Any], regions: tuple[Region, ...], header: Dataset, photometric: str) -> NDArray[Any]:
    black = 0
    if photometric == "MONOCHROME1":
        black = 2 ** (int(header.BitsStored) - int(header.get("PixelRepresentation") or 0)) - 1
    elif header.get("PixelRepresentation") and photometric == "MONOCHROME2":
        black = int(words.min())
    for region in regions:
        words[region.row0 : region.row1, region.column0 : region.column1] = black
    return words


def _store(file: Dataset, words: NDArray[Any], photometric: str) -> None:
    little = words.astype(words.dtype.newbyteorder("<")).tobytes()
    file.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    file.PixelData = little + bytes(len(little) % 2)
    file["PixelData"].VR = "OB" if words.dtype.itemsize == 1 else "OW"
    file["PixelData"].is_undefined_length = False
    file.PhotometricInterpretation = photometric
    if words.shape[-1] == COLOURS and int(file.SamplesPerPixel) == COLOURS:
        file.PlanarConfiguration = 0
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if keyword in file:
            delattr(file, keyword)
