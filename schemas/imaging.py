"""Imaging: the archive says that images are ready; the check path reports what it saw."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.wire import Code, Instant, Provenance, Pseudonym, Wire

Probability = Field(ge=0, le=1)


class ImageReference(Wire):
    """Where one instance can be fetched; images never ride on Kafka."""

    url: str = Field(max_length=2048, description="file:// below an allowed root, or http(s):// at an allowed host")
    sop_instance_uid: Code | None = None
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")


class ImagingReady(Wire):
    """The instances of a study that can be fetched now."""

    patient: Pseudonym
    time: Instant
    study_uid: Code
    series_uid: Code | None = None
    modality: Code | None = Field(default=None, description="what the archive says; the file has the last word")
    body_part: Code | None = None
    images: tuple[ImageReference, ...] = Field(min_length=1, max_length=1000)
    source: Code | None = Field(default=None, description="what told us: ian, stable-study, fhir, replay")


class Finding(Wire):
    """One class of the model and its calibrated probability."""

    label: Code
    probability: float = Probability


class ImageReport(Wire):
    """What the model says of one instance, or why it says nothing."""

    url: str
    sop_instance_uid: Code | None = None
    refusal: str | None = Field(default=None, description="why this image was not judged; findings are empty then")
    findings: tuple[Finding, ...] = ()
    predicted: Code | None = None
    abstained: bool = False
    box_px: tuple[int, int, int, int] | None = Field(default=None, description="row0, column0, row1, column1")
    box_mm: tuple[float, float] | None = Field(default=None, description="height, width; None without pixel spacing")
    saliency_url: str | None = None


class LesionReport(Wire):
    """A preliminary report on a study; a human signs the final one."""

    id: UUID
    patient: Pseudonym
    time: Instant
    study_uid: Code
    series_uid: Code | None = None
    status: Literal["preliminary"] = "preliminary"
    model_name: Code | None = Field(default=None, description="the image set the model knows; None if all were refused")
    priority: Literal["routine", "urgent"] = Field(description="for the worklist")
    suspicious_probability: float | None = Field(default=None, ge=0, le=1)
    images: tuple[ImageReport, ...]
    provenance: Provenance
