"""Colour photographs of the retina are read from DICOM; other files are refused, and each refusal names the tag."""

from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, uid

from models.fundus.dicom import read_photograph
from models.lesion.admission import NotAdmitted
from models.lesion.dicom import Limits
from models.lesion.refusal import ImageRefused
from tests.builders.dicom_files import a_dataset, as_bytes
from tests.builders.fundus_pictures import a_retina

COLOURS = (a_retina() * 255).round().astype(np.uint8)


def coded(value: str) -> list[Dataset]:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", "a structure"
    return [item]


def a_photograph(**more: Any) -> bytes:
    dataset = a_dataset(COLOURS[..., 0])
    dataset.SOPClassUID = uid.OphthalmicPhotography8BitImageStorage
    dataset.Modality = "OP"
    dataset.SamplesPerPixel, dataset.PlanarConfiguration, dataset.PhotometricInterpretation = 3, 0, "RGB"
    dataset.PixelData = COLOURS.tobytes()
    for keyword, value in more.items():
        setattr(dataset, keyword, value)
    return as_bytes(dataset)


@pytest.mark.parametrize("more", [{}, {"AnatomicRegionSequence": coded("5665001")}, {"Modality": ""}])
def test_a_photograph_has_its_colours(more: dict[str, Any]) -> None:
    colours = read_photograph(a_photograph(**more), Limits())
    assert not isinstance(colours, NotAdmitted)
    assert colours.shape == COLOURS.shape
    assert np.allclose(colours, COLOURS / 255, atol=1e-6)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"SOPClassUID": uid.SecondaryCaptureImageStorage}, "SOP Class UID (0008,0016)"),
        ({"Modality": "US"}, "Modality (0008,0060)"),
        ({"AnatomicRegionSequence": coded("28726007")}, "Anatomic Region Sequence (0008,2218)"),  # cornea
        ({"ImageType": ["DERIVED", "SECONDARY"]}, "Image Type (0008,0008)"),
        ({"QualityControlImage": "YES"}, "Quality Control Image (0028,0300)"),
    ],
)
def test_what_is_no_photograph_of_a_retina_is_refused(more: dict[str, Any], said: str) -> None:
    refused = read_photograph(a_photograph(**more), Limits())
    assert isinstance(refused, NotAdmitted)
    assert said in refused.sentence


def test_a_picture_in_grey_and_one_of_several_frames_are_refused() -> None:
    grey = a_dataset(COLOURS[..., 0], SOPClassUID=uid.OphthalmicPhotography8BitImageStorage, Modality="OP")
    several = a_photograph(NumberOfFrames=2, PixelData=2 * COLOURS.tobytes())
    for data, said in ((as_bytes(grey), "(0028,0002)"), (several, "(0028,0008)")):
        refused = read_photograph(data, Limits())
        assert isinstance(refused, NotAdmitted)
        assert said in refused.sentence


def test_a_damaged_file_is_refused_as_any_other() -> None:
    with pytest.raises(ImageRefused, match="no DICOM file"):
        read_photograph(b"no DICOM", Limits())
    with pytest.raises(ImageRefused, match="not what the header promises"):
        read_photograph(a_photograph(PixelData=b"\0" * 100), Limits())
