"""What is known of a patient's images and pathology reports. Pure."""

from collections.abc import Iterator
from typing import Final

from models.lesion_report.sentences import study_sentence
from models.plan.known import age_of
from models.plan.seen import Seen, latest_reports
from models.treatment.facts import Pathology
from models.watch.state import PatientState
from schemas.imaging import ImageReport, LesionReport
from schemas.plan import PlanImage, PlanPathology

MOST_IMAGES: Final = 4
"""Of a study of more images so many are told one by one; ours, so that a plan stays a page."""


def images_of(state: PatientState, seen: Seen, now_s: float) -> tuple[PlanImage, ...]:
    """Return the reports at hand, the newest first, then the suspicious studies of which no report is at hand."""
    reports = latest_reports(seen.reports)
    known = {one.study_uid for one in reports}
    rest = [one for one in state.lesions.values() if one.study_uid not in known]
    return (
        *(_image(one, now_s) for one in reports),
        *(
            PlanImage(
                study_uid=one.study_uid,
                age_s=age_of(one.time_s, now_s),
                model_name=one.model_name,
                priority="urgent",
                findings=(f"suspicious, probability {one.probability:.2f}",),
            )
            for one in sorted(rest, key=lambda one: (-one.time_s, one.study_uid))
        ),
    )


def pathology_of(state: PatientState, now_s: float) -> tuple[PlanPathology, ...]:
    """Return what was read of pathology reports, the newest first."""
    newest = sorted(state.pathology.values(), key=lambda one: (-one.time_s, one.report))
    return tuple(
        PlanPathology(
            report=one.report,
            age_s=age_of(one.time_s, now_s),
            findings=tuple(_findings(one)),
            contradictions=tuple(f"{found.name}{_part(found.part)}" for found in one.contradictions),
        )
        for one in newest
    )


def _image(report: LesionReport, now_s: float) -> PlanImage:
    return PlanImage(
        study_uid=report.study_uid,
        age_s=age_of(report.time.timestamp(), now_s),
        model_name=report.model_name,
        priority=report.priority,
        findings=tuple(_said(report)),
        not_judged=tuple(f"{one.reason} ({one.count})" for one in report.not_judged)
        or tuple(f"image {at}: {one.refusal}" for at, one in _shown(report) if one.refusal is not None),
        maps=tuple(one.saliency_url for _, one in _shown(report) if one.saliency_url is not None),
    )


def _said(report: LesionReport) -> Iterator[str]:
    """Yield what is said of a study of several images as a whole, then of the images that are shown."""
    if len(report.images) > 1:
        yield from (study_sentence(one).rstrip(".") for one in report.findings)
    for number, one in _shown(report):
        if (said := _finding(one)) is not None:
            yield f"image {number}: {said}"


def _shown(report: LesionReport) -> list[tuple[int, ImageReport]]:
    """Return the images with their numbers: of many those that carry a finding, the most suspicious first."""
    numbered = list(enumerate(report.images, 1))
    if len(numbered) <= MOST_IMAGES or not report.findings:
        return numbered[:MOST_IMAGES]
    carrying = [number for one in report.findings for number in one.carried_by]
    return [numbered[number - 1] for number in dict.fromkeys(carrying) if number <= len(numbered)][:MOST_IMAGES]


def _finding(image: ImageReport) -> str | None:
    if image.refusal is not None:
        return None
    shares = ", ".join(f"{one.label} {one.probability:.2f}" for one in image.findings)
    beside = "".join(
        f"; {one.label} {'present' if one.present else 'not found'} ({one.probability:.2f})"
        for one in image.additional_findings
    )
    if image.abstained or image.predicted is None:
        return f"the model cannot tell its classes apart ({shares}){beside}" if shares else None
    side = f", {image.laterality} side" if image.laterality else ""
    return (f"{image.predicted} ({shares})" if shares else image.predicted) + side + beside


def _findings(report: Pathology) -> Iterator[str]:
    for one in report.findings:
        yield f"{one.name} {one.value}{_part(one.part)}{', left open' if one.certainty == 'hedged' else ''}"


def _part(part: str) -> str:
    return f" (part {part})" if part else ""
