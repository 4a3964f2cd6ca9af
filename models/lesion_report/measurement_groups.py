"""The findings on an image as measurement groups of a DICOM SR: TID 1501, or TID 1410 where there is a region.

Each class is a group: the class, whether it is present, the model's certainty, and for the most probable one the
salient region. Source: DICOM PS3.16, TID 1501, 1410, 300 and 4019.
"""

import struct
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import numpy as np
from highdicom import sr
from pydicom.valuerep import DSfloat

from models.lesion_report import codes
from models.lesion_report.codes import Coded
from models.lesion_report.content_items import MAKER, coded, comment, unique
from models.lesion_report.prepared import Prepared, Slot, prepare
from models.lesion_report.references import Instance
from models.lesion_report.sentences import REGION
from schemas.imaging import AdditionalFinding, Finding, ImageReport


class _Kind(NamedTuple):
    """Everything about a group that few values are possible of, so that it is built once for each."""

    model: str
    version: str
    label: str
    presence: Coded
    has_region: bool
    has_frame: bool
    sop_class_uid: str
    laterality: Literal["left", "right"] | None


_SLOTS: Final = {
    "identifier": Slot(0x0040A160, "UT", b"image 0, none"),
    "tracking": Slot(0x0040A124, "UI", b"1.2.3"),
    "certainty": Slot(0x0040A161, "FD", struct.pack("<d", 12.34)),
    "certainty_text": Slot(0x0040A30A, "DS", b"12.34"),
    "instance": Slot(0x00081155, "UI", b"1.2.5"),
}
_REGION_SLOT: Final = Slot(0x00700022, "FL", struct.pack("<10f", 1, 0, 1, 0, 1, 2, 1, 2, 1, 0))  # of the box below
_BOX: Final = (0, 1, 2, 1)
_FRAME_SLOT: Final = Slot(0x00081160, "IS", b"77")


def measurement_groups(report_id: UUID, number: int, image: ImageReport, known: Instance) -> Iterator[bytes]:
    """Yield the groups of one image as encoded items, the most probable class first, what is beside the classes last.

    `number` is the image's place in the report, from 1. Raises KeyError for a class without a code.
    """
    ranked: list[Finding | AdditionalFinding] = sorted(image.findings, key=lambda finding: -finding.probability)
    for rank, finding in enumerate([*ranked, *image.additional_findings]):
        box = image.box_px if rank == 0 else None
        kind = _Kind(
            str(image.model_name),
            str(image.model_version),
            finding.label,
            _presence(image, finding),
            box is not None,
            image.frame_number is not None,
            known.sop_class_uid,
            image.laterality,
        )
        certainty = round(100 * finding.probability, 2)
        values = {
            "identifier": f"image {number}, {finding.label}".encode(),
            "tracking": unique(report_id, f"{known.sop_instance_uid}|{finding.label}").encode(),
            "certainty": struct.pack("<d", certainty),
            "certainty_text": str(DSfloat(certainty, auto_format=True)).encode(),
            "instance": known.sop_instance_uid.encode(),
            "frame": str(image.frame_number).encode(),
        }
        if box is not None:
            values["region"] = _outline(box).astype("<f4").tobytes()
        yield _prepared(kind).filled(values)


@lru_cache(maxsize=256)
def _prepared(kind: _Kind) -> Prepared:
    slots = dict(_SLOTS)
    if kind.has_region:
        slots["region"] = _REGION_SLOT
    if kind.has_frame:
        slots["frame"] = _FRAME_SLOT
    return prepare(_group(kind, slots)[0], slots)


def _group(kind: _Kind, slots: Mapping[str, Slot]) -> Any:  # noqa: ANN401 - highdicom is untyped at our door
    """Return the group with stand-ins for what is filled in."""
    said: dict[str, Any] = {
        "tracking_identifier": sr.TrackingIdentifier(
            uid=slots["tracking"].stand_in.decode(), identifier=slots["identifier"].stand_in.decode()
        ),
        "finding_type": coded(codes.CLASSES[kind.model, kind.label]),
        "finding_sites": [_site(kind)],
        "algorithm_id": sr.AlgorithmIdentification(
            name=f"lesion/{kind.model}", version=kind.version, manufacturer=MAKER
        ),
        "qualitative_evaluations": [sr.QualitativeEvaluation(coded(codes.PRESENCE), coded(kind.presence))],
        "measurements": [
            sr.Measurement(
                name=coded(codes.CERTAINTY),
                value=float(slots["certainty_text"].stand_in),
                unit=coded(codes.PERCENT),
            )
        ],
    }
    frames = [int(slots["frame"].stand_in)] if kind.has_frame else None
    reference = (kind.sop_class_uid, slots["instance"].stand_in.decode(), frames)
    if not kind.has_region:
        return sr.MeasurementsAndQualitativeEvaluations(
            **said, source_images=[sr.SourceImageForMeasurementGroup(*reference)]
        )
    group = sr.PlanarROIMeasurementsAndQualitativeEvaluations(  # no height and width: those would be read as a lesion's
        **said,
        method=coded(codes.SALIENCY),
        referenced_region=sr.ImageRegion(
            graphic_type=sr.GraphicTypeValues.POLYLINE,
            graphic_data=_outline(_BOX),
            source_image=sr.SourceImageForRegion(*reference),
        ),
    )
    group[0].ContentSequence.append(comment(REGION))
    return group


def _site(kind: _Kind) -> Any:  # noqa: ANN401 - see above
    side = None if kind.laterality is None else coded(codes.SIDES[kind.laterality])
    return sr.FindingSite(coded(codes.SITES[kind.model]), laterality=side)


def _presence(image: ImageReport, finding: Finding | AdditionalFinding) -> Coded:
    """Return absent where the model predicted another class, and indeterminate where it abstained."""
    if isinstance(finding, AdditionalFinding):
        return codes.PRESENT if finding.present else codes.ABSENT
    if image.predicted is None:
        return codes.INDETERMINATE
    return codes.PRESENT if finding.label == image.predicted else codes.ABSENT


def _outline(box: tuple[int, int, int, int]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the closed rectangle, [5, 2] of column and row; the first pixel's outer corner is 0 (PS3.3 C.18.6.1.1)."""
    row0, column0, row1, column1 = box
    corners = ((column0, row0), (column1, row0), (column1, row1), (column0, row1), (column0, row0))
    return np.array(corners, dtype=np.float64)
