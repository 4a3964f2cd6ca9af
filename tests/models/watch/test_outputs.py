"""What is said of a score, an alarm, a forecast: all that a reader needs to see why; its id a replay repeats."""

from datetime import UTC, datetime

import numpy as np
import pytest

from models.alarms.episodes import Step
from models.alarms.rules import EDITION, SEPSIS_RISK, SPO2_LOW
from models.risk.model import Driver
from models.scores import news2
from models.watch import outputs
from models.watch.forecast import Forecast
from models.watch.hours import Due
from models.watch.state import PatientState
from schemas.forecasts import EarlyWarningScore
from tests.builders.watch_frames import START_MS, WELL, CountingModel, Frame, reacted

STARTED = Step("start", "medium", "on", presence=True, start_s=1000.0, time_s=1015.0, value=88.0, limit=90.0)
MODEL = CountingModel()


def a_score(*rows: Frame) -> EarlyWarningScore:
    """The last score of these frames."""
    reaction = reacted([PatientState()], rows)
    return outputs.score("p-1", reaction.rows, reaction.scored[-1])


def a_forecast(*, closed: bool = True, alarm: bool = True, abstained: bool = False, drivers: int = 4) -> Forecast:
    due = Due(closed=closed, hour=3, time_ms=START_MS, row=np.zeros(40, np.float32), at=1)
    named = [Driver(f"input-{number}", "1", float(number), number / 2, 0.1) for number in range(drivers)]
    return Forecast(0, due, 0.314, alarm, abstained, named)


def test_a_whole_score_names_every_part_with_its_points_and_age() -> None:
    score = a_score((0, 0, WELL | {"spo2_percent": 93.0}))
    assert (score.total, score.lower, score.upper, score.complete, score.band) == (2, 2, 2, True, "low")
    assert [part.parameter for part in score.parts] == list(news2.PARAMETERS)
    assert sum(part.points or 0 for part in score.parts) == score.total
    assert {part.age_s for part in score.parts} == {0}
    assert score.missing == ()
    assert score.provenance.rule == news2.RULE


def test_what_is_missing_is_named_and_widens_the_bounds_and_is_never_filled_in() -> None:
    score = a_score((0, 0, {"heart_rate_bpm": 120.0, "spo2_percent": 98.0}))
    assert (score.total, score.lower, score.upper) == (2, 2, 2 + 3 + 2 + 3 + 3 + 3)
    assert not score.complete
    assert set(score.missing) == set(news2.PARAMETERS) - {"heart_rate_bpm", "spo2_percent"}
    assert all(part.value is None and part.points is None for part in score.parts if part.parameter in score.missing)


def test_a_value_that_is_too_old_is_shown_with_its_age_and_counts_as_missing() -> None:
    age_s = news2.MAX_AGE_S["respiratory_rate_per_min"] + 1
    score = a_score((0, 0, WELL), (0, age_s, {"heart_rate_bpm": 72.0}))
    (part,) = [part for part in score.parts if part.parameter == "respiratory_rate_per_min"]
    assert (part.value, part.points, part.age_s) == (15.0, None, age_s)
    assert "respiratory_rate_per_min" in score.missing


def test_consciousness_is_shown_in_the_charts_word() -> None:
    score = a_score((0, 0, WELL | {"consciousness": 2.0}))
    (part,) = [part for part in score.parts if part.parameter == "consciousness"]
    assert (part.value, part.points) == ("voice", 3)


def test_scores_of_other_moments_patients_or_points_have_other_ids_and_the_same_has_the_same() -> None:
    reaction = reacted([PatientState()], [(0, 0, WELL), (0, 60, WELL | {"spo2_percent": 93.0})])
    first, second = reaction.scored
    ids = [outputs.score(name, reaction.rows, at).id for name in ("p-1", "p-2") for at in (first, second)]
    assert len(set(ids)) == 4
    assert outputs.score("p-1", reaction.rows, first).id == ids[0]


def test_an_alert_says_what_why_since_when_and_by_which_rule() -> None:
    alert = outputs.alert("p-1", SPO2_LOW, STARTED)
    assert alert.text == "SpO2 88 % (limit 90 %)"
    assert (alert.episode_start, alert.time) == (datetime.fromtimestamp(1000, UTC), datetime.fromtimestamp(1015, UTC))
    (evidence,) = alert.evidence
    assert (evidence.name, evidence.value, evidence.unit, evidence.limit) == ("spo2_percent", 88, "%", 90)
    assert (alert.provenance.rule, alert.provenance.model, alert.provenance.data) == ("spo2-low/1", None, EDITION)


def test_all_steps_of_an_episode_share_its_id_and_have_their_own() -> None:
    steps = [
        STARTED,
        STARTED._replace(phase="escalate", priority="high", time_s=1020.0),
        STARTED._replace(phase="update", signal="ack", time_s=1030.0),
        STARTED._replace(phase="end", signal="off", presence=False, time_s=1100.0),
    ]
    alerts = [outputs.alert("p-1", SPO2_LOW, step) for step in steps]
    assert len({alert.alert for alert in alerts}) == 1
    assert len({alert.id for alert in alerts}) == len(steps)


@pytest.mark.parametrize(("patient", "start_s"), [("p-1", 1001.0), ("p-2", 1000.0)])
def test_episodes_of_another_start_or_patient_are_others(patient: str, start_s: float) -> None:
    other = outputs.alert(patient, SPO2_LOW, STARTED._replace(start_s=start_s))
    assert other.alert != outputs.alert("p-1", SPO2_LOW, STARTED).alert


def test_a_risk_alarm_names_its_model_and_another_version_raises_another_episode() -> None:
    step = STARTED._replace(value=1.0, limit=1.0)
    first, second = (outputs.alert("p-1", SEPSIS_RISK, step, version, "sha256:1") for version in ("a", "b"))
    assert (first.provenance.model, first.provenance.data) == ("risk/a", "sha256:1")
    assert first.alert != second.alert
    assert first.alert == outputs.episode_id("p-1", SEPSIS_RISK, step, "a")


def test_a_forecast_says_its_horizon_hour_model_and_what_drove_it() -> None:
    forecast = outputs.risk_forecast("p-1", a_forecast(), MODEL)
    assert (forecast.outcome, forecast.horizon_h, forecast.hour, forecast.kind) == ("sepsis", 6.0, 3, "closed")
    assert forecast.probability == pytest.approx(0.314)
    assert forecast.provenance.model == "risk/counting-1"
    assert len(forecast.drivers) == 4
    assert forecast.sentence == (
        "Risk of sepsis within 6 h is 31%; "
        "raised most by input-0 0 (this hour), input-1 1 (this hour) and input-2 2 (1 h old)."
    )


def test_a_forecast_without_drivers_claims_no_reason() -> None:
    forecast = outputs.risk_forecast("p-1", a_forecast(alarm=False, drivers=0), MODEL)
    assert (forecast.alarm, forecast.sentence, forecast.drivers) == (False, None, ())


def test_who_abstains_does_not_alarm() -> None:
    assert outputs.risk_forecast("p-1", a_forecast(abstained=True), MODEL).alarm is False


def test_a_provisional_forecast_and_the_closed_one_of_the_same_moment_are_two() -> None:
    closed, provisional = (outputs.risk_forecast("p-1", a_forecast(closed=closed), MODEL) for closed in (True, False))
    assert closed.id != provisional.id
    assert (closed.kind, provisional.kind) == ("closed", "provisional")
