import subprocess
import sys
import warnings
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset, dcmread, uid
from pydicom.data.data_manager import DATA_ROOT
from pydicom.encaps import encapsulate

from models.lesion.anatomy import UNKNOWN
from models.lesion.codestream import picture_size
from models.lesion.dicom import Limits, read_dicom, read_frames, study_of
from models.lesion.dicom_guards import with_preamble
from models.lesion.image import GreyImage
from models.lesion.refusal import ImageRefused, Unreadable
from tests.builders.dicom_files import INSTANCE, NAME, STUDY, a_dataset, as_bytes

BED = Path(DATA_ROOT) / "test_files"
LIMITS = Limits()
UNUSABLE: frozenset[object] = frozenset({Unreadable.HEADER, Unreadable.DAMAGED})

# Files of the test bed that hold a picture, or claim to, and yet are refused; what holds none is told from its header.
REFUSED = {
    "JPEG2000-embedded-sequence-delimiter.dcm": Unreadable.LARGE_PICTURE,  # the delimiter overwrites the width
    "MR_truncated.dcm": Unreadable.DAMAGED,
    "badVR.dcm": Unreadable.HEADER,  # NumberOfFrames is 1A
    "meta_missing_tsyntax.dcm": Unreadable.HEADER,
    "nested_priv_SQ.dcm": Unreadable.HEADER,  # pixels without rows and columns
    "UN_sequence.dcm": Unreadable.NO_PICTURE,
}


def files_of_the_test_bed() -> list[Path]:
    return sorted(path for path in BED.rglob("*") if path.is_file() and path.suffix != ".py")


def outcome(data: bytes, limits: Limits = LIMITS) -> GreyImage | Unreadable:
    try:
        return read_dicom(data, limits)
    except ImageRefused as refused:
        return refused.reason


def test_every_file_that_ships_with_pydicom_is_read_or_refused_for_the_right_reason() -> None:
    read = 0
    for path in files_of_the_test_bed():
        got = outcome(path.read_bytes())
        name = path.relative_to(BED).as_posix()
        if isinstance(got, GreyImage):
            read += 1
            assert name not in REFUSED
            assert got.pixels.dtype == np.float32
            assert 0 <= got.pixels.min() <= got.pixels.max() <= 1
        elif name in REFUSED:
            assert got is REFUSED[name], name
        elif with_preamble(path.read_bytes())[128:132] != b"DICM":
            assert got is Unreadable.NOT_DICOM, name
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # some of these files are broken on purpose
                assert "PixelData" not in dcmread(path, force=True), name
            assert got is Unreadable.NO_PICTURE, name
    assert read >= 90


@pytest.mark.parametrize(
    "coding", ["RLE", "implicit", "bigendian", "expb", "jp2klossless", "jpeg_ls_lossless", "padded"]
)
def test_a_lossless_transfer_syntax_gives_the_very_pixels_of_the_plain_file(coding: str) -> None:
    plain = read_dicom((BED / "MR_small.dcm").read_bytes(), LIMITS)
    coded = read_dicom((BED / f"MR_small_{coding}.dcm").read_bytes(), LIMITS)
    assert np.array_equal(plain.pixels, coded.pixels)


