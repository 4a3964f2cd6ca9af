"""DICOM identifiers of the images that a document refers to."""

import re
from typing import Final, NamedTuple

from pydicom.uid import RE_VALID_UID

from schemas.imaging import ImageReport

LONGEST_UID: Final = 64  # PS3.5 9.1


class Instance(NamedTuple):
    """The identifiers of one image, all of them well formed."""

    series_uid: str
    sop_class_uid: str
    sop_instance_uid: str


def instance(image: ImageReport) -> Instance | None:
    """Return the identifiers of a judged image; None when its header left one out or malformed."""
    known = (image.series_uid, image.sop_class_uid, image.sop_instance_uid)
    uids = [uid for uid in known if uid is not None and is_uid(uid)]
    return Instance(*uids) if image.refusal is None and len(uids) == len(known) else None


def is_uid(text: str) -> bool:
    """Return whether a text is a UID (PS3.5 9.1). Not by pydicom's UID class, which quotes a wrong one in the log."""
    return len(text) <= LONGEST_UID and re.fullmatch(RE_VALID_UID, text) is not None
