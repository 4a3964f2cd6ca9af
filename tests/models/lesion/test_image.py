from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset, FileDataset
from pydicom.data import get_testdata_file

from models.lesion.dicom import Limits, read_dicom
from models.lesion.image import Grey, GreyImage
from tests.builders.dicom_files import a_dataset, as_bytes


def shown(file: FileDataset) -> GreyImage:
    return read_dicom(as_bytes(file), Limits())


def row(*stored: int, dtype: str = "<u2") -> NDArray[np.generic]:
    return np.array([stored], dtype=dtype)


def close(grey: Grey, expected: Sequence[float]) -> bool:
    return bool(np.allclose(grey[0], expected, atol=1e-6))


def test_a_linear_window_is_that_of_the_standard_at_both_ends() -> None:
    """PS3.3 C.11.2.1.2.1: c = 10, w = 5 is 0 up to 7.5, 1 above 11.5, and (x - 9.5) / 4 + 0.5 between."""
    file = a_dataset(row(7, 8, 9, 10, 11, 12), WindowCenter=10, WindowWidth=5)
    assert close(shown(file).pixels, [0, 0.125, 0.375, 0.625, 0.875, 1])


def test_an_exact_window_is_that_of_the_standard() -> None:
    file = a_dataset(row(7, 8, 10, 12, 13), WindowCenter=10, WindowWidth=4, VOILUTFunction="LINEAR_EXACT")
    assert close(shown(file).pixels, [0, 0, 0.5, 1, 1])


def test_a_sigmoid_window_is_that_of_the_standard() -> None:
    file = a_dataset(row(0, 100, 60_000), WindowCenter=100, WindowWidth=400, VOILUTFunction="SIGMOID")
    assert close(shown(file).pixels, [1 / (1 + np.exp(1)), 0.5, 1])


def test_the_window_holds_for_rescaled_values() -> None:
    file = a_dataset(row(0, 1024, 2048), RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=0.5, WindowWidth=2049)
    assert close(shown(file).pixels, [0, 0.5, 1])


def test_of_several_windows_the_first_counts() -> None:
    one = a_dataset(row(7, 9, 11), WindowCenter=10, WindowWidth=5)
    two = a_dataset(row(7, 9, 11), WindowCenter=[10, 0], WindowWidth=[5, 1000])
    assert np.array_equal(shown(one).pixels, shown(two).pixels)


def test_without_a_window_sixteen_bit_are_stretched_from_least_to_greatest() -> None:
    assert close(shown(a_dataset(row(100, 150, 200))).pixels, [0, 0.5, 1])


def test_without_a_window_eight_bit_keep_their_range() -> None:
    assert close(shown(a_dataset(row(51, 102, dtype="u1"))).pixels, [0.2, 0.4])


def test_a_window_of_no_width_is_no_window() -> None:
    assert close(shown(a_dataset(row(100, 150, 200), WindowCenter=150, WindowWidth=1)).pixels, [0, 0.5, 1])


def test_signed_values_are_read_as_signed() -> None:
    assert close(shown(a_dataset(row(-100, 0, 100, dtype="<i2"))).pixels, [0, 0.5, 1])


def test_monochrome1_is_turned_round() -> None:
    file = a_dataset(row(0, 51, 255, dtype="u1"), PhotometricInterpretation="MONOCHROME1")
    assert close(shown(file).pixels, [1, 0.8, 0])


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_padding_is_black_and_does_not_stretch_the_picture(photometric: str) -> None:
    file = a_dataset(row(60_000, 100, 200), PhotometricInterpretation=photometric, PixelPaddingValue=60_000)
    grey = shown(file).pixels[0]
    assert grey[0] == 0
    assert sorted(grey[1:]) == [0, 1]


def test_a_range_of_padding_is_black() -> None:
    file = a_dataset(row(0, 5, 10, 20, 30), PixelPaddingValue=0, PixelPaddingRangeLimit=5)
    assert close(shown(file).pixels, [0, 0, 0, 0.5, 1])


def test_a_flat_picture_stays_flat() -> None:
    assert np.all(shown(a_dataset(row(7, 7, 7))).pixels == 0)


def test_colours_become_luma() -> None:
    """ITU-R BT.601: 0.299 red, 0.587 green, 0.114 blue."""
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], dtype=np.uint8)
    assert close(shown(a_dataset(colours)).pixels, [0.299, 0.587, 0.114, 1])


def test_a_palette_is_looked_up() -> None:
    file = a_dataset(row(0, 1, 2, dtype="u1"), PhotometricInterpretation="PALETTE COLOR")
    for colour, entries in (("Red", (0, 0, 65_535)), ("Green", (0, 65_535, 65_535)), ("Blue", (0, 0, 65_535))):
        setattr(file, f"{colour}PaletteColorLookupTableDescriptor", [3, 0, 16])
        setattr(file, f"{colour}PaletteColorLookupTableData", np.array(entries, dtype="<u2").tobytes())
    assert close(shown(file).pixels, [0, 0.587, 1])


