"""The DICOM SR of a lesion report, read back item by item with the libraries that others read it with."""

from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from highdicom import sr
from pydicom import Dataset, dcmread

from models.lesion.sets import SETS, LesionSet
from models.lesion_report.codes import CLASSES, SITES
from models.lesion_report.sentences import NOTICE, REGION, WHOLE_FROM, image_sentence, study_sentence
from models.lesion_report.structured_report import structured_report
from schemas.imaging import Finding, ImageReport, LesionReport, Replaced
from tests.builders.lesion_reports import (
    CLIP,
    FILM,
    ID,
    SERIES,
    STUDY,
    a_clip,
    a_report,
    a_volume,
    an_eye,
    an_image,
    refused,
)


def written(report: LesionReport) -> bytes:
    content = structured_report(report)
    assert content is not None
    return content


def read(report: LesionReport) -> Any:  # noqa: ANN401 - highdicom is untyped at our door
    return sr.srread(BytesIO(written(report)))


def groups(report: LesionReport) -> list[Dataset]:
    (measured,) = (item for item in read(report).ContentSequence if named(item) == "Imaging Measurements")
    return list(measured.ContentSequence)


def named(item: Dataset) -> str:
    return str(item.ConceptNameCodeSequence[0].CodeMeaning)


def said(group: Dataset) -> dict[str, Any]:
    """What each item of a group says, by its name: the code's meaning, the number with its unit, or the text."""
    return {named(item): _value(item) for item in group.ContentSequence}


def _value(item: Dataset) -> Any:  # noqa: ANN401 - as the item has it
    match item.ValueType:
        case "CODE":
            return str(item.ConceptCodeSequence[0].CodeMeaning)
        case "NUM":
            measured = item.MeasuredValueSequence[0]
            return float(measured.NumericValue), str(measured.MeasurementUnitsCodeSequence[0].CodeValue)
        case "TEXT":
            return str(item.TextValue)
    return item


def test_it_is_a_preliminary_unverified_report_for_research() -> None:
    document = dcmread(BytesIO(written(a_report())))
    assert document.SOPClassUID.name == "Comprehensive SR Storage"
    assert document.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    assert (document.PreliminaryFlag, document.VerificationFlag) == ("PRELIMINARY", "UNVERIFIED")
    assert (document.CompletionFlag, document.ContentQualification) == ("COMPLETE", "RESEARCH")
    assert document.SeriesDescription == "Preliminary, not for clinical use"
    assert (document.Modality, document.Manufacturer, document.SoftwareVersions) == ("SR", "Wardwatch", "1.0")


def test_of_the_patient_it_knows_the_pseudonym_alone() -> None:
    document = dcmread(BytesIO(written(a_report())))
    assert (document.PatientID, document.PatientIdentityRemoved) == ("p-17", "YES")
    for keyword in ("PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyDate", "StudyID"):
        assert document[keyword].is_empty


def test_it_belongs_to_the_study_and_lists_each_instance_once_by_series() -> None:
    other = an_image(3, series_uid=f"{SERIES}.7")
    document = read(a_report(an_image(1), a_clip(2), an_image(1), other, refused(4)))
    assert document.StudyInstanceUID == STUDY
    assert document.get_evidence() == [
        (STUDY, SERIES, f"{SERIES}.1", FILM),
        (STUDY, SERIES, f"{SERIES}.2", CLIP),
        (STUDY, f"{SERIES}.7", f"{SERIES}.3", FILM),
    ]
    assert document.SeriesInstanceUID not in {SERIES, f"{SERIES}.7"}


def test_identifiers_and_times_come_from_the_report_and_not_from_the_clock() -> None:
    document = dcmread(BytesIO(written(a_report())))
    assert document.SOPInstanceUID == document.file_meta.MediaStorageSOPInstanceUID == f"2.25.{ID.int}"
    assert (document.ContentDate, document.ContentTime) == ("20260102", "030405.600000")
    assert (document.InstanceCreationDate, document.InstanceCreationTime) == ("20260102", "030405.600000")
    assert document.TimezoneOffsetFromUTC == "+0000"
    assert written(a_report()) == written(a_report())
    elsewhere = datetime(2026, 1, 2, 5, 4, 5, 600_000, tzinfo=timezone(timedelta(hours=2)))
    assert written(a_report(time=elsewhere)) == written(a_report())


