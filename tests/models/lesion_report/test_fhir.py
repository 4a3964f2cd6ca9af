"""The FHIR DiagnosticReport of a lesion report, held to FHIR 4.0.1 by a library that was generated from it."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from fhirclient.models.diagnosticreport import DiagnosticReport
from fhirclient.models.fhirabstractbase import FHIRValidationError

from models.lesion.sets import SETS, LesionSet
from models.lesion_report.diagnostic_report import diagnostic_report
from schemas.imaging import Finding, LesionReport, Replaced
from tests.builders.lesion_reports import ID, SERIES, STUDY, a_clip, a_report, a_volume, an_eye, an_image, refused

FULL = a_report(
    an_image(saliency_url="file:///out/1.png"), refused(2), a_clip(3), dicom_sr_url="file:///out/report.dcm"
)


def resource(report: LesionReport) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(diagnostic_report(report))
    return found


def contained(report: LesionReport) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in resource(report)["contained"]}


@pytest.mark.parametrize(
    "report",
    [
        FULL,
        a_report(),
        a_report(refused()),
        a_report(an_eye()),
        a_volume(6),
        a_volume(6, carried_by=()),
        a_report(an_image(modality=None, series_uid=None)),
        a_report(replaces=(Replaced(id=UUID(int=1), dicom_sr=True),)),
    ],
)
def test_it_is_fhir_4_0_1_and_nothing_in_it_is_unknown_to_that(report: LesionReport) -> None:
    assert DiagnosticReport(resource(report), strict=True).as_json() == resource(report)


def test_the_library_that_says_so_would_see_what_is_wrong() -> None:
    for wrong in ({"issued": "2026-01-02"}, {"urgency": "high"}, {"code": None}, {"result": {"reference": "#image-1"}}):
        with pytest.raises(FHIRValidationError):
            DiagnosticReport(resource(FULL) | wrong, strict=True)


def test_it_is_preliminary_and_says_what_it_is_not_for() -> None:
    found = resource(FULL)
    assert {
        found["status"],
        *(one["status"] for one in found["contained"] if one["resourceType"] == "Observation"),
    } == {"preliminary"}
    assert found["conclusion"].startswith("Preliminary, not verified by a person, not for clinical use.")
    assert "priority for the worklist: urgent" in found["conclusion"]
    assert found["code"]["coding"][0]["code"] == "18748-4"
    assert found["category"][0]["coding"][0]["code"] == "RAD"


def test_identifier_and_time_come_from_the_report_and_the_patient_is_a_pseudonym() -> None:
    found = resource(FULL)
    assert found["id"] == str(ID)
    assert found["identifier"] == [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{ID}"}]
    assert found["issued"] == "2026-01-02T03:04:05.600000+00:00"
    subjects = [found["subject"], *(one["subject"] for one in found["contained"] if "subject" in one)]
    assert {orjson.dumps(subject) for subject in subjects} == {
        orjson.dumps({"type": "Patient", "identifier": {"type": {"text": "pseudonym"}, "value": "p-17"}})
    }
    assert diagnostic_report(FULL) == diagnostic_report(FULL.model_copy())


def test_it_names_the_newest_report_that_it_replaces_by_that_ones_identifier_and_all_in_its_text() -> None:
    old, older = UUID(int=1), UUID(int=2)
    found = resource(a_report(replaces=tuple(Replaced(id=one, dicom_sr=True) for one in (old, older))))
    (said,) = found["extension"]  # R4 lets it stand there once
    assert said["url"] == "http://hl7.org/fhir/StructureDefinition/diagnosticReport-replaces"
    assert [said["valueReference"]["identifier"]] == resource(a_report(id=old))["identifier"]
    assert f"Replaces the earlier report {old}, {older} on images of this study." in found["conclusion"]
    assert "extension" not in resource(a_report())


def test_study_series_and_judged_instances_are_named_as_dicom_names_them() -> None:
    study = contained(FULL)["study"]
    assert study["identifier"] == [{"system": "urn:dicom:uid", "value": f"urn:oid:{STUDY}"}]
    (series,) = study["series"]
    assert (series["uid"], series["modality"]["code"]) == (SERIES, "DX")
    assert [one["uid"] for one in series["instance"]] == [f"{SERIES}.1", f"{SERIES}.3"]
    assert resource(FULL)["imagingStudy"] == [{"reference": "#study"}]


def test_each_image_is_a_result_with_its_source_model_class_and_probabilities() -> None:
    assert resource(FULL)["result"] == [{"reference": f"#image-{number}"} for number in (1, 2, 3)]
    parts = contained(FULL)
    image = parts["image-1"]
    assert image["valueCodeableConcept"]["coding"][0]["code"] == "233604007"
    assert image["valueCodeableConcept"]["text"] == "pneumonia"
    shares = {one["code"]["text"]: one["valueQuantity"] for one in image["component"] if "text" in one["code"]}
    assert {label: (share["value"], share["code"]) for label, share in shares.items()} == {
        "normal": (0.0625, "1"),
        "pneumonia": (0.9375, "1"),
    }
    assert image["derivedFrom"] == [{"reference": "#source-1"}]
    assert parts["source-1"]["identifier"][0]["value"] == f"urn:oid:{SERIES}.1"
    assert image["device"] == {"reference": "#model-chest-xray"}
    assert [one["value"] for one in parts["model-chest-xray"]["version"]] == ["v1", "d1", "1.0"]


def test_what_was_asked_beside_the_classes_says_whether_it_is_present() -> None:
    for oedema, presence in ((True, "Present"), (False, "Absent")):
        *_, beside, region = contained(a_report(an_eye(oedema=oedema)))["image-1"]["component"]
        assert beside["code"]["coding"][0]["code"] == "312912001"
        assert beside["valueQuantity"]["value"] == 0.75
        assert contained(a_report(an_eye()))["image-1"]["bodySite"]["text"] == "Retina, right"
        assert beside["interpretation"][0]["coding"][0]["display"] == presence
        assert region["valueString"].startswith("Most salient for referable retinopathy")


def test_of_several_images_the_first_result_is_what_they_are_together() -> None:
    report = a_volume(6, carried_by=(3, 2))
    assert resource(report)["result"][0] == {"reference": "#study-brain-mri"}
    whole = contained(report)["study-brain-mri"]
    assert whole["valueCodeableConcept"]["text"] == "glioma"
    assert whole["derivedFrom"] == [{"reference": "#source-3"}, {"reference": "#source-2"}]
    assert whole["component"][0]["valueQuantity"]["value"] == 0.75
    assert not any("study-" in part for part in contained(a_volume(1)))


def test_a_region_has_its_place_and_its_extent_is_no_measurement() -> None:
    def regions(image: str) -> list[Any]:
        components = contained(FULL)[image]["component"]
        return [
            (one["code"]["coding"][0]["display"], one.get("valueString") or one["valueQuantity"]["value"])
            for one in components
            if "text" not in one["code"]
        ]

    place = "rows 10 to 49, columns 20 to 39"
    assert regions("image-1") == [
        ("Image Region", f"Most salient for pneumonia: {place}, 20.0 x 5.0 mm, which is no size of a lesion."),
    ]
    assert regions("image-3") == [("Image Region", f"Most salient for benign: {place}.")]


def test_a_refused_image_and_an_abstention_have_a_reason_instead_of_a_value() -> None:
    parts = contained(FULL)
    refusal, abstention = parts["image-2"]["dataAbsentReason"], parts["image-3"]["dataAbsentReason"]
    assert (refusal["coding"][0]["code"], refusal["text"]) == ("not-performed", "the file holds no picture")
    assert abstention["coding"][0]["code"] == "unknown"
    assert not any("valueCodeableConcept" in parts[name] for name in ("image-2", "image-3"))
    assert "component" not in parts["image-2"]
    assert len([one for one in parts["image-3"]["component"] if "text" in one["code"]]) == 3


def test_the_saliency_map_and_the_dicom_sr_are_referred_to_where_they_are() -> None:
    found = resource(FULL)
    (shown,) = found["media"]
    assert shown["link"] == {"reference": "#map-1"}
    assert contained(FULL)["map-1"]["content"]["url"] == "file:///out/1.png"
    (form,) = found["presentedForm"]
    assert (form["contentType"], form["url"]) == ("application/dicom", "file:///out/report.dcm")
    bare = resource(a_report())
    assert not {"media", "presentedForm"} & bare.keys()


def test_everything_contained_is_referred_to_and_every_reference_has_its_target() -> None:
    found = resource(FULL)
    text = orjson.dumps(found).decode()
    assert all(f'"#{one["id"]}"' in text for one in found["contained"])  # FHIR R4, dom-3
    assert {part.split('"')[0] for part in text.split('"reference":"#')[1:]} == contained(FULL).keys()


def test_what_comes_from_outside_is_text_in_the_narrative_and_never_markup() -> None:
    image = refused().model_copy(update={"refusal": "<script>alert(1)</script> & more"})
    assert (
        "<p>1. Not judged: &lt;script&gt;alert(1)&lt;/script&gt; &amp; more.</p>"
        in resource(a_report(image))["text"]["div"]
    )


@pytest.mark.parametrize("known", SETS.values(), ids=SETS)
def test_every_class_of_every_set_can_be_said(known: LesionSet) -> None:
    findings = tuple(Finding(label=label, probability=1 / len(known.classes)) for label in known.classes)
    report = a_report(an_image(model_name=known.name, findings=findings, predicted=known.normal))
    DiagnosticReport(resource(report), strict=True)
    assert contained(report)["image-1"]["valueCodeableConcept"]["coding"][0]["code"] == "17621005"
