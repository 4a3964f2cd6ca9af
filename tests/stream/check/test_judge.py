from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.lesion.model import AdditionalFinding, LesionResult
from schemas.imaging import Finding
from stream.check.frames import NO_MODEL, OTHER_INSTANCE
from stream.check.judge import judge
from stream.check.model_port import Model
from stream.check.overlay import LONGEST_PX, draw_overlay
from stream.check.task import Task
from stream.check.verdict import MEMORY, Judged, Refusal, Verdict
from tests.builders.dicom_files import INSTANCE, a_dataset, as_bytes
from tests.builders.fake_lesion_models import FOUND, FakeModel, Loader, a_task
from tests.builders.fundus_files import a_photograph, coded
from tests.builders.fundus_pictures import a_retina


def judged(task: Task, load: Callable[[str], Model]) -> Verdict:
    (verdict,) = judge([task], load)
    return verdict


def test_an_image_of_a_known_kind_is_judged_by_its_model() -> None:
    load = Loader()
    verdict = judged(a_task(as_bytes(a_dataset(PixelSpacing=[0.5, 0.25]))), load)
    assert load.asked == ["chest_xray"]
    assert verdict == Judged(
        model_name="chest_xray",
        model_version="v1",
        data_version="d1",
        findings=(Finding(label="normal", probability=0.25), Finding(label="pneumonia", probability=0.75)),
        predicted="pneumonia",
        abstained=False,
        suspicious_probability=0.75,
        suspicious=True,
        box_px=(8, 4, 40, 20),
        pixel_spacing_mm=(0.5, 0.25),
        modality="DX",
        series_uid=None,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.1.1",
        sop_instance_uid=INSTANCE,
        frame_number=None,
        overlay_png=None,
    )


def test_of_several_frames_the_most_suspicious_one_is_judged_and_all_are_counted() -> None:
    frames = np.stack([np.full((8, 8), grey, dtype=np.uint8) for grey in (10, 90, 20, 30)])
    verdict = judged(a_task(as_bytes(a_dataset(frames))), Loader())
    assert isinstance(verdict, Judged)
    assert (verdict.frame_number, verdict.frames, verdict.frames_judged) == (2, 4, 4)  # the fake fears bright frames
    assert verdict.frames_not_judged == ()


def test_the_series_is_the_file_s() -> None:
    verdict = judged(a_task(as_bytes(a_dataset(SeriesInstanceUID="1.2.9"))), Loader())
    assert isinstance(verdict, Judged)
    assert verdict.series_uid == "1.2.9"


@pytest.mark.parametrize(("threshold", "suspicious"), [(0.75, True), (0.7501, False)])
def test_the_model_s_own_threshold_says_what_is_suspicious(threshold: float, *, suspicious: bool) -> None:
    verdict = judged(a_task(), Loader(FakeModel(threshold=threshold)))
    assert isinstance(verdict, Judged)
    assert verdict.suspicious is suspicious


@pytest.mark.parametrize(("modality", "body_part"), [("CT", "HEAD"), ("MG", "BREAST"), ("DX", "HAND")])
def test_no_model_speaks_about_what_none_was_trained_on(modality: str, body_part: str) -> None:
    load = Loader()
    assert judged(a_task(as_bytes(a_dataset(Modality=modality, BodyPartExamined=body_part))), load) == NO_MODEL
    assert load.asked == []


def test_the_file_has_the_last_word_on_what_it_is() -> None:
    assert judged(a_task(as_bytes(a_dataset(Modality="MG")), modality="DX"), Loader()) == NO_MODEL


def test_the_event_speaks_where_the_file_is_silent() -> None:
    data = as_bytes(a_dataset(Modality="", BodyPartExamined=""))
    assert judged(a_task(data), Loader()) == NO_MODEL
    assert isinstance(judged(a_task(data, modality="DX", body_part="CHEST"), Loader()), Judged)


@pytest.mark.parametrize("task", [a_task(sop_instance_uid="1.2.3"), a_task(study_uid="1.2.3")])
def test_another_instance_or_study_than_announced_is_refused(task: Task) -> None:
    assert judged(task, Loader()) == OTHER_INSTANCE


def test_an_instance_that_was_not_named_is_taken_as_it_comes() -> None:
    assert isinstance(judged(a_task(sop_instance_uid=None), Loader()), Judged)


