"""The input of the sandboxed process."""

from dataclasses import dataclass

from models.lesion.dicom import Limits


@dataclass(frozen=True)
class Task:
    """One image to read, with what its announcement says about it."""

    data: bytes
    study_uid: str
    sop_instance_uid: str | None
    modality: str | None  # used where the file states none
    body_part: str | None
    limits: Limits
    overlay: bool  # draw the saliency map over the image
