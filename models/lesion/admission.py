"""Whether a set's model may judge a picture, by the set's own table in `sets.py`; each refusal names the tag."""

from collections.abc import Iterable
from typing import NamedTuple

from models.lesion.anatomy import part_named
from models.lesion.image import GreyImage
from models.lesion.sets import SETS, LesionSet


class NotAdmitted(NamedTuple):
    """Why a picture is for no model: a code for counting, and a sentence with nothing of the file in it."""

    reason: str
    sentence: str


NO_MODEL = NotAdmitted(
    "no-model",
    "no model was trained on this Modality (0008,0060) and Body Part Examined (0018,0015) or Anatomic Region Sequence "
    "(0008,2218), or the header names neither",
)


def admitted(
    image: GreyImage, modality: str | None = None, body_part: str | None = None
) -> tuple[LesionSet | None, NotAdmitted | None]:
    """Return the set whose model may judge the picture, or why none may.

    `modality` and `body_part` are the announcement's; they count where the file states none.
    """
    if image.objection is not None:
        return None, NotAdmitted("not-for-reading", image.objection)
    parts = image.parts or tuple(filter(None, (part_named(body_part),)))
    known = _of(image.modality or modality, parts)
    if known is None:
        return None, NO_MODEL
    if (refusal := _refusal(known, image, parts)) is not None:
        return None, refusal
    return known, None


def choose(modality: str | None, body_part: str | None) -> str | None:
    """Return the set whose model is for such images; None when there is none, or when nothing is stated."""
    known = _of(modality, tuple(filter(None, (part_named(body_part),))))
    return None if known is None else known.name


def _of(modality: str | None, parts: Iterable[str]) -> LesionSet | None:
    for known in SETS.values():
        if (modality or "").strip().upper() in known.modality and any(part in known.body_parts for part in parts):
            return known
    return None


def _refusal(known: LesionSet, image: GreyImage, parts: Iterable[str]) -> NotAdmitted | None:
    name = known.name
    if image.sop_class_uid not in known.sop_classes:
        return NotAdmitted(
            "sop-class", f"SOP Class UID (0008,0016) is none of those that {name} may judge, or it is missing"
        )
    if any(part not in known.body_parts for part in parts):
        return NotAdmitted(
            "other-region",
            "Body Part Examined (0018,0015) and Anatomic Region Sequence (0008,2218) name another part of the body "
            f"beside that of {name}",
        )
    if not known.shows(image.view):
        return NotAdmitted(
            "other-view",
            f"{name} was trained on {' and '.join(known.views)} views; by View Position (0018,5101), View Code Sequence"
            " (0054,0220), Image Orientation (0020,0037) or Image Type (0008,0008) this is another one",
        )
    if image.is_colour and not known.colour:
        return NotAdmitted("colour", f"Samples per Pixel (0028,0002): {name} was not trained on pictures in colour")
    youngest, oldest = known.ages_years
    for tag, age in image.ages_years:
        if not youngest <= age < oldest:
            return NotAdmitted("age", f"{tag}: {name} was trained on patients of {known.ages}; this one is not")
    return None