def test_each_class_is_a_group_with_its_code_certainty_presence_site_and_model() -> None:
    most, least = groups(a_report())
    assert (
        most.ContentTemplateSequence[0].TemplateIdentifier,
        least.ContentTemplateSequence[0].TemplateIdentifier,
    ) == (
        "1410",
        "1501",
    )
    assert said(most) | {
        "Tracking Identifier": "image 1, pneumonia",
        "Finding": "Pneumonia",
        "Finding Site": "Lung",
        "Presence of property": "Present",
        "Certainty of Finding": (93.75, "%"),
        "Measurement Method": "Saliency",
        "Algorithm Name": "lesion/chest_xray",
        "Algorithm Version": "v1",
        "Comment": REGION,
    } == said(most)
    assert not {"Height", "Width"} & said(most).keys()  # where the model looked is no lesion's size
    assert said(least) | {
        "Tracking Identifier": "image 1, normal",
        "Finding": "Normal",
        "Presence of property": "Absent",
        "Certainty of Finding": (6.25, "%"),
    } == said(least)
    assert "Height" not in said(least)


def test_the_region_is_the_closed_outline_of_the_box_on_its_image() -> None:
    (group,) = read(a_report()).content.get_planar_roi_measurement_groups()
    region = group.roi
    assert region.graphic_type == sr.GraphicTypeValues.POLYLINE
    outline = [[20, 10], [40, 10], [40, 50], [20, 50], [20, 10]]  # column, row; the ends of the box excluded
    np.testing.assert_array_equal(region.value, outline)
    source = region.ContentSequence[0].ReferencedSOPSequence[0]
    assert (source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID) == (FILM, f"{SERIES}.1")
    assert "ReferencedFrameNumber" not in source


def test_without_a_region_none_is_drawn() -> None:
    nowhere = groups(a_report(an_image(box_px=None, box_mm=None)))
    assert not any("Image Region" in said(group) for group in nowhere)


def test_an_abstention_settles_nothing_and_the_frame_is_named() -> None:
    found = groups(a_report(a_clip()))
    assert [said(group)["Finding"] for group in found] == ["Benign", "Malignant", "Normal"]
    assert {said(group)["Presence of property"] for group in found} == {"Indeterminate"}
    references = [
        item.ReferencedSOPSequence[0]
        for group in found[1:]
        for item in group.ContentSequence
        if item.ValueType == "IMAGE"
    ]
    region = next(item for item in found[0].ContentSequence if item.ValueType == "SCOORD")
    references.append(region.ContentSequence[0].ReferencedSOPSequence[0])
    assert [reference.ReferencedFrameNumber for reference in references] == [3, 3, 3]


def test_of_a_retina_each_grade_is_a_group_and_oedema_another_with_a_presence_of_its_own() -> None:
    found = [said(group) for group in groups(a_report(an_eye(), an_eye(2, oedema=False, predicted=None)))]
    assert len(found) == 12
    assert found[0]["Finding"] == "Moderate non-proliferative retinopathy"
    assert {one["Finding Site"] for one in found} == {"Retina"}
    sides = [
        inner.ConceptCodeSequence[0].CodeMeaning
        for group in groups(a_report(an_eye(), an_eye(2, laterality="left"), an_eye(3, laterality=None)))
        for item in group.ContentSequence
        if named(item) == "Finding Site"
        for inner in item.get("ContentSequence", ())
    ]
    assert sides == ["Right"] * 6 + ["Left"] * 6
    assert [one["Presence of property"] for one in found] == [
        "Present", *["Absent"] * 4, "Present",
        *["Indeterminate"] * 5, "Absent",
    ]  # fmt: skip
    for one in (found[5], found[11]):
        assert one["Finding"] == "Diabetic macular edema"
        assert one["Certainty of Finding"] == (75.0, "%")


def test_many_slices_are_one_group_that_refers_to_those_that_carry_the_finding() -> None:
    report = a_volume(300, carried_by=(8, 7))
    (group,) = groups(report)
    assert said(group) | {
        "Tracking Identifier": "study, brain_mri",
        "Finding": "Glioma",
        "Finding Site": "Brain",
        "Presence of property": "Present",
        "Certainty of Finding": (75.0, "%"),
        "Algorithm Name": "lesion/brain_mri",
        "Algorithm Version": "v1",
        "Comment": study_sentence(report.findings[0]),
    } == said(group)
    carrying = [item.ReferencedSOPSequence[0] for item in group.ContentSequence if item.ValueType == "IMAGE"]
    assert [one.ReferencedSOPInstanceUID for one in carrying] == [f"{SERIES}.8", f"{SERIES}.7"]
    (study,) = dcmread(BytesIO(written(report))).CurrentRequestedProcedureEvidenceSequence
    assert len(study.ReferencedSeriesSequence[0].ReferencedSOPSequence) == 300