def test_the_jpeg_family_is_read_without_the_gpl_decoder() -> None:
    """pylibjpeg-libjpeg (GPL) may lie about in an environment; nothing here may need it."""
    names = [
        "JPEG-lossy.dcm",
        "SC_rgb_jpeg_gdcm.dcm",
        "SC_rgb_jpeg_dcmtk.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "693_J2KI.dcm",
    ]
    program = (
        "import sys, importlib.metadata as m; sys.modules['libjpeg'] = None\n"
        "found = m.entry_points\n"
        "m.entry_points = lambda **k: [e for e in found(**k) if not e.value.startswith('libjpeg')]\n"
        "from pathlib import Path; from models.lesion.dicom import Limits, read_dicom\n"
        "for name in sys.argv[1:]: print(read_dicom(Path(name).read_bytes(), Limits()).pixels.shape)\n"
    )
    done = subprocess.run(  # noqa: S603 this very interpreter and a text from here
        [sys.executable, "-c", program, *(str(BED / name) for name in names)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(names)


def test_twelve_bit_jpeg_shows_what_the_same_scan_shows_in_another_coding() -> None:
    """JPEG-lossy.dcm and JPEG2000.dcm of the test bed are the same bone scan in two codings, both lossy."""
    jpeg = read_dicom((BED / "JPEG-lossy.dcm").read_bytes(), LIMITS)
    j2k = read_dicom((BED / "JPEG2000.dcm").read_bytes(), LIMITS)
    assert np.corrcoef(jpeg.pixels.ravel(), j2k.pixels.ravel())[0, 1] > 0.9


def test_the_middle_frame_of_several_is_read() -> None:
    frames = np.stack([np.full((8, 8), value, dtype=np.uint8) for value in (10, 20, 30, 40)])
    image = read_dicom(as_bytes(a_dataset(frames)), LIMITS)
    assert (image.frames, image.frame_number) == (4, 3)
    assert np.allclose(image.pixels, 30 / 255)


@pytest.mark.parametrize(("most", "read"), [(2, [1, 5]), (3, [1, 3, 5]), (5, [1, 2, 3, 4, 5]), (9, [1, 2, 3, 4, 5])])
def test_frames_are_read_evenly_from_the_first_to_the_last(most: int, read: list[int]) -> None:
    frames = np.stack([np.full((8, 8), value, dtype=np.uint8) for value in (10, 20, 30, 40, 50)])
    images = list(read_frames(as_bytes(a_dataset(frames)), LIMITS, most))
    assert [image.frame_number for image in images] == read
    assert [round(float(image.pixels.mean()) * 255) for image in images] == [10 * number for number in read]


def windowed(centre: float, width: float) -> Dataset:
    """The part of one frame in PerFrameFunctionalGroupsSequence."""
    window, frame = Dataset(), Dataset()
    window.WindowCenter, window.WindowWidth = centre, width
    frame.FrameVOILUTSequence = [window]
    return frame


def test_each_frame_is_seen_through_its_own_window() -> None:
    frames = np.stack([np.full((8, 8), 50, dtype=np.uint16)] * 2)
    file = a_dataset(frames)
    file.PerFrameFunctionalGroupsSequence = [windowed(50, 101), windowed(100, 101)]
    first, last = (image.pixels.mean() for image in read_frames(as_bytes(file), LIMITS, 2))
    assert first == pytest.approx(0.505)  # PS3.3 C.11.2.1.2: (50 - 49.5) / 100 + 0.5
    assert last == pytest.approx(0.005)


def test_the_header_says_what_and_whose_the_picture_is() -> None:
    image = read_dicom(as_bytes(a_dataset(PixelSpacing=[0.5, 0.25], BurnedInAnnotation="YES")), LIMITS)
    assert (image.modality, image.parts) == ("DX", ("CHEST",))
    assert (image.sop_instance_uid, image.study_instance_uid) == (INSTANCE, STUDY)
    assert (image.sop_class_uid, image.series_instance_uid) == (uid.DigitalXRayImageStorageForPresentation, None)
    assert read_dicom(as_bytes(a_dataset(SeriesInstanceUID="1.2.9")), LIMITS).series_instance_uid == "1.2.9"
    assert image.pixel_spacing_mm == (0.5, 0.25)
    assert image.burned_in is True


def test_the_study_is_told_from_the_header_alone_or_the_file_is_refused() -> None:
    def told(data: bytes) -> str | None:
        with suppress(ImageRefused):
            return study_of(data, LIMITS)
        return None

    pictures = [path.read_bytes() for path in files_of_the_test_bed() if path.stat().st_size < 2**18]
    read = [(data, image) for data in pictures if isinstance(image := outcome(data), GreyImage)]
    assert len(read) >= 50
    assert [told(data) for data, _ in read] == [image.study_instance_uid for _, image in read]


def test_text_that_is_no_code_is_not_taken_from_the_header() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom minds what is tested here
        data = as_bytes(a_dataset(Modality=NAME, BodyPartExamined="left breast of Jane Doe"))
    image = read_dicom(data, LIMITS)
    assert (image.modality, image.parts) == (None, (UNKNOWN,))


def test_a_file_larger_than_the_limit_is_refused_and_one_at_the_limit_is_read() -> None:
    data = as_bytes(a_dataset())
    assert outcome(data, Limits(file_bytes=len(data) - 1)) is Unreadable.LARGE_FILE
    assert isinstance(outcome(data, Limits(file_bytes=len(data))), GreyImage)


def test_pixels_are_counted_before_they_are_decoded() -> None:
    frames = np.zeros((4, 8, 8), dtype=np.uint8)
    data = as_bytes(a_dataset(frames))
    assert outcome(data, Limits(frame_pixels=63)) is Unreadable.LARGE_PICTURE
    assert outcome(data, Limits(all_pixels=255)) is Unreadable.LARGE_PICTURE
    assert isinstance(outcome(data, Limits(frame_pixels=64, all_pixels=256)), GreyImage)
    assert outcome(as_bytes(a_dataset(Rows=65535, Columns=65535))) is Unreadable.LARGE_PICTURE


def test_a_deflated_bomb_is_not_inflated() -> None:
    bomb = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = b"".join(bomb.compress(b"\0" * 2**20) for _ in range(200)) + bomb.flush()
    header = as_bytes(a_dataset(syntax=uid.DeflatedExplicitVRLittleEndian))
    start = 144 + int.from_bytes(header[140:144], "little")  # PS3.10 7.1: the file meta elements end here
    assert len(deflated) < 2**20
    assert outcome(header[:start] + deflated) is Unreadable.LARGE_FILE


def test_a_compressed_picture_larger_than_its_header_says_is_refused_undecoded() -> None:
    file = dcmread(BED / "MR_small_jp2klossless.dcm")
    start = file.PixelData.index(b"\xff\x4f\xff\x51")
    huge = bytearray(file.PixelData)
    huge[start + 8 : start + 16] = (60_000).to_bytes(4, "big") * 2
    file.PixelData = bytes(huge)
    assert outcome(as_bytes(file)) is Unreadable.LARGE_PICTURE
    huge[start + 8 : start + 16] = (65).to_bytes(4, "big") * 2
    file.PixelData = bytes(huge)
    assert outcome(as_bytes(file)) is Unreadable.DAMAGED


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("SC_rgb_jpeg_dcmtk.dcm", (100, 100)),
        ("SC_rgb_jpeg_gdcm.dcm", (100, 100)),
        ("JPEGLSNearLossless_08.dcm", (45, 10)),
        ("examples_jpeg2k.dcm", (480, 640)),
    ],
)
def test_a_compressed_stream_names_its_size(name: str, size: tuple[int, int]) -> None:
    data = (BED / name).read_bytes()
    start = min(at for at in (data.find(b"\xff\xd8\xff"), data.find(b"\xff\x4f\xff\x51")) if at > 0)
    assert picture_size(data[start:]) == size


