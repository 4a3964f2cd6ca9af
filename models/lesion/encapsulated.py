"""The frames of compressed pixel data, also where their offset table is missing or wrong: PS3.5 A.4."""

import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from pydicom import DataElement, Dataset

ITEM: Final = b"\xfe\xff\x00\xe0"
STARTS: Final = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP  ")
"""How a picture begins: JPEG and JPEG-LS, JPEG 2000, and JPEG 2000 in a file format, which is wrong here and occurs."""


def items_of(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each item's content begins and ends; the first item is the offset table. Raises ValueError."""
    at = 0
    while data[at : at + 4] == ITEM:
        (length,) = struct.unpack_from("<I", data, at + 4)
        if at + 8 + length > len(data):
            message = "an item ends behind the pixel data"
            raise ValueError(message)
        yield at + 8, at + 8 + length
        at += 8 + length


def frame_stream(header: Dataset, index: int, frames: int) -> bytes:
    """Return one frame's compressed stream. Raises ValueError where it can't be told which fragments it has.

    One frame has all fragments, and as many fragments as frames are one each, whatever the offset table says. Else the
    table counts if it points at fragments, then how the fragments begin.
    """
    data = bytes(header.PixelData)
    (table, *fragments) = items_of(data)
    parts = [data[begin:end] for begin, end in fragments]
    if frames == 1:
        return b"".join(parts)
    if len(parts) == frames:
        return parts[index]
    begins = [begin - 8 - table[1] for begin, _ in fragments]
    offsets = struct.unpack(
        f"<{(table[1] - table[0]) // 4}I", data[table[0] : table[0] + (table[1] - table[0]) // 4 * 4]
    )
    if len(offsets) == frames and set(offsets) <= set(begins) and sorted(set(offsets)) == list(offsets):
        firsts = [begins.index(offset) for offset in offsets]
    else:
        firsts = [number for number, part in enumerate(parts) if part.startswith(STARTS)]
    if len(firsts) != frames:
        message = "fragments and frames don't fit together"
        raise ValueError(message)
    return b"".join(parts[slice(*list(pairwise([*firsts, len(parts)]))[index])])


def with_one_frame(header: Dataset, stream: bytes) -> Dataset:
    """Return the header with this stream as its only frame, so that a decoder needs no offset table."""
    single = shallow(header)
    for keyword in ("NumberOfFrames", "ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if keyword in single:
            delattr(single, keyword)
    whole = b"".join((ITEM, bytes(4), ITEM, struct.pack("<I", len(stream)), stream))
    single["PixelData"] = DataElement("PixelData", "OB", whole)  # a new one: the old is the header's as well
    return single


def shallow(header: Dataset) -> Dataset:
    """Return a data set of the same elements, from which some may be taken and to which others may be added."""
    other = Dataset()
    other.update(header)
    other.file_meta = header.file_meta
    return other
