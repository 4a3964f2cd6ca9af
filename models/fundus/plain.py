"""Read a colour photograph of the retina that is no DICOM file: JPEG or PNG, as cameras and screening programmes send.

Such a file says nothing about itself, so that whoever announces it answers for patient, study and kind. The decoders
parse files from outside: call this in a sandboxed process.
"""

import warnings
from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image, UnidentifiedImageError

from models.fundus.dicom import MODALITY
from models.lesion.admission import NotAdmitted
from models.lesion.dicom import Limits
from models.lesion.display import luma
from models.lesion.image import GreyImage
from models.lesion.refusal import ImageRefused, Unreadable

BEGINNINGS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
FORMATS: Final = ("JPEG", "PNG")
COLOUR: Final = frozenset({"RGB", "RGBA", "YCbCr", "P", "CMYK"})  # modes of Pillow
BROKEN: Final = (OSError, UnidentifiedImageError, SyntaxError, ValueError, TypeError, LookupError, OverflowError)
"""What Pillow raises of broken files; it documents no narrower set."""


def is_plain(data: bytes) -> bool:
    """Return whether these bytes begin as a JPEG or PNG file does."""
    return data.startswith(BEGINNINGS)


def plain_photograph(data: bytes, limits: Limits) -> GreyImage | NotAdmitted:
    """Return the picture in a JPEG or PNG file, or why it is none of a retina. Raises ImageRefused."""
    if len(data) > limits.file_bytes:
        raise ImageRefused(Unreadable.LARGE_FILE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures and odd metadata, which may quote the file
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                return _photograph(image, limits)
    except Image.DecompressionBombError:
        raise ImageRefused(Unreadable.LARGE_PICTURE) from None
    except ImageRefused:
        raise
    except BROKEN:
        raise ImageRefused(Unreadable.DAMAGED) from None


def _photograph(image: Image.Image, limits: Limits) -> GreyImage | NotAdmitted:
    if image.width * image.height > limits.frame_pixels:
        raise ImageRefused(Unreadable.LARGE_PICTURE)
    if image.mode not in COLOUR:
        return NotAdmitted("grey", "the picture is in grey: fundus was trained on photographs in colour")
    colours = np.asarray(image.convert("RGB"), dtype=np.float32) / np.float32(255)
    return GreyImage(pixels=luma(colours, 1), modality=MODALITY, is_colour=True, colours=colours)
