"""The findings on an image as measurement groups of a DICOM SR: TID 1501, or TID 1410 where there is a region.

Each class is a group: the class, whether it is present, the model's certainty, and for the most probable one the
salient region. Source: DICOM PS3.16, TID 1501, 1410, 300 and 4019.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import numpy as np
from highdicom import sr

from models.lesion_report import codes
from models.lesion_report.codes import Coded
from models.lesion_report.content_items import MAKER, coded, comment, unique
from models.lesion_report.references import Instance
from models.lesion_report.sentences import REGION
from schemas.imaging import Finding, ImageReport


def measurement_groups(report_id: UUID, number: int, image: ImageReport, known: Instance) -> Iterator[Any]:
    """Yield the groups of one image, the most probable class first; `number` is its place in the report, from 1."""
    reference = (known.sop_class_uid, known.sop_instance_uid, [image.frame_number] if image.frame_number else None)
    model = str(image.model_name)
    for rank, finding in enumerate(sorted(image.findings, key=lambda finding: -finding.probability)):
        said: dict[str, Any] = {
            "tracking_identifier": sr.TrackingIdentifier(
                uid=unique(report_id, f"{known.sop_instance_uid}|{finding.label}"),
                identifier=f"image {number}, {finding.label}",
            ),
            "finding_type": coded(codes.CLASSES[model, finding.label]),
            "finding_sites": [sr.FindingSite(coded(codes.SITES[model]))],
            "algorithm_id": sr.AlgorithmIdentification(
                name=f"lesion/{model}", version=str(image.model_version), manufacturer=MAKER
            ),
            "qualitative_evaluations": [
                sr.QualitativeEvaluation(coded(codes.PRESENCE), coded(_presence(image, finding)))
            ],
        }
        certainty = sr.Measurement(
            name=coded(codes.CERTAINTY), value=round(100 * finding.probability, 2), unit=coded(codes.PERCENT)
        )
        if rank == 0 and image.box_px is not None:
            group = sr.PlanarROIMeasurementsAndQualitativeEvaluations(
                **said,
                method=coded(codes.SALIENCY),
                measurements=[certainty],  # and no height and width: those would be read as a lesion's
                referenced_region=sr.ImageRegion(
                    graphic_type=sr.GraphicTypeValues.POLYLINE,
                    graphic_data=_outline(image.box_px),
                    source_image=sr.SourceImageForRegion(*reference),
                ),
            )
            group[0].ContentSequence.append(comment(REGION))
        else:
            group = sr.MeasurementsAndQualitativeEvaluations(
                **said, measurements=[certainty], source_images=[sr.SourceImageForMeasurementGroup(*reference)]
            )
        yield group


def _presence(image: ImageReport, finding: Finding) -> Coded:
    """Return absent where the model predicted another class, and indeterminate where it abstained."""
    if image.predicted is None:
        return codes.INDETERMINATE
    return codes.PRESENT if finding.label == image.predicted else codes.ABSENT


def _outline(box: tuple[int, int, int, int]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the closed rectangle, [5, 2] of column and row; the first pixel's outer corner is 0 (PS3.3 C.18.6.1.1)."""
    row0, column0, row1, column1 = box
    corners = ((column0, row0), (column1, row0), (column1, row1), (column0, row1), (column0, row0))
    return np.array(corners, dtype=np.float64)
