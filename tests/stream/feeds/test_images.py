import hashlib
import warnings
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from models.lesion.admission import choose
from models.lesion.dicom import Limits, read_dicom
from schemas.imaging import ImagingReady
from stream.feeds.images import COMMENT, SIDE_PX, Kind, simulated_study

KINDS: tuple[Kind, ...] = ("chest_xray", "breast_ultrasound")


def a_study(folder: Path, kind: Kind = "chest_xray", *, suspicious: bool = False, seed: int = 1) -> ImagingReady:
    time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return simulated_study(kind, suspicious=suspicious, seed=seed, folder=folder, patient="sim-1", time=time)


def path_of(study: ImagingReady) -> Path:
    return Path(study.images[0].url.removeprefix("file://"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_simulated_image_is_a_sound_dicom_file_that_says_so(tmp_path: Path, kind: Kind) -> None:
    study = a_study(tmp_path, kind)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        file = dcmread(path_of(study))
        assert (file.PatientName, file.PatientID, file.ImageComments) == ("SIMULATED", "SIMULATED", COMMENT)
        assert (file.SOPInstanceUID, file.StudyInstanceUID) == (study.images[0].sop_instance_uid, study.study_uid)
        assert all(element.value is not None for element in file.iterall())


@pytest.mark.parametrize(("kind", "spacing_mm"), [("chest_xray", 360 / 512), ("breast_ultrasound", 40 / 512)])
def test_a_simulated_image_is_read_as_what_it_is(tmp_path: Path, kind: Kind, spacing_mm: float) -> None:
    image = read_dicom(path_of(a_study(tmp_path, kind)).read_bytes(), Limits())
    assert choose(image.modality, image.parts[0]) == kind
    assert image.pixels.shape == (SIDE_PX, SIDE_PX)
    assert image.pixel_spacing_mm == pytest.approx((spacing_mm, spacing_mm))
    assert image.burned_in is False
    assert image.pixels.std() > 0.05


def test_the_announcement_fits_the_file(tmp_path: Path) -> None:
    study = a_study(tmp_path)
    assert (study.modality, study.body_part, study.source) == ("DX", "CHEST", "simulated")
    assert study.images[0].sha256 == hashlib.sha256(path_of(study).read_bytes()).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_writes_the_same_bytes_and_another_does_not(tmp_path: Path, kind: Kind) -> None:
    first, again = a_study(tmp_path / "1", kind), a_study(tmp_path / "2", kind)
    assert path_of(first).read_bytes() == path_of(again).read_bytes()
    assert first.images[0].sha256 != a_study(tmp_path, kind, seed=2).images[0].sha256


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_suspicious_shows(tmp_path: Path, kind: Kind) -> None:
    calm, suspicious = (
        np.mean(
            [
                read_dicom(path_of(a_study(tmp_path, kind, suspicious=s, seed=n)).read_bytes(), Limits()).pixels
                for n in range(3)
            ],
            axis=0,
        )
        for s in (False, True)
    )
    difference = (suspicious - calm)[SIDE_PX // 4 : SIDE_PX * 3 // 4]
    assert (
        difference.mean() > 0.02 if kind == "chest_xray" else difference.mean() < -0.02
    )  # haze is bright, a mass dark
