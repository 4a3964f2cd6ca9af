"""Compressed frames with wrong or missing offset tables, and files without the beginning that the standard asks for."""

from io import BytesIO

import numpy as np
import pytest
from pydicom import Dataset, FileDataset, dcmwrite, uid
from pydicom.encaps import encapsulate

from models.lesion.dicom import Limits, open_dicom, read_dicom, study_of
from models.lesion.encapsulated import frame_stream
from models.lesion.refusal import ImageRefused
from tests.builders.dicom_files import STUDY, a_dataset, as_bytes

GREYS = (10, 90, 200)


def compressed(grey: int) -> FileDataset:
    picture = np.full((32, 32), grey, dtype=np.uint8)
    picture[::2] //= 2
    file = a_dataset(picture)
    file.compress(uid.JPEG2000Lossless)
    return file


def a_clip(*, table: bool, pieces: int) -> FileDataset:
    file = compressed(0)
    streams = [frame_stream(compressed(grey), 0, 1) for grey in GREYS]
    file.NumberOfFrames = len(GREYS)
    file.PixelData = encapsulate(streams, fragments_per_frame=pieces, has_bot=table)
    return file


def greys(file: FileDataset) -> list[int]:
    picture = open_dicom(as_bytes(file), Limits())
    return [round(float(picture.read(index).pixels.max()) * 255) for index in range(picture.frames)]


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize("pieces", [1, 3])
def test_each_frame_is_found_with_and_without_an_offset_table(*, table: bool, pieces: int) -> None:
    assert greys(a_clip(table=table, pieces=pieces)) == list(GREYS)


@pytest.mark.parametrize("pieces", [1, 3])
def test_an_offset_table_that_points_nowhere_is_not_believed(pieces: int) -> None:
    file = a_clip(table=True, pieces=pieces)
    wrong = bytearray(file.PixelData)
    wrong[12:16] = b"\xff\xff\xff\x7f"
    file.PixelData = bytes(wrong)
    assert greys(file) == list(GREYS)


@pytest.mark.parametrize("offset", [4, 2**31 - 1])
def test_one_frame_has_all_fragments_whatever_the_table_says(offset: int) -> None:
    file = compressed(90)
    stream = frame_stream(file, 0, 1)
    data = bytearray(encapsulate([stream], fragments_per_frame=4, has_bot=True))
    data[8:12] = offset.to_bytes(4, "little")
    file.PixelData = bytes(data)
    assert greys(file) == [90]


def test_fragments_that_fit_no_frame_are_a_refusal() -> None:
    file = a_clip(table=False, pieces=3)
    file.NumberOfFrames = 7
    with pytest.raises(ImageRefused):
        greys(file)


@pytest.mark.parametrize("syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian])
def test_a_file_is_read_without_preamble_prefix_or_meta_information(syntax: uid.UID) -> None:
    whole = as_bytes(a_dataset(syntax=syntax))
    bare, out = Dataset(), BytesIO()
    bare.update({element.tag: element for element in a_dataset()})
    dcmwrite(out, bare, implicit_vr=syntax.is_implicit_VR, little_endian=True)
    expected = read_dicom(whole, Limits()).pixels
    for data in (whole[132:], whole[128:], out.getvalue()):
        assert np.array_equal(read_dicom(data, Limits()).pixels, expected)
        assert study_of(data, Limits()) == STUDY
