from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from schemas.imaging import ImageReference, ImagingReady, LesionReport, NotJudged
from stream.check.report import ImageResult, ReportSource, lesion_report, report_id, without_hashes
from stream.check.verdict import Refusal, Verdict
from tests.builders.lesion_verdicts import JUDGED

ABOUT = ReportSource(software="1.0", models="abc")
ONE = ImageReference(url="file:///images/1.dcm", sop_instance_uid="1.2.1")
TWO = ImageReference(url="file:///images/2.dcm", sop_instance_uid="1.2.2")
THREE = ImageReference(url="file:///images/3.dcm", sop_instance_uid="1.2.3")
FOUR = ImageReference(url="file:///images/4.dcm", sop_instance_uid="1.2.4")
REFUSED = Refusal("damaged", "the pixels are not what the header promises")
CALM = replace(JUDGED, suspicious=False, suspicious_probability=0.2)


def an_event(*images: ImageReference, study: str = "1.2", patient: str = "p-1") -> ImagingReady:
    return ImagingReady(
        patient=patient,
        time=datetime(2026, 1, 2, tzinfo=UTC),
        study_uid=study,
        series_uid="1.2.9",
        images=images or (ONE,),
    )


def test_the_same_study_and_instances_give_the_same_id_in_any_order_and_however_often() -> None:
    assert report_id(an_event(ONE, TWO), ABOUT) == report_id(an_event(TWO, ONE, TWO), ABOUT)


def test_the_id_is_the_same_in_every_process_and_for_ever() -> None:
    images = [ImageReference(url=f"file:///{n}", sop_instance_uid=f"1.2.{n}") for n in range(9)]
    assert report_id(an_event(*images), ABOUT) == UUID("7089e31a-bc16-55aa-ab6d-a6570e84fcf4")


def test_an_instance_counts_by_its_uid_wherever_it_lies_and_by_its_url_without_one() -> None:
    elsewhere = ImageReference(url="https://pacs.example/1", sop_instance_uid="1.2.1")
    assert report_id(an_event(ONE), ABOUT) == report_id(an_event(elsewhere), ABOUT)
    nameless = [ImageReference(url=url) for url in ("file:///1", "file:///2")]
    assert report_id(an_event(nameless[0]), ABOUT) != report_id(an_event(nameless[1]), ABOUT)


def test_another_content_of_an_instance_gives_a_new_id_and_the_same_one_none() -> None:
    first, again, corrected = (
        an_event(ONE.model_copy(update={"sha256": digit * 64, "url": url}), TWO)
        for digit, url in (("a", "file:///1"), ("a", "file:///elsewhere"), ("b", "file:///1"))
    )
    assert report_id(first, ABOUT) == report_id(again, ABOUT)
    assert report_id(first, ABOUT) != report_id(corrected, ABOUT)
    assert report_id(without_hashes(first), ABOUT) == report_id(an_event(ONE, TWO), ABOUT)


def test_new_instances_another_study_patient_or_model_give_a_new_id() -> None:
    ids = {
        report_id(an_event(ONE), ABOUT),
        report_id(an_event(ONE, TWO), ABOUT),
        report_id(an_event(ONE, study="1.3"), ABOUT),
        report_id(an_event(ONE, patient="p-2"), ABOUT),
        report_id(an_event(ONE), ReportSource("1.0", "other models")),
    }
    assert len(ids) == 5


def test_the_id_does_not_hang_on_what_came_of_the_images() -> None:
    first = lesion_report(an_event(ONE), [ImageResult(ONE, JUDGED)], ABOUT)
    second = lesion_report(an_event(ONE), [ImageResult(ONE, REFUSED)], ABOUT)
    assert first.id == second.id


def test_a_report_says_what_was_seen_by_which_model_and_where() -> None:
    report = lesion_report(an_event(ONE), [ImageResult(ONE, JUDGED, "file:///out/x.png")], ABOUT)
    assert (report.patient, report.study_uid, report.series_uid) == ("p-1", "1.2", "1.2.9")
    assert report.time == datetime(2026, 1, 2, tzinfo=UTC)
    assert report.status == "preliminary"
    assert (report.priority, report.suspicious_probability, report.model_name) == ("urgent", 0.9, "chest_xray")
    assert report.provenance.model == "lesion/chest_xray/v1"
    assert (report.provenance.data, report.provenance.software) == ("d1", "1.0")
    (image,) = report.images
    assert image.findings == JUDGED.findings
    assert (image.predicted, image.refusal, image.saliency_url) == ("pneumonia", None, "file:///out/x.png")
    assert (image.modality, image.series_uid, image.sop_class_uid) == ("DX", "1.2.9.1", "1.2.840.10008.5.1.4.1.1.1.1")
    assert (image.model_name, image.model_version, image.frame_number) == ("chest_xray", "v1", None)
    assert image.box_px == (10, 20, 50, 40)
    assert image.box_mm == pytest.approx((20.0, 5.0))  # 40 rows of 0.5 mm, 20 columns of 0.25 mm


def test_without_spacing_or_box_nothing_is_measured() -> None:
    for judged in (replace(JUDGED, pixel_spacing_mm=None), replace(JUDGED, box_px=None)):
        assert lesion_report(an_event(ONE), [ImageResult(ONE, judged)], ABOUT).images[0].box_mm is None


