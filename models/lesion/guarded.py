"""What every reading of a stranger's DICOM file stands under: pydicom kept silent, what breaks refused, bombs found."""

import logging
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from pydicom import uid
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_dataset

from models.lesion.refusal import ImageRefused, Unreadable


@contextmanager
def pydicom_silenced() -> Iterator[None]:
    """Let pydicom say nothing: its warnings and its log quote the values that they complain of."""
    log = logging.getLogger("pydicom")
    before = log.disabled
    log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.disabled = before


@contextmanager
def broken_means(reason: Unreadable) -> Iterator[None]:
    """Refuse for this reason over all that pydicom and the decoders raise when a file is not what it should be."""
    try:
        yield
    except ImageRefused:
        raise
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        BytesLengthException,
        EOFError,
        InvalidDicomError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        struct.error,
        zlib.error,
    ):
        raise ImageRefused(reason) from None  # the cause may quote the file


def refuse_an_inflation_bomb(data: bytes, most_bytes: int) -> None:
    """Refuse a deflated data set that becomes too large: pydicom would inflate it whole, a thousand times the file."""
    stream = BytesIO(data)
    stream.seek(132)  # preamble and DICM, PS3.10 7.1
    meta = read_dataset(stream, is_implicit_VR=False, is_little_endian=True, stop_when=_past_the_file_meta)
    if meta.get("TransferSyntaxUID") != uid.DeflatedExplicitVRLittleEndian:
        return
    inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(stream.read(), most_bytes + 1)
    if len(inflated) > most_bytes:
        raise ImageRefused(Unreadable.LARGE_FILE)


def _past_the_file_meta(tag: int, _vr: str | None, _length: int) -> bool:
    return tag >> 16 != 2  # noqa: PLR2004 the group of the file meta elements