def test_an_unreadable_file_is_a_refusal_with_its_sentence() -> None:
    assert judged(a_task(b"no DICOM"), Loader()) == Refusal(
        "not-dicom", "this is no DICOM file, or its header is damaged"
    )


def test_the_model_s_refusal_is_a_refusal() -> None:
    refused = replace(FOUND, findings=(), predicted=None, refusal="The image shows nothing.")
    assert judged(a_task(), Loader(FakeModel(refused))) == Refusal("unfamiliar", "The image shows nothing.")


def test_want_of_memory_is_a_refusal() -> None:
    def load(_: str) -> Model:
        raise MemoryError

    assert judged(a_task(), load) == MEMORY


def test_each_model_is_asked_once_for_all_its_images_and_each_image_gets_its_own_verdict() -> None:
    model = FakeModel()
    load = Loader(model)
    films = [as_bytes(a_dataset(PixelSpacing=[spacing, 1])) for spacing in (1, 2)]
    breast = as_bytes(a_dataset(Modality="US", BodyPartExamined="BREAST", PixelSpacing=[3, 1]))
    unknown = as_bytes(a_dataset(Modality="MG", BodyPartExamined="BREAST"))
    tasks = [a_task(films[0]), a_task(b"no DICOM"), a_task(breast), a_task(unknown), a_task(films[1])]
    first, damaged, second, none, third = judge(tasks, load)
    assert load.asked == ["chest_xray", "breast_ultrasound"]
    assert model.asked == [2, 1]
    judgements = [one for one in (first, third, second) if isinstance(one, Judged)]
    assert [one.pixel_spacing_mm for one in judgements] == [(1, 1), (2, 1), (3, 1)]
    assert [one.model_name for one in judgements] == ["chest_xray", "chest_xray", "breast_ultrasound"]
    assert isinstance(damaged, Refusal)
    assert none == NO_MODEL
    assert judge([], load) == []


def test_want_of_memory_for_a_batch_is_no_image_s_fault() -> None:
    def load(_: str) -> Model:
        raise MemoryError

    with pytest.raises(MemoryError):
        judge([a_task(), a_task()], load)


def test_where_the_model_shows_nothing_no_map_is_drawn() -> None:
    shown, nothing = (
        judged(replace(a_task(), overlay=True), Loader(FakeModel(found)))
        for found in (FOUND, replace(FOUND, saliency=None))
    )
    assert isinstance(shown, Judged)
    assert isinstance(nothing, Judged)
    assert (shown.overlay_png is None, nothing.overlay_png) == (False, None)


def test_what_the_model_raises_goes_through() -> None:
    def load(_: str) -> Model:
        message = "broken weights"
        raise LookupError(message)

    with pytest.raises(LookupError, match="broken weights"):
        judged(a_task(), load)


@pytest.mark.parametrize(
    ("modality", "body_part", "burned_in", "drawn"),
    [
        ("DX", "CHEST", None, True),
        ("DX", "CHEST", "NO", True),
        ("DX", "CHEST", "YES", False),
        ("US", "BREAST", "NO", True),
        ("US", "BREAST", "YES", False),
        ("US", "BREAST", None, False),  # ultrasound often carries the name, and the file does not deny it
    ],
)
def test_no_picture_is_kept_that_may_carry_a_name(
    modality: str, body_part: str, burned_in: str | None, *, drawn: bool
) -> None:
    file = a_dataset(Modality=modality, BodyPartExamined=body_part)
    if burned_in is not None:
        file.BurnedInAnnotation = burned_in
    verdict = judged(a_task(as_bytes(file), overlay=True), Loader())
    assert isinstance(verdict, Judged)
    assert (verdict.overlay_png is not None) is drawn


def test_the_overlay_is_red_where_the_model_looked_grey_elsewhere_and_carries_no_text() -> None:
    saliency = np.zeros((40, 60), dtype=np.float32)
    saliency[:, 30:] = 1
    drawn = Image.open(BytesIO(draw_overlay(np.full((40, 60), 0.5, dtype=np.float32), saliency, None)))
    assert drawn.size == (60, 40)
    assert drawn.info == {}
    colours = np.asarray(drawn)
    assert colours[20, 5].tolist() == [128, 128, 128]
    assert colours[20, 50].tolist() == [204, 75, 51]  # 0.4 of the grey and 0.6 of the red


