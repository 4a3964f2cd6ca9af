"""Combine a study's verdicts into one preliminary report. Pure; the same study, images and models give the same id."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple
from uuid import UUID

from schemas.identity import output_id
from schemas.imaging import (
    ImageReference,
    ImageReport,
    ImagingReady,
    LesionReport,
    NotJudged,
    Replaced,
    StudyFinding,
)
from schemas.wire import Provenance
from stream.check.study_findings import study_findings
from stream.check.verdict import Judged, Refusal, Verdict

KIND: Final = "lesion-report"


class ReportSource(NamedTuple):
    """Software and models that a report is made by."""

    software: str  # Wardwatch's version
    models: str  # digest of all lesion models that are available


class ImageResult(NamedTuple):
    """One image of the study: its announcement, its verdict, and the URL of its overlay."""

    reference: ImageReference
    verdict: Verdict
    saliency_url: str | None = None


def instances(event: ImagingReady) -> list[str]:
    """Return the identifiers of an event's instances, each once and sorted."""
    return sorted({reference.sop_instance_uid or reference.url for reference in event.images})


def contents(event: ImagingReady) -> list[str]:
    """Return the identifiers of an event's instances, each with the hash of its file where that was announced."""
    named = {(reference.sop_instance_uid or reference.url, reference.sha256) for reference in event.images}
    return sorted(name if sha256 is None else f"{name} {sha256}" for name, sha256 in named)


def without_hashes(event: ImagingReady) -> ImagingReady:
    """Return the event as a sender announces it that knows no hashes."""
    images = tuple(reference.model_copy(update={"sha256": None}) for reference in event.images)
    return event.model_copy(update={"images": images})


def report_id(event: ImagingReady, about: ReportSource) -> UUID:
    """Return the id of a report on these instances by these models, whatever the instances' order and the result.

    Where files were announced with their hashes, other contents of the same instances have another id.
    """
    digest = hashlib.sha256("\n".join(contents(event)).encode()).hexdigest()
    return output_id(KIND, event.patient, f"lesion/{about.models}", event.study_uid, digest)


def lesion_report(
    event: ImagingReady, seen: Sequence[ImageResult], about: ReportSource, replaces: tuple[Replaced, ...] = ()
) -> LesionReport:
    """Return the report on a study; urgent when a model calls its images suspicious as a whole.

    Where no image was judged it is not assessed: that is no reason to read the study later than others.
    """
    by_number = {number: one.verdict for number, one in enumerate(seen, 1) if isinstance(one.verdict, Judged)}
    judged, findings = list(by_number.values()), study_findings(by_number)
    refused = Counter(one.verdict.sentence for one in seen if isinstance(one.verdict, Refusal))
    names = sorted({one.model_name for one in judged})
    models = sorted({f"lesion/{one.model_name}/{one.model_version}" for one in judged})
    return LesionReport(
        id=report_id(event, about),
        patient=event.patient,
        time=event.time,
        study_uid=event.study_uid,
        series_uid=event.series_uid,
        model_name="+".join(names) or None,
        priority=_priority(findings),
        frames=sum(one.verdict.frames or 1 for one in seen),
        frames_judged=sum(one.frames_judged or 1 for one in judged),
        instances_judged=len(judged),
        not_judged=tuple(NotJudged(reason=reason, count=count) for reason, count in refused.most_common()),
        suspicious_probability=max((one.suspicious_probability for one in findings), default=None),
        findings=findings,
        images=tuple(_image_report(one) for one in seen),
        replaces=replaces,
        provenance=Provenance(
            software=about.software,
            model="+".join(models) or None,
            rule=f"lesion/{about.models}",
            data="+".join(sorted({one.data_version for one in judged})) or "none",
        ),
    )


def _priority(findings: Sequence[StudyFinding]) -> Literal["routine", "urgent", "not-assessed"]:
    if not findings:
        return "not-assessed"
    return "urgent" if any(one.suspicious for one in findings) else "routine"


def _image_report(one: ImageResult) -> ImageReport:
    verdict, reference = one.verdict, one.reference
    if not isinstance(verdict, Judged):
        return ImageReport(
            url=reference.url,
            sop_instance_uid=reference.sop_instance_uid,
            frames=verdict.frames,
            frames_judged=verdict.frames and 0,
            refusal=verdict.sentence,
        )
    return ImageReport(
        url=reference.url,
        modality=verdict.modality,
        laterality=verdict.laterality,
        series_uid=verdict.series_uid,
        sop_class_uid=verdict.sop_class_uid,
        sop_instance_uid=verdict.sop_instance_uid or reference.sop_instance_uid,
        frame_number=verdict.frame_number,
        frames=verdict.frames,
        frames_judged=verdict.frames_judged,
        frames_not_judged=verdict.frames_not_judged,
        model_name=verdict.model_name,
        model_version=verdict.model_version,
        findings=verdict.findings,
        predicted=verdict.predicted,
        additional_findings=verdict.additional,
        abstained=verdict.abstained,
        box_px=verdict.box_px,
        box_mm=_box_mm(verdict),
        pixel_spacing_mm=verdict.pixel_spacing_mm,
        saliency_url=one.saliency_url,
    )


def _box_mm(verdict: Judged) -> tuple[float, float] | None:
    """Return height and width of the box in the patient, where the pixel spacing is known."""
    if verdict.box_px is None or verdict.pixel_spacing_mm is None:
        return None
    row0, column0, row1, column1 = verdict.box_px
    between_rows, between_columns = verdict.pixel_spacing_mm
    return (row1 - row0) * between_rows, (column1 - column0) * between_columns
