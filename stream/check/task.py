"""What a reading process is asked to do."""

from dataclasses import dataclass

from models.lesion.dicom import Limits


@dataclass(frozen=True)
class Task:
    """One image to read, and what the event said of it."""

    data: bytes
    study_uid: str
    sop_instance_uid: str | None
    modality: str | None  # where the file is silent; the file has the last word
    body_part: str | None
    limits: Limits
    overlay: bool  # draw the saliency map over the image
