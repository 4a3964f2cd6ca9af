"""Size of a compressed picture as its own codestream states it, read before decompression: the DICOM header may lie.

JPEG and JPEG-LS: frame header, ITU-T T.81 B.2.2 and T.87 C.2.2. JPEG 2000 and HTJ2K: SIZ marker, ITU-T T.800 A.5.1.
"""

import struct
from typing import Final

START_OF_SCAN: Final = 0xDA
FRAME_HEADERS: Final = frozenset({*range(0xC0, 0xD0), 0xF7}) - {
    0xC4,
    0xC8,
    0xCC,
}  # SOF0..15, 55; not DHT, JPG, DAC
STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})  # TEM, RST0..7, SOI: markers without a length
SIZ: Final = b"\xff\x4f\xff\x51"


def picture_size(stream: bytes) -> tuple[int, int] | None:
    """Return rows and columns of a JPEG, JPEG-LS or JPEG 2000 stream; None when it states none."""
    if stream.startswith(b"\xff\xd8"):
        return _jpeg_size(stream)
    start = stream.find(SIZ, 0, 4096)  # not at 0 when the stream is wrapped in JP2 boxes
    if start < 0 or len(stream) < start + 24:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", stream, start + 8)
    return bottom - top, right - left


def _jpeg_size(stream: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(stream) and stream[at] == 0xFF:  # noqa: PLR2004 every marker begins so
        marker = stream[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 a fill byte
            at += 1
        elif marker in STANDALONE:
            at += 2
        elif marker in FRAME_HEADERS:
            rows, columns = struct.unpack_from(">HH", stream, at + 5)
            return rows, columns
        elif marker == START_OF_SCAN:
            return None
        else:
            at += 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
    return None
