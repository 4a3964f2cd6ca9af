"""The topics: a contract. What each carries, which way it flows, how long it is kept."""

from typing import Any, Final, Literal, NamedTuple

from pydantic import TypeAdapter

from schemas.alerts import Acknowledgement, Alert, WardStatus
from schemas.forecasts import EarlyWarningScore, RiskForecast
from schemas.imaging import ImagingReady, LesionReport
from schemas.labs import LabResults
from schemas.pathology import PathologyFindings, PathologyReport
from schemas.patients import PatientRecord
from schemas.suggestions import Suggestion
from schemas.therapy import GenomicResult, Medication
from schemas.vitals import VITALS_RECORD

DAY_S: Final = 86_400


class Topic(NamedTuple):
    """One topic. `ce_type` is the CloudEvents type, whose last part is the major version of the schema."""

    name: str
    flow: Literal["in", "out"]
    record: TypeAdapter[Any] | None  # None: the original bytes of something that could not be read
    ce_type: str
    retention_s: int
    text: str


def _topic(name: str, flow: Literal["in", "out"], model: Any, retention_s: int, text: str) -> Topic:  # noqa: ANN401 - any wire model
    adapter = model if isinstance(model, TypeAdapter) or model is None else TypeAdapter(model)
    return Topic(name, flow, adapter, f"org.wardwatch.{name}.v1", retention_s, text)


# fmt: off
TOPICS: Final[dict[str, Topic]] = {topic.name: topic for topic in (
    _topic("vitals",            "in",  VITALS_RECORD,     7 * DAY_S,  "vital signs, one frame a record, or a block"),
    _topic("labs",              "in",  LabResults,        30 * DAY_S, "laboratory results"),
    _topic("patients",          "in",  PatientRecord,     90 * DAY_S, "admission data and allergies"),
    _topic("imaging-ready",     "in",  ImagingReady,      30 * DAY_S, "images that can be fetched now"),
    _topic("genomics",          "in",  GenomicResult,     90 * DAY_S, "genomic results"),
    _topic("medications",       "in",  Medication,        90 * DAY_S, "drugs ordered, given, stopped"),
    _topic("pathology-reports", "in",  PathologyReport,   90 * DAY_S, "pathology reports"),
    _topic("acknowledgements",  "in",  Acknowledgement,   30 * DAY_S, "alarms that somebody has seen"),
    _topic("scores",            "out", EarlyWarningScore, 30 * DAY_S, "early-warning scores, when one changes"),
    _topic("forecasts",         "out", RiskForecast,      30 * DAY_S, "hourly risk forecasts, provisional between"),
    _topic("alerts",            "out", Alert,             90 * DAY_S, "the life of every alarm"),
    _topic("lesion-reports",    "out", LesionReport,      90 * DAY_S, "preliminary reports on images"),
    _topic("pathology-findings", "out", PathologyFindings, 90 * DAY_S, "what was read of pathology reports"),
    _topic("suggestions",       "out", Suggestion,        90 * DAY_S, "proposals with their source"),
    _topic("ward-status",       "out", WardStatus,        30 * DAY_S, "alarms about Wardwatch itself and silent beds"),
    _topic("dead-letters",      "out", None,              90 * DAY_S, "records that could not be used, byte for byte"),
)}
# fmt: on
