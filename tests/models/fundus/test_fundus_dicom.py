"""Colour photographs of the retina are read from DICOM; other files are refused, and each refusal names the tag."""

from typing import Any

import numpy as np
import pytest
from pydicom import uid

from models.fundus.dicom import read_photograph
from models.lesion.admission import NotAdmitted
from models.lesion.dicom import Limits
from models.lesion.refusal import ImageRefused
from tests.builders.dicom_files import INSTANCE, STUDY, a_dataset, as_bytes
from tests.builders.fundus_files import a_photograph, coded
from tests.builders.fundus_pictures import a_retina

COLOURS = (a_retina() * 255).round().astype(np.uint8)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"AnatomicRegionSequence": coded("5665001")},
        {"AcquisitionDeviceTypeCodeSequence": coded("409898007")},
        {"LightPathFilterTypeStackCodeSequence": coded("111609")},
        {"Modality": ""},
    ],
)
def test_a_photograph_has_its_colours(more: dict[str, Any]) -> None:
    image = read_photograph(a_photograph(**more), Limits())
    assert not isinstance(image, NotAdmitted)
    assert image.colours is not None
    assert image.colours.shape == COLOURS.shape
    assert np.allclose(image.colours, COLOURS / 255, atol=1e-6)
    assert image.judged is image.colours
    assert np.allclose(image.pixels, COLOURS @ [0.299, 0.587, 0.114] / 255, atol=1e-6)
    assert (image.sop_instance_uid, image.study_instance_uid) == (INSTANCE, STUDY)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"SOPClassUID": uid.SecondaryCaptureImageStorage}, "SOP Class UID (0008,0016)"),
        ({"Modality": "US"}, "Modality (0008,0060)"),
        ({"AnatomicRegionSequence": coded("28726007")}, "Anatomic Region Sequence (0008,2218)"),  # cornea
        ({"AcquisitionDeviceTypeCodeSequence": coded("409903006")}, "(0022,0015)"),  # external camera
        ({"LightPathFilterTypeStackCodeSequence": coded("445465004")}, "(0022,0017 or 0022,0018)"),  # green, red-free
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