def test_one_suspicious_image_makes_the_study_urgent_and_none_leaves_it_routine() -> None:
    mixed = lesion_report(an_event(ONE, TWO), [ImageResult(ONE, CALM), ImageResult(TWO, JUDGED)], ABOUT)
    assert (mixed.priority, mixed.suspicious_probability) == ("urgent", 0.9)
    calm = lesion_report(an_event(ONE, TWO), [ImageResult(ONE, CALM), ImageResult(TWO, REFUSED)], ABOUT)
    assert (calm.priority, calm.suspicious_probability) == ("routine", 0.2)


SLICE = replace(CALM, model_name="brain_mri", predicted="no_tumour", suspicious_probability=0.0)


def of_slices(*verdicts: Verdict) -> LesionReport:
    references = [ImageReference(url=f"file:///{n}", sop_instance_uid=f"1.2.{n}") for n in range(len(verdicts))]
    seen = [ImageResult(one, verdict) for one, verdict in zip(references, verdicts, strict=True)]
    return lesion_report(an_event(*references), seen, ABOUT)


def test_one_slice_of_many_makes_no_study_suspicious_and_several_do() -> None:
    odd = replace(SLICE, predicted="glioma", suspicious_probability=0.95, suspicious=True)
    alone = of_slices(*[SLICE] * 29, odd)
    assert (alone.priority, alone.findings[0].suspicious, alone.findings[0].carried_by) == ("routine", False, ())
    assert alone.suspicious_probability == pytest.approx(19 / 30 / (1 + 19 / 30))
    assert alone.findings[0].predicted == "no_tumour"
    likelier = replace(odd, suspicious_probability=0.98)
    several = of_slices(*[SLICE] * 10, odd, likelier, REFUSED, *[SLICE] * 17)
    (finding,) = several.findings
    assert several.priority == "urgent"
    assert (finding.model_name, finding.predicted, finding.images) == ("brain_mri", "glioma", 29)
    assert finding.carried_by == (12, 11)  # numbers of the report's images, the most suspicious first


def test_the_frames_of_a_file_count_as_slices() -> None:
    file = replace(SLICE, suspicious_probability=0.95, suspicious=True, predicted="glioma")
    for frames, priority in (((0.95, 0.9), "urgent"), ((0.95, *[0.0] * 60), "routine")):
        assert of_slices(replace(file, frame_suspicions=frames)).priority == priority
    assert of_slices(file).priority == "urgent"  # a single one counts by its own threshold


def test_of_pictures_that_are_no_slices_the_most_suspicious_one_counts() -> None:
    for name in ("fundus", "breast_ultrasound", "chest_xray"):
        (finding,) = of_slices(*[replace(CALM, model_name=name)] * 29, replace(JUDGED, model_name=name)).findings
        assert (finding.suspicious, finding.suspicious_probability, finding.carried_by) == (True, 0.9, (30,))


def test_a_study_of_two_kinds_has_a_finding_of_each_and_the_worse_one_counts() -> None:
    report = of_slices(JUDGED, *[SLICE] * 5)
    assert [(one.model_name, one.suspicious) for one in report.findings] == [("brain_mri", False), ("chest_xray", True)]
    assert (report.priority, report.suspicious_probability) == ("urgent", 0.9)


def test_a_study_of_refusals_names_no_model_and_no_probability() -> None:
    report = lesion_report(an_event(ONE), [ImageResult(ONE, REFUSED)], ABOUT)
    assert (report.model_name, report.provenance.model, report.suspicious_probability) == (None, None, None)
    assert report.priority == "not-assessed"  # and not "routine": nobody has looked
    (image,) = report.images
    assert (image.refusal, image.findings, image.predicted) == (REFUSED.sentence, (), None)
    assert image.sop_instance_uid == "1.2.1"


def test_a_study_of_two_kinds_names_both_models() -> None:
    other = replace(CALM, model_name="chest_ct", model_version="v7", data_version="d7")
    report = lesion_report(an_event(ONE, TWO), [ImageResult(ONE, JUDGED), ImageResult(TWO, other)], ABOUT)
    assert report.model_name == "chest_ct+chest_xray"
    assert report.provenance.model == "lesion/chest_ct/v7+lesion/chest_xray/v1"
    assert report.provenance.data == "d1+d7"


def test_a_report_counts_instances_and_frames_and_says_why_some_were_not_judged() -> None:
    clip = replace(CALM, frames=5, frames_judged=4, frame_number=2, frames_not_judged=(NotJudged(reason="x", count=1),))
    lost = Refusal("age", "too old", frames=3)
    event = an_event(ONE, TWO, THREE, FOUR)
    seen = [ImageResult(ONE, clip), ImageResult(TWO, REFUSED), ImageResult(THREE, lost), ImageResult(FOUR, REFUSED)]
    report = lesion_report(event, seen, ABOUT)
    assert (report.priority, report.instances_judged) == ("routine", 1)
    assert (report.frames, report.frames_judged) == (5 + 1 + 3 + 1, 4)
    assert [(one.reason, one.count) for one in report.not_judged] == [(REFUSED.sentence, 2), ("too old", 1)]
    first, _, third, _ = report.images
    assert (first.frames, first.frames_judged, first.frame_number) == (5, 4, 2)
    assert first.frames_not_judged == clip.frames_not_judged
    assert (third.frames, third.frames_judged) == (3, 0)
