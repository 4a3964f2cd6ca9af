"""Render any record of any topic as one line of text. Pure."""

from functools import singledispatch
from typing import Final

from rich.text import Text

from models.lesion_report.sentences import WHOLE_FROM
from models.risk.inputs import INPUTS
from schemas.alarm_settings import AlarmSetting
from schemas.alerts import Acknowledgement, Alert, WardStatus
from schemas.cds_feedback import CdsFeedback
from schemas.device_alarms import AlarmValue, DeviceAlarm
from schemas.forecasts import EarlyWarningScore, RiskForecast
from schemas.genomes import GenomeReady
from schemas.imaging import ImagingOrder, ImagingReady, LesionReport
from schemas.labs import LabResults
from schemas.pathology import PathologyFindings, PathologyReport
from schemas.patients import PatientRecord
from schemas.suggestions import Suggestion
from schemas.therapy import GenomicResult, Medication
from schemas.variants import VariantFinding
from schemas.vitals import VitalsBlock, VitalsFrame
from schemas.wire import Wire
from stream.subscriber.terminal import printable_text

PRIORITY_STYLE: Final = {"high": "bold white on red3", "medium": "bold black on yellow3", "low": "bold black on cyan3"}
"""The colours of alarm indicator lights in IEC 60601-1-8, table 2: red, yellow, cyan. From memory, not verified."""

PHASE_MARK: Final = {"start": "▲", "escalate": "⇈", "deescalate": "⇊", "update": "·", "end": "▽"}

DEVICE_PHASE_MARK: Final = {"start": "▲", "escalate": "⇈", "deescalate": "⇊", "end": "▽"}

_SHORT: Final = (
    ("heart_rate_bpm", "HR"),
    ("respiratory_rate_per_min", "RR"),
    ("spo2_percent", "SpO2"),
    ("systolic_mmhg", "SBP"),
    ("mean_arterial_mmhg", "MAP"),
    ("diastolic_mmhg", "DBP"),
    ("temperature_celsius", "T"),
    ("etco2_mmhg", "EtCO2"),
    ("fio2_fraction", "FiO2"),
)


def line(record: Wire) -> Text:
    """Return time, patient and content of a record."""
    moment = getattr(record, "time", None) or getattr(record, "times", (None,))[0]
    head = Text(f"{moment:%d %H:%M:%S}  " if moment else "", style="dim")
    head.append(f"{getattr(record, 'patient', None) or '-':<16}  ", style="bold not dim")
    return printable_text(head.append_text(content(record)))


@singledispatch
def content(record: Wire) -> Text:
    """Return the content of a record, without time and patient."""
    return Text(type(record).__name__)


@content.register
def _(record: VitalsFrame) -> Text:
    return Text(_values(record, _SHORT))


@content.register
def _(record: VitalsBlock) -> Text:
    return Text(f"{len(record.times)} frames, the first: {_values(next(record.frames()), _SHORT)}")


@content.register
def _(record: LabResults) -> Text:
    measured = ((one, getattr(record, one.name)) for one in INPUTS if one.kind == "lab")
    parts = [
        f"{one.column} {value:g} {one.unit if one.unit != '1' else ''}".rstrip()
        for one, value in measured
        if value is not None
    ]
    return Text("  ".join(parts) or "nothing measured")


@content.register
def _(record: PatientRecord) -> Text:
    age = "age unknown" if record.age_years is None else f"{record.age_years:.0f} years"
    return Text(", ".join([record.status, f"bed {record.bed or '-'}", age, record.sex or "sex unknown"]))


@content.register
def _(record: ImagingReady) -> Text:
    return Text(f"study {record.study_uid}: {len(record.images)} image(s)")


@content.register
def _(record: ImagingOrder) -> Text:
    named = record.procedure or record.procedure_code or "procedure not said"
    where = " ".join(one for one in (record.modality, record.body_part, record.laterality) if one)
    parts = [f"{named} {record.status}", record.priority or "priority not said", *([where] if where else [])]
    return Text(", ".join(parts))


@content.register
def _(record: GenomeReady) -> Text:
    return Text(f"genome {record.genome} {record.status}")


@content.register
def _(record: GenomicResult) -> Text:
    return Text(f"{record.gene} {record.diplotype or '-'} {record.phenotype}")


@content.register
def _(record: VariantFinding) -> Text:
    copies = f" {record.zygosity}" if record.zygosity else ""
    return Text(f"{record.gene} {record.hgvs}{copies}: {record.significance}, {record.status}")


@content.register
def _(record: Medication) -> Text:
    dose = "" if record.dose is None else f"{record.dose:g} {record.dose_unit or ''}".strip()
    given = " ".join(one for one in (dose, record.route, record.frequency) if one)
    return Text(f"{record.drug} {record.status}" + (f", {given}" if given else ""))


@content.register
def _(record: PathologyReport) -> Text:
    return Text(f"report {record.report}, {len(record.text)} characters")


@content.register
def _(record: PathologyFindings) -> Text:
    found = "; ".join(f"{one.name} {one.value}{' ?' * (one.certainty == 'hedged')}" for one in record.findings)
    return Text(f"read of report {record.report}: {found or 'nothing'}")


@content.register
def _(record: Acknowledgement) -> Text:
    return Text(f"{record.action} of alert {record.alert} by {record.by}")


@content.register
def _(record: AlarmSetting) -> Text:
    set_to = "" if record.limit is None else f" {record.limit:g}"
    until = "" if record.until is None else f" until {record.until:%d %H:%M:%S}"
    what = " ".join(filter(None, (record.action, record.ends, record.condition)))
    return Text(f"{what}{set_to}{until} by {record.by} ({record.role})")


