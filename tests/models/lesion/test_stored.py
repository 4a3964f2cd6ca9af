"""Bits of stored words, padding, windows and tables as devices write them, and not as they should."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from pydicom import DataElement, Dataset
from pydicom.tag import Tag

from models.lesion.dicom import Limits, read_dicom
from models.lesion.image import Grey
from models.lesion.refusal import ImageRefused, Unreadable
from tests.builders.dicom_files import a_dataset, as_bytes

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")  # values that break their representation

RAMP = np.arange(0, 4096, 16, dtype=np.uint16).reshape(16, 16)
SHOWN = RAMP / RAMP.max()


def shown(stored: np.ndarray[Any, Any] = RAMP, **attributes: Any) -> Grey:
    bits = {"BitsStored": 12, "HighBit": 11}
    return read_dicom(as_bytes(a_dataset(stored, **(bits | attributes))), Limits()).pixels


def test_words_that_lie_high_show_the_same_picture() -> None:
    high = (RAMP << 4).astype(np.uint16)
    assert np.allclose(shown(high, HighBit=15), SHOWN)
    signed = ((RAMP.astype(np.int32) - 2048) << 4).astype(np.int16)
    assert np.allclose(shown(signed, HighBit=15), SHOWN)


def test_a_high_bit_that_the_words_deny_is_not_believed() -> None:
    assert np.allclose(shown(RAMP, HighBit=15), SHOWN)


def test_an_overlay_in_unused_bits_is_not_shown() -> None:
    drawn = RAMP.copy()
    drawn[4:8, 4:8] |= 0x1000
    assert np.allclose(shown(drawn), SHOWN)


@pytest.mark.parametrize("bits", [{"BitsStored": 12, "HighBit": 3}, {"BitsStored": 12, "HighBit": 16}])
def test_bits_that_can_t_be_are_refused(bits: dict[str, Any]) -> None:
    with pytest.raises(ImageRefused) as refused:
        shown(RAMP, **bits)
    assert refused.value.reason is Unreadable.HEADER


@pytest.mark.parametrize(
    ("kind", "padding", "representation"),
    [("<i2", -2000, "SS"), ("<i2", 63_536, "US"), ("<u2", 65_535, "US"), ("<u2", -1, "SS")],
)
def test_padding_is_read_in_the_sign_of_the_pixels(kind: str, padding: int, representation: str) -> None:
    stored = RAMP.astype(kind)
    stored[0] = np.array(padding % 65_536, np.uint16).view(np.dtype(kind))
    file = a_dataset(stored)
    file.add_new("PixelPaddingValue", representation, padding)
    inside = RAMP[1:].astype(float)
    expected = (inside - inside.min()) / (inside.max() - inside.min())
    pixels = read_dicom(as_bytes(file), Limits()).pixels
    assert np.allclose(pixels[1:], expected)
    assert not pixels[0].any()


@pytest.mark.parametrize(
    ("centre", "width"),
    [
        ("2048,5", "4096,0"),
        ("middle", "wide"),
        ("2048", "0"),
        ("2048", "-4096"),
        ("2048", "0.5"),
        ("", "4096"),
        ("nan", "4096"),
        ("999999", "10"),
        ("-999999", "10"),
    ],
)
def test_a_window_that_can_t_be_or_shows_nothing_is_ignored(centre: str, width: str) -> None:
    file = a_dataset(RAMP, BitsStored=12, HighBit=11)
    for keyword, value in (("WindowCenter", centre), ("WindowWidth", width)):
        file[keyword] = DataElement(Tag(keyword), "LO", value)
    data = as_bytes(file)
    for element in (b"\x50", b"\x51"):  # as a DS, which pydicom would not write
        data = data.replace(b"\x28\x00" + element + b"\x10LO", b"\x28\x00" + element + b"\x10DS")
    assert np.allclose(read_dicom(data, Limits()).pixels, SHOWN)


def a_table(descriptor: Sequence[int], entries: bytes | list[int], *, signed: bool = False) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if signed else "US", list(descriptor))
    item.add_new("LUTData", "OW" if isinstance(entries, bytes) else "US", entries)
    return item


FULL = np.arange(4096)


@pytest.mark.parametrize(
    "table",
    [
        a_table((4096, 0, 12), FULL.tolist()),
        a_table((4096, 0, 16), (FULL * 16).astype("<u2").tobytes()),
        a_table((4096, 0, 16), FULL.tolist()),  # declares 16 bits and fills 12
        a_table((4096, 0, 16), (FULL // 4).tolist()),
        a_table((4096, 0, 8), (FULL // 16).astype("u1").tobytes()),  # one byte an entry
        a_table((4096, 0, 8), (FULL // 16).tolist()),  # one word an entry
        a_table((4096, 0, 8), np.frombuffer((FULL // 16).astype("u1").tobytes(), "<u2").tolist()),
        a_table((0, 0, 16), np.minimum(np.arange(65_536), 4080).astype("<u2").tobytes()),  # 0 entries are 65,536
    ],
)
@pytest.mark.parametrize("photometric", ["MONOCHROME2", "MONOCHROME1"])
def test_a_table_shows_the_same_however_it_is_written(table: Dataset, photometric: str) -> None:
    pixels = shown(VOILUTSequence=[table], PhotometricInterpretation=photometric)
    assert np.allclose(pixels if photometric == "MONOCHROME2" else 1 - pixels, SHOWN, atol=0.005)


@pytest.mark.parametrize(("first", "signed"), [(-2048, True), (63_488, False)])
def test_a_table_begins_in_the_sign_of_the_values(first: int, *, signed: bool) -> None:
    table = a_table((4096, first, 12), FULL.tolist(), signed=signed)
    stored = (RAMP.astype(np.int32) - 2048).astype(np.int16)
    assert np.allclose(shown(stored, BitsStored=16, HighBit=15, VOILUTSequence=[table]), SHOWN, atol=0.005)
    rescaled: dict[str, Any] = {"RescaleSlope": 1, "RescaleIntercept": -2048, "VOILUTSequence": [table]}
    assert np.allclose(shown(RAMP, **rescaled), SHOWN, atol=0.005)


def test_an_empty_table_is_ignored() -> None:
    assert np.allclose(shown(VOILUTSequence=[a_table((4096, 0, 16), b"")]), SHOWN)
