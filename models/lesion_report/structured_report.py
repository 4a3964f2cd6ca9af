"""A lesion report as DICOM Structured Report: TID 1500, Measurement Report, of the Comprehensive SR SOP class.

The content is built by highdicom's templates; the document round it is ours, since highdicom's copies the content four
times. Sources: DICOM PS3.3 A.35.3 (the modules of the IOD) and PS3.16, TID 1500.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC
from functools import lru_cache
from io import BytesIO
from typing import Any, Final, NamedTuple
from uuid import UUID

from highdicom import sr
from pydicom import Dataset, FileDataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ComprehensiveSRStorage, ExplicitVRLittleEndian

from models.lesion_report import codes
from models.lesion_report.content_items import MAKER, as_uid, coded, comment, unique
from models.lesion_report.measurement_groups import measurement_groups
from models.lesion_report.prepared import Slot, encode_item, encode_sequence, prepare
from models.lesion_report.references import Instance, instance, is_uid
from models.lesion_report.sentences import (
    NOTICE,
    WHOLE_FROM,
    extent,
    image_sentence,
    replacements,
    study_sentence,
)
from models.lesion_report.study_groups import study_group
from schemas.identity import NAMESPACE
from schemas.imaging import ImageReport, LesionReport

MODEL: Final = "lesion check"
SERIES_NUMBER: Final = 9001  # far from an archive's own; our choice
_CONTENT: Final = 0x0040A730  # Content Sequence, the last element of a document and of a container
_TEXT: Final = Slot(0x0040A160, "UT", b"a remark")
_REMARK: Final = prepare(comment(_TEXT.stand_in.decode()), {"text": _TEXT})


def structured_report(report: LesionReport) -> bytes | None:
    """Return the DICOM file; None when no judged image has identifiers, since an SR must refer to one.

    It depends on the report alone: its UIDs are derived from the report's id, its times are the report's. Of the
    patient it contains the pseudonym, of the images only their identifiers. Raises KeyError for a class without a code.
    """
    judged = [(n, image, known) for n, image in enumerate(report.images, 1) if (known := instance(image)) is not None]
    if not judged or not is_uid(report.study_uid):
        return None
    document = _document(report)
    document.CurrentRequestedProcedureEvidenceSequence = [_evidence(report.study_uid, [known for *_, known in judged])]
    if earlier := [sr_of(one.id) for one in report.replaces if one.dicom_sr]:
        document.PredecessorDocumentsSequence = [_evidence(report.study_uid, earlier)]
    frame = _content_frame(report.provenance.software)
    document.update(frame.root)
    groups = b"".join(_groups(report, judged))
    measured = encode_item(frame.measurements, encode_sequence(_CONTENT, groups))
    remarks = b"".join(_REMARK.filled({"text": text.encode()}) for text in _remarks(report))
    out = BytesIO()
    document.save_as(out, enforce_file_format=True)
    return out.getvalue() + encode_sequence(_CONTENT, frame.context + measured + remarks)


def _groups(report: LesionReport, judged: Sequence[tuple[int, ImageReport, Instance]]) -> Iterator[bytes]:
    """Yield one group for each model that judged many images, and the groups of each other image."""
    many = [finding for finding in report.findings if finding.images >= WHOLE_FROM]
    names = {finding.model_name for finding in many}
    for finding in many:
        own = {number: (image, known) for number, image, known in judged if image.model_name == finding.model_name}
        if own:
            version = str(next(iter(own.values()))[0].model_version)
            yield study_group(report.id, finding, own, version)
    for number, image, known in judged:
        if image.model_name not in names:
            yield from measurement_groups(report.id, number, image, known)


class _ContentFrame(NamedTuple):
    """What surrounds the measurement groups: the root of the content, its first items, and the groups' container."""

    root: Dataset
    context: bytes
    measurements: Dataset


@lru_cache(maxsize=4)
def _content_frame(software: str) -> _ContentFrame:
    none = sr.TrackingIdentifier(uid=unique(NAMESPACE, "no group"), identifier="none")
    content = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=_observer(software)),
        procedure_reported=coded(codes.PROCEDURE),
        imaging_measurements=[sr.MeasurementsAndQualitativeEvaluations(none)],  # the template demands one
    )
    *context, measurements = content[0].ContentSequence
    root = Dataset()
    root.update({element.tag: element for element in content[0] if element.tag != _CONTENT})
    del measurements.ContentSequence
    return _ContentFrame(root, b"".join(encode_item(item) for item in context), measurements)


