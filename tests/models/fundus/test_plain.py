"""Plain colour photographs, JPEG and PNG; what is broken, grey or too large is refused."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from models.fundus.plain import is_plain, plain_photograph
from models.lesion.admission import NotAdmitted
from models.lesion.dicom import Limits
from models.lesion.refusal import ImageRefused
from tests.builders.dicom_files import a_dataset, as_bytes
from tests.builders.fundus_pictures import a_retina


def a_file(kind: str = "PNG", mode: str = "RGB") -> bytes:
    out = BytesIO()
    Image.fromarray((a_retina() * 255).astype(np.uint8)).convert(mode).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_photograph_has_its_colours_and_says_nothing_of_itself(kind: str) -> None:
    assert is_plain(a_file(kind))
    image = plain_photograph(a_file(kind), Limits())
    assert not isinstance(image, NotAdmitted)
    assert image.colours is not None
    assert np.abs(image.colours - a_retina()).mean() < 0.02  # JPEG loses some
    assert image.pixels.shape == image.colours.shape[:2]
    assert (image.modality, image.sop_instance_uid, image.study_instance_uid) == ("OP", None, None)


def test_a_picture_in_grey_is_refused() -> None:
    refused = plain_photograph(a_file(mode="L"), Limits())
    assert isinstance(refused, NotAdmitted)
    assert "grey" in refused.sentence


def test_what_is_broken_or_too_large_is_refused() -> None:
    whole = a_file()
    for data in (whole[:100], whole[:20] + bytes(80) + whole[100:], a_file("JPEG")[:60]):
        with pytest.raises(ImageRefused, match="not what the header promises"):
            plain_photograph(data, Limits())
    with pytest.raises(ImageRefused, match="more pixels"):
        plain_photograph(whole, Limits(frame_pixels=1000))
    with pytest.raises(ImageRefused, match="larger than is accepted"):
        plain_photograph(whole, Limits(file_bytes=1000))


def test_a_dicom_file_is_none() -> None:
    assert not is_plain(as_bytes(a_dataset()))
