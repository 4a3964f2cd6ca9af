"""The topics, which are a contract: what each carries, which way it flows, and how long its records are kept."""

from typing import Any, Final, Literal, NamedTuple

from pydantic import TypeAdapter

from schemas.alarm_settings import AlarmSetting
from schemas.alerts import Acknowledgement, Alert, WardStatus
from schemas.cds_feedback import CdsFeedback
from schemas.device_alarms import DeviceAlarm
from schemas.forecasts import EarlyWarningScore, RiskForecast
from schemas.genomes import GenomeReady
from schemas.imaging import ImagingOrder, ImagingReady, LesionReport
from schemas.labs import LabResults
from schemas.pathology import PathologyFindings, PathologyReport
from schemas.patients import PatientRecord
from schemas.suggestions import Suggestion
from schemas.therapy import Medication
from schemas.variants import GENOMICS_RECORD
from schemas.vitals import VITALS_RECORD

DAY_S: Final = 86_400


class Topic(NamedTuple):
    """One topic; `flow` is seen from Wardwatch.

    ce_type   the CloudEvents type, whose last part is the major version of the schema
    record    None: the original bytes of something that could not be read
    readers   the principals that read it: the roles of workers and the programs beside them
    writers   the principals that write it
    """

    name: str
    flow: Literal["in", "out"]
    record: TypeAdapter[Any] | None
    ce_type: str
    retention_s: int
    readers: tuple[str, ...]
    writers: tuple[str, ...]
    text: str


def _topic(
    name: str,
    flow: Literal["in", "out"],
    model: Any,  # noqa: ANN401 - any wire model
    retention_s: int,
    readers: str,
    writers: str,
    text: str,
) -> Topic:
    adapter = model if isinstance(model, TypeAdapter) or model is None else TypeAdapter(model)
    ce_type = f"org.wardwatch.{name}.v1"
    return Topic(name, flow, adapter, ce_type, retention_s, tuple(readers.split()), tuple(writers.split()), text)


# fmt: off
# An operator may read every topic and write every input: dead letters are replayed. A worker of a role works on every
# topic that its role reads, vital signs in micro-batches, all others event by event (stream/worker/assembly.py), and
# writes those too: what lies in another partition than its key's it moves there.
TOPICS: Final[dict[str, Topic]] = {topic.name: topic for topic in (
    # name               flow   model              kept       read by            written by           what it carries
    _topic("vitals",            "in",  VITALS_RECORD,     7 * DAY_S,  "watch board",      "feed gateway watch",
           "Vital signs, one frame or one block a record."),
    _topic("labs",              "in",  LabResults,        30 * DAY_S, "watch board",      "feed gateway watch",
           "Laboratory results, one sample a record."),
    _topic("patients",          "in",  PatientRecord,     90 * DAY_S, "watch board",      "feed gateway watch",
           "Admission data and allergies."),
    _topic("imaging-ready",     "in",  ImagingReady,      30 * DAY_S, "check",            "feed gateway check",
           "Images that can be fetched now."),
    _topic("imaging-orders",    "in",  ImagingOrder,      90 * DAY_S, "check",            "feed gateway check",
           "Orders of images, and what becomes of them."),
    _topic("genomes-ready",     "in",  GenomeReady,       90 * DAY_S, "check",            "feed gateway check",
           "Genomes whose files can be fetched now."),
    _topic("genomics",          "in",  GENOMICS_RECORD,   90 * DAY_S, "watch board",      "feed gateway watch check",
           "Genomic results, one gene or one disease-related variant a record."),
    _topic("medications",       "in",  Medication,        90 * DAY_S, "watch board",      "feed gateway watch",
           "Drugs that are ordered, given or stopped."),
    _topic("pathology-reports", "in",  PathologyReport,   90 * DAY_S, "check",            "feed gateway check",
           "Pathology reports as they were written."),
    _topic("acknowledgements",  "in",  Acknowledgement,   30 * DAY_S, "watch board",      "feed watch",
           "Alarms that somebody has seen."),
    _topic("device-alarms",     "in",  DeviceAlarm,       90 * DAY_S, "watch board",      "feed gateway watch",
           "Alarms of the monitors themselves."),
    _topic("alarm-settings",    "in",  AlarmSetting,      90 * DAY_S, "watch",            "feed watch",
           "Limits, pauses and absences, by whom and until when."),
    _topic("scores",            "out", EarlyWarningScore, 30 * DAY_S, "board",            "watch",
           "Early-warning scores, when one changes."),
    _topic("forecasts",         "out", RiskForecast,      30 * DAY_S, "board",            "watch",
           "Risk forecasts, final every hour."),
    _topic("alerts",            "out", Alert,             90 * DAY_S, "board subscriber", "watch",
           "Every step in the life of an alarm."),
    _topic("lesion-reports",    "out", LesionReport,      90 * DAY_S, "watch board",      "check watch",
           "Preliminary reports on images."),
    _topic("pathology-findings", "out", PathologyFindings, 90 * DAY_S, "watch",           "check watch",
           "What was read of pathology reports."),
    _topic("suggestions",       "out", Suggestion,        90 * DAY_S, "board",            "watch",
           "Proposals with their source, never orders."),
    _topic("cds-feedback",      "out", CdsFeedback,       90 * DAY_S, "",                 "cds",
           "What clinicians did with cards of CDS Hooks."),
    _topic("ward-status",       "out", WardStatus,        30 * DAY_S, "board",            "watch check gateway",
           "Alarms about Wardwatch and silent beds."),
    _topic("dead-letters",      "out", None,              90 * DAY_S, "",                 "watch check",
           "Records that could not be used, byte for byte."),
)}
# fmt: on


def read_by(principal: str) -> tuple[str, ...]:
    """The topics that a principal reads, in the order of the table."""
    return tuple(topic.name for topic in TOPICS.values() if principal in topic.readers)


def written_by(principal: str) -> tuple[str, ...]:
    """The topics that a principal writes, in the order of the table."""
    return tuple(topic.name for topic in TOPICS.values() if principal in topic.writers)
