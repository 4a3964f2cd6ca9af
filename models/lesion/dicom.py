"""Decode a DICOM file to one grey picture, or refuse it. Bytes in; opens no files.

The decoders are written in C and parse files from outside: call this in a sandboxed process.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread, uid
from pydicom.pixels.decoders.base import get_decoder

from models.lesion.age import ages_years
from models.lesion.anatomy import stated_parts
from models.lesion.burned_in import burned_in
from models.lesion.codestream import picture_size
from models.lesion.dicom_guards import broken_means, pydicom_silenced, refuse_an_inflation_bomb, with_preamble
from models.lesion.display import to_grey
from models.lesion.encapsulated import frame_stream, shallow, with_one_frame
from models.lesion.image import Grey, GreyImage, Laterality
from models.lesion.jpeg12 import decode_jpeg12
from models.lesion.objections import objection
from models.lesion.refusal import ImageRefused, Unreadable
from models.lesion.spacing import lift_functional_groups, pixel_spacing_mm
from models.lesion.stored import without_unused_bits
from models.lesion.view import view_of


@dataclass(frozen=True)
class Limits:
    """Limits that are checked before anything is decoded.

    Our own choice: pictures of daily work pass, a decompression bomb does not.
    """

    file_bytes: int = 64 * 2**20
    frame_pixels: int = 32 * 10**6  # a mammogram has some 20 million
    all_pixels: int = 10**9  # rows x columns x frames


# pydicom's name of the decoding library for each syntax: a fixed one, so that results don't depend on what is installed
DECODERS: Final = {
    uid.ImplicitVRLittleEndian: "",
    uid.ExplicitVRLittleEndian: "",
    uid.ExplicitVRBigEndian: "",
    uid.DeflatedExplicitVRLittleEndian: "",
    uid.RLELossless: "pydicom",
    uid.JPEGBaseline8Bit: "pillow",
    uid.JPEGExtended12Bit: "pillow",  # its 8 bit form; see decode_jpeg12
    uid.JPEGLossless: "gdcm",
    uid.JPEGLosslessSV1: "gdcm",
    uid.JPEGLSLossless: "pyjpegls",
    uid.JPEGLSNearLossless: "pyjpegls",
    uid.JPEG2000Lossless: "pylibjpeg",
    uid.JPEG2000: "pylibjpeg",
    uid.HTJ2KLossless: "pylibjpeg",
    uid.HTJ2KLosslessRPCL: "pylibjpeg",
    uid.HTJ2K: "pylibjpeg",
}
CODE: Final = re.compile(r"[A-Z0-9_ ]{1,16}")  # PS3.5 6.2, CS; any other value might be a name
SIDES: Final[dict[str, Laterality]] = {"L": "left", "R": "right"}  # PS3.3 C.7.3.1.1.1 and C.7.6.16.2.8
UID: Final = re.compile(r"[0-9.]{1,64}")


@dataclass(frozen=True, eq=False)
class Picture:
    """A parsed file whose frames may be decoded one at a time."""

    header: Dataset
    limits: Limits
    frames: int

    @property
    def frame_pixels(self) -> int:
        """How many pixels a frame has."""
        return int(self.header.Rows) * int(self.header.Columns)

    def read(self, index: int) -> GreyImage:
        """Read the frame with this index, counted from 0, as grey in 0..1. Raises ImageRefused."""
        with pydicom_silenced():
            return _read(shallow(self.header), index, self.limits)

    def has_hidden_bits(self, index: int) -> bool:
        """Return whether the words of a compressed frame hold more than its pixels. Raises ImageRefused."""
        if not self.header.file_meta.TransferSyntaxUID.is_encapsulated or self.header.SamplesPerPixel > 1:
            return False
        with pydicom_silenced(), broken_means(Unreadable.DAMAGED):
            words, _ = decode_frame(shallow(self.header), index, self.limits)
            return not np.array_equal(words, without_unused_bits(words, self.header))

    def spread(self, most: int) -> list[int]:
        """Return the indices of up to `most` frames, evenly spread from the first to the last."""
        indices: list[int] = np.unique(np.linspace(0, self.frames - 1, most).round().astype(int)).tolist()
        return indices


def open_dicom(data: bytes, limits: Limits) -> Picture:
    """Parse a file and check that its pictures may be decoded. Raises ImageRefused."""
    with pydicom_silenced():
        header = _header(data, limits)
        return Picture(header, limits, _frames(header))


def read_dicom(data: bytes, limits: Limits) -> GreyImage:
    """Read one frame as grey in 0..1; of several the middle one (`frames // 2`). Raises ImageRefused."""
    picture = open_dicom(data, limits)
    return picture.read(picture.frames // 2)


def read_frames(data: bytes, limits: Limits, most: int) -> Iterator[GreyImage]:
    """Read up to `most` frames, evenly spread from the first to the last. See `read_dicom`."""
    picture = open_dicom(data, limits)
    for index in picture.spread(most):
        yield picture.read(index)


def _header(data: bytes, limits: Limits) -> Dataset:
    """Parse the file and check that its pictures may be decoded. Raises ImageRefused."""
    if len(data) > limits.file_bytes:
        raise ImageRefused(Unreadable.LARGE_FILE)
    with broken_means(Unreadable.NOT_DICOM):
        data = with_preamble(data)
        refuse_an_inflation_bomb(data, limits.file_bytes)
        header = dcmread(BytesIO(data))
    with broken_means(Unreadable.HEADER):
        _refuse_what_is_no_picture(header, limits)
    return header


def _read(header: Dataset, index: int, limits: Limits) -> GreyImage:
    """Read the frame with this index, counted from 0; changes the header. Raises ImageRefused."""
    with broken_means(Unreadable.DAMAGED):
        words, photometric = decode_frame(header, index, limits)
    with broken_means(Unreadable.HEADER):
        lift_functional_groups(header, index)
        return described(to_grey(words, header, photometric), header, index)


def study_of(data: bytes, limits: Limits) -> str:
    """Return the study UID of a file from its header alone. Raises ImageRefused when it names none."""
    with pydicom_silenced(), broken_means(Unreadable.NOT_DICOM):
        data = with_preamble(data)
        refuse_an_inflation_bomb(data, limits.file_bytes)
        header = dcmread(BytesIO(data), stop_before_pixels=True, specific_tags=["StudyInstanceUID"])
        if (study := _plain(header, "StudyInstanceUID", UID)) is None:
            raise ImageRefused(Unreadable.HEADER)
        return study


def _refuse_what_is_no_picture(header: Dataset, limits: Limits) -> None:
    if "PixelData" not in header:
        raise ImageRefused(Unreadable.NO_PICTURE)
    rows, columns, frames = int(header.Rows), int(header.Columns), _frames(header)
    if min(rows, columns, frames) < 1:
        raise ImageRefused(Unreadable.HEADER)
    if rows * columns > limits.frame_pixels or rows * columns * frames > limits.all_pixels:
        raise ImageRefused(Unreadable.LARGE_PICTURE)
    if header.file_meta.TransferSyntaxUID not in DECODERS:
        raise ImageRefused(Unreadable.COMPRESSION)


def _frames(header: Dataset) -> int:
    return int(header.get("NumberOfFrames") or 1)


def decode_frame(header: Dataset, index: int, limits: Limits) -> tuple[NDArray[Any], str]:
    """Return the words of one frame, colours as RGB, and their photometric interpretation.

    Raises ImageRefused, and what the decoders raise for broken pixels.
    """
    syntax = header.file_meta.TransferSyntaxUID
    if syntax.is_encapsulated:
        stream = frame_stream(header, index, _frames(header))
        rows, columns = picture_size(stream) or (header.Rows, header.Columns)
        if rows * columns > limits.frame_pixels:
            raise ImageRefused(Unreadable.LARGE_PICTURE)
        if (rows, columns) != (header.Rows, header.Columns):
            raise ImageRefused(Unreadable.DAMAGED)
        if syntax == uid.JPEGExtended12Bit and header.BitsStored > 8:  # noqa: PLR2004 bits
            return decode_jpeg12(stream, header), str(header.PhotometricInterpretation)
        header, index = with_one_frame(header, stream), 0
    is_grey = header.SamplesPerPixel == 1  # its unused bits are for `stored_values`
    pixels, meaning = get_decoder(syntax).as_array(
        header,
        index=index,
        decoding_plugin=DECODERS[syntax],
        correct_unused_bits=not is_grey,  # type: ignore[arg-type] # pydicom annotates each option as all of them
    )
    return pixels, str(meaning["photometric_interpretation"])


def described(grey: Grey, header: Dataset, index: int) -> GreyImage:
    """Return the frame with what its header says about it. Raises ImageRefused where a value is not finite."""
    if not np.isfinite(grey).all():
        raise ImageRefused(Unreadable.HEADER)
    named, coded = stated_parts(header)
    return GreyImage(
        pixels=grey,
        modality=_plain(header, "Modality", CODE),
        parts=tuple(filter(None, (named, *coded))),
        view=view_of(header),
        laterality=_laterality(header),
        pixel_spacing_mm=pixel_spacing_mm(header),
        sop_class_uid=_plain(header, "SOPClassUID", UID),
        sop_instance_uid=_plain(header, "SOPInstanceUID", UID),
        series_instance_uid=_plain(header, "SeriesInstanceUID", UID),
        study_instance_uid=_plain(header, "StudyInstanceUID", UID),
        frames=_frames(header),
        frame_number=index + 1,
        is_colour=header.SamplesPerPixel > 1,
        ages_years=ages_years(header),
        objection=objection(header),
        burned_in=burned_in(header),
    )


def _laterality(header: Dataset) -> Laterality | None:
    """Return the side that Image Laterality (0020,0062) or Laterality (0020,0060) states; of both sides, none."""
    stated = str(header.get("ImageLaterality") or header.get("Laterality") or "").strip().upper()
    return SIDES.get(stated)


def _plain(header: Dataset, keyword: str, form: re.Pattern[str]) -> str | None:
    """Return the value if it has the form that the standard prescribes, else None."""
    value = str(header.get(keyword) or "").strip()
    return value if form.fullmatch(value) else None
