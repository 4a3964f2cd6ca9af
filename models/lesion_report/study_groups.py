"""What a model says of many images together, as one measurement group of a DICOM SR: TID 1501 (PS3.16)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from highdicom import sr

from models.lesion_report import codes
from models.lesion_report.content_items import MAKER, coded, comment, unique
from models.lesion_report.prepared import encode_item
from models.lesion_report.references import Instance
from models.lesion_report.sentences import study_sentence
from schemas.imaging import ImageReport, StudyFinding


def study_group(
    report_id: UUID, finding: StudyFinding, images: Mapping[int, tuple[ImageReport, Instance]], version: str
) -> bytes:
    """Return the group as an encoded item; `images` are those that have identifiers, by their number in the report.

    It refers to the images that carry the finding. Raises KeyError for a class without a code.
    """
    model = finding.model_name
    likely = finding.suspicious_probability if finding.suspicious else 1 - finding.suspicious_probability
    said: dict[str, Any] = {}
    if finding.predicted is not None:
        said["finding_type"] = coded(codes.CLASSES[model, finding.predicted])
    group = sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(
            uid=unique(report_id, f"study|{model}"), identifier=f"study, {model}"
        ),
        finding_sites=[sr.FindingSite(coded(codes.SITES[model]))],
        algorithm_id=sr.AlgorithmIdentification(name=f"lesion/{model}", version=version, manufacturer=MAKER),
        qualitative_evaluations=[sr.QualitativeEvaluation(coded(codes.PRESENCE), coded(_presence(finding)))],
        measurements=[
            sr.Measurement(name=coded(codes.CERTAINTY), value=round(100 * likely, 2), unit=coded(codes.PERCENT))
        ],
        source_images=[
            sr.SourceImageForMeasurementGroup(
                known.sop_class_uid, known.sop_instance_uid, [image.frame_number] if image.frame_number else None
            )
            for image, known in (images[number] for number in finding.carried_by if number in images)
        ]
        or None,
        **said,
    )[0]
    group.ContentSequence.append(comment(study_sentence(finding)))
    return encode_item(group)


def _presence(finding: StudyFinding) -> codes.Coded:
    return codes.INDETERMINATE if finding.predicted is None else codes.PRESENT