def sr_of(report_id: UUID) -> Instance:
    """Return the identifiers of a report's DICOM SR, which are derived from the report's id."""
    return Instance(unique(report_id, "series"), ComprehensiveSRStorage, as_uid(report_id))


def _document(report: LesionReport) -> FileDataset:
    """Return the document without its content: patient, times, device, and that it is unverified."""
    meta = FileMetaDataset()
    own = sr_of(report.id)
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(own.sop_class_uid), UID(own.sop_instance_uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    document = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    document.SOPClassUID, document.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    document.SpecificCharacterSet = "ISO_IR 192"
    document.PatientID = report.patient
    document.PatientName = document.PatientBirthDate = document.PatientSex = ""
    document.PatientIdentityRemoved, document.DeidentificationMethod = "YES", "Made from a pseudonym and UIDs alone"
    document.StudyInstanceUID = report.study_uid
    document.StudyDate = document.StudyTime = document.StudyID = ""
    document.AccessionNumber = document.ReferringPhysicianName = ""
    document.Modality, document.SeriesInstanceUID = "SR", own.series_uid
    document.SeriesNumber, document.InstanceNumber = SERIES_NUMBER, 1
    document.SeriesDescription, document.ContentQualification = "Preliminary, not for clinical use", "RESEARCH"
    document.Manufacturer, document.ManufacturerModelName = MAKER, MODEL
    document.DeviceSerialNumber = document.SoftwareVersions = report.provenance.software
    moment = report.time.astimezone(UTC)
    document.ContentDate = document.InstanceCreationDate = moment.strftime("%Y%m%d")
    document.ContentTime = document.InstanceCreationTime = moment.strftime("%H%M%S.%f")
    document.TimezoneOffsetFromUTC = "+0000"
    document.PreliminaryFlag, document.CompletionFlag, document.VerificationFlag = (
        "PRELIMINARY",
        "COMPLETE",
        "UNVERIFIED",
    )
    document.PerformedProcedureCodeSequence = document.ReferencedPerformedProcedureStepSequence = []
    return document


def _evidence(study_uid: str, instances: Sequence[Instance]) -> Dataset:
    """Return the referenced instances by series (PS3.3 table C.17-3)."""
    study = Dataset()
    study.StudyInstanceUID = study_uid
    study.ReferencedSeriesSequence = []
    for series_uid in dict.fromkeys(known.series_uid for known in instances):
        series = Dataset()
        series.SeriesInstanceUID = series_uid
        series.ReferencedSOPSequence = []
        for known in dict.fromkeys(known for known in instances if known.series_uid == series_uid):
            reference = Dataset()
            reference.ReferencedSOPClassUID = known.sop_class_uid
            reference.ReferencedSOPInstanceUID = known.sop_instance_uid
            series.ReferencedSOPSequence.append(reference)
        study.ReferencedSeriesSequence.append(series)
    return study


def _observer(software: str) -> Any:  # noqa: ANN401 - highdicom is untyped at our door
    return sr.ObserverContext(
        observer_type=sr.CodedConcept("121007", "DCM", "Device"),
        observer_identifying_attributes=sr.DeviceObserverIdentifyingAttributes(
            uid=unique(NAMESPACE, f"{MAKER}/{software}"),
            name=MAKER,
            manufacturer_name=MAKER,
            model_name=MODEL,
            serial_number=software,
        ),
    )


def _remarks(report: LesionReport) -> Iterator[str]:
    """Yield remarks for which the template has no place."""
    yield f"{NOTICE} {extent(report)}"
    yield from (study_sentence(one) for one in report.findings if 1 < one.images < WHOLE_FROM)
    yield from replacements(report)
    yield f"Models {report.provenance.model}; trained on data {report.provenance.data}."
    for number, image in enumerate(report.images, 1):
        if instance(image) is None or image.frames is not None:
            yield f"Image {number} of {len(report.images)}. {image_sentence(image)}"
