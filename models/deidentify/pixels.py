"""What pixel data carry besides the picture: overlays in unused bits, bytes behind the last pixel, texts in streams."""

from itertools import groupby

import numpy as np
from pydicom import Dataset
from pydicom.pixels.utils import get_expected_length
from pydicom.uid import RLELossless

from models.deidentify.codestreams import without_texts
from models.deidentify.run_lengths import without_leftovers
from models.lesion.encapsulated import STARTS, items_of
from models.lesion.stored import without_unused_bits

FLOATS = {"FloatPixelData": 4, "DoubleFloatPixelData": 8}


def clean_pixels(dataset: Dataset) -> int:
    """Take out of the pixel data what is no picture; return in how many places. The picture stays as it is.

    Of compressed pictures the overlays in unused bits stay: whether there are any is told when they are decoded. Raises
    ValueError for pixel data that are not what the header promises.
    """
    for keyword, size in FLOATS.items():
        if keyword in dataset:
            samples = int(dataset.Rows) * int(dataset.Columns) * int(dataset.get("NumberOfFrames") or 1)
            return _replace(dataset, keyword, bytes(dataset[keyword].value)[: samples * size])
    if "PixelData" not in dataset:
        return 0
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return _replace(dataset, "PixelData", _streams_cleaned(dataset))
    return _replace(dataset, "PixelData", _words_cleaned(dataset))


def _replace(dataset: Dataset, keyword: str, clean: bytes) -> int:
    if clean == dataset[keyword].value:
        return 0
    dataset[keyword].value = clean
    return 1


def _words_cleaned(dataset: Dataset) -> bytes:
    data = bytes(dataset.PixelData)
    length = get_expected_length(dataset)
    if not dataset.file_meta.TransferSyntaxUID.is_little_endian:
        length += length % 2  # two bytes are swapped there, so that the last but one is the padding
    data = data[:length]
    data += bytes(len(data) % 2)
    allocated = int(dataset.BitsAllocated)
    if allocated not in {8, 16, 32} or int(dataset.BitsStored) >= allocated:
        return data
    order = "<" if dataset.file_meta.TransferSyntaxUID.is_little_endian or allocated == 8 else ">"  # noqa: PLR2004 bits
    kind = "i" if dataset.get("PixelRepresentation") else "u"
    words = np.frombuffer(data[:length], f"{order}{kind}{allocated // 8}")
    clean: bytes = without_unused_bits(words, dataset).astype(words.dtype).tobytes()
    return clean + data[length:]


def _streams_cleaned(dataset: Dataset) -> bytes:
    """Clean each frame's stream: a fragment that begins like a picture begins a new one."""
    data = bytes(dataset.PixelData)
    (_, *fragments) = items_of(data)
    out = bytearray(data[: fragments[-1][1]] if fragments else data)
    is_runs = dataset.file_meta.TransferSyntaxUID == RLELossless
    pixels = int(dataset.Rows) * int(dataset.Columns)
    numbers = iter(range(len(fragments)))
    number = 0

    def stream_of(fragment: tuple[int, int]) -> int:
        nonlocal number
        begins = is_runs or data.startswith(STARTS, fragment[0])
        number = next(numbers) if begins else number
        return number

    for _, group in groupby(fragments, stream_of):
        parts = list(group)
        stream = b"".join(data[begin:end] for begin, end in parts)
        clean = without_leftovers(stream, pixels) if is_runs else without_texts(stream)
        at = 0
        for begin, end in parts:
            out[begin:end] = clean[at : at + end - begin]
            at += end - begin
    return bytes(out)