def test_ultrasound_in_ybr_of_thirty_frames_shows_one() -> None:
    path = get_testdata_file("examples_ybr_color.dcm", download=False)
    assert isinstance(path, str)
    with open(path, "rb") as file:  # noqa: PTH123 pydicom gives text
        image = read_dicom(file.read(), Limits())
    assert (image.frames, image.pixels.shape) == (30, (240, 320))


def test_a_voi_table_is_looked_up() -> None:
    table = Dataset()
    table.LUTDescriptor = [3, 10, 8]
    table.LUTData = [0, 51, 255]
    file = a_dataset(row(5, 10, 11, 12, 99), VOILUTSequence=[table])
    file.VOILUTSequence[0]["LUTDescriptor"].VR = "US"
    file.VOILUTSequence[0]["LUTData"].VR = "US"
    assert close(shown(file).pixels, [0, 0, 0.2, 1, 1])


def test_an_enhanced_file_is_scaled_and_measured_as_its_functional_groups_say() -> None:
    measures, shared = Dataset(), Dataset()
    measures.PixelSpacing = [0.7, 0.6]
    shared.PixelMeasuresSequence = [measures]
    frames = []
    for slope in (1, 2):
        scale, window, groups = Dataset(), Dataset(), Dataset()
        scale.RescaleSlope, scale.RescaleIntercept, scale.RescaleType = slope, 0, "US"
        window.WindowCenter, window.WindowWidth = 100.5, 201
        groups.PixelValueTransformationSequence, groups.FrameVOILUTSequence = [scale], [window]
        frames.append(groups)
    file = a_dataset(np.full((2, 1, 2), 50, dtype="<u2"))
    file.SharedFunctionalGroupsSequence, file.PerFrameFunctionalGroupsSequence = [shared], frames
    image = shown(file)  # the second of two frames, so that 50 means 100
    assert close(image.pixels, [0.5, 0.5])
    assert image.pixel_spacing_mm == (0.7, 0.6)


def region(units: int = 3, step_cm: float = 0.01, shape: int = 1) -> Dataset:
    made = Dataset()
    made.RegionSpatialFormat = shape
    made.PhysicalUnitsXDirection = made.PhysicalUnitsYDirection = units
    made.PhysicalDeltaX, made.PhysicalDeltaY = 2 * step_cm, -step_cm
    return made


def test_ultrasound_tells_its_spacing_in_centimetres() -> None:
    assert shown(a_dataset(SequenceOfUltrasoundRegions=[region()])).pixel_spacing_mm == pytest.approx((0.1, 0.2))


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"PixelSpacing": [0.5, 0]},
        {"PixelSpacing": [-0.5, 0.5]},
        {"ImagerPixelSpacing": [0.14, 0.14]},
        {"SequenceOfUltrasoundRegions": [region(units=4)]},  # seconds
        {"SequenceOfUltrasoundRegions": [region(), region(step_cm=0.5)]},  # two scales in one picture
    ],
)
def test_without_a_sound_spacing_nothing_is_measured(attributes: dict[str, object]) -> None:
    file = a_dataset()
    for keyword, value in attributes.items():
        setattr(file, keyword, value)
    assert shown(file).pixel_spacing_mm is None


@pytest.mark.parametrize(
    ("attributes", "spacing"),
    [
        ({"SequenceOfUltrasoundRegions": [region(), region(units=4, shape=3)]}, (0.1, 0.2)),  # a spectrum beside it
        ({"SequenceOfUltrasoundRegions": [region(), region()]}, (0.1, 0.2)),  # two pictures at one scale
        ({"SequenceOfUltrasoundRegions": [region()], "PixelSpacing": [1, 2]}, (0.1, 0.2)),  # which is ten times as much
        ({"SequenceOfUltrasoundRegions": [region(units=4)], "PixelSpacing": [0.1, 0.2]}, (0.1, 0.2)),
        ({"PixelSpacing": [0.1, 0.1]}, (0.1, 0.1)),
        ({"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.2, 0.2]}, None),  # that at the detector
        ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.2, 0.2]}, (0.1, 0.1)),  # calibrated somehow
        (
            {
                "PixelSpacing": [0.2, 0.2],
                "ImagerPixelSpacing": [0.2, 0.2],
                "PixelSpacingCalibrationType": "FIDUCIAL",
            },
            (0.2, 0.2),
        ),
        ({"ImagerPixelSpacing": [0.2, 0.2], "EstimatedRadiographicMagnificationFactor": 1.25}, (0.16, 0.16)),
        (
            {"ImagerPixelSpacing": [0.2, 0.2], "DistanceSourceToDetector": 1500, "DistanceSourceToPatient": 1200},
            (0.16, 0.16),
        ),
        ({"ImagerPixelSpacing": [0.2, 0.2], "EstimatedRadiographicMagnificationFactor": 0.1}, None),
    ],
)
def test_the_spacing_is_that_in_the_patient_or_none(
    attributes: dict[str, Any], spacing: tuple[float, float] | None
) -> None:
    found = shown(a_dataset(**attributes)).pixel_spacing_mm
    assert found == (None if spacing is None else pytest.approx(spacing))
