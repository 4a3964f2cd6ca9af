"""Items that are encoded once and filled in read back as if they had been built whole."""

import struct
from io import BytesIO
from typing import Any

import pytest
from pydicom import Dataset, dcmread

from models.lesion_report.prepared import Slot, encode_item, encode_sequence, prepare

CONTENT = 0x0040A730
TEXT = Slot(0x0040A160, "UT", b"stand-in")
UID = Slot(0x0040A124, "UI", b"1.2.3")
NUMBER = Slot(0x0040A161, "FD", struct.pack("<d", 1.5))


def an_item(text: str, uid: str, number: float, depth: int = 2) -> Dataset:
    """An item with all three values at the bottom of nested sequences."""
    item = Dataset()
    item.ValueType = "TEXT"
    if depth:
        item.ContentSequence = [an_item(text, uid, number, depth - 1), Dataset()]
    else:
        item.UID, item.TextValue, item.FloatingPointValue = uid, text, number
    return item


def read(item: bytes) -> Any:  # noqa: ANN401 - as pydicom reads it
    utf8 = b"\x08\0\x05\0CS\x0a\0ISO_IR 192"
    (alone,) = dcmread(BytesIO(utf8 + encode_sequence(CONTENT, item)), force=True).ContentSequence
    return alone


@pytest.mark.parametrize(
    ("text", "uid"), [("a", "1.2"), ("", "1.2.3.4"), ("Größe ≥ 2 \\ 3", "2.25.17"), ("x" * 70_000, "1")]
)
def test_a_filled_item_is_the_item_built_whole(text: str, uid: str) -> None:
    prepared = prepare(an_item("stand-in", "1.2.3", 1.5), {"text": TEXT, "uid": UID, "number": NUMBER})
    filled = prepared.filled({"number": struct.pack("<d", -7), "text": text.encode(), "uid": uid.encode()})
    deepest = read(filled).ContentSequence[0].ContentSequence[0]
    assert (deepest.UID, deepest.FloatingPointValue) == (uid, -7)
    assert deepest.TextValue == text
    assert len(filled) % 2 == 0
    whole = read(encode_item(an_item("b", "1.2", 3)))
    assert read(prepared.filled({"number": struct.pack("<d", 3), "text": b"b", "uid": b"1.2"})) == whole


@pytest.mark.parametrize("item", [an_item("another", "1.2.3", 1.5), Dataset()])
def test_a_slot_that_is_not_there_is_an_error(item: Dataset) -> None:
    with pytest.raises(ValueError, match="text must occur once"):
        prepare(item, {"text": TEXT})


def test_a_stand_in_that_occurs_twice_is_an_error() -> None:
    twice = an_item("stand-in", "1.2.3", 1.5)
    twice.TextValue = "stand-in"
    with pytest.raises(ValueError, match="must occur once"):
        prepare(twice, {"text": TEXT})
