"""Records as the topics carry them, for tests of what is shown."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.alerts import Alert, SettingSaid, WardStatus
from schemas.device_alarms import AlarmValue, DeviceAlarm
from schemas.forecasts import EarlyWarningScore, RiskForecast, ScorePart
from schemas.imaging import ImageReport, LesionReport
from schemas.patients import PatientRecord
from schemas.suggestions import Citation, SecondVoice, Suggestion, UsedInput
from schemas.vitals import VitalsFrame
from schemas.wire import Provenance

NOW = datetime(2026, 3, 1, 14, 30, tzinfo=UTC)
BY = Provenance(software="wardwatch/0", data="test")


def a_frame(minutes: float = 0, patient: str = "sim-01", **values: Any) -> VitalsFrame:
    return VitalsFrame(patient=patient, time=NOW + timedelta(minutes=minutes), **values)


def an_admission(patient: str = "sim-01", bed: str = "1") -> PatientRecord:
    return PatientRecord(patient=patient, time=NOW, bed=bed, age_years=71.4, sex="female")


def a_score(points: dict[str, int], patient: str = "sim-01") -> EarlyWarningScore:
    total = sum(points.values())
    return EarlyWarningScore(
        id=UUID(int=1),
        patient=patient,
        time=NOW,
        score="NEWS2",
        total=total,
        lower=total,
        upper=total + 3,
        complete=False,
        band="high" if total >= 7 else "low",
        parts=tuple(ScorePart(parameter=name, points=value) for name, value in points.items()),
        missing=("temperature_celsius",),
        provenance=BY,
    )


def a_forecast(probability: float, hour: int = 1, *, closed: bool = True, **more: Any) -> RiskForecast:
    return RiskForecast(
        id=UUID(int=hour),
        patient="sim-01",
        time=NOW + timedelta(hours=hour),
        outcome="sepsis",
        horizon_h=6,
        kind="closed" if closed else "provisional",
        hour=hour,
        probability=probability,
        provenance=BY,
        **({"alarm": False, "abstained": False} | more),
    )


def an_alert(phase: str = "start", episode: int = 1, **more: Any) -> Alert:
    values: dict[str, Any] = {
        "id": UUID(int=100 + episode),
        "alert": UUID(int=episode),
        "patient": "sim-01",
        "time": NOW,
        "condition": "spo2-low",
        "type": "physiological",
        "priority": "medium",
        "phase": phase,
        "presence": phase != "end",
        "signal": "off" if phase == "end" else "on",
        "episode_start": NOW,
        "text": "SpO2 88 % (limit 90 %)",
        "provenance": BY,
    }
    return Alert(**(values | more))


def a_device_alarm(minutes: float = 0, **more: Any) -> DeviceAlarm:
    values: dict[str, Any] = {
        "patient": "sim-01",
        "time": NOW + timedelta(minutes=minutes),
        "device": "monitor-4",
        "alarm": "a-1",
        "code": "196674",
        "event": "MDC_EVT_LO_VAL_LT_LIM",
        "system": "MDC",
        "text": "SpO2 LOW",
        "phase": "start",
        "state": "active",
        "priority": "medium",
        "type": "physiological",
        "direction": "low",
        "values": (AlarmValue(name="spo2_percent", value=86.0, low=90.0, high=100.0),),
    }
    return DeviceAlarm(**(values | more))


def a_report(**image: Any) -> LesionReport:
    return LesionReport(
        id=UUID(int=5),
        patient="sim-01",
        time=NOW,
        study_uid="1.2.3",
        model_name="chest_xray",
        priority="urgent",
        suspicious_probability=0.93,
        images=(ImageReport(url="file:///x.dcm", **image),),
        provenance=BY,
    )


def a_suggestion() -> Suggestion:
    return Suggestion(
        id=UUID(int=6),
        patient="sim-01",
        time=NOW,
        rule="cpic-clopidogrel",
        text="Consider another drug than clopidogrel.",
        citation=Citation(guideline="CPIC", edition="2022", reference="doi:1", strength="Strong"),
        inputs=(UsedInput(name="CYP2C19", value="Poor Metabolizer"), UsedInput(name="egfr", value=38.5)),
        missing=("allergies",),
        second_voices=(
            SecondVoice(
                text="the DPWG advises a higher dose.",
                citation=Citation(guideline="DPWG", edition="2021", reference="doi:2", strength="not graded"),
            ),
        ),
        expires=NOW,
        provenance=BY,
    )


def a_beat(partitions: range) -> WardStatus:
    """A worker's sign of life of this moment."""
    now = datetime.now(UTC)
    said = {"id": an_alert().id, "time": now, "worker": "w", "component": "worker", "state": "restored", "text": "on"}
    said |= {"watches": tuple(partitions), "up_to": now, "provenance": an_alert().provenance}
    return WardStatus.model_validate(said)


def a_setting_said(outcome: str, *, text: str, state: str = "degraded", minutes: float = 0) -> WardStatus:
    """What became of a nurse's limit for the saturation."""
    said = {"outcome": outcome, "action": "limit", "time": NOW, "condition": "spo2-low", "role": "nurse"}
    return WardStatus.model_validate(
        {
            "id": UUID(int=9),
            "time": NOW + timedelta(minutes=minutes),
            "worker": "watch",
            "component": "alarms",
            "patient": "sim-01",
            "part": "limit:spo2-low",
            "state": state,
            "text": text,
            "setting": SettingSaid.model_validate(said | {"by": "nurse-5"}),
            "provenance": BY,
        }
    )