def test_few_images_have_groups_of_their_own() -> None:
    assert [len(groups(a_volume(slices))) for slices in (WHOLE_FROM - 1, WHOLE_FROM)] == [4 * (WHOLE_FROM - 1), 1]
    assert len(groups(a_volume(WHOLE_FROM, carried_by=()))) == 1


def test_the_device_is_the_observer() -> None:
    (observer,) = read(a_report()).content.get_observer_contexts()
    assert observer.observer_type.meaning == "Device"
    assert observer.observer_identifying_attributes.name == "Wardwatch"


def test_what_the_template_has_no_place_for_stands_in_comments() -> None:
    items = read(a_report(an_image(), refused(2), an_image(3, series_uid=None))).ContentSequence
    assert [item.TextValue for item in items if named(item) == "Comment"] == [
        f"{NOTICE} 2 of 3 images judged; priority for the worklist: urgent.",
        "Models lesion/chest_xray/v1; trained on data d1.",
        "Image 2 of 3. Not judged: the file holds no picture.",
        f"Image 3 of 3. {image_sentence(an_image())}",
    ]


@pytest.mark.parametrize(
    "image",
    [
        refused(),
        an_image(series_uid=None),
        an_image(sop_class_uid=None),
        an_image(sop_instance_uid=None),
        an_image(series_uid="1..2"),  # not a UID (PS3.5 9.1)
        an_image(sop_instance_uid="1.02"),
    ],
)
def test_without_an_instance_to_refer_to_there_is_no_sr(image: ImageReport) -> None:
    assert structured_report(a_report(image)) is None


def test_a_malformed_study_uid_makes_no_sr() -> None:
    assert structured_report(a_report(study_uid="1..2")) is None


def test_tracking_identifiers_are_unique_and_other_instances_make_another_document() -> None:
    both = a_report(an_image(1), a_clip(2))
    first = read(both)
    tracked = [item.UID for group in groups(both) for item in group.ContentSequence if item.ValueType == "UIDREF"]
    assert len(tracked) == len(set(tracked)) == 5
    second = read(a_report(an_image(1), id="00000000-0000-5000-8000-000000000001"))
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert first.SeriesInstanceUID != second.SeriesInstanceUID


def test_it_refers_to_the_documents_that_it_replaces_and_says_so() -> None:
    old, older, unwritten = (UUID(int=number) for number in (1, 2, 3))
    replaced = tuple(Replaced(id=one, dicom_sr=one != unwritten) for one in (old, older, unwritten))
    report = a_report(replaces=replaced)
    earlier = [dcmread(BytesIO(written(a_report(id=one)))) for one in (old, older)]
    (study,) = dcmread(BytesIO(written(report))).PredecessorDocumentsSequence
    assert study.StudyInstanceUID == STUDY
    assert [
        (series.SeriesInstanceUID, one.ReferencedSOPClassUID, one.ReferencedSOPInstanceUID)
        for series in study.ReferencedSeriesSequence
        for one in series.ReferencedSOPSequence
    ] == [(one.SeriesInstanceUID, one.SOPClassUID, one.SOPInstanceUID) for one in earlier]
    said = [item.TextValue for item in read(report).ContentSequence if named(item) == "Comment"]
    assert f"Replaces the earlier report {old}, {older}, {unwritten} on images of this study." in said


def test_a_first_report_has_no_predecessor_nor_one_whose_predecessor_was_not_written() -> None:
    for replaced in ((), (Replaced(id=UUID(int=1), dicom_sr=False),)):
        assert "PredecessorDocumentsSequence" not in dcmread(BytesIO(written(a_report(replaces=replaced))))


@pytest.mark.parametrize("known", SETS.values(), ids=SETS)
def test_every_class_of_every_set_has_a_code_and_a_site(known: LesionSet) -> None:
    findings = tuple(Finding(label=label, probability=1 / len(known.classes)) for label in known.classes)
    found = groups(a_report(an_image(model_name=known.name, findings=findings, predicted=known.normal)))
    assert {said(group)["Finding"] for group in found} == {
        CLASSES[known.name, label].meaning for label in known.classes
    }
    assert {said(group)["Finding Site"] for group in found} == {SITES[known.name].meaning}
