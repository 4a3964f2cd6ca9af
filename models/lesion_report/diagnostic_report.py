"""A lesion report as FHIR R4 DiagnosticReport, with everything that it refers to contained in it.

Source: HL7 FHIR 4.0.1, DiagnosticReport, Observation, ImagingStudy, Media and Device. Each image is an Observation
whose components are the classes with their probabilities; that of a refused image has the reason instead of a value.
"""

from typing import Final
from uuid import UUID

import orjson

from models.lesion_report import codes
from models.lesion_report.codes import SYSTEMS
from models.lesion_report.fhir_elements import (
    TERMINOLOGY,
    Json,
    absent,
    coded,
    concept_of,
    dicom_identifier,
    filled,
    narrative,
    own_identifier,
    quantity,
)
from models.lesion_report.references import Instance, instance
from models.lesion_report.sentences import REGION, region, sentences, study_sentence
from schemas.imaging import AdditionalFinding, Finding, ImageReport, LesionReport, StudyFinding

PRELIMINARY: Final = "preliminary"
REPLACES: Final = "http://hl7.org/fhir/StructureDefinition/diagnosticReport-replaces"


def diagnostic_report(report: LesionReport) -> bytes:
    """Return the resource as JSON, which depends on the report alone. Raises KeyError for a class without a code."""
    images = list(enumerate(report.images, 1))
    maps = [(number, image.saliency_url) for number, image in images if image.saliency_url is not None]
    several = [finding for finding in report.findings if finding.images > 1]
    resource = filled(
        resourceType="DiagnosticReport",
        id=str(report.id),
        text=narrative(sentences(report)),
        contained=[
            _study(report),
            *_devices(report),
            *(_source(report, number, image) for number, image in images),
            *(_whole(report, finding) for finding in several),
            *(_observation(report, number, image) for number, image in images),
            *(_map(report, number, url) for number, url in maps),
        ],
        extension=[_replaces(one.id) for one in report.replaces[:1]],
        identifier=[own_identifier(report.id)],
        status=PRELIMINARY,
        category=[concept_of(f"{TERMINOLOGY}/v2-0074", "RAD", "Radiology")],
        code=coded(codes.REPORT),
        subject=_subject(report),
        issued=report.time.isoformat(),
        result=[
            *({"reference": f"#{_study_id(finding.model_name)}"} for finding in several),
            *({"reference": f"#image-{number}"} for number, _ in images),
        ],
        imagingStudy=[{"reference": "#study"}],
        media=[
            {"comment": f"Where the model looked in image {number}", "link": {"reference": f"#map-{number}"}}
            for number, _ in maps
        ],
        conclusion="\n".join(sentences(report)),
        presentedForm=_presented(report),
    )
    return orjson.dumps(resource, option=orjson.OPT_INDENT_2)


def _replaces(report_id: UUID) -> Json:
    """Return the extension for a replaced report: R4 has no element for it. It occurs once; the text names the rest."""
    return {"url": REPLACES, "valueReference": {"type": "DiagnosticReport", "identifier": own_identifier(report_id)}}


def _study(report: LesionReport) -> Json:
    series: dict[str, tuple[str, dict[str, Instance]]] = {}
    for image in report.images:
        known = instance(image)
        if known is not None and image.modality is not None:
            _, instances = series.setdefault(known.series_uid, (image.modality, {}))
            instances[known.sop_instance_uid] = known
    return filled(
        resourceType="ImagingStudy",
        id="study",
        identifier=[dicom_identifier(report.study_uid)],
        status="available",
        subject=_subject(report),
        series=[
            {
                "uid": uid,
                "modality": {"system": SYSTEMS["DCM"], "code": modality},
                "instance": [
                    {
                        "uid": one.sop_instance_uid,
                        "sopClass": {"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{one.sop_class_uid}"},
                    }
                    for one in instances.values()
                ],
            }
            for uid, (modality, instances) in series.items()
        ],
    )


def _devices(report: LesionReport) -> list[Json]:
    models = sorted({(image.model_name, str(image.model_version)) for image in report.images if image.model_name})
    return [
        {
            "resourceType": "Device",
            "id": _device_id(name),
            "manufacturer": "Wardwatch",
            "deviceName": [{"name": f"lesion/{name}", "type": "model-name"}],
            "version": [
                {"type": {"text": "model"}, "value": version},
                {"type": {"text": "training data"}, "value": report.provenance.data},
                {"type": {"text": "software"}, "value": report.provenance.software},
            ],
        }
        for name, version in models
    ]


