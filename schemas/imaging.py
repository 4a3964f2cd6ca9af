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
    modality: Code | None = Field(default=None, description="of what was judged; the file's, else the event's")
    series_uid: Code | None = Field(default=None, description="as the file says")
    sop_class_uid: Code | None = Field(default=None, description="as the file says")
    sop_instance_uid: Code | None = None
    frame_number: int | None = Field(default=None, ge=1, description="the one that was judged, of a file of several")
    model_name: Code | None = Field(default=None, description="the image set that the model knows")
    model_version: Code | None = None
    refusal: str | None = Field(default=None, description="why this image was not judged; findings are empty then")
    findings: tuple[Finding, ...] = ()
    predicted: Code | None = None
    abstained: bool = False
    box_px: tuple[int, int, int, int] | None = Field(default=None, description="row0, column0, row1, column1")
    box_mm: tuple[float, float] | None = Field(default=None, description="height, width; None without pixel spacing")
    saliency_url: str | None = None


class Replaced(Wire):
    """An earlier report on the same study whose instances the newer one covers."""

    id: UUID
    dicom_sr: bool = Field(description="whether there is a DICOM SR of it")


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
    replaces: tuple[Replaced, ...] = Field(default=(), description="the newest first")
    fhir_url: str | None = Field(default=None, description="the same as FHIR R4 DiagnosticReport; None if none is kept")
    dicom_sr_url: str | None = Field(default=None, description="the same as DICOM SR, TID 1500")
    dicom_sr_missing: str | None = Field(default=None, description="why there is no DICOM SR")
    provenance: Provenance
