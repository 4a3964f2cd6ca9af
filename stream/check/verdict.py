"""The verdict on one image: a refusal, or a model's result."""

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from pydantic import ConfigDict

from schemas.imaging import AdditionalFinding, Finding, NotJudged


@dataclass(frozen=True)
class Refusal:
    """Why an image was not judged; stands in the report. Contains nothing about the patient."""

    reason: str  # code for counting
    sentence: str  # sentence for readers
    frames: int | None = None  # how many the file has, in a file of several that could be read


@dataclass(frozen=True)
class Judged:
    """A model's result for an image."""

    __pydantic_config__: ClassVar = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", allow_inf_nan=False)

    model_name: str
    model_version: str
    data_version: str
    findings: tuple[Finding, ...]
    predicted: str | None
    abstained: bool
    suspicious_probability: float
    suspicious: bool  # at or above the model's own threshold, or something else is present that calls for attention
    box_px: tuple[int, int, int, int] | None  # row0, column0, row1, column1; the ends excluded
    pixel_spacing_mm: tuple[float, float] | None  # between rows, between columns
    modality: str | None  # from the file, or else from the event
    series_uid: str | None  # this and the following from the file
    sop_class_uid: str | None
    sop_instance_uid: str | None
    frame_number: int | None  # counted from 1; None in a file of one
    overlay_png: bytes | None  # saliency map drawn over the image
    frames: int | None = None  # how many frames the file has; None in a file of one
    frames_judged: int | None = None
    frames_not_judged: tuple[NotJudged, ...] = ()
    additional: tuple[AdditionalFinding, ...] = ()
    laterality: Literal["left", "right"] | None = None  # from the file
    frame_suspicions: tuple[float, ...] = ()  # the suspicious probabilities of all frames judged; of one frame, empty


Verdict = Refusal | Judged

MEMORY: Final = Refusal("memory", "the image could not be read in the memory that one image may take")
