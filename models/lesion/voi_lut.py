"""Look-up tables for display (VOI LUT, PS3.3 C.11.2.1.1) as devices write them, which often is not as they should."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from models.lesion.image import Grey

WORD: Final = 2**16
SIGNED_FROM: Final = 2**15


def through_table(values: Grey, item: Dataset, *, is_little_endian: bool) -> Grey:
    """Return values [H, W] through one item of a VOI LUT Sequence, 1 for the table's greatest entry.

    Some devices declare 16 bits and fill 12, so the greatest entry counts and not the number of bits. Raises ValueError
    for a table without entries.
    """
    table = _entries(item, is_little_endian=is_little_endian)
    if table.size == 0 or table.max() <= 0:
        message = "the table is empty"
        raise ValueError(message)
    first = _first(values, int(item.LUTDescriptor[1]), len(table))
    places = np.clip(np.rint(values) - first, 0, len(table) - 1).astype(np.intp)
    grey: Grey = (table[places] / table.max()).astype(np.float32)
    return grey


def _entries(item: Dataset, *, is_little_endian: bool) -> NDArray[np.float64]:
    """Return the table, of words, or of bytes where there is one for each entry; a count of 0 means 65,536."""
    declared = int(item.LUTDescriptor[0]) % WORD or WORD
    raw = item.LUTData
    if not isinstance(raw, bytes):
        raw = np.asarray(raw).astype(np.int64).astype("<u2").tobytes()
    elif not is_little_endian and int(item.LUTDescriptor[2]) > 8:  # noqa: PLR2004 bits
        raw = np.frombuffer(raw[: len(raw) // 2 * 2], ">u2").astype("<u2").tobytes()
    packed = len(raw) in {declared, declared + 1} and int(item.LUTDescriptor[2]) <= 8  # noqa: PLR2004 bits
    kind = "u1" if packed else "<u2"
    count = min(declared, len(raw) // np.dtype(kind).itemsize)
    return np.frombuffer(raw, kind, count).astype(np.float64)


def _first(values: Grey, stated: int, count: int) -> int:
    """Return the value of the first entry in the sign that the picture's values have: files write -1024 as 64512."""
    other = stated - WORD if stated >= SIGNED_FROM else stated + WORD if stated < 0 else stated
    low, high = float(values.min()), float(values.max())

    def shared(first: int) -> float:
        return min(high, first + count - 1) - max(low, first)

    return other if shared(other) > shared(stated) else stated
