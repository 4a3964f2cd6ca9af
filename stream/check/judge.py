"""Decode images and run the models that may judge them. This is the code of the sandboxed process."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from models.lesion.burned_in import MODALITIES
from models.lesion.dicom import read_dicom
from models.lesion.image import GreyImage
from models.lesion.refusal import ImageRefused
from models.lesion.sets import SETS, LesionSet, choose
from models.lesion.text_like import has_text_like_margin
from schemas.imaging import Finding
from stream.check.overlay import draw_overlay
from stream.check.task import Task
from stream.check.verdict import MEMORY, Judged, Refusal, Verdict

if TYPE_CHECKING:
    from models.lesion.model import LesionResult

NO_MODEL: Final = Refusal(
    "no-model", "no model was trained on this modality and body part, or the header names neither"
)
OTHER_INSTANCE: Final = Refusal("other-instance", "the file holds another instance or study than was announced")


class ModelConfiguration(Protocol):
    """Configuration of a trained model."""

    @property
    def threshold(self) -> float: ...  # noqa: D102 - of the suspicious probability


class Model(Protocol):
    """Port to a lesion model."""

    version: str
    data_version: str

    @property
    def configuration(self) -> ModelConfiguration: ...  # noqa: D102

    def check(self, images: Sequence[NDArray[np.float32]]) -> "list[LesionResult]": ...  # noqa: D102


class _Read(NamedTuple):
    """A decoded image for which a model exists."""

    number: int  # index in its batch
    task: Task
    image: GreyImage
    modality: str | None


def judge(tasks: Sequence[Task], load: Callable[[str], Model]) -> list[Verdict]:
    """Decode the images, choose a model for each by its header, and run each model once.

    `load` returns a model by set name. What `load` and the models raise is not the images' fault and propagates. So
    does a MemoryError for a batch of several, which may fit one by one.
    """
    try:
        return _judged(tasks, load)
    except MemoryError:
        if len(tasks) > 1:
            raise
        return [MEMORY]


def _judged(tasks: Sequence[Task], load: Callable[[str], Model]) -> list[Verdict]:
    verdicts: dict[int, Verdict] = {}
    by_model: dict[str, list[_Read]] = defaultdict(list)
    for number, task in enumerate(tasks):
        try:
            image = read_dicom(task.data, task.limits)
        except ImageRefused as refused:
            verdicts[number] = Refusal(refused.reason, str(refused))
            continue
        modality = image.modality or task.modality
        name = choose(modality, image.body_part or task.body_part)
        if task.sop_instance_uid not in {None, image.sop_instance_uid} or image.study_instance_uid != task.study_uid:
            verdicts[number] = OTHER_INSTANCE
        elif name is None:
            verdicts[number] = NO_MODEL
        elif not SETS[name].shows(image.view):
            verdicts[number] = _other_view(SETS[name])
        else:
            by_model[name].append(_Read(number, task, image, modality))
    for name, found in by_model.items():
        model = load(name)
        for one, result in zip(found, model.check([one.image.pixels for one in found]), strict=True):
            verdicts[one.number] = _verdict(one, name, model, result)
    return [verdicts[number] for number in range(len(tasks))]


def _other_view(known: LesionSet) -> Refusal:
    return Refusal("other-view", f"{known.name} was trained on {' and '.join(known.views)} views; this is another one")


def _verdict(read: _Read, name: str, model: Model, result: "LesionResult") -> Verdict:
    image = read.image
    if result.refusal is not None:
        return Refusal("unfamiliar", result.refusal)
    may_name = image.burned_in or (image.burned_in is None and read.modality in MODALITIES)
    drawn = read.task.overlay and not may_name and not has_text_like_margin(image.pixels)
    return Judged(
        model_name=name,
        model_version=model.version,
        data_version=model.data_version,
        findings=tuple(Finding(label=found.label, probability=found.probability) for found in result.findings),
        predicted=result.predicted,
        abstained=result.abstained,
        suspicious_probability=result.suspicious_probability,
        suspicious=result.suspicious_probability >= model.configuration.threshold,
        box_px=result.box,
        pixel_spacing_mm=image.pixel_spacing_mm,
        modality=read.modality,
        series_uid=image.series_instance_uid,
        sop_class_uid=image.sop_class_uid,
        sop_instance_uid=image.sop_instance_uid,
        frame_number=image.frame_number if image.frames > 1 else None,
        overlay_png=draw_overlay(image.pixels, result.saliency, result.box) if drawn else None,
    )
