"""All frames of an image are judged, up to a bound; the most suspicious is reported, and what was left out is told."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset

from models.lesion.dicom import open_dicom
from stream.check import frames
from stream.check.frames import MOST_FRAMES, NOT_SAMPLED, UNFAMILIAR, Looked, look_at_frames
from stream.check.verdict import Refusal
from tests.builders.dicom_files import a_dataset, as_bytes
from tests.builders.fake_lesion_models import FakeModel, Loader, a_task


class PickyModel(FakeModel):
    """Does not know dark frames."""

    def suspicion(self, images: Sequence[NDArray[np.float32]]) -> list[float | None]:
        return [float(image.mean()) if image.mean() > 0.1 else None for image in images]


def a_clip(*greys: int, **attributes: Any) -> bytes:
    return as_bytes(a_dataset(np.stack([np.full((8, 8), grey, dtype=np.uint8) for grey in greys]), **attributes))


def looked(data: bytes, model: FakeModel | None = None) -> Looked | Refusal:
    task = a_task(data)
    return look_at_frames(open_dicom(data, task.limits), task, Loader(model))


def found(data: bytes, model: FakeModel | None = None) -> Looked:
    result = looked(data, model)
    assert isinstance(result, Looked)
    return result


@pytest.mark.parametrize("place", [0, 2, 8, 19])
def test_the_most_suspicious_frame_is_found_wherever_it_is(place: int) -> None:
    greys = [50] * 20
    greys[place] = 200
    result = found(a_clip(*greys))
    assert (result.image.frame_number, result.frames, result.judged) == (place + 1, 20, 20)
    assert result.not_judged == ()


def test_of_equals_the_first_is_reported() -> None:
    assert found(a_clip(50, 50, 50)).image.frame_number == 1


def test_of_very_many_frames_some_are_judged_and_the_number_is_told() -> None:
    result = found(a_clip(*[50] * (MOST_FRAMES + 36)))
    assert (result.frames, result.judged) == (MOST_FRAMES + 36, MOST_FRAMES)
    assert [(one.reason, one.count) for one in result.not_judged] == [(NOT_SAMPLED, 36)]


def test_frames_that_the_model_does_not_know_are_counted() -> None:
    result = found(a_clip(10, 60, 10, 50), PickyModel())
    assert (result.image.frame_number, result.judged) == (2, 2)
    assert [(one.reason, one.count) for one in result.not_judged] == [(UNFAMILIAR, 2)]


def test_where_it_knows_none_one_is_returned_for_it_to_say_so() -> None:
    result = found(a_clip(10, 10, 10), PickyModel())
    assert (result.image.frame_number, result.judged) == (2, 0)


def test_a_frame_that_is_not_admitted_is_counted_and_the_others_are_judged() -> None:
    groups = []
    for plane in ([1, 0, 0, 0, 0, -1], [1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 1, 0]):
        orientation, group = Dataset(), Dataset()
        orientation.ImageOrientationPatient = plane
        group.PlaneOrientationSequence = [orientation]
        groups.append(group)
    result = found(a_clip(200, 60, 50, Modality="CT", PerFrameFunctionalGroupsSequence=groups))
    assert (result.image.frame_number, result.judged) == (2, 2)
    assert "(0020,0037)" in result.not_judged[0].reason


def test_a_clip_of_which_no_frame_is_admitted_is_refused_with_the_number_of_frames() -> None:
    refused = looked(a_clip(50, 50, PatientAge="067Y"))
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.frames) == ("age", 2)


def test_frames_are_decoded_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "AT_ONCE", 2)
    assert found(a_clip(10, 20, 30, 90, 40)).image.frame_number == 4
