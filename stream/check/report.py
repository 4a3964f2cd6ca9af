"""Put a study's verdicts together to one preliminary report. Pure; the same study, images and models give one id."""

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from schemas.identity import output_id
from schemas.imaging import ImageReference, ImageReport, ImagingReady, LesionReport, Replaced
from schemas.wire import Provenance
from stream.check.verdict import Judged, Verdict

KIND: Final = "lesion-report"


class About(NamedTuple):
    """Who reports."""

    software: str  # Wardwatch's version
    models: str  # fingerprint of all lesion models that may speak


class Seen(NamedTuple):
    """One image of the study: how it was announced, what came of it, where its overlay is kept."""

    reference: ImageReference
    verdict: Verdict
    saliency_url: str | None = None


def instances(event: ImagingReady) -> list[str]:
    """The instances of an event, each once and in an order of their own."""
    return sorted({reference.sop_instance_uid or reference.url for reference in event.images})


def report_id(event: ImagingReady, about: About) -> UUID:
    """The id of the report on these instances of this study by these models, whatever the order and the outcome."""
    digest = hashlib.sha256("\n".join(instances(event)).encode()).hexdigest()
    return output_id(KIND, event.patient, f"lesion/{about.models}", event.study_uid, digest)


def lesion_report(
    event: ImagingReady, seen: Sequence[Seen], about: About, replaces: tuple[Replaced, ...] = ()
) -> LesionReport:
    """The report on a study; urgent when any image is suspicious by its model's own threshold."""
    judged = [one.verdict for one in seen if isinstance(one.verdict, Judged)]
    names = sorted({one.model_name for one in judged})
    models = sorted({f"lesion/{one.model_name}/{one.model_version}" for one in judged})
    return LesionReport(
        id=report_id(event, about),
        patient=event.patient,
        time=event.time,
        study_uid=event.study_uid,
        series_uid=event.series_uid,
        model_name="+".join(names) or None,
        priority="urgent" if any(one.suspicious for one in judged) else "routine",
        suspicious_probability=max((one.suspicious_probability for one in judged), default=None),
        images=tuple(_image_report(one) for one in seen),
        replaces=replaces,
        provenance=Provenance(
            software=about.software,
            model="+".join(models) or None,
            rule=f"lesion/{about.models}",
            data="+".join(sorted({one.data_version for one in judged})) or "none",
        ),
    )


def _image_report(one: Seen) -> ImageReport:
    verdict, reference = one.verdict, one.reference
    if not isinstance(verdict, Judged):
        return ImageReport(url=reference.url, sop_instance_uid=reference.sop_instance_uid, refusal=verdict.sentence)
    return ImageReport(
        url=reference.url,
        modality=verdict.modality,
        series_uid=verdict.series_uid,
        sop_class_uid=verdict.sop_class_uid,
        sop_instance_uid=verdict.sop_instance_uid or reference.sop_instance_uid,
        frame_number=verdict.frame_number,
        model_name=verdict.model_name,
        model_version=verdict.model_version,
        findings=verdict.findings,
        predicted=verdict.predicted,
        abstained=verdict.abstained,
        box_px=verdict.box_px,
        box_mm=_box_mm(verdict),
        saliency_url=one.saliency_url,
    )


def _box_mm(verdict: Judged) -> tuple[float, float] | None:
    """Height and width of the box in the patient, where the file says how far its pixels lie apart."""
    if verdict.box_px is None or verdict.pixel_spacing_mm is None:
        return None
    row0, column0, row1, column1 = verdict.box_px
    between_rows, between_columns = verdict.pixel_spacing_mm
    return (row1 - row0) * between_rows, (column1 - column0) * between_columns
