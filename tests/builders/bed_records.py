"""A patient of whom the board knows all that it can show: hours of numbers with a gap, and a little of the rest."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.alerts import Acknowledgement, Alert, Evidence
from schemas.forecasts import Driver, FurtherRisk
from schemas.labs import LabResults
from schemas.patients import PatientRecord
from schemas.suggestions import Citation, SecondVoice, Suggestion, UsedInput
from schemas.therapy import GenomicResult, Medication
from schemas.vitals import VitalsFrame
from tests.builders.demo_records import a_device_alarm, a_forecast, a_report, a_score, an_alert

PATIENT = "sim-01"


def everything(now: datetime) -> Iterator[tuple[str, Any]]:
    """Records of one patient up to a moment, each with its topic."""
    yield (
        "patients",
        PatientRecord(patient=PATIENT, time=now - timedelta(days=1), bed="12", age_years=71.4, sex="female"),
    )
    yield from frames(now)
    yield from alarms(now)
    for hour in range(6, 0, -1):
        risk = a_forecast(
            0.01 * (8 - hour), 8 - hour, alarm=hour == 1, sentence="Lactate 4.1 mmol/L raised it.", **_why()
        )
        yield "forecasts", risk.model_copy(update={"time": now - timedelta(hours=hour), "further": further()})
    points = {"heart_rate_bpm": 2, "spo2_percent": 3}
    for minutes in (240, 225, 90, 15):
        score = a_score(points if minutes < 100 else {"heart_rate_bpm": 0})
        yield "scores", score.model_copy(update={"id": UUID(int=minutes), "time": now - timedelta(minutes=minutes)})
    yield "device-alarms", a_device_alarm().model_copy(update={"time": now - timedelta(minutes=29)})
    yield "lesion-reports", a_report()
    for hours, lactate in ((9, 1.2), (2, 4.1)):
        time = now - timedelta(hours=hours)
        yield "labs", LabResults(patient=PATIENT, time=time, lactate_mmol_per_l=lactate, potassium_mmol_per_l=4.4)
    yield (
        "genomics",
        GenomicResult(patient=PATIENT, time=now, gene="CYP2C19", diplotype="*2/*2", phenotype="poor metabolizer"),
    )
    drug = {"order": "o-1", "drug": "clopidogrel", "dose": 75.0, "dose_unit": "mg", "status": "active"}
    yield "medications", Medication.model_validate({"patient": PATIENT, "time": now} | drug)
    yield "suggestions", proposal(now)


def further() -> tuple[FurtherRisk, ...]:
    """A forecast of what the vital signs will show, and one that is not made."""
    edge = {"outcome": "spo2-at-edge", "horizon_h": 8.0, "probability": 0.22, "abstained": False}
    low = {"outcome": "mean-pressure-below-65", "horizon_h": 4.0, "abstained": True}
    return (
        FurtherRisk.model_validate(edge | _why() | {"sentence": "Lactate 4.1 mmol/L raises it."}),
        FurtherRisk.model_validate(low | {"abstained_because": "it is there now"}),
    )


def _why() -> dict[str, Any]:
    lactate = Driver(name="lactate_mmol_per_l", value=4.1, unit="mmol/L", age_h=1.0, contribution=0.61)
    return {"drivers": (lactate,)}


def frames(now: datetime) -> Iterator[tuple[str, VitalsFrame]]:
    """Six hours of numbers, one frame a minute, none from three to two hours ago."""
    for minutes in range(360, -1, -1):
        if 120 < minutes < 180:
            continue
        ill = max(0, 60 - minutes)
        yield (
            "vitals",
            VitalsFrame(
                patient=PATIENT,
                time=now - timedelta(minutes=minutes),
                heart_rate_bpm=78.0 + minutes % 7 + ill * 0.6,
                respiratory_rate_per_min=14.0 + ill // 10,
                spo2_percent=97.0 - ill // 6,
                systolic_mmhg=124.0 - minutes % 5,
                temperature_celsius=36.8,
                on_oxygen=False,
                consciousness="alert",
            ),
        )


def alarms(now: datetime) -> Iterator[tuple[str, Alert | Acknowledgement]]:
    """An alarm that began, got worse and was acknowledged, one that it suppressed, one that is over."""
    low = (Evidence(name="spo2_percent", value=87.0, unit="%", limit=90.0),)
    fast = (Evidence(name="heart_rate_bpm", value=121.0, unit="/min", limit=120.0),)

    def step(number: int, episode: int, minutes: float, begun: float, phase: str = "start", **more: Any) -> Alert:
        at, since = now - timedelta(minutes=minutes), now - timedelta(minutes=begun)
        return an_alert(phase, episode, id=UUID(int=1000 + number), time=at, episode_start=since, **more)

    yield "alerts", step(1, 1, 30, 30, evidence=low)
    yield "alerts", step(2, 1, 20, 30, "escalate", priority="high", text="SpO2 84 % (limit 85 %)", evidence=low)
    yield (
        "acknowledgements",
        Acknowledgement(patient=PATIENT, time=now - timedelta(minutes=18), alert=UUID(int=1), by="nurse-icu-2"),
    )
    more: dict[str, Any] = {"priority": "high", "signal": "ack", "text": "SpO2 84 % (limit 85 %)"}
    yield "alerts", step(3, 1, 18, 30, "update", evidence=low, **more)
    more = {"condition": "news2", "signal": "off", "suppressed_by": UUID(int=1), "text": "NEWS2 5, medium risk"}
    yield "alerts", step(4, 2, 15, 15, **more)
    more = {"condition": "heart-rate-high", "text": "HR 121 /min (limit 120 /min)", "evidence": fast}
    yield "alerts", step(5, 3, 240, 240, **more)
    yield "alerts", step(6, 3, 225, 240, "end", **more)
    yield "alerts", step(7, 4, 2, 2, condition="heart-rate-high", text="HR 122 /min (limit 120 /min)", evidence=fast)


def proposal(now: datetime) -> Suggestion:
    """A proposal with all its parts."""
    values = {
        "id": UUID(int=6),
        "patient": PATIENT,
        "time": now - timedelta(minutes=5),
        "rule": "cpic-clopidogrel",
        "text": "Consider another drug than clopidogrel.",
        "citation": Citation(guideline="CPIC", edition="2022", reference="doi:10.1002/cpt.2526", strength="Strong"),
        "inputs": (UsedInput(name="CYP2C19", value="*2/*2", age_s=300.0),),
        "missing": ("creatinine_mg_per_dl",),
        "contraindications_checked": ("active bleeding",),
        "to_check": ("an earlier stroke",),
        "second_voices": (
            SecondVoice(
                text="choose another drug",
                citation=Citation(guideline="DPWG", edition="2021", reference="doi:2", strength="C"),
            ),
        ),
        "expires": now + timedelta(hours=3),
        "provenance": an_alert().provenance,
    }
    return Suggestion.model_validate(values)
