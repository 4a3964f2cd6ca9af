"""Decode images and run the models that may judge them. This is the code of the sandboxed process."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from models.fundus.dicom import MODALITY, may_be_photograph, photograph_in
from models.fundus.plain import is_plain, plain_photograph
from models.fundus.shipped import NAME as RETINA
from models.lesion.admission import NotAdmitted
from models.lesion.burned_in import MODALITIES
from models.lesion.dicom import Picture, open_dicom
from models.lesion.image import GreyImage
from models.lesion.refusal import ImageRefused
from models.lesion.text_like import has_text_like_margin
from schemas.imaging import AdditionalFinding, Finding
from stream.check.frames import OTHER_INSTANCE, Looked, is_another, look_at_frames, model_for
from stream.check.model_port import Model
from stream.check.overlay import draw_overlay
from stream.check.task import Task
from stream.check.verdict import MEMORY, Judged, Refusal, Verdict

if TYPE_CHECKING:
    from models.lesion.model import LesionResult


class _Read(NamedTuple):
    """A decoded image for which a model exists."""

    number: int  # index in its batch
    task: Task
    image: GreyImage
    modality: str | None
    looked: Looked | None  # at the frames, of a file of several


def judge(tasks: Sequence[Task], load: Callable[[str], Model]) -> list[Verdict]:
    """Decode the images, choose a model for each by its header, and run each model once on all of them.

    Of an image of several frames, that one is judged which its model finds most suspicious; see `look_at_frames`.
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
            found = _look(task, load)
        except ImageRefused as refused:
            verdicts[number] = Refusal(refused.reason, str(refused))
            continue
        if isinstance(found, Refusal):
            verdicts[number] = found
        else:
            modality = found.image.modality or task.modality
            read = _Read(number, task, found.image, modality, found if found.frames > 1 else None)
            by_model[found.model_name].append(read)
    for name, read_ones in by_model.items():
        model = load(name)
        results = model.check([one.image.judged for one in read_ones])
        for one, result in zip(read_ones, results, strict=True):
            verdicts[one.number] = _verdict(one, name, model, result)
    return [verdicts[number] for number in range(len(tasks))]


def _look(task: Task, load: Callable[[str], Model]) -> Looked | Refusal:
    if is_plain(task.data) and task.modality == MODALITY:
        return _plain(task)
    picture = open_dicom(task.data, task.limits)
    if may_be_photograph(picture.header, task.modality):
        return _photograph(picture, task)
    return _single(picture, task) if picture.frames == 1 else look_at_frames(picture, task, load)


def _plain(task: Task) -> Looked | Refusal:
    """Return the picture in a file that says nothing of itself: no announced instance can be shown to be this one."""
    image = plain_photograph(task.data, task.limits)
    if isinstance(image, NotAdmitted):
        return Refusal(*image)
    return OTHER_INSTANCE if task.sop_instance_uid is not None else Looked(image, RETINA, 1, 1, ())


def _photograph(picture: Picture, task: Task) -> Looked | Refusal:
    image = photograph_in(picture)
    if isinstance(image, NotAdmitted):
        return Refusal(*image, frames=picture.frames if picture.frames > 1 else None)
    return OTHER_INSTANCE if is_another(image, task) else Looked(image, RETINA, 1, 1, ())


def _single(picture: Picture, task: Task) -> Looked | Refusal:
    image = picture.read(0)
    name = model_for(image, task)
    return name if isinstance(name, Refusal) else Looked(image, name, 1, 1, ())


def _verdict(read: _Read, name: str, model: Model, result: "LesionResult") -> Verdict:
    image, looked = read.image, read.looked
    if result.refusal is not None:
        return Refusal("unfamiliar", result.refusal, looked.frames if looked else None)
    return Judged(
        model_name=name,
        model_version=model.version,
        data_version=model.data_version,
        findings=tuple(Finding(label=found.label, probability=found.probability) for found in result.findings),
        predicted=result.predicted,
        abstained=result.abstained,
        suspicious_probability=result.suspicious_probability,
        suspicious=result.suspicious_probability >= model.configuration.threshold
        or any(one.present for one in result.additional),
        box_px=result.box,
        pixel_spacing_mm=image.pixel_spacing_mm,
        modality=read.modality,
        series_uid=image.series_instance_uid,
        sop_class_uid=image.sop_class_uid,
        sop_instance_uid=image.sop_instance_uid,
        frame_number=image.frame_number if image.frames > 1 else None,
        overlay_png=_overlay(read, result),
        frames=looked.frames if looked else None,
        frames_judged=looked.judged if looked else None,
        frame_suspicions=looked.suspicions if looked else (),
        laterality=image.laterality,
        frames_not_judged=looked.not_judged if looked else (),
        additional=tuple(
            AdditionalFinding(label=one.label, probability=one.probability, present=one.present)
            for one in result.additional
        ),
    )


def _overlay(read: _Read, result: "LesionResult") -> bytes | None:
    """Return the map over the image; None where none is wanted, nothing is shown, or the picture may show a name."""
    image = read.image
    may_name = image.burned_in or (image.burned_in is None and read.modality in MODALITIES)
    if not read.task.overlay or result.saliency is None or may_name or has_text_like_margin(image.pixels):
        return None
    return draw_overlay(image.pixels, result.saliency, result.box)