def test_the_overlay_shows_the_box() -> None:
    blank = np.zeros((40, 60), dtype=np.float32)
    drawn = np.asarray(Image.open(BytesIO(draw_overlay(blank, blank, (10, 20, 31, 51)))))
    rows, columns = np.nonzero(drawn.any(axis=-1))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (10, 30, 20, 50)


def test_a_large_overlay_is_drawn_smaller() -> None:
    blank = np.zeros((3000, 20), dtype=np.float32)
    assert Image.open(BytesIO(draw_overlay(blank, blank, (0, 0, 3000, 20)))).size == (7, LONGEST_PX)


class ColourModel(FakeModel):
    """A fake that takes photographs in colour alone."""

    def check(self, images: Sequence[NDArray[np.float32]]) -> list[LesionResult]:
        assert {image.shape[2:] for image in images} == {(3,)}
        return super().check(images)


def test_a_colour_photograph_of_the_retina_is_judged_in_its_colours() -> None:
    oedema = AdditionalFinding("macular_oedema", 0.5, present=True)
    calm = replace(FOUND, suspicious_probability=0.1, saliency=None, box=None)
    for additional, suspicious in (((), False), ((oedema,), True)):  # either is a reason to look
        load = Loader(ColourModel(replace(calm, additional=additional)))
        verdict = judged(a_task(a_photograph(SeriesInstanceUID="1.2.9", ImageLaterality="R")), load)
        assert load.asked == ["fundus"]
        assert isinstance(verdict, Judged)
        assert (verdict.model_name, verdict.modality, verdict.suspicious) == ("fundus", "OP", suspicious)
        assert (verdict.sop_instance_uid, verdict.series_uid, verdict.laterality) == (INSTANCE, "1.2.9", "right")
        assert [(one.label, one.probability, one.present) for one in verdict.additional] == [
            (one.label, one.probability, one.present) for one in additional
        ]


def test_the_map_of_a_photograph_is_drawn_over_it_in_grey() -> None:
    saliency = np.zeros((360, 480), dtype=np.float32)
    model = ColourModel(replace(FOUND, saliency=saliency, box=None))
    verdict = judged(a_task(a_photograph(), overlay=True), Loader(model))
    assert isinstance(verdict, Judged)
    assert verdict.overlay_png is not None
    assert np.ptp(np.asarray(Image.open(BytesIO(verdict.overlay_png))), axis=2).max() == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "(0008,0016)"),  # a secondary capture
        ({"NumberOfFrames": 2}, "(0028,0008)"),
        ({"AnatomicRegionSequence": coded("28726007")}, "(0008,2218)"),
    ],
)
def test_a_picture_of_an_eye_that_is_no_such_photograph_is_refused_by_its_tag(more: dict[str, Any], said: str) -> None:
    load = Loader()
    verdict = judged(a_task(a_photograph(**more)), load)
    assert isinstance(verdict, Refusal)
    assert said in verdict.sentence
    assert verdict.frames == more.get("NumberOfFrames")
    assert load.asked == []


def test_a_photograph_of_another_study_or_instance_than_announced_is_refused() -> None:
    task = a_task(a_photograph())
    for other in (replace(task, study_uid="1.2.3"), replace(task, sop_instance_uid="1.2.3")):
        assert judged(other, Loader()) == OTHER_INSTANCE


def test_a_plain_photograph_is_judged_only_where_it_is_announced_as_one_of_an_eye() -> None:
    out = BytesIO()
    Image.fromarray((a_retina() * 255).astype(np.uint8)).save(out, "PNG")
    task = a_task(out.getvalue(), sop_instance_uid=None, modality="OP")
    verdict = judged(task, Loader(ColourModel()))
    assert isinstance(verdict, Judged)
    assert (verdict.model_name, verdict.sop_instance_uid) == ("fundus", None)
    assert judged(replace(task, sop_instance_uid=INSTANCE), Loader()) == OTHER_INSTANCE  # it can't be shown to be that
    for modality in (None, "DX"):
        refused = judged(replace(task, modality=modality), Loader())
        assert isinstance(refused, Refusal)
        assert refused.reason == "not-dicom"
