"""Which proposals an input or a step of an alarm may concern, and why one is withdrawn that it took the basis from."""

from uuid import UUID

from models.alarms.episodes import Step
from models.watch.suggest import STANDING, Happened
from schemas.imaging import LesionReport
from schemas.labs import ANALYTES, LabResults
from schemas.pathology import PathologyFindings
from schemas.patients import PatientRecord
from schemas.therapy import GenomicResult, Medication
from schemas.wire import Wire

_THERAPY = frozenset({STANDING})


def changed_by(event: Wire) -> Happened | None:
    """What an input may have changed; None for one that no proposal rests on."""
    match event:
        case LabResults():
            named = frozenset(analyte for analyte in ANALYTES if getattr(event, analyte) is not None)
            return Happened(named, "a newer result is known") if named else None
        case GenomicResult(status="entered-in-error"):
            return Happened(_THERAPY, "the genomic result was entered in error")
        case GenomicResult():
            return Happened(_THERAPY, "a newer genomic result no longer supports it")
        case Medication(status="stopped"):
            return Happened(_THERAPY, "the order was stopped")
        case Medication(status="entered-in-error"):
            return Happened(_THERAPY, "the order was entered in error")
        case Medication():
            return Happened(_THERAPY, "the order was changed")
        case PathologyFindings():
            return Happened(_THERAPY, "a newer reading of a pathology report no longer supports it")
        case LesionReport():
            return Happened(_THERAPY, "a newer report on a study no longer supports it")
        case PatientRecord(status="discharged"):
            return Happened(_THERAPY, "the patient was discharged", left=True)
        case PatientRecord():
            return Happened(_THERAPY, "what is known of the patient has changed", back=True)
        case _:
            return None


def changed_by_alarm(condition: str, step: Step, alert: UUID) -> Happened:
    """What a step of an alarm may have changed."""
    reason = "the alarm is over" if not step.presence else "the alarm's priority has changed"
    return Happened(frozenset({condition}), reason, alerts={condition: alert})
