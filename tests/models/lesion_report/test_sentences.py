"""A lesion report as a person reads it."""

import pytest

from models.lesion_report.sentences import NOTICE, extent, image_sentence, sentences
from schemas.imaging import ImageReport, NotJudged
from tests.builders.lesion_reports import a_clip, a_report, a_volume, an_eye, an_image, refused


def test_the_notice_comes_first_then_the_study_then_each_image_in_its_order() -> None:
    lines = sentences(a_report(an_image(), refused(2)))
    assert lines[:2] == [NOTICE, "1 of 2 images judged; priority for the worklist: urgent."]
    assert lines[2:] == [f"1. {image_sentence(an_image())}", "2. Not judged: the file holds no picture."]


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (
            an_image(),
            (
                "chest_xray v1: pneumonia (pneumonia 93.8 %, normal 6.2 %). "
                "Most salient for pneumonia: rows 10 to 49, columns 20 to 39, 20.0 x 5.0 mm, "
                "which is no size of a lesion."
            ),
        ),
        (
            a_clip(),
            (
                "breast_ultrasound v1, frame 3: undecided, since no single class is certain enough "
                "(benign 50.0 %, malignant 37.5 %, normal 12.5 %). "
                "Most salient for benign: rows 10 to 49, columns 20 to 39."
            ),
        ),
        (
            an_eye(box_px=None),
            (
                "fundus v1, right side: grade 2 (grade 2 50.0 %, grade 3 25.0 %, grade 1 12.5 %, grade 0 6.2 %, "
                "grade 4 6.2 %). Macular oedema 75.0 %: present."
            ),
        ),
        (
            an_image(predicted="normal", box_px=None, box_mm=None),
            "chest_xray v1: normal (pneumonia 93.8 %, normal 6.2 %).",
        ),
        (refused().model_copy(update={"refusal": "The image shows nothing."}), "Not judged: The image shows nothing."),
    ],
)
def test_an_image_in_a_sentence(image: ImageReport, sentence: str) -> None:
    assert image_sentence(image) == sentence


def test_of_several_images_it_is_said_what_they_are_together_and_which_carry_it() -> None:
    assert sentences(a_volume(300, carried_by=(8, 7)))[2] == (
        "brain_mri, 300 images together: glioma, suspicious by 75.0 %; carried by the images 8, 7."
    )
    assert sentences(a_volume(2, carried_by=()))[2] == "brain_mri, 2 images together: glioma, suspicious by 75.0 %."
    assert not any("together" in line for line in sentences(a_volume(1)))


def test_a_report_on_nothing_says_that_nothing_follows() -> None:
    report = a_report(refused(), priority="not-assessed", not_judged=(NotJudged(reason="it is a copy.", count=1),))
    assert extent(report) == (
        "0 of 1 images judged; priority for the worklist: not-assessed. Nothing was judged: the study is neither "
        "suspicious nor unsuspicious by this report. 1 not judged: it is a copy."
    )


def test_the_frames_are_counted_in_the_report_and_in_the_image() -> None:
    clip = a_clip(frames=9, frames_judged=7, frames_not_judged=(NotJudged(reason="it can't be read", count=2),))
    assert ", frame 3, the most suspicious of 7 judged of 9; 2 not judged: it can't be read: " in image_sentence(clip)
    assert extent(a_report(clip, frames=9, frames_judged=7)).startswith("1 of 1 images judged, 7 of 9 frames; ")
