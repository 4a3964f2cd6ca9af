"""The frames of an image of several: all are judged, up to a bound, and the most suspicious one is reported."""

from collections import Counter
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
AT_ONCE: Final = 8  # frames that are decoded at the same time; bounds the memory. Our choice
NOT_SAMPLED: Final = f"of more than {MOST_FRAMES} frames as many are judged, evenly spread"
MOST_REASONS: Final = 3  # that are told of one image, the commonest; a record must not grow with its frames


@dataclass(frozen=True, eq=False)
class Looked:
    """The image to report on, and what became of the frames."""

    image: GreyImage
    model_name: str
    frames: int
    judged: int
    not_judged: tuple[NotJudged, ...]


def model_for(image: GreyImage, task: Task) -> str | Refusal:
    """Return the name of the model that may judge the image, or why none may."""
    if task.sop_instance_uid not in {None, image.sop_instance_uid} or image.study_instance_uid != task.study_uid:
        return OTHER_INSTANCE
    known, refusal = admission.admitted(image, task.modality, task.body_part)
    return Refusal(*refusal) if refusal is not None or known is None else known.name


def look_at_frames(picture: Picture, task: Task, load: Callable[[str], Model]) -> Looked | Refusal:
    """Find the frame with the highest suspicious probability, or say why no frame may be judged.

    A frame that can't be read, is not admitted or is unfamiliar to the model is counted with the reason. Where all are
    unfamiliar, the middle one is returned for the model to say so.
    """
    chosen = picture.spread(MOST_FRAMES)
    reasons: Counter[Refusal] = Counter()
    best: tuple[float, int, str] | None = None
    judged, unfamiliar = 0, Counter[tuple[int, str]]()
    for start in range(0, len(chosen), AT_ONCE):
        waiting: dict[str, list[tuple[int, GreyImage]]] = {}
        for index in chosen[start : start + AT_ONCE]:
            image = _read(picture, index)
            name = image if isinstance(image, Refusal) else model_for(image, task)
            if isinstance(image, Refusal) or isinstance(name, Refusal):
                reasons[name if isinstance(name, Refusal) else image] += 1
            else:
                waiting.setdefault(name, []).append((index, image))
        for name, images in waiting.items():
            for (index, _), suspicion in zip(
                images, load(name).suspicion([image.pixels for _, image in images]), strict=True
            ):
                if suspicion is None:
                    unfamiliar[index, name] += 1
                elif best is None or suspicion > best[0]:
                    best = suspicion, index, name
                judged += suspicion is not None
    if best is None and not unfamiliar:
        return replace(reasons.most_common(1)[0][0], frames=picture.frames)
    index, name = best[1:] if best is not None else list(unfamiliar)[len(unfamiliar) // 2]
    told = Counter({reason.sentence: count for reason, count in reasons.items()})
    if unfamiliar:
        told[f"the frame does not look like what {name} was trained on"] = len(unfamiliar)
    if picture.frames > len(chosen):
        told[NOT_SAMPLED] = picture.frames - len(chosen)
    not_judged = tuple(NotJudged(reason=reason, count=count) for reason, count in told.most_common(MOST_REASONS))
    return Looked(picture.read(index), name, picture.frames, judged, not_judged)


def _read(picture: Picture, index: int) -> GreyImage | Refusal:
    try:
        return picture.read(index)
    except ImageRefused as refused:
        return Refusal(refused.reason, str(refused))
