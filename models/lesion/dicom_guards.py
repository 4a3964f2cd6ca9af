"""Guards around the parsing of DICOM files from outside: silence pydicom, turn errors into refusals, stop zip bombs."""

import logging
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Final

from pydicom import uid
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_dataset

from models.lesion.refusal import ImageRefused, Unreadable

PREFIX: Final = b"DICM"
SHORTEST: Final = 16  # bytes that a file needs to be recognised without its prefix


@contextmanager
def pydicom_silenced() -> Iterator[None]:
    """Silence pydicom's warnings and log, which quote the values that they complain about."""
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
    """Turn everything that pydicom and the decoders raise for a broken file into a refusal with this reason."""
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
        raise ImageRefused(reason) from None  # the original error may quote the file


def with_preamble(data: bytes) -> bytes:
    """Return the file as PS3.10 7.1 has it: some are stored without preamble, prefix or file meta information."""
    if data[128:132] == PREFIX or len(data) < SHORTEST:
        return data
    if data[:4] == PREFIX:
        return bytes(128) + data
    if data[:4] == b"\x02\x00\x00\x00" and data[4:6] == b"UL":
        return bytes(128) + PREFIX + data
    if data[:2] == b"\x08\x00" and data[3:4] == b"\x00":
        is_explicit = re.fullmatch(rb"[A-Z]{2}", data[4:6]) is not None
        syntax = (uid.ExplicitVRLittleEndian if is_explicit else uid.ImplicitVRLittleEndian).encode()
        syntax += bytes(len(syntax) % 2)
        return bytes(128) + PREFIX + b"\x02\x00\x10\x00UI" + struct.pack("<H", len(syntax)) + syntax + data
    return data


def refuse_an_inflation_bomb(data: bytes, most_bytes: int) -> None:
    """Refuse a deflated data set that inflates beyond `most_bytes`: pydicom would inflate it whole, a thousandfold."""
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
