"""Critical values: both sides of every edge, one alarm for one result, silent once seen until a result is worse."""

from datetime import timedelta
from typing import Any

import pytest

from models.alarms.grading import BETWEEN, FIRST_LEVEL, WELL
from models.alarms.laboratory import CRITICAL_VALUES, SILENCE_S, grade_result
from models.alarms.rules import Rule
from models.watch.outputs import moment
from schemas.alarm_settings import AlarmSetting
from schemas.alerts import Acknowledgement
from schemas.labs import ANALYTES, LabResults
from schemas.patients import PatientRecord
from tests.builders.bedside import Bed, after_s, bed, stream
from tests.builders.watch_frames import START_MS
from tests.builders.watch_frames import WELL as WELL_FRAME

COPY: dict[
    str, tuple[str, dict[float, str], float, float]
] = {  # condition: analyte, limits with priorities, limit that ends it, the smallest step that a laboratory reports
    "potassium-low": ("potassium_mmol_per_l", {2.8: "medium", 2.3: "high"}, 3.0, 0.1),
    "potassium-high": ("potassium_mmol_per_l", {6.2: "medium", 7.0: "high"}, 5.9, 0.1),
    "glucose-low": ("glucose_mg_per_dl", {46: "medium", 36: "high"}, 70, 1),
    "glucose-high": ("glucose_mg_per_dl", {484: "medium"}, 400, 1),
    "lactate-high": ("lactate_mmol_per_l", {4.0: "medium", 10.0: "high"}, 3.0, 0.1),
    "haemoglobin-low": ("hemoglobin_g_per_dl", {6.6: "medium", 5.0: "high"}, 7.0, 0.1),
    "platelets-low": ("platelets_10e3_per_ul", {37: "medium", 10: "high"}, 45, 1),
}
EVERY = pytest.mark.parametrize("rule", CRITICAL_VALUES, ids=[rule.condition for rule in CRITICAL_VALUES])


def labs(of: Bed, sampled_s: float, arrived_s: float, **results: float) -> Bed:
    event = LabResults.model_validate({"patient": "p-1", "time": moment(START_MS + round(sampled_s * 1000))} | results)
    return of.event(event, arrived_s)


def monitored() -> Bed:
    return bed(stream(WELL_FRAME, 0, 10))


def told(of: Bed, condition: str) -> list[tuple[str, str, str, float]]:
    return [(one.phase, one.priority, one.signal, after_s(one)) for one in of.alerts(condition)]


@EVERY
def test_a_row_is_what_the_copy_says_and_can_be_reported(rule: Rule) -> None:
    analyte, limits, clear, _ = COPY[rule.condition]
    assert (rule.input, {one.limit: one.priority for one in rule.levels}, rule.clear) == (analyte, limits, clear)
    assert rule.input in ANALYTES
    assert not rule.informs
    assert "{" not in rule.sentence(rule.levels[0].limit, rule.levels[0].limit)
    assert len(COPY) == len(CRITICAL_VALUES)


@EVERY
def test_both_sides_of_every_limit_of_a_critical_value(rule: Rule) -> None:
    _, limits, clear, step = COPY[rule.condition]
    worse = step if rule.direction == "above" else -step
    for level, limit in enumerate(limits):
        assert grade_result(rule, limit) == FIRST_LEVEL + level
        assert grade_result(rule, limit - worse) == (BETWEEN if level == 0 else FIRST_LEVEL + level - 1)
    assert grade_result(rule, clear) == WELL
    assert grade_result(rule, clear + worse) == BETWEEN


@EVERY
def test_a_critical_value_sounds_when_it_comes_and_ends_with_one_that_is_well(rule: Rule) -> None:
    limit, between = rule.levels[0].limit, (rule.levels[0].limit + rule.clear) / 2
    of = labs(monitored(), -3600, 10, **{rule.input: limit})
    assert told(of, rule.condition) == [("start", "medium", "on", 10)]
    (alert,) = of.alerts(rule.condition)
    assert (alert.evidence[0].value, alert.evidence[0].limit, alert.evidence[0].name) == (limit, limit, rule.input)
    assert alert.episode_start.timestamp() == START_MS / 1000 - 3600
    labs(of, 60, 100, **{rule.input: between})
    assert len(of.alerts(rule.condition)) == 1  # neither critical nor well
    labs(of, 120, 200, **{rule.input: rule.clear})
    assert told(of, rule.condition)[-1] == ("end", "medium", "off", 200)


