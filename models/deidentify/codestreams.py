"""Texts inside compressed pictures, which are blanked in place: nothing moves, and no pixel changes.

JPEG and JPEG-LS: comments and application segments, ITU-T T.81 B.2.4 and T.87 C. JPEG 2000: comments (COM, ITU-T T.800
A.9.2) and the boxes of the file format round it (annex I). Everything: what follows the end of the picture.
"""

import struct
from collections.abc import Iterator
from typing import Final

SOI, EOI, SOS, COM = 0xD8, 0xD9, 0xDA, 0xFE
APPLICATION: Final = range(0xE0, 0xF0)
STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
NEEDED: Final = {0xE0: (b"JFIF\0", 14), 0xE8: (b"mrfx", 5), 0xEE: (b"Adobe", 12)}
"""Application segments that tell how to decode or show the picture, with how much of them does so."""
J2K: Final = b"\xff\x4f\xff\x51"
JP2: Final = b"\x00\x00\x00\x0cjP  "
KEPT_BOXES: Final = frozenset({b"jP  ", b"ftyp", b"jp2h", b"jp2c"})
SOT, SOD, J2K_COM, EOC = 0xFF90, 0xFF93, 0xFF64, 0xFFD9


def without_texts(stream: bytes) -> bytes:
    """Return the compressed picture with blanks in place of its texts; other kinds of stream as they are.

    Raises ValueError where the stream ends before its picture does.
    """
    data = bytearray(stream)
    if stream.startswith(b"\xff\xd8"):
        ranges = _texts_of_jpeg(stream)
    elif stream.startswith(J2K):
        ranges = _texts_of_j2k(stream, 0, len(stream))
    elif stream.startswith(JP2):
        ranges = _texts_of_jp2(stream)
    else:
        return stream
    try:
        for begin, end in ranges:
            data[begin:end] = bytes(end - begin)
    except (IndexError, struct.error):
        message = "the picture has no end"
        raise ValueError(message) from None
    return bytes(data)


def _texts_of_jpeg(stream: bytes) -> Iterator[tuple[int, int]]:
    at = 2
    while True:
        while stream[at] != 0xFF or stream[at + 1] == 0xFF:  # noqa: PLR2004 fill bytes, which may be anything
            at += 1
        marker = stream[at + 1]
        at += 2
        if marker == EOI:
            yield at, len(stream)
            return
        if marker in STANDALONE:
            continue
        end = at + int.from_bytes(stream[at : at + 2], "big")
        if marker == COM or marker in APPLICATION:
            name, length = NEEDED.get(marker, (b"\0", 0))
            is_needed = bool(length) and stream.startswith(name, at + 2)
            yield min(end, at + 2 + (length if is_needed else 0)), min(end, len(stream))
        at = _end_of_scan(stream, end) if marker == SOS else end


def _end_of_scan(stream: bytes, at: int) -> int:
    """Return where the next marker is: in the coded data 0xFF is followed by 0, by less than 0x80, or by RSTn."""
    while True:
        at = stream.index(b"\xff", at)
        if stream[at + 1] >= 0x80 and stream[at + 1] not in STANDALONE:  # noqa: PLR2004 T.87 C.2.1
            return at
        at += 1


def _texts_of_j2k(stream: bytes, start: int, stop: int) -> Iterator[tuple[int, int]]:
    at, tile_end = start + 2, 0
    while True:
        (marker,) = struct.unpack_from(">H", stream, at)
        if marker == EOC:
            yield at + 2, stop
            return
        if marker == SOD:
            if tile_end <= at:
                raise IndexError
            at = tile_end
            continue
        (length,) = struct.unpack_from(">H", stream, at + 2)
        if marker == SOT:
            (tile_length,) = struct.unpack_from(">I", stream, at + 6)
            tile_end = at + tile_length if tile_length else stream.rindex(b"\xff\xd9", at, stop)
        elif marker == J2K_COM:
            yield at + 6, at + 2 + length
        if tile_end > stop or not length:
            raise IndexError
        at += 2 + length


def _texts_of_jp2(stream: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while at + 8 <= len(stream):
        length, kind = struct.unpack_from(">I4s", stream, at)
        content, end = at + 8, at + length if length else len(stream)
        if length == 1:
            content, end = at + 16, at + int(struct.unpack_from(">Q", stream, at + 8)[0])
        if not content <= end <= len(stream):
            break
        if kind == b"jp2c":
            yield from _texts_of_j2k(stream, content, end)
        elif kind not in KEPT_BOXES:
            yield content, end
        at = end
    yield at, len(stream)
