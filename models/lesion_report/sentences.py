"""A lesion report in sentences, for readers and for the text of its documents."""

from typing import Final

from schemas.imaging import ImageReport, LesionReport, StudyFinding

NOTICE: Final = "Preliminary, not verified by a person, not for clinical use."
REGION: Final = "The region is where the model looked, not the outline of a lesion; its extent is no size of a lesion."

WHOLE_FROM: Final = 5
"""Images of one model from which on a document says one thing of them all, and the list of classes once. Our choice."""
SHOWN: Final = {"fundus": "referable retinopathy"}
"""By model: what its map speaks for, where that is not the most probable class."""


def sentences(report: LesionReport) -> list[str]:
    """Return the report for readers, one sentence per line: notice, study, then each image in order."""
    return [
        NOTICE,
        extent(report),
        *(study_sentence(finding) for finding in report.findings if finding.images > 1),
        *replacements(report),
        *(f"{number}. {image_sentence(image)}" for number, image in enumerate(report.images, 1)),
    ]


def extent(report: LesionReport) -> str:
    """Return how much of the study was judged, why the rest was not, and what follows for the worklist."""
    judged = sum(image.refusal is None for image in report.images)
    said = f"{judged} of {len(report.images)} images judged"
    if report.frames is not None and report.frames > len(report.images):
        said += f", {report.frames_judged} of {report.frames} frames"
    said += f"; priority for the worklist: {report.priority}."
    if not judged:
        said += " Nothing was judged: the study is neither suspicious nor unsuspicious by this report."
    others = (f"{one.count} not judged: {one.reason.rstrip('.')}." for one in report.not_judged)
    return " ".join((said, *others))


def study_sentence(finding: StudyFinding) -> str:
    """Return what a model says of all its images together, and which of them carry it."""
    says = plain(finding.predicted) if finding.predicted else "undecided"
    said = f"{finding.model_name}, {finding.images} images together: {says}"
    said += f", suspicious by {100 * finding.suspicious_probability:.1f} %"
    numbers = ", ".join(map(str, finding.carried_by))
    return f"{said}; carried by the images {numbers}." if numbers else f"{said}."


def replacements(report: LesionReport) -> list[str]:
    """Return which reports this one replaces, in one sentence; an empty list when there are none."""
    earlier = ", ".join(str(one.id) for one in report.replaces)
    return [f"Replaces the earlier report {earlier} on images of this study."] if earlier else []


def image_sentence(image: ImageReport) -> str:
    """Return what the model found in one image and in which region, or why it was not judged."""
    if image.refusal is not None:
        return f"Not judged: {image.refusal.rstrip('.')}."
    frame = _frame(image)
    found = sorted(image.findings, key=lambda finding: -finding.probability)
    chances = ", ".join(f"{plain(finding.label)} {100 * finding.probability:.1f} %" for finding in found)
    says = f"{plain(image.predicted)}" if image.predicted else "undecided, since no single class is certain enough"
    side = f", {image.laterality} side" if image.laterality else ""
    said = f"{image.model_name} {image.model_version}{side}{frame}: {says} ({chances}).{_beside(image)}"
    return f"{said} {where}" if (where := region(image)) else said


def _beside(image: ImageReport) -> str:
    """Return what was asked beside the classes, each as a sentence; empty where nothing was."""
    return "".join(
        f" {plain(one.label).capitalize()} {100 * one.probability:.1f} %: {'present' if one.present else 'not found'}."
        for one in image.additional_findings
    )


def _frame(image: ImageReport) -> str:
    """Return which frame it is, of how many, and what became of the others; empty in a file of one."""
    if not image.frame_number:
        return ""
    if image.frames is None:
        return f", frame {image.frame_number}"
    others = "".join(f"; {one.count} not judged: {one.reason.rstrip('.')}" for one in image.frames_not_judged)
    return (
        f", frame {image.frame_number}, the most suspicious of {image.frames_judged} judged of {image.frames}{others}"
    )


def region(image: ImageReport) -> str:
    """Return the salient region in pixels and, where the spacing is known, in mm; empty without a region."""
    if image.box_px is None:
        return ""
    row0, column0, row1, column1 = image.box_px
    shown = SHOWN.get(image.model_name or "") or plain(max(image.findings, key=lambda one: one.probability).label)
    size = f", {image.box_mm[0]:.1f} x {image.box_mm[1]:.1f} mm, which is no size of a lesion" if image.box_mm else ""
    return f"Most salient for {shown}: rows {row0} to {row1 - 1}, columns {column0} to {column1 - 1}{size}."


def plain(label: str) -> str:
    """Return a class's label in the words of a reader."""
    return label.replace("_", " ")