@content.register
def _(record: EarlyWarningScore) -> Text:
    bounds = "" if record.complete else f" to {record.upper}, missing {', '.join(record.missing)}"
    return Text(f"{record.score} {record.total}{bounds}, {record.band}")


@content.register
def _(record: RiskForecast) -> Text:
    judged = "abstained" if record.abstained else f"{record.probability:.1%}{' ALARM' if record.alarm else ''}"
    told = [record.sentence, record.abstained_because, *(one.sentence for one in record.further)]
    said = " ".join(filter(None, told))
    return Text(f"{record.outcome} {judged}, hour {record.hour} {record.kind}  {said}".rstrip())


@content.register
def _(record: Alert) -> Text:
    mark = Text(f"{PHASE_MARK[record.phase]} {record.phase:<10} ")
    more = _late(record)
    more += f" (a device alarms too: {len(record.confirmed_by)})" if record.confirmed_by else ""
    return mark.append(f" {record.priority} ", PRIORITY_STYLE[record.priority]).append(f" {record.text}{more}")


def _late(alert: Alert) -> str:
    """Return how late an alert was published, and whether it is history; empty where it was not late."""
    if not alert.late:
        return ""
    late = "late" if alert.age_s is None else f"{alert.age_s / 60:.0f} min late"
    return f" ({late}, for the record)" if alert.history else f" ({late})"


@content.register
def _(record: DeviceAlarm) -> Text:
    mark = Text(f"{DEVICE_PHASE_MARK.get(record.phase, '·')} {record.phase:<10} ")
    if record.priority is not None:
        mark.append(f" {record.priority} ", PRIORITY_STYLE[record.priority])
    return mark.append(f" {device_alarm(record)}")


def device_alarm(record: DeviceAlarm) -> str:
    """Return what a device's alarm says, of which device, with value and limits, and what is switched off."""
    measured = "; ".join(filter(None, (_measured(one) for one in record.values)))
    off = ", ".join(one for one in record.inactivation if one != "enabled")
    more = filter(None, (record.device, record.type, "" if record.state == "active" else record.state, measured, off))
    return f"{record.text or record.event} ({', '.join(more)})"


def _measured(one: AlarmValue) -> str:
    if one.value is None and one.low is None and one.high is None:
        return ""
    limits = " to ".join("" if limit is None else f"{limit:g}" for limit in (one.low, one.high))
    value = "" if one.value is None else f" {one.value:g}"
    return (
        f"{one.name}{value}{'' if one.unit is None else f' {one.unit}'}{f' [{limits}]' if limits.strip(' to') else ''}"
    )


@content.register
def _(record: Suggestion) -> Text:
    source = f"{record.citation.guideline} {record.citation.edition}, {record.citation.strength}"
    said = Text(record.text).append(f"  [{source}]", style="dim")
    for voice in record.second_voices:
        said.append(f"  but {voice.citation.guideline} {voice.citation.edition}: {voice.text}", style="dim")
    return said


@content.register
def _(record: CdsFeedback) -> Text:
    reason = f", reason {record.reason}" if record.reason else ""
    return Text(f"{record.rule or 'a card no longer known'}: {record.outcome}{reason}")


@content.register
def _(record: WardStatus) -> Text:
    if record.setting is not None:
        return Text(f"{record.component} set by {record.setting.by} ({record.setting.role}): {record.text}")
    return Text(f"{record.component} {record.state}: {record.text}")


@content.register
def _(record: LesionReport) -> Text:
    return lesion(record)


def lesion(report: LesionReport) -> Text:
    """Return a lesion report in one line: its result, or why nothing was judged."""
    judged = [image for image in report.images if image.refusal is None]
    if not judged:
        reasons = sorted({image.refusal for image in report.images if image.refusal})
        return Text(f"not assessed, 0 of {len(report.images)}: " + "; ".join(reasons), style="dim")
    many = {finding.model_name: finding for finding in report.findings if finding.images >= WHOLE_FROM}
    said_by_model = ", ".join(
        sorted(
            {image.predicted or "undecided" for image in judged if image.model_name not in many}
            | {finding.predicted or "undecided" for finding in many.values()}
        )
        + sorted({one.label for image in judged for one in image.additional_findings if one.present})
    )
    text = Text(f"{report.model_name or '-'}: {said_by_model}")
    if report.suspicious_probability is not None:
        text.append(f" · suspicious {report.suspicious_probability:.0%}")
    for finding in many.values():
        text.append(f" · {len(finding.carried_by)} of {finding.images} images carry it" if finding.suspicious else "")
    text.append(_share(report, len(judged)), style="dim")
    if report.priority == "urgent":
        text.append(" urgent ", PRIORITY_STYLE["medium"])
    return text.append(f" ({report.status})", style="dim")


def _share(report: LesionReport, judged: int) -> str:
    """Return how many images and frames were judged, where those were not all."""
    images = f"{judged} of {len(report.images)} images" if judged < len(report.images) else ""
    frames, seen = report.frames or 0, report.frames_judged or 0
    of_frames = f"{seen} of {frames} frames" if seen < frames and frames > len(report.images) else ""
    said = ", ".join(filter(None, (images, of_frames)))
    return f" · {said} judged" if said else ""


def _values(record: Wire, names: tuple[tuple[str, str], ...]) -> str:
    measured = ((short, getattr(record, name)) for name, short in names)
    return "  ".join(f"{short} {value:g}" for short, value in measured if value is not None) or "nothing measured"
