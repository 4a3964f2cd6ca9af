"""What pixel data carry besides the picture does not come along, and the picture stays as it is."""

import struct
from contextlib import suppress
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from pydicom import FileDataset, dcmread, uid
from pydicom.encaps import encapsulate

from models.deidentify.blanking import Region, blanked
from models.deidentify.codestreams import without_texts
from models.deidentify.file import DAMAGED, NotDeidentified, deidentify_file
from models.deidentify.keyed import Keyed
from models.deidentify.profile import Options
from models.deidentify.run_lengths import without_leftovers
from models.lesion.dicom import Limits, open_dicom, read_dicom
from models.lesion.encapsulated import frame_stream
from tests.builders.dicom_files import a_dataset, as_bytes

KEYED = Keyed(b"a key of the tests, and no other")
NAME = b"DOE^JANE 1950"
PICTURE = (np.arange(64 * 64).reshape(64, 64) % 251).astype(np.uint8)


def after(file: FileDataset, options: Options | None = None) -> FileDataset:
    return dcmread(BytesIO(deidentify_file(as_bytes(file), KEYED, options or Options()).data))


def a_jpeg(*, progressive: bool = False) -> bytes:
    out = BytesIO()
    Image.fromarray(PICTURE).save(out, "JPEG", progressive=progressive)
    return out.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def a_file(syntax: uid.UID, stream: bytes, **attributes: Any) -> FileDataset:
    file = a_dataset(PICTURE, syntax=syntax, **attributes)
    file.PixelData = encapsulate([stream])
    file["PixelData"].VR, file["PixelData"].is_undefined_length = "OB", True
    return file


def compressed(syntax: uid.UID, stored: NDArray[Any] = PICTURE) -> FileDataset:
    file = a_dataset(stored)
    file.compress(syntax)
    return file


@pytest.mark.parametrize("extra", [b"", b"\0", NAME, NAME + b"!", NAME * 100])
@pytest.mark.parametrize("side", [(64, 64), (63, 63)])
def test_bytes_behind_the_last_pixel_go(extra: bytes, side: tuple[int, int]) -> None:
    file = a_dataset(PICTURE[: side[0], : side[1]])
    whole = bytes(file.PixelData)
    file.PixelData = whole + extra
    assert bytes(after(file).PixelData) == whole + bytes(len(whole) % 2)


@pytest.mark.parametrize("representation", [0, 1])
@pytest.mark.parametrize("high", [11, 15])
def test_an_overlay_in_unused_bits_goes_and_the_values_stay(representation: int, high: int) -> None:
    kind = np.int16 if representation else np.uint16
    values = (PICTURE.astype(np.int32) * 16 - 2048 * representation).astype(kind)
    words = (values << (high - 11)).astype(kind)
    drawn = words ^ np.where(np.eye(64, dtype=bool), kind(0x1000 if high == 11 else 1), kind(0)).astype(kind)
    done = after(a_dataset(drawn, BitsStored=12, HighBit=high))
    assert np.array_equal(np.frombuffer(done.PixelData, kind).reshape(64, 64), words)


def test_padding_outside_the_stored_bits_stays() -> None:
    words = PICTURE.astype(np.uint16)
    words[0] = 63_536
    file = a_dataset(words, BitsStored=12, HighBit=11)
    file.add_new("PixelPaddingValue", "SS", -2000)
    assert np.array_equal(np.frombuffer(after(file).PixelData, np.uint16).reshape(64, 64), words)


@pytest.mark.parametrize("progressive", [False, True])
def test_comments_and_exif_of_a_jpeg_go_and_the_picture_stays(*, progressive: bool) -> None:
    plain = a_jpeg(progressive=progressive)
    texts = segment(0xFE, NAME) + segment(0xE1, b"Exif\0\0" + NAME) + segment(0xED, b"Photoshop 3.0\0" + NAME)
    written = plain[:2] + texts + plain[2:] + NAME
    clean = without_texts(written)
    assert NAME not in clean
    assert len(clean) == len(written)
    shown = [np.asarray(Image.open(BytesIO(one))) for one in (plain, clean)]
    assert np.array_equal(shown[0], shown[1])


def test_a_thumbnail_in_a_jpeg_goes_and_what_tells_the_colours_stays() -> None:
    plain = a_jpeg()
    thumbnail = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1" + NAME[:3])
    adobe = segment(0xEE, b"Adobe\0d\0\0\0\0\0" + NAME)
    clean = without_texts(plain[:2] + thumbnail + adobe + plain[2:])
    assert b"JFIF\0\1\1\0\0\1\0\1\1\1\0\0\0" in clean
    assert b"Adobe\0d\0\0\0\0\0\0" in clean
    assert NAME[:3] not in clean


