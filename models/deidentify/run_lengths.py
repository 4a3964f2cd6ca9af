"""Bytes in a run-length coded picture that belong to no run: DICOM PS3.5 annex G."""

import struct
from itertools import pairwise
from typing import Final

HEADER_BYTES: Final = 64
MOST_SEGMENTS: Final = 15
NO_RUN: Final = 128


def without_leftovers(stream: bytes, pixels: int) -> bytes:
    """Return one frame's stream with zeros for all that its segments of `pixels` bytes don't need.

    Raises ValueError where the stream ends before its segments do.
    """
    try:
        (count,) = struct.unpack_from("<I", stream)
        offsets = struct.unpack_from(f"<{count}I", stream, 4) if count <= MOST_SEGMENTS else ()
    except struct.error:
        offsets = ()
    if not offsets or list(offsets) != sorted(offsets) or offsets[0] < HEADER_BYTES or offsets[-1] > len(stream):
        message = "the run lengths have no beginning"
        raise ValueError(message)
    data = bytearray(stream)
    used = 4 + 4 * len(offsets)
    data[used : offsets[0]] = bytes(offsets[0] - used)
    for begin, end in pairwise((*offsets, len(stream))):
        last = min(_end_of_runs(stream, begin, pixels), end)
        data[last:end] = bytes(end - last)
    return bytes(data)


def _end_of_runs(stream: bytes, at: int, pixels: int) -> int:
    done = 0
    while done < pixels and at < len(stream):
        control = stream[at]
        if control < NO_RUN:
            done, at = done + control + 1, at + control + 2
        elif control > NO_RUN:
            done, at = done + 257 - control, at + 2
        else:
            at += 1
    return at
