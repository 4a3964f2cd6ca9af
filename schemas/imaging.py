"""Imaging: the archive announces images, the check path reports what its models see in them."""

from typing import Final, Literal
from uuid import UUID

from pydantic import Field

from schemas.wire import Code, Instant, Provenance, Pseudonym, Wire

_MODEL: Final = (
    "The image set that the model was trained on: brain_mri, chest_ct, breast_ultrasound, chest_xray or fundus"
)


class ImageReference(Wire):
    """Where one DICOM instance can be fetched. Images never travel through Kafka."""

    url: str = Field(
        max_length=2048,
        description="Where the DICOM file is: file:// below one of the folders in WARDWATCH_IMAGE_ROOTS, or "
        "http(s):// at one of the hosts in WARDWATCH_IMAGE_HOSTS, also as DICOMweb multipart. Anything else is "
        "refused. A colour photograph of a retina may be a JPEG or PNG file, where the announcement's modality is OP.",
    )
    sop_instance_uid: Code | None = Field(
        default=None, description="SOP Instance UID (0008,0018). A file with another one is refused."
    )
    sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of the file in lower-case hexadecimal. A file with another one is refused. Another "
        "one than was announced before means a corrected file, which is judged anew.",
    )


class ImagingReady(Wire):
    """Instances of one study that can be fetched now.

    Announcing the same instances again makes no second report, unless a hash tells that a file has changed.
    """

    patient: Pseudonym
    time: Instant = Field(
        description="When the instances became ready, in ISO 8601 with a time zone. It becomes the report's time."
    )
    study_uid: Code = Field(description="Study Instance UID (0020,000D). A file of another study is refused.")
    series_uid: Code | None = Field(
        default=None, description="Series Instance UID (0020,000E), where all instances are of one series."
    )
    modality: Code | None = Field(
        default=None, description="Modality (0008,0060), e.g. CT. It counts where the file states none."
    )
    body_part: Code | None = Field(
        default=None, description="Body Part Examined (0018,0015), e.g. CHEST. It counts where the file states none."
    )
    images: tuple[ImageReference, ...] = Field(
        min_length=1,
        max_length=10_000,
        description="The instances; each is judged by itself. Of many there is a report on each part; see `parts`.",
    )
    source: Code | None = Field(
        default=None,
        description="What told the sender, e.g. ian (Instance Availability Notification), stable-study (Orthanc), "
        "fhir, replay. Kept for readers.",
    )


class ImagingOrder(Wire):
    """An order of an imaging procedure, as its placer or the radiology department says it.

    Of the records with the same `order` and `procedure_code` the newest by `time` counts, in whatever order they
    arrive; of two with the same time, the later arrival.
    """

    patient: Pseudonym
    time: Instant = Field(description="When the order was placed, changed or cancelled. ISO 8601 with a time zone.")
    order: Code = Field(
        description="The order's identifier: the same in all records of one order. It must not name the patient."
    )
    status: Literal["ordered", "on-hold", "in-progress", "completed", "cancelled"] = Field(
        description="`ordered`: placed or changed, and not begun; `on-hold`: not to be begun; `in-progress`: begun; "
        "`completed`: the images are taken; `cancelled`: nobody shall begin it, or go on."
    )
    priority: Literal["stat", "asap", "urgent", "routine"] | None = Field(
        default=None,
        description="How soon, in the words of FHIR, the first before all others. Absent where the order does not say.",
    )
    procedure: Code | None = Field(default=None, description="What is to be done, as the order names it.")
    procedure_code: Code | None = Field(
        default=None, description="Code of the procedure in `procedure_code_system`, e.g. 71046 or 30799-1."
    )
    procedure_code_system: Code | None = Field(
        default=None, description="The system of that code as the order names it, e.g. CPT or LN. Absent: not said."
    )
    modality: Code | None = Field(
        default=None, description="Modality in the terms of DICOM (0008,0060), e.g. CT. Absent where several may do."
    )
    body_part: Code | None = Field(
        default=None,
        description="Body part in the terms of DICOM (0018,0015), e.g. CHEST, as the order or its procedure's name "
        "says. Where no such term is known, the order's own code.",
    )
    laterality: Literal["left", "right", "both"] | None = Field(
        default=None, description="Side of the body. Absent where the order names none."
    )
    accession: Code | None = Field(
        default=None,
        description="Stands for the accession number, the same in all records with that number. It must not be the "
        "number itself.",
    )
    study_uid: Code | None = Field(
        default=None, description="Study Instance UID (0020,000D) that the images will have, where it is known."
    )
    scheduled_at: Instant | None = Field(default=None, description="When it is to be done. ISO 8601 with a time zone.")


