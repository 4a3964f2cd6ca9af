"""The frames of an image of several: all are judged, up to a bound, and the most suspicious one is reported."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from models.lesion import admission
from models.lesion.dicom import Picture
from models.lesion.image import GreyImage
from models.lesion.refusal import ImageRefused
from schemas.imaging import NotJudged
from stream.check.model_port import Model
from stream.check.task import Task
from stream.check.verdict import Refusal

OTHER_INSTANCE: Final = Refusal("other-instance", "the file holds another instance or study than was announced")
NO_MODEL: Final = Refusal(*admission.NO_MODEL)
MOST_FRAMES: Final = (
    64  # that are judged, evenly spread; a frame takes some 20 ms of the seconds an image may. Our choice
)
AT_ONCE: Final = 8  # frames that are decoded at the same time, fewer of large ones; bounds the memory. Our choice
AT_ONCE_PIXELS: Final = 2**24
NOT_SAMPLED: Final = f"of more than {MOST_FRAMES} frames as many are judged, evenly spread"
UNFAMILIAR: Final = "the frame does not look like those that the model was trained on"
MOST_REASONS: Final = 2  # that are told of one image, the commonest; a record must not grow with its frames


@dataclass(frozen=True, eq=False)
class Looked:
    """The image to report on, and what became of the frames."""

    image: GreyImage
    model_name: str
    frames: int
    judged: int
    not_judged: tuple[NotJudged, ...]
    suspicions: tuple[float, ...] = ()  # the suspicious probabilities of the frames that were judged


def is_another(image: GreyImage, task: Task) -> bool:
    """Return whether the file holds another instance or study than was announced."""
    return task.sop_instance_uid not in {None, image.sop_instance_uid} or image.study_instance_uid != task.study_uid


def model_for(image: GreyImage, task: Task) -> str | Refusal:
    """Return the name of the model that may judge the image, or why none may."""
    if is_another(image, task):
        return OTHER_INSTANCE
    known, refusal = admission.admitted(image, task.modality, task.body_part)
    if refusal is not None:
        return Refusal(*refusal)
    return known.name if known is not None else NO_MODEL


def look_at_frames(picture: Picture, task: Task, load: Callable[[str], Model]) -> Looked | Refusal:
    """Find the frame with the highest suspicious probability, or say why no frame may be judged.

    A frame that can't be read, is not admitted or is unfamiliar to the model is counted with the reason. Where all are
    unfamiliar, the middle one is returned for the model to say so.
    """
    chosen = picture.spread(MOST_FRAMES)
    refused: Counter[Refusal] = Counter()
    suspicions: dict[tuple[int, str], float | None] = {}  # by frame and model; None where the model does not judge it
    at_once = max(1, min(AT_ONCE, AT_ONCE_PIXELS // picture.frame_pixels))
    for start in range(0, len(chosen), at_once):
        admitted: dict[str, dict[int, GreyImage]] = defaultdict(dict)
        for index in chosen[start : start + at_once]:
            read = _read(picture, index, task)
            if isinstance(read, Refusal):
                refused[read] += 1
            else:
                admitted[read[0]][index] = read[1]
        for name, images in admitted.items():
            found = load(name).suspicion([image.pixels for image in images.values()])
            suspicions |= {(index, name): one for index, one in zip(images, found, strict=True)}
    if not suspicions:
        return replace(refused.most_common(1)[0][0], frames=picture.frames)
    familiar = {frame: suspicion for frame, suspicion in suspicions.items() if suspicion is not None}
    index, name = max(familiar, key=lambda frame: familiar[frame]) if familiar else [*suspicions][len(suspicions) // 2]
    others = Counter({reason.sentence: count for reason, count in refused.items()})
    others[UNFAMILIAR] = len(suspicions) - len(familiar)
    others[NOT_SAMPLED] = picture.frames - len(chosen)
    told = tuple(NotJudged(reason=reason, count=count) for reason, count in others.most_common(MOST_REASONS) if count)
    same_model = tuple(one for (_, of), one in familiar.items() if of == name)
    return Looked(picture.read(index), name, picture.frames, len(familiar), told, same_model)


def _read(picture: Picture, index: int, task: Task) -> tuple[str, GreyImage] | Refusal:
    try:
        image = picture.read(index)
    except ImageRefused as refused:
        return Refusal(refused.reason, str(refused))
    name = model_for(image, task)
    return name if isinstance(name, Refusal) else (name, image)
