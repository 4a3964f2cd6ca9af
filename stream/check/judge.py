"""Read one image and let the model speak about it, if it may. This is what the reading process runs."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.deidentify.burned_in import MODALITIES
from models.lesion.dicom import read_dicom
from models.lesion.image import GreyImage
from models.lesion.model import LesionResult
from models.lesion.refusal import ImageRefused
from models.lesion.sets import choose
from schemas.imaging import Finding
from stream.check.overlay import draw_overlay
from stream.check.task import Task
from stream.check.verdict import MEMORY, Judged, Refusal, Verdict

NO_MODEL: Final = Refusal(
    "no-model", "no model was trained on this modality and body part, or the header names neither"
)
OTHER_INSTANCE: Final = Refusal("other-instance", "the file holds another instance or study than was announced")


class Settled(Protocol):
    """What a model was trained to."""

    @property
    def threshold(self) -> float: ...  # noqa: D102 of the suspicious probability


class Model(Protocol):
    """The port to a lesion model."""

    version: str
    data_version: str

    @property
    def configuration(self) -> Settled: ...  # noqa: D102

    def check(self, images: Sequence[NDArray[np.float32]]) -> list[LesionResult]: ...  # noqa: D102


def judge(task: Task, load: Callable[[str], Model]) -> Verdict:
    """Decode, choose the model by what the file is, and ask it. `load` gives the model of a set by its name.

    What `load` and the model raise is not the image's fault and goes through.
    """
    try:
        image = read_dicom(task.data, task.limits)
        return _checked(image, task, load)
    except ImageRefused as refused:
        return Refusal(refused.reason, str(refused))
    except MemoryError:
        return MEMORY


def _checked(image: GreyImage, task: Task, load: Callable[[str], Model]) -> Verdict:
    if task.sop_instance_uid not in {None, image.sop_instance_uid} or image.study_instance_uid != task.study_uid:
        return OTHER_INSTANCE
    modality = image.modality or task.modality
    name = choose(modality, image.body_part or task.body_part)
    if name is None:
        return NO_MODEL
    model = load(name)
    result = model.check([image.pixels])[0]
    if result.refusal is not None:
        return Refusal("unfamiliar", result.refusal)
    named = image.burned_in or (image.burned_in is None and modality in MODALITIES)
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
        modality=modality,
        series_uid=image.series_instance_uid,
        sop_class_uid=image.sop_class_uid,
        sop_instance_uid=image.sop_instance_uid,
        frame_number=image.frame_number if image.frames > 1 else None,
        overlay_png=draw_overlay(image.pixels, result.saliency, result.box) if task.overlay and not named else None,
    )
