"""Lesion reports made for tests."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from schemas.imaging import AdditionalFinding, Finding, ImageReport, LesionReport, StudyFinding
from schemas.wire import Provenance

STUDY = "1.2.826.0.1.3680043.8.498.1"
SERIES = "1.2.826.0.1.3680043.8.498.9"
FILM = "1.2.840.10008.5.1.4.1.1.1.1"  # Digital X-Ray Image Storage, for presentation
CLIP = "1.2.840.10008.5.1.4.1.1.3.1"  # Ultrasound Multi-frame Image Storage
PHOTOGRAPH = "1.2.840.10008.5.1.4.1.1.77.1.5.1"  # Ophthalmic Photography 8 Bit Image Storage
ID = UUID("7089e31a-bc16-55aa-ab6d-a6570e84fcf4")


def an_image(number: int = 1, **more: Any) -> ImageReport:
    """A film with a salient region in it."""
    values: dict[str, Any] = {
        "url": f"file:///images/{number}.dcm",
        "modality": "DX",
        "series_uid": SERIES,
        "sop_class_uid": FILM,
        "sop_instance_uid": f"{SERIES}.{number}",
        "model_name": "chest_xray",
        "model_version": "v1",
        "findings": (Finding(label="normal", probability=0.0625), Finding(label="pneumonia", probability=0.9375)),
        "predicted": "pneumonia",
        "box_px": (10, 20, 50, 40),
        "box_mm": (20.0, 5.0),
    }
    return ImageReport(**(values | more))


def a_clip(number: int = 1, **more: Any) -> ImageReport:
    """A frame of an ultrasound clip on which the model abstains."""
    values: dict[str, Any] = {
        "modality": "US",
        "sop_class_uid": CLIP,
        "frame_number": 3,
        "model_name": "breast_ultrasound",
        "findings": tuple(
            Finding(label=label, probability=share)
            for label, share in (("benign", 0.5), ("malignant", 0.375), ("normal", 0.125))
        ),
        "predicted": None,
        "abstained": True,
        "box_mm": None,
    }
    return an_image(number, **(values | more))


def an_eye(number: int = 1, *, oedema: bool = True, **more: Any) -> ImageReport:
    """A photograph of a retina with moderate retinopathy."""
    shares = {"grade_0": 0.0625, "grade_1": 0.125, "grade_2": 0.5, "grade_3": 0.25, "grade_4": 0.0625}
    values: dict[str, Any] = {
        "modality": "OP",
        "laterality": "right",
        "sop_class_uid": PHOTOGRAPH,
        "model_name": "fundus",
        "findings": tuple(Finding(label=label, probability=share) for label, share in shares.items()),
        "predicted": "grade_2",
        "additional_findings": (AdditionalFinding(label="macular_oedema", probability=0.75, present=oedema),),
        "box_mm": None,
    }
    return an_image(number, **(values | more))


def a_volume(slices: int = 300, carried_by: tuple[int, ...] = (7, 8), **more: Any) -> LesionReport:
    """A report on a series of MRI, some slices of which carry a glioma."""
    shares = {"glioma": 0.9375, "meningioma": 0.0625, "no_tumour": 0.0, "pituitary": 0.0}
    findings = tuple(Finding(label=label, probability=share) for label, share in shares.items())
    images = [
        an_image(number, modality="MR", model_name="brain_mri", findings=findings, predicted="glioma", box_mm=None)
        for number in range(1, slices + 1)
    ]
    whole = StudyFinding(
        model_name="brain_mri",
        predicted="glioma",
        suspicious_probability=0.75,
        suspicious=bool(carried_by),
        images=slices,
        carried_by=carried_by,
    )
    return a_report(*images, findings=(whole,), model_name="brain_mri", **more)


def refused(number: int = 1) -> ImageReport:
    """An image that could not be read."""
    return ImageReport(url=f"file:///images/{number}.dcm", refusal="the file holds no picture")


def a_report(*images: ImageReport, **more: Any) -> LesionReport:
    """A report on these images, or on one film."""
    values: dict[str, Any] = {
        "id": ID,
        "patient": "p-17",
        "time": datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC),
        "study_uid": STUDY,
        "model_name": "chest_xray",
        "priority": "urgent",
        "suspicious_probability": 0.9375,
        "images": images or (an_image(),),
        "provenance": Provenance(software="1.0", model="lesion/chest_xray/v1", rule="lesion/abc", data="d1"),
    }
    return LesionReport(**(values | more))
