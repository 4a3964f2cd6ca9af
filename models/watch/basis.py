"""Which proposals an input or a step of an alarm may concern, and why one is withdrawn that it took the basis from."""

from typing import Final
from uuid import UUID

from models.alarms.episodes import Step
from models.watch.suggest import ORDERS, STANDING, Happened
from schemas.imaging import LesionReport
from schemas.labs import ANALYTES, LabResults
from schemas.pathology import PathologyFindings
from schemas.patients import PatientRecord
from schemas.therapy import GenomicResult, Medication
from schemas.variants import VariantFinding
from schemas.wire import Wire

_RESULT = "a newer genomic result no longer supports it"
_FINDING = "a newer record of a variant no longer supports it"
_REASONS: Final[dict[tuple[type[Wire], str | None], str]] = {
    (GenomicResult, "final"): _RESULT,
    (GenomicResult, "corrected"): _RESULT,
    (GenomicResult, "entered-in-error"): "the genomic result was entered in error",
    (VariantFinding, "final"): _FINDING,
    (VariantFinding, "corrected"): _FINDING,
    (VariantFinding, "entered-in-error"): "the finding of a variant was entered in error",
    (Medication, "ordered"): "the order was changed",
    (Medication, "active"): "the order was changed",
    (Medication, "stopped"): "the order was stopped",
    (Medication, "entered-in-error"): "the order was entered in error",
    (PathologyFindings, None): "a newer reading of a pathology report no longer supports it",
    (LesionReport, "preliminary"): "a newer report on a study no longer supports it",
    (PatientRecord, "discharged"): "the patient was discharged",
    (PatientRecord, "admitted"): "what is known of the patient has changed",
    (PatientRecord, "updated"): "what is known of the patient has changed",
}


def changed_by(event: Wire) -> Happened | None:
    """What an input may have changed; None for one that no proposal rests on."""
    if isinstance(event, LabResults):
        measured = frozenset(analyte for analyte in ANALYTES if getattr(event, analyte) is not None)
        return Happened(measured, "a newer result is known") if measured else None
    status = getattr(event, "status", None)
    reason = _REASONS.get((type(event), status))
    if reason is None:
        return None
    of_stay = isinstance(event, PatientRecord)
    left = of_stay and status == "discharged"
    return Happened(frozenset({STANDING}), reason, left=left, back=of_stay and not left)


def orders_changed_by(event: Wire) -> Happened | None:
    """What a result may have changed for the checks of orders, which look at it by the patient's newest moment."""
    of_result = changed_by(event) if isinstance(event, LabResults) else None
    return (
        None if of_result is None else of_result._replace(causes=frozenset(ORDERS + name for name in of_result.causes))
    )


def changed_by_alarm(condition: str, step: Step, alert: UUID) -> Happened:
    """What a step of an alarm may have changed."""
    reason = "the alarm is over" if not step.presence else "the alarm's priority has changed"
    return Happened(frozenset({condition}), reason, alerts={condition: alert})
