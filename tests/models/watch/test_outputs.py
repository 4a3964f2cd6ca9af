"""What is said of a score, an alarm, a forecast: all that a reader needs to see why; its id a replay repeats."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from models.alarms.episodes import Episode, Step
from models.alarms.rules import EDITION, NEWS2, SEPSIS_RISK, SPO2_LOW
from models.alarms.settings import Setting
from models.risk.deterioration.events import Head
from models.risk.model import Driver
from models.risk.wording import reasons
from models.scores import news2
from models.watch import outputs
from models.watch.care import Told
from models.watch.clocks import ClockNews
from models.watch.forecast import Forecast, FurtherForecast
from models.watch.hours import Due
from models.watch.state import PatientState
from schemas.alerts import SettingSaid
from schemas.forecasts import EarlyWarningScore
from schemas.identity import output_id
from tests.builders.watch_frames import START_MS, WELL, CountingModel, Frame, reacted

STARTED = Step("start", "medium", "on", presence=True, start_s=1000.0, time_s=1015.0, value=88.0, limit=90.0)
MODEL = CountingModel()
IDS = [
    "845143b8-91d9-5bae-ab44-a3ff38c9a34d",
    "f8c0669d-622b-5530-9a4b-2bee0d1317cd",
    "1c6dc4e5-4689-5951-99f2-0ae411f3e7c8",
    "0b05452f-fa27-5f9e-a622-965d50a2a600",
    "b20d626a-c32b-5a96-b5f3-34e17f2c0fa5",
    "10bd83f8-259f-504d-8e1a-19431ba3aca2",
]
"""Of the first score, alert, step, risk alarm, forecast and news of a clock below."""
SETTING_ID = "2ad3c410-3a75-57bf-a921-2f23c1db2e8c"
SAID_AGAIN_ID = "5b6eae5e-4f49-571d-bc78-fde647469dd1"


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


@pytest.mark.parametrize(
    ("measured", "shown", "points", "age_s"),
    [
        ({"on_oxygen": 1.0}, 1.0, 2, 60.0),
        ({"fio2_fraction": 0.4, "on_oxygen": 0.0}, 1.0, 2, 60.0),
        ({"fio2_fraction": 0.21, "on_oxygen": 0.0}, 0.0, 0, 60.0),
    ],
)
def test_oxygen_is_shown_as_it_was_found_with_its_age(
    measured: dict[str, float], shown: float, points: int, age_s: float
) -> None:
    score = a_score((0, 0, WELL | measured), (0, 60, {"heart_rate_bpm": 120.0}))
    (part,) = [part for part in score.parts if part.parameter == "on_oxygen"]
    assert (part.value, part.points, part.age_s) == (shown, points, age_s)


def test_a_replay_by_any_version_makes_the_same_ids() -> None:
    forecast = outputs.risk_forecast("p-1", a_forecast(), MODEL)
    risk = outputs.alert("p-1", SEPSIS_RISK, STARTED._replace(value=1.0, limit=1.0), "a")
    news = ClockNews(0, 0, "m-1", 20_000, START_MS)
    alert = outputs.alert("p-1", SPO2_LOW, STARTED)
    ids = (a_score((0, 0, WELL)).id, alert.alert, alert.id, risk.alert, forecast.id, outputs.clock("p-1", news).id)
    assert [str(one) for one in ids] == IDS
    assert outputs.alert("p-1", SPO2_LOW, STARTED, "a").alert == alert.alert  # no model stands behind a limit


def test_an_episode_that_has_not_begun_has_the_id_of_the_first_moment() -> None:
    first = output_id("alert", "p-1", "spo2-low/1", datetime.fromtimestamp(0, UTC))
    assert outputs.episode_id("p-1", SPO2_LOW, Episode((None,), 88.0), None) == first


UNANSWERED = "NEWS2 clinical risk is low-medium; the patient answers to voice or pain only, or not at all"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"value": 1.0}, UNANSWERED),
        ({"value": 2.0}, "NEWS2 clinical risk is medium"),
        ({"value": 1.0, "priority": "low"}, "NEWS2 clinical risk is low-medium"),
        ({"value": 1.0, "presence": False}, "NEWS2 clinical risk is low-medium"),
        ({"value": 1.0, "doubtful": True}, f"{UNANSWERED}; the value is doubtful"),
    ],
)
def test_a_score_whose_priority_its_band_does_not_explain_says_why(changes: dict[str, Any], text: str) -> None:
    alert = outputs.alert("p-1", NEWS2, STARTED._replace(limit=2.0, **changes))
    assert alert.text == text
    assert alert.evidence[0].doubtful is changes.get("doubtful", False)
    other = outputs.alert("p-1", SEPSIS_RISK, STARTED._replace(limit=1.0, value=1.0))
    assert other.text == "the forecast of sepsis is over its alarm threshold"


def test_a_score_that_rose_says_to_what() -> None:
    alert = outputs.alert("p-1", NEWS2, STARTED._replace(value=3.0, limit=3.0, priority="high", risen_to=9))
    assert alert.text == "NEWS2 clinical risk is high; acknowledged, and the score has risen to 9 since"
    assert [(one.name, one.value, one.unit) for one in alert.evidence] == [
        ("news2_band", 3.0, "{score}"),
        ("news2_total", 9.0, "{score}"),
    ]


def test_an_alert_says_who_is_told_what_silences_it_and_what_it_silences() -> None:
    plain = outputs.alert("p-1", SPO2_LOW, STARTED)
    assert (plain.suppressed_by, plain.suppressed, plain.recipients, plain.late) == (None, None, 1, False)
    parent = STARTED._replace(start_s=990.0, version="1")
    quiet = STARTED._replace(
        signal="off", parent="news2", parent_s=990.0, parent_version="1", hushed=2, group=2, late=True
    )
    alert = outputs.alert("p-1", SPO2_LOW, quiet)
    assert alert.suppressed_by == outputs.episode_id("p-1", NEWS2, parent, None)
    assert (alert.suppressed, alert.recipients, alert.late) == (2, 2, True)


@pytest.mark.parametrize(
    ("device", "skew_ms", "state", "text"),
    [
        ("m-1", 20_000, "degraded", "the clock of device m-1 is 20 s behind; its frames count as of their arrival"),
        (
            "m-1",
            -3_600_000,
            "degraded",
            "the clock of device m-1 is 3600 s ahead; its frames count as of their arrival",
        ),
        ("", 0, "restored", "the clock of a device without a name runs steadily again"),
    ],
)
def test_a_clock_that_is_wrong_is_told_and_when_it_is_right_again(
    device: str, skew_ms: int, state: str, text: str
) -> None:
    told = outputs.clock("p-1", ClockNews(0, 0, device, skew_ms, START_MS))
    assert (told.worker, told.component, told.patient, told.part) == ("watch", "clock", "p-1", device or None)
    assert (told.state, told.text, told.time) == (state, text, outputs.moment(START_MS))
    assert (told.provenance.rule, told.provenance.data) == ("ward-status/1", "none")


def test_a_forecast_shows_each_of_its_drivers_and_its_sentence_three_of_them() -> None:
    forecast = outputs.risk_forecast("p-1", a_forecast(drivers=2), MODEL)
    assert [tuple(one) for one in (driver.model_dump().values() for driver in forecast.drivers)] == [
        ("input-0", 0.0, "1", 0.0, 0.1),
        ("input-1", 1.0, "1", 0.5, 0.1),
    ]
    assert forecast.time == outputs.moment(START_MS)
    assert forecast.provenance.data == MODEL.data_version


SILENT = "no alarm sounds but arrest and extreme values"
UNTIL_MS = START_MS + 90_000
AWAY = Setting("away", "", START_MS, START_MS + 1000, UNTIL_MS, None, "CT", "nurse", "nurse-1")
HELD = {
    "limit": AWAY._replace(action="limit", condition="spo2-low", limit=88.0),
    "sound-off": AWAY._replace(action="sound-off", condition="spo2-low"),
    "pause": AWAY._replace(action="pause"),
    "standby": AWAY._replace(action="standby"),
    "away": AWAY,
}


@pytest.mark.parametrize(
    ("action", "place", "text"),
    [
        ("limit", "limit:spo2-low", "spo2-low begins at 88.0"),
        ("sound-off", "sound-off:spo2-low", "spo2-low does not sound at low and medium priority"),
        ("pause", "pause", f"paused: {SILENT}"),
        ("standby", "standby", f"on standby until vital signs are measured again: {SILENT}"),
        ("away", "away", f"away for an examination: {SILENT}"),
    ],
)
def test_a_setting_is_told_in_words_while_it_holds_and_when_it_is_over_or_refused(
    action: str, place: str, text: str
) -> None:
    def text_of(told: Told) -> str:
        return outputs.setting("p-1", told).text

    held = HELD[action]
    accepted = outputs.setting("p-1", Told(held, "accepted", START_MS + 1000, stands=True))
    assert accepted.text == f"{text}; until {outputs.moment(UNTIL_MS):%d %H:%M:%S} UTC at the latest"
    assert accepted.part == place
    assert text_of(Told(held, "expired", UNTIL_MS)) == f"over: {text}"
    assert text_of(Told(held, "ended", UNTIL_MS, "by a record")) == f"over, by a record: {text}"
    assert text_of(Told(held, "refused", UNTIL_MS, "too long")) == f"refused to set {action}: too long"


def test_a_setting_is_told_with_all_that_was_said_and_who_said_it() -> None:
    limit = HELD["limit"]
    told = outputs.setting("p-1", Told(limit, "accepted", START_MS + 1000, stands=True))
    assert (told.worker, told.component, told.patient, told.state) == ("watch", "alarms", "p-1", "degraded")
    assert (told.time, told.provenance.rule, told.provenance.data) == (
        outputs.moment(START_MS + 1000),
        "ward-status/1",
        EDITION,
    )
    assert told.setting == SettingSaid(
        outcome="accepted",
        action="limit",
        time=outputs.moment(START_MS),
        condition="spo2-low",
        limit=88.0,
        until=outputs.moment(UNTIL_MS),
        reason="CT",
        why=None,
        role="nurse",
        by="nurse-1",
    )
    over = outputs.setting("p-1", Told(AWAY._replace(until_ms=0, reason=""), "refused", START_MS, "too long"))
    assert over.state == "restored"
    assert over.setting is not None
    assert (over.setting.condition, over.setting.until, over.setting.reason) == (None, None, None)
    assert over.setting.why == "too long"
    long_name = AWAY._replace(action="sound-off", condition="x" * 125)
    assert outputs.setting("p-1", Told(long_name, "refused", START_MS, "unknown")).part == f"sound-off:{'x' * 118}"


def test_what_became_of_a_setting_has_the_same_id_in_a_replay_by_any_version_and_another_one_where_it_differs() -> None:
    said = [
        Told(AWAY, "accepted", START_MS, stands=True),
        Told(AWAY, "expired", START_MS),
        Told(AWAY, "ended", START_MS, "by a record"),
        Told(AWAY, "ended", START_MS + 1, "by a record"),
        Told(AWAY._replace(by="nurse-2"), "accepted", START_MS),
    ]
    ids = [str(outputs.setting("p-1", told).id) for told in said]
    assert ids[0] == SETTING_ID
    assert len({*ids, str(outputs.setting("p-2", said[0]).id)}) == len(said) + 1


@pytest.mark.parametrize(
    ("inactivation", "words"),
    [
        (None, ""),
        ("audio-paused", "; paused by staff"),
        ("alarm-paused", "; the patient is on standby or away"),
        ("audio-off", "; its sound is turned off"),
    ],
)
def test_an_alarm_that_staff_have_inactivated_says_so(inactivation: Any, words: str) -> None:  # noqa: ANN401 - a word
    alert = outputs.alert("p-1", SPO2_LOW, STARTED._replace(inactivation=inactivation))
    assert alert.text == f"SpO2 88 % (limit 90 %){words}"
    assert alert.inactivation == inactivation


def test_a_step_that_is_said_again_says_the_same_under_an_id_of_its_own_which_a_replay_repeats() -> None:
    alert = outputs.alert("p-1", SPO2_LOW, STARTED)
    again = outputs.said_again(alert)
    assert again.model_copy(update={"id": alert.id}) == alert
    assert str(again.id) == SAID_AGAIN_ID


def test_behind_a_risk_alarm_stands_the_model_of_the_patient_s_state_and_behind_no_other_any() -> None:
    assert outputs.model_version(PatientState(risk_version="risk-2"), SEPSIS_RISK) == "risk-2"
    assert outputs.model_version(PatientState(), SEPSIS_RISK) is None
    assert outputs.model_version(PatientState(risk_version="risk-2"), SPO2_LOW) is None


def test_what_the_vital_signs_will_show_is_told_with_its_drivers_or_with_why_nothing_is_said() -> None:
    made = a_forecast(alarm=False, drivers=0)
    drivers = [Driver("map", "mm[Hg]", 66.0, 0.0, 0.2)]
    further = [
        FurtherForecast(Head(0, 3), 0.25, None, drivers),
        FurtherForecast(Head(0, 6), 0.5, None, []),
        FurtherForecast(Head(1, 3), None, "it is there now", []),
        FurtherForecast(Head(1, 6), None, "it is there now", drivers),
    ]
    forecast = outputs.risk_forecast("p-1", made._replace(further=further, because="switched off"), MODEL)
    assert forecast.abstained_because == "switched off"
    first, plain, silent, odd = forecast.further
    assert (first.outcome, first.horizon_h, first.probability, first.abstained) == (Head(0, 3).name, 3, 0.25, False)
    assert [tuple(one.model_dump().values()) for one in first.drivers] == [("map", 66.0, "mm[Hg]", 0.0, 0.2)]
    assert first.sentence == f"Risk of {Head(0, 3).text} is 25%; {reasons(drivers)}."
    assert (plain.probability, plain.sentence, plain.drivers) == (0.5, None, ())
    assert (silent.probability, silent.abstained, silent.abstained_because) == (None, True, "it is there now")
    assert odd.sentence is None