@pytest.mark.parametrize("syntax", [uid.JPEG2000Lossless, uid.JPEGLSLossless])
def test_a_comment_in_any_compressed_stream_goes(syntax: uid.UID) -> None:
    file = compressed(syntax)
    stream = frame_stream(file, 0, 1)
    is_j2k = stream[:2] == b"\xff\x4f"
    at = 4 + int.from_bytes(stream[4:6], "big") if is_j2k else 2
    comment = b"\xff\x64" + struct.pack(">HH", len(NAME) + 4, 1) + NAME if is_j2k else segment(0xFE, NAME)
    written = stream[:at] + comment + stream[at:] + NAME
    done = after(a_file(syntax, written))
    assert NAME not in done.PixelData
    assert np.array_equal(read_dicom(as_bytes(done), Limits()).pixels, PICTURE / np.float32(255))


def test_boxes_round_a_jpeg_2000_stream_go() -> None:
    stream = frame_stream(compressed(uid.JPEG2000Lossless), 0, 1)

    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", len(content) + 8, kind) + content

    whole = box(b"jP  ", b"\r\n\x87\n") + box(b"xml ", NAME) + box(b"jp2c", stream) + box(b"uuid", NAME)
    clean = without_texts(whole)
    assert NAME not in clean
    assert without_texts(stream) in clean  # which has a comment of its encoder's


def test_each_frame_of_a_clip_is_cleaned() -> None:
    stream = a_jpeg() + NAME
    file = a_file(uid.JPEGBaseline8Bit, stream, NumberOfFrames=2)
    for pieces in (1, 3):
        file.PixelData = encapsulate([stream, stream], fragments_per_frame=pieces)
        done = after(file)
        assert NAME not in done.PixelData
        assert open_dicom(as_bytes(done), Limits()).read(1).pixels.std() > 0


def test_bytes_behind_run_lengths_go() -> None:
    stream = frame_stream(compressed(uid.RLELossless, PICTURE.astype(np.uint16)), 0, 1)
    clean = without_leftovers(stream + NAME, 64 * 64)
    assert clean.startswith(stream)
    assert NAME not in clean
    with pytest.raises(ValueError, match="no beginning"):
        without_leftovers(NAME, 64 * 64)


def test_a_stream_without_an_end_is_refused() -> None:
    with pytest.raises(NotDeidentified, match=DAMAGED):
        deidentify_file(as_bytes(a_file(uid.JPEGBaseline8Bit, a_jpeg()[:-40])), KEYED, Options())


@pytest.mark.parametrize("syntax", [uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless])
def test_something_in_unused_bits_of_a_compressed_picture_is_seen(syntax: uid.UID) -> None:
    words = PICTURE.astype(np.uint16)
    for drawn, seen in ((words, False), (words | (np.eye(64, dtype=np.uint16) << 13), True)):
        file = compressed(syntax, drawn)
        file.BitsStored, file.HighBit = 12, 11
        assert open_dicom(as_bytes(file), Limits()).has_hidden_bits(0) is seen


@pytest.mark.parametrize(
    "file",
    [
        a_dataset(PICTURE),
        a_dataset(np.stack([PICTURE, PICTURE])),
        a_dataset(np.stack([PICTURE] * 3, axis=-1)),
        compressed(uid.JPEG2000Lossless),
        a_file(uid.JPEGBaseline8Bit, a_jpeg()),
    ],
)
def test_a_region_is_blanked_in_every_frame_and_nothing_else(file: FileDataset) -> None:
    before, after_ = (
        open_dicom(data, Limits()) for data in (as_bytes(file), blanked(as_bytes(file), REGIONS, Limits()))
    )
    for index in range(before.frames):
        pixels, expected = after_.read(index).pixels, before.read(index).pixels.copy()
        expected[4:20, 8:40] = expected[60:64, 60:64] = 0
        assert np.array_equal(pixels, expected)


REGIONS = (Region(4, 8, 20, 40), Region(60, 60, 99, 99))


def test_a_negative_is_blanked_black() -> None:
    file = a_dataset(PICTURE, PhotometricInterpretation="MONOCHROME1")
    assert not read_dicom(blanked(as_bytes(file), REGIONS, Limits()), Limits()).pixels[4:20, 8:40].any()


def test_blanking_is_recorded_and_settles_the_header_s_suspicion() -> None:
    done = deidentify_file(as_bytes(a_dataset(PICTURE, Modality="US")), KEYED, Options(pixels=True))
    assert not done.burned_in
    written = dcmread(BytesIO(done.data))
    assert written.BurnedInAnnotation == "NO"
    assert "113101" in [item.CodeValue for item in written.DeidentificationMethodCodeSequence]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_file_with_wrong_bytes_is_cleaned_or_refused_and_never_crashes(data: st.DataObject) -> None:
    syntax = data.draw(st.sampled_from([uid.JPEG2000Lossless, uid.JPEGLSLossless, uid.RLELossless]))
    broken = bytearray(STREAMS[syntax])
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, min(len(broken) - 1, 300)))] = data.draw(st.integers(0, 255))
    with suppress(NotDeidentified):
        deidentify_file(as_bytes(a_file(syntax, bytes(broken))), KEYED, Options())


STREAMS = {
    syntax: frame_stream(compressed(syntax), 0, 1)
    for syntax in (uid.JPEG2000Lossless, uid.JPEGLSLossless, uid.RLELossless)
}