class Finding(Wire):
    """One class of the model and its probability."""

    label: Code = Field(description="The class, e.g. pneumonia or normal.")
    probability: float = Field(ge=0, le=1, description="Calibrated probability, 0 to 1; those of all classes sum to 1.")


class AdditionalFinding(Wire):
    """Something that may be there whatever the class, with a probability of its own."""

    label: Code = Field(description="What it is; of a photograph of the retina macular_oedema.")
    probability: float = Field(ge=0, le=1, description="Calibrated probability, 0 to 1.")
    present: bool = Field(description="True if the probability is at or above the model's own threshold.")


class NotJudged(Wire):
    """How many instances or frames were not judged for one reason."""

    reason: str = Field(description="Why, in one English sentence.")
    count: int = Field(ge=1, description="How many.")


class ImageReport(Wire):
    """What the model says of one instance, or why it says nothing."""

    url: str = Field(description="Where the instance was announced to be.")
    modality: Code | None = Field(
        default=None, description="Modality of what was judged: the file's, else the announcement's."
    )
    laterality: Literal["left", "right"] | None = Field(
        default=None, description="Side of the body as the file says. Absent where it states none, or both."
    )
    series_uid: Code | None = Field(default=None, description="Series Instance UID as the file says.")
    sop_class_uid: Code | None = Field(default=None, description="SOP Class UID as the file says.")
    sop_instance_uid: Code | None = Field(
        default=None, description="SOP Instance UID as the file says, else as it was announced."
    )
    frame_number: int | None = Field(
        default=None,
        ge=1,
        description="In a file of several the frame that all this is about, the most suspicious of those that were "
        "judged; the first one is 1.",
    )
    frames: int | None = Field(
        default=None, ge=2, description="How many frames the file has. Absent where it has one, or was not read."
    )
    frames_judged: int | None = Field(
        default=None, ge=0, description="How many of these frames the model judged. Absent where `frames` is."
    )
    frames_not_judged: tuple[NotJudged, ...] = Field(
        default=(), description="Why the other frames were not judged, the commonest reason first."
    )
    model_name: Code | None = Field(default=None, description=f"{_MODEL}.")
    model_version: Code | None = Field(default=None, description="Version of the model's weights.")
    refusal: str | None = Field(
        default=None, description="Why this instance was not judged, in one English sentence. `findings` is empty then."
    )
    findings: tuple[Finding, ...] = Field(default=(), description="All classes of the model with their probabilities.")
    predicted: Code | None = Field(
        default=None,
        description="The most probable class; of the grades of retinopathy the mean, rounded. Absent where the model "
        "abstained or refused.",
    )
    additional_findings: tuple[AdditionalFinding, ...] = Field(
        default=(), description="What the model was asked beside the classes. Empty for models with classes alone."
    )
    abstained: bool = Field(default=False, description="True if the model cannot tell its classes apart in this image.")
    box_px: tuple[int, int, int, int] | None = Field(
        default=None,
        description="Bounding box of what spoke most for the most probable class, in pixels of the image: first row, "
        "first column, row after the last, column after the last, each counted from 0. Not an outline of a lesion. "
        "Absent where that class is the normal one.",
    )
    box_mm: tuple[float, float] | None = Field(
        default=None,
        description="Height and width of that box in mm: of where the model looked, not the size of a lesion. Absent "
        "where the file has no pixel spacing that holds in the patient.",
    )
    pixel_spacing_mm: tuple[float, float] | None = Field(
        default=None, description="Distance between rows and between columns in the patient in mm, where it is known."
    )
    saliency_url: str | None = Field(
        default=None,
        description="Where the saliency map (PNG) lies, drawn over the image. Absent where none is kept, and where the "
        "most probable class is normal.",
    )


