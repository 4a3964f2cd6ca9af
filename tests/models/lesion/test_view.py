"""From where a picture was taken, by its header; and that a model speaks about no other view than it was taught."""

import math
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset

from models.lesion.dicom import Limits, read_dicom
from models.lesion.sets import SETS
from models.lesion.view import view_of
from stream.check.judge import judge
from stream.check.verdict import Judged, Refusal
from tests.builders.dicom_files import a_dataset, as_bytes
from tests.builders.fake_lesion_models import Loader, a_task

AXIAL = [1, 0, 0, 0, 1, 0]


def tilted(degrees: float) -> list[float]:
    """Axial rows, with columns that lean towards the feet."""
    lean = math.radians(degrees)
    return [1, 0, 0, 0, math.cos(lean), -math.sin(lean)]


def a_header(**attributes: Any) -> Dataset:
    header = Dataset()
    for keyword, value in attributes.items():
        setattr(header, keyword, value)
    return header


@pytest.mark.parametrize(
    ("attributes", "view"),
    [
        ({}, None),
        ({"ViewPosition": ""}, None),
        ({"ViewPosition": "AP"}, "AP"),
        ({"ViewPosition": "LL "}, "LL"),
        ({"ImageOrientationPatient": AXIAL}, "AXIAL"),
        ({"ImageOrientationPatient": [-1, 0, 0, 0, -1, 0]}, "AXIAL"),  # prone
        ({"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}, "CORONAL"),
        ({"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}, "SAGITTAL"),
        ({"ImageOrientationPatient": tilted(36)}, "AXIAL"),  # cosine 0.809
        ({"ImageOrientationPatient": tilted(38)}, "OBLIQUE"),  # 0.788
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, None),  # no plane
        ({"ImageOrientationPatient": [1, 0, 0]}, None),
        ({"ImageOrientationPatient": AXIAL, "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "LOCALIZER"),
        ({"ImageOrientationPatient": AXIAL, "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"]}, "AXIAL"),
        ({"ImageType": "LOCALIZER"}, "LOCALIZER"),
    ],
)
def test_the_header_tells_the_view(attributes: dict[str, Any], view: str | None) -> None:
    assert view_of(a_header(**attributes)) == view


def test_an_enhanced_file_has_a_plane_for_each_frame() -> None:
    planes = []
    for orientation in (AXIAL, [0, 1, 0, 0, 0, -1]):
        plane, frame = a_header(ImageOrientationPatient=orientation), Dataset()
        frame.PlaneOrientationSequence = [plane]
        planes.append(frame)
    file = a_dataset(np.zeros((2, 8, 8), np.uint8), PerFrameFunctionalGroupsSequence=planes)
    assert read_dicom(as_bytes(file), Limits()).view == "SAGITTAL"  # the second is the middle one


@pytest.mark.parametrize(
    ("name", "view", "shown"),
    [
        ("chest_xray", "AP", True),
        ("chest_xray", "PA", False),
        ("chest_xray", "LL", False),
        ("chest_xray", None, True),
        ("chest_ct", "AXIAL", True),
        ("chest_ct", "CORONAL", False),
        ("chest_ct", "LOCALIZER", False),
        ("brain_mri", "CORONAL", True),
        ("brain_mri", "OBLIQUE", False),
        ("breast_ultrasound", "OBLIQUE", True),
    ],
)
def test_a_set_knows_which_views_its_images_show(name: str, view: str | None, *, shown: bool) -> None:
    assert SETS[name].shows(view) is shown


def test_a_film_from_the_side_is_refused_and_the_sentence_quotes_nothing_of_the_file() -> None:
    (verdict,) = judge([a_task(as_bytes(a_dataset(ViewPosition="DOE")))], Loader())
    assert isinstance(verdict, Refusal)
    assert (verdict.reason, "View Position (0018,5101)" in verdict.sentence) == ("other-view", True)
    assert "DOE" not in verdict.sentence
    (verdict,) = judge([a_task(as_bytes(a_dataset(ViewPosition="AP")))], Loader())
    assert isinstance(verdict, Judged)
