"""A patient of whom a plan has much to say."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from models.plan.plan import plan_of
from models.plan.seen import NOTHING_SEEN, Seen
from models.watch.advance import advance_event
from models.watch.state import PatientState
from schemas.forecasts import Driver, RiskForecast
from schemas.imaging import Finding, ImageReport, LesionReport
from schemas.nodules import LungNodule
from schemas.plan import Plan
from schemas.topics import TOPICS
from schemas.wire import Provenance

AT: Final = datetime(2026, 1, 2, 1, 15, tzinfo=UTC)
NOW_S: Final = (AT + timedelta(minutes=10)).timestamp()
PATIENT: Final = "p-1"
RECORDS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("patients", {"age_years": 70, "sex": "female", "weight_kg": 60, "is_pregnant": False,
                  "allergies": ["ticagrelor"]}),
    ("genomics", {"gene": "CYP2C19", "phenotype": "Poor Metabolizer", "source": "lab", "coverage": "full"}),
    ("genomics", {"gene": "CYP2D6", "phenotype": "No Call", "source": "lab"}),
    ("genomics", {"gene": "BRCA1", "hgvs": "c.5266dup", "significance": "Pathogenic", "origin": "germline"}),
    ("medications", {"order": "o-1", "drug": "clopidogrel", "status": "active"}),
    ("medications", {"order": "o-2", "drug": "capecitabine", "status": "ordered"}),
    ("medications", {"order": "o-3", "drug": "house mixture 7", "status": "ordered"}),
    ("labs", {"creatinine_mg_per_dl": 0.9, "lactate_mmol_per_l": 4.5}),
)  # fmt: skip


def a_state(*records: tuple[str, dict[str, Any]], minutes: float = 0) -> PatientState:
    """The state of one patient after these records."""
    state = PatientState()
    time = {"patient": PATIENT, "time": (AT + timedelta(minutes=minutes)).isoformat()}
    for topic, record in records:
        adapter = TOPICS[topic].record
        assert adapter is not None
        state, _ = advance_event(PATIENT, state, adapter.validate_python(time | record))
    return state


def a_plan(*records: tuple[str, dict[str, Any]], seen: Seen = NOTHING_SEEN, now_s: float = NOW_S) -> Plan:
    """The plan of one patient after these records, or after RECORDS."""
    return plan_of(PATIENT, a_state(*(records or RECORDS)), now_s, seen)


def a_nodule(**more: Any) -> LungNodule:
    """A solid nodule of 7 mm, found by chance in a patient at high risk of whom all is known."""
    told = {"context": "incidental", "kind": "solid", "diameter_mm": 7.0, "risk": "high"}
    known = {"known_cancer": False, "immunosuppressed": False}
    return LungNodule.model_validate({"patient": PATIENT, "time": AT, **told, **known, **more})


def a_lesion_report(*images: ImageReport, study: str = "1.2.3", **more: Any) -> LesionReport:
    """A report on a study."""
    told: dict[str, Any] = {"id": UUID(int=5), "time": AT, "priority": "urgent", "model_name": "chest_xray"}
    provenance = Provenance(software="0", data="test")
    shown = images or (an_image(pneumonia=0.9, normal=0.1),)
    return LesionReport(patient=PATIENT, study_uid=study, images=shown, provenance=provenance, **(told | more))


def an_image(model: str = "chest_xray", url: str | None = None, **shares: float) -> ImageReport:
    """A judged image with the probability of each class."""
    return ImageReport(
        url="file:///x.dcm",
        model_name=model,
        predicted=max(shares, key=lambda label: shares[label]),
        findings=tuple(Finding(label=label, probability=share) for label, share in shares.items()),
        saliency_url=url,
    )


def a_risk(probability: float = 0.31, **more: Any) -> RiskForecast:
    """A forecast that alarms, for a reason."""
    told: dict[str, Any] = {"id": UUID(int=7), "time": AT, "alarm": True, "abstained": False}
    lactate = Driver(name="lactate_mmol_per_l", value=4.5, unit="mmol/L", age_h=0, contribution=1.2)
    fixed = {"outcome": "sepsis", "horizon_h": 6, "kind": "closed", "hour": 3, "drivers": (lactate,)}
    provenance = Provenance(software="0", data="test")
    return RiskForecast(patient=PATIENT, probability=probability, provenance=provenance, **(fixed | told | more))