def test_a_stream_without_a_size_names_none() -> None:
    assert picture_size(b"") is None
    assert picture_size(b"\xff\xd8\xff\xda\x00\x08\x00\x00\x00\x00\x00\x00") is None


def test_an_unknown_transfer_syntax_is_refused() -> None:
    file = a_dataset()
    file.file_meta.TransferSyntaxUID = uid.MPEG2MPML
    file.PixelData = encapsulate([b"\0\0"])
    file["PixelData"].VR = "OB"
    assert outcome(as_bytes(file)) is Unreadable.COMPRESSION


@pytest.mark.parametrize(
    "keyword", ["Rows", "Columns", "BitsAllocated", "SamplesPerPixel", "PhotometricInterpretation"]
)
def test_a_picture_without_its_description_is_refused(keyword: str) -> None:
    file = a_dataset()
    delattr(file, keyword)
    assert outcome(as_bytes(file)) in UNUSABLE


@pytest.mark.parametrize("keyword", ["Rows", "Columns", "BitsAllocated", "SamplesPerPixel"])
def test_a_description_of_zeros_is_refused(keyword: str) -> None:
    file = a_dataset()
    setattr(file, keyword, 0)
    assert outcome(as_bytes(file)) in UNUSABLE


def test_a_scale_beyond_all_numbers_is_refused() -> None:
    assert outcome(as_bytes(a_dataset(RescaleSlope="1e300", RescaleIntercept="0"))) is Unreadable.HEADER


def test_a_refusal_says_nothing_of_the_file() -> None:
    with pytest.raises(ImageRefused, match="the header promises") as caught:
        read_dicom(as_bytes(a_dataset())[:-100], LIMITS)
    assert NAME not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("name", ["MR_small.dcm", "MR_small_RLE.dcm", "CT_small.dcm"])
def test_a_file_cut_anywhere_is_read_or_refused_and_never_crashes(name: str) -> None:
    data = (BED / name).read_bytes()
    for end in range(0, len(data), 97):
        assert isinstance(outcome(data[:end]), GreyImage | Unreadable)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_file_with_wrong_bytes_is_read_or_refused_and_never_crashes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["MR_small.dcm", "MR_small_RLE.dcm", "examples_palette.dcm", "image_dfl.dcm"]))
    broken = bytearray((BED / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(128, min(len(broken) - 1, 6000)))] = data.draw(st.integers(0, 255))
    got = outcome(bytes(broken), Limits(frame_pixels=10**6, all_pixels=10**7))
    if isinstance(got, GreyImage):
        assert 0 <= got.pixels.min() <= got.pixels.max() <= 1


@pytest.mark.parametrize(
    ("stated", "side"),
    [
        ({"ImageLaterality": "L"}, "left"),
        ({"Laterality": "R "}, "right"),
        ({"ImageLaterality": "L", "Laterality": "R"}, "left"),
        ({"ImageLaterality": "B"}, None),
        ({"Laterality": "U"}, None),
        ({}, None),
    ],
)
def test_the_side_is_what_the_image_states_else_the_series(stated: dict[str, Any], side: str | None) -> None:
    assert read_dicom(as_bytes(a_dataset(**stated)), Limits()).laterality == side