def _source(report: LesionReport, number: int, image: ImageReport) -> Json:
    frame = f", frame {image.frame_number}" if image.frame_number else ""
    return filled(
        resourceType="Media",
        id=f"source-{number}",
        identifier=[dicom_identifier(image.sop_instance_uid)] if image.sop_instance_uid else [],
        status="completed",
        subject=_subject(report),
        content={"contentType": "application/dicom", "url": image.url, "title": f"image {number}{frame}"},
    )


def _map(report: LesionReport, number: int, url: str) -> Json:
    return {
        "resourceType": "Media",
        "id": f"map-{number}",
        "status": "completed",
        "subject": _subject(report),
        "content": {"contentType": "image/png", "url": url, "title": f"saliency map of image {number}"},
        "note": [{"text": REGION}],
    }


def _whole(report: LesionReport, finding: StudyFinding) -> Json:
    """Return what a model says of all its images together, derived from those that carry it."""
    value: Json
    if finding.predicted is None:
        value = {"dataAbsentReason": absent("unknown", "the model abstains: no single class is certain enough")}
    else:
        known = coded(codes.CLASSES[finding.model_name, finding.predicted]) | {"text": finding.predicted}
        value = {"valueCodeableConcept": known}
    return filled(
        resourceType="Observation",
        id=_study_id(finding.model_name),
        status=PRELIMINARY,
        category=[concept_of(f"{TERMINOLOGY}/observation-category", "imaging", "Imaging")],
        code=coded(codes.IMAGING_FINDING),
        subject=_subject(report),
        issued=report.time.isoformat(),
        **value,
        bodySite=coded(codes.SITES[finding.model_name]),
        device={"reference": f"#{_device_id(finding.model_name)}"},
        derivedFrom=[{"reference": f"#source-{number}"} for number in finding.carried_by],
        note=[{"text": study_sentence(finding)}],
        component=[
            {
                "code": {"text": "suspicious"},
                "valueQuantity": quantity(round(finding.suspicious_probability, 4), "probability", "1"),
            }
        ],
    )


def _observation(report: LesionReport, number: int, image: ImageReport) -> Json:
    value: Json
    if image.refusal is not None:
        value = {"dataAbsentReason": absent("not-performed", image.refusal)}
    elif image.predicted is None:
        value = {"dataAbsentReason": absent("unknown", "the model abstains: no single class is certain enough")}
    else:
        value = {"valueCodeableConcept": _class(image, image.predicted)}
    return filled(
        resourceType="Observation",
        id=f"image-{number}",
        status=PRELIMINARY,
        category=[concept_of(f"{TERMINOLOGY}/observation-category", "imaging", "Imaging")],
        code=coded(codes.IMAGING_FINDING),
        subject=_subject(report),
        issued=report.time.isoformat(),
        **value,
        bodySite=_site(image),
        device={"reference": f"#{_device_id(image.model_name)}"} if image.model_name else None,
        derivedFrom=[{"reference": f"#source-{number}"}],
        component=[
            *(_probability(image, finding) for finding in image.findings),
            *(_additional(image, finding) for finding in image.additional_findings),
            *_region(image),
        ],
    )


def _site(image: ImageReport) -> Json | None:
    """Return the site, with the side in words: R4 has no element for it."""
    if image.model_name is None:
        return None
    site = codes.SITES[image.model_name]
    return coded(site) | ({"text": f"{site.meaning}, {image.laterality}"} if image.laterality else {})


def _probability(image: ImageReport, finding: Finding | AdditionalFinding) -> Json:
    return {
        "code": _class(image, finding.label),
        "valueQuantity": quantity(round(finding.probability, 4), "probability", "1"),
    }


def _additional(image: ImageReport, finding: AdditionalFinding) -> Json:
    presence = codes.PRESENT if finding.present else codes.ABSENT
    return _probability(image, finding) | {"interpretation": [coded(presence)]}


def _region(image: ImageReport) -> list[Json]:
    if image.box_px is None:
        return []
    # Without height and width, which would be read as a lesion's
    return [{"code": coded(codes.IMAGE_REGION), "valueString": region(image)}]


def _presented(report: LesionReport) -> list[Json]:
    if report.dicom_sr_url is None:
        return []
    return [{"contentType": "application/dicom", "url": report.dicom_sr_url, "title": "DICOM SR, TID 1500"}]


def _subject(report: LesionReport) -> Json:
    return {"type": "Patient", "identifier": {"type": {"text": "pseudonym"}, "value": report.patient}}


def _class(image: ImageReport, label: str) -> Json:
    return coded(codes.CLASSES[str(image.model_name), label]) | {"text": label}


def _study_id(model_name: str) -> str:
    return f"study-{model_name.replace('_', '-')}"


def _device_id(model_name: str) -> str:
    return f"model-{model_name.replace('_', '-')}"