def test_a_result_that_is_worse_escalates_and_the_same_one_says_nothing_twice() -> None:
    of = labs(monitored(), 0, 10, potassium_mmol_per_l=6.5)
    labs(of, 0, 11, potassium_mmol_per_l=6.5)
    labs(of, 60, 70, potassium_mmol_per_l=7.2)
    assert told(of, "potassium-high") == [("start", "medium", "on", 10), ("escalate", "high", "on", 70)]


def test_an_older_result_that_comes_late_changes_nothing() -> None:
    of = labs(monitored(), 0, 10, potassium_mmol_per_l=4.0)
    labs(of, -600, 20, potassium_mmol_per_l=7.2)
    assert of.alerts("potassium-high") == []


def test_a_result_that_is_corrected_counts_as_it_is_corrected() -> None:
    of = labs(monitored(), 0, 10, potassium_mmol_per_l=7.2)  # a haemolysed sample
    labs(of, 0, 20, potassium_mmol_per_l=4.2)
    assert told(of, "potassium-high")[-1][:3] == ("end", "high", "off")
    labs(of, 0, 30, potassium_mmol_per_l=7.2)
    starts = [one.alert for one in of.alerts("potassium-high", phase="start")]
    assert len(set(starts)) == len(starts) == 2
    first, second = (one.episode_start for one in of.alerts("potassium-high", phase="start"))
    assert second - first == timedelta(milliseconds=1)  # an episode is known by its start: the next one has its own


def test_a_critical_value_that_was_seen_is_silent_until_the_next_sample_is_due_or_worse() -> None:
    of = labs(monitored(), 0, 10, potassium_mmol_per_l=6.5)
    seen = Acknowledgement(
        patient="p-1", time=moment(START_MS + 20_000), alert=of.alerts("potassium-high")[0].alert, by="nurse-1"
    )
    of.event(seen, 20)
    labs(of, 3600, 3700, potassium_mmol_per_l=6.6)
    of.wait(20 + SILENCE_S + 1)
    assert not of.sounds("potassium-high")
    of.wait(20 + SILENCE_S + 3)
    assert told(of, "potassium-high")[-1] == ("update", "medium", "on", 20 + SILENCE_S)


def test_a_critical_value_that_nobody_answers_goes_to_the_second_group_also_while_frames_come() -> None:
    of = labs(monitored(), 0, 10, platelets_10e3_per_ul=20.0)
    of.frames(stream(WELL_FRAME, 10, 1000, 10.0))
    (second,) = of.alerts("platelets-low", recipients=2)
    assert after_s(second) == 10 + 900


def without_sound() -> Bed:
    """Of a patient with a lactate that is critical, and whose alarm staff have turned off for an hour."""
    said: dict[str, Any] = {
        "action": "sound-off",
        "condition": "lactate-high",
        "role": "physician",
        "by": "physician-1",
    }
    said |= {"patient": "p-1", "time": moment(START_MS + 10_000), "until": moment(START_MS + 3_610_000)}
    of = monitored().event(AlarmSetting.model_validate(said | {"reason": "liver failure"}), 10)
    return labs(of, 0, 20, lactate_mmol_per_l=5.0)


def test_a_critical_value_whose_sound_is_off_sounds_once_it_is_high_and_waits_from_then_on_for_an_answer() -> None:
    of = labs(without_sound(), 100, 200, lactate_mmol_per_l=10.0).wait(1000)
    assert told(of, "lactate-high")[1:] == [("escalate", "high", "on", 200), ("update", "high", "on", 500)]
    assert [one.recipients for one in of.alerts("lactate-high")] == [1, 1, 2]


def test_a_critical_value_is_silent_while_its_sound_is_off_and_ends_with_the_stay() -> None:
    of = without_sound()
    assert [one.inactivation for one in of.alerts("lactate-high")] == ["audio-off"]
    of.event(PatientRecord(patient="p-1", time=moment(START_MS + 60_000), status="discharged"), 60)
    assert told(of, "lactate-high")[-1][:2] == ("end", "medium")


def test_a_result_without_any_frame_alarms_too() -> None:
    assert labs(Bed(), 0, 10, glucose_mg_per_dl=30.0).sounds("glucose-low")