class StudyFinding(Wire):
    """What one model says of all the images of a study that it judged."""

    model_name: Code = Field(description=f"{_MODEL}.")
    predicted: Code | None = Field(
        default=None,
        description="The class that is named in most of the images in `carried_by`, or of all where none carries it. "
        "Absent where the model abstained in most.",
    )
    suspicious_probability: float = Field(
        ge=0,
        le=1,
        description="Probability that the study shows a class that calls for attention, 0 to 1. Of slices (brain_mri, "
        "chest_ct) its odds are the mean of their odds, so that many slices alone make nothing suspicious; of other "
        "images and frames it is the highest of any.",
    )
    suspicious: bool = Field(
        description="True if the probability of several slices is 0.5 or more; else, if any image is suspicious by the "
        "model's own threshold."
    )
    images: int = Field(ge=1, description="How many images the model judged.")
    carried_by: tuple[int, ...] = Field(
        default=(),
        description="Of a suspicious study the images that are so by themselves, as numbers in `images` of the report "
        "counted from 1, the most suspicious first; a hundred at most.",
    )


class Replaced(Wire):
    """An earlier report on the same study, all of whose instances the newer one covers."""

    id: UUID = Field(description="`id` of the earlier report.")
    dicom_sr: bool = Field(description="True if a DICOM SR of the earlier report was written.")


class LesionReport(Wire):
    """A preliminary report on a study, made by a program. A radiologist signs the final one."""

    id: UUID = Field(description="Identifier of the report: the same instances, files and models have the same one.")
    patient: Pseudonym
    time: Instant = Field(description="When the instances became ready, as announced.")
    study_uid: Code = Field(description="Study Instance UID.")
    series_uid: Code | None = Field(default=None, description="Series Instance UID, where it was announced.")
    part: int | None = Field(
        default=None, ge=1, description="Of a study too large for one report: which of its `parts` this one is."
    )
    parts: int | None = Field(
        default=None, ge=2, description="How many reports there are on one announcement. Absent where there is one."
    )
    status: Literal["preliminary"] = Field(
        default="preliminary", description="Always `preliminary`: nobody has verified it."
    )
    model_name: Code | None = Field(
        default=None, description=f"{_MODEL}; several are joined by +. Absent if all instances were refused."
    )
    priority: Literal["routine", "urgent", "not-assessed"] = Field(
        description="For the worklist of whoever reads the study: `urgent` if a model calls the study suspicious, "
        "`not-assessed` if no instance was judged, so that nothing follows for the worklist."
    )
    frames: int | None = Field(
        default=None, ge=0, description="How many frames the instances have together, as far as they could be read."
    )
    frames_judged: int | None = Field(default=None, ge=0, description="How many of these frames were judged.")
    instances_judged: int | None = Field(default=None, ge=0, description="How many of `images` were judged.")
    not_judged: tuple[NotJudged, ...] = Field(
        default=(), description="Why the other instances were not judged, the commonest reason first."
    )
    suspicious_probability: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Probability that the study shows a class that calls for attention, 0 to 1: the highest of "
        "`findings`.",
    )
    findings: tuple[StudyFinding, ...] = Field(default=(), description="What each model says of the study as a whole.")
    images: tuple[ImageReport, ...] = Field(description="One entry for each announced instance.")
    replaces: tuple[Replaced, ...] = Field(
        default=(), description="Earlier reports on this study that no longer hold, the newest first."
    )
    fhir_url: str | None = Field(
        default=None, description="Where the same report lies as FHIR R4 DiagnosticReport. Absent if none is kept."
    )
    dicom_sr_url: str | None = Field(
        default=None, description="Where the same report lies as DICOM SR (TID 1500). Absent if none is kept."
    )
    dicom_sr_missing: str | None = Field(
        default=None, description="Why there is no DICOM SR, in one English sentence, where one was to be written."
    )
    provenance: Provenance
