"""Every alarm limit from both sides, against a copy that the product does not read."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import vitals
from models.alarms import grading, rules
from models.scores import news2
from schemas.vitals import NUMERICS

BELOW, ABOVE = -1, 1
# condition: input, direction, limits with priority, clear limit, the smallest step that a monitor shows
COPY: dict[str, tuple[str, int, dict[float, str], float, float]] = {
    "heart-rate-high": ("heart_rate_bpm", ABOVE, {131: "medium", 150: "high"}, 125, 1),
    "heart-rate-low": ("heart_rate_bpm", BELOW, {40: "medium", 30: "high"}, 45, 1),
    "spo2-low": ("spo2_percent", BELOW, {90: "medium", 85: "high"}, 92, 1),
    "respiratory-rate-high": ("respiratory_rate_per_min", ABOVE, {25: "medium", 35: "high"}, 23, 1),
    "respiratory-rate-low": ("respiratory_rate_per_min", BELOW, {8: "medium", 5: "high"}, 10, 1),
    "systolic-high": ("systolic_mmhg", ABOVE, {220: "medium"}, 210, 1),
    "systolic-low": ("systolic_mmhg", BELOW, {90: "medium", 70: "high"}, 95, 1),
    "mean-arterial-low": ("mean_arterial_mmhg", BELOW, {64: "medium", 55: "high"}, 67, 1),
    "temperature-high": ("temperature_celsius", ABOVE, {39.1: "low", 40.5: "medium"}, 38.6, 0.1),
    "temperature-low": ("temperature_celsius", BELOW, {35.0: "low", 33.0: "medium"}, 35.5, 0.1),
    "news2": ("news2_band", ABOVE, {1: "low", 2: "medium", 3: "high"}, 0, 1),
    "sensor-off:heart_rate": ("heart_rate_off", ABOVE, {1: "medium"}, 0, 1),
    "sensor-off:spo2": ("spo2_off", ABOVE, {1: "low"}, 0, 1),
    "sensor-off:respiratory_rate": ("respiratory_rate_off", ABOVE, {1: "medium"}, 0, 1),
    "sensor-off:arterial_pressure": ("arterial_pressure_off", ABOVE, {1: "low"}, 0, 1),
    "sensor-off:etco2": ("etco2_off", ABOVE, {1: "low"}, 0, 1),
    "etco2-low": ("etco2_mmhg", BELOW, {25: "medium", 10: "high"}, 28, 1),
    "shock-index": ("shock_index", ABOVE, {1.0: "medium"}, 0.9, 0.01),
    "asystole": ("asystole", ABOVE, {1: "high"}, 0, 1),
    "apnoea": ("apnoea", ABOVE, {1: "high"}, 0, 1),
    **{
        f"devices-contradict:{sensor}": (f"{sensor}_contradicts", ABOVE, {1: "low"}, 0, 1)
        for sensor in ("heart_rate", "spo2", "respiratory_rate", "arterial_pressure", "etco2")
    },
    "signal-implausible": ("signal_implausible", ABOVE, {1: "low"}, 0, 1),
    "frames-lost": ("frames_lost", ABOVE, {1: "low"}, 0, 1),
}
EXTREMES = {  # condition: beyond which a single number counts, the smallest step that a monitor shows
    "spo2-low": (80, 1),
    "heart-rate-low": (30, 1),
    "heart-rate-high": (180, 1),
    "mean-arterial-low": (45, 1),
}
NAMES = [rule.condition for rule in rules.FRAME_RULES]


def row(**known: float) -> np.ndarray:
    """Inputs of one frame of which only these are known."""
    frame = dict.fromkeys(grading.INPUTS, math.nan) | {"news2_partial": 0.0, "spo2_scale2": 0.0} | known
    return np.array([[frame[name] for name in grading.INPUTS]])


def graded(condition: str, value: float, **known: float) -> int:
    name = COPY[condition][0]
    return int(grading.grade(row(**{name: value}, **known))[0, NAMES.index(condition)])


def test_the_copy_has_every_condition_and_no_more() -> None:
    assert sorted(COPY) == sorted(NAMES)


@pytest.mark.parametrize("condition", COPY)
def test_priorities_and_limits_are_those_of_the_copy(condition: str) -> None:
    rule = rules.FRAME_RULES[NAMES.index(condition)]
    assert {level.limit: level.priority for level in rule.levels} == COPY[condition][2]
    assert rule.direction == ("above" if COPY[condition][1] == ABOVE else "below")


@pytest.mark.parametrize(
    ("condition", "level", "limit"),
    [(condition, level, limit) for condition, row in COPY.items() for level, limit in enumerate(row[2])],
)
def test_a_level_starts_at_its_limit_and_not_one_step_before(condition: str, level: int, limit: float) -> None:
    _, direction, _, _, step = COPY[condition]
    assert graded(condition, limit) == grading.FIRST_LEVEL + level
    assert graded(condition, limit - direction * step) < grading.FIRST_LEVEL + level
    assert graded(condition, limit + direction * 0.001) >= grading.FIRST_LEVEL + level


@pytest.mark.parametrize("condition", COPY)
def test_a_condition_is_well_at_its_clear_limit_and_not_one_step_short_of_it(condition: str) -> None:
    _, direction, limits, clear, step = COPY[condition]
    assert graded(condition, clear) == grading.WELL
    assert graded(condition, clear - direction * 1000) == grading.WELL
    short = graded(condition, clear + direction * step)
    assert short == (grading.FIRST_LEVEL if clear + direction * step in limits else grading.BETWEEN)


@pytest.mark.parametrize("condition", COPY)
def test_between_clear_limit_and_first_limit_nothing_is_decided(condition: str) -> None:
    _, direction, limits, clear, _ = COPY[condition]
    assert graded(condition, next(iter(limits)) - direction * 0.01) == grading.BETWEEN
    assert graded(condition, clear + direction * 0.01) == grading.BETWEEN


@pytest.mark.parametrize("condition", EXTREMES)
def test_a_value_beyond_the_extreme_needs_no_delay_and_one_at_it_does(condition: str) -> None:
    (extreme, step), direction = EXTREMES[condition], COPY[condition][1]
    assert graded(condition, extreme) < grading.EXTREME
    assert graded(condition, extreme + direction * step) == grading.EXTREME + grading.FIRST_LEVEL + 1
    assert [one.condition for one in rules.EXTREMES] == list(EXTREMES)


@pytest.mark.parametrize(("spo2", "extreme"), [(73, False), (72, True)])
def test_the_extreme_of_scale_2_lies_lower(spo2: float, *, extreme: bool) -> None:
    assert (graded("spo2-low", spo2, spo2_scale2=1.0) >= grading.EXTREME) is extreme


def test_who_does_not_answer_alarms_at_medium_priority_whatever_the_score() -> None:
    assert graded("news2", 1, unresponsive=1.0) == grading.FIRST_LEVEL + 1
    assert graded("news2", 3, unresponsive=1.0) == grading.FIRST_LEVEL + 2
    assert graded("news2", 1, unresponsive=0.0) == grading.FIRST_LEVEL


def test_what_was_not_measured_is_unknown_for_every_rule() -> None:
    assert (grading.grade(row()) == grading.UNKNOWN).all()


@pytest.mark.parametrize(
    ("spo2", "grade"), [(86, 0), (85, 0), (84, 1), (83, 2), (82, 2), (79, 2), (78, 3), (77, 3), (math.nan, -1)]
)
def test_a_patient_on_scale_2_has_limits_of_his_own(spo2: float, grade: int) -> None:
    assert graded("spo2-low", spo2, spo2_scale2=1.0) == grade
    assert rules.SPO2_LOW_SCALE2.condition == rules.SPO2_LOW.condition
    assert grading.rules_for(scale2=True)[NAMES.index("spo2-low")] is rules.SPO2_LOW_SCALE2
    assert grading.rules_for(scale2=False) is rules.FRAME_RULES


def test_scale_2_changes_no_other_patient_and_no_other_rule() -> None:
    low = {"spo2_percent": 80.0, "heart_rate_bpm": 150.0}
    both = np.concatenate([row(**low), row(**low, spo2_scale2=1.0)])
    one, two = grading.grade(both)
    differing = [NAMES[index] for index in np.flatnonzero(one != two)]
    assert differing == ["spo2-low"]
    assert (one[NAMES.index("spo2-low")], two[NAMES.index("spo2-low")]) == (3, 2)


@pytest.mark.parametrize(
    ("band", "grade"),
    [(0, grading.UNKNOWN), (1, 2 + grading.AT_LEAST), (2, 3 + grading.AT_LEAST), (3, 4 + grading.AT_LEAST)],
)
def test_a_partial_news2_is_a_lower_bound_and_never_well(band: int, grade: int) -> None:
    assert graded("news2", band, news2_partial=1.0) == grade


def frame_inputs(measured: dict[str, float], *, consciousness: int = 0, oxygen: int = 0) -> dict[str, float]:
    """The inputs of one raw frame, through cleaning and scoring."""
    raw = np.array([[measured.get(name, math.nan) for name in NUMERICS]])
    clean = vitals.clean(raw)
    observed = np.array([oxygen], dtype=np.int8), np.array([consciousness], dtype=np.int8)
    points = news2.points(clean.values, *observed, np.array([False]))
    inputs = grading.inputs(clean.values, clean.flags, points, news2.total(points), np.array([False]))
    return dict(zip(grading.INPUTS, inputs[0].tolist(), strict=True))


WELL = {
    "heart_rate_bpm": 70.0,
    "respiratory_rate_per_min": 15.0,
    "spo2_percent": 98.0,
    "systolic_mmhg": 120.0,
    "temperature_celsius": 37.0,
}


def test_the_inputs_of_a_well_patient_are_all_known() -> None:
    inputs = frame_inputs(WELL)
    assert (inputs["news2_band"], inputs["news2_partial"]) == (0, 0)
    assert [inputs[name] for name in ("heart_rate_off", "spo2_off", "respiratory_rate_off")] == [0, 0, 0]
    assert inputs["heart_rate_bpm"] == 70


@pytest.mark.parametrize(
    ("vital", "sensor"),
    [
        ("heart_rate_bpm", "heart_rate_off"),
        ("spo2_percent", "spo2_off"),
        ("respiratory_rate_per_min", "respiratory_rate_off"),
    ],
)
def test_a_sensor_is_off_at_0_on_at_a_value_and_unknown_without_one(vital: str, sensor: str) -> None:
    assert frame_inputs(WELL | {vital: 0.0})[sensor] == 1
    assert frame_inputs(WELL | {vital: -999.0})[sensor] == 1
    assert math.isnan(frame_inputs(WELL | {vital: 1000.0})[sensor])  # garbage ends no alarm on the sensor
    assert math.isnan(frame_inputs(WELL | {vital: math.nan})[sensor])


@pytest.mark.parametrize("vital", ["heart_rate_bpm", "respiratory_rate_per_min", "spo2_percent", "systolic_mmhg"])
def test_a_score_without_a_monitored_vital_is_partial(vital: str) -> None:
    assert frame_inputs(WELL | {vital: math.nan})["news2_partial"] == 1


def test_a_score_without_what_a_nurse_observes_is_not_partial_or_no_alarm_would_ever_end() -> None:
    inputs = frame_inputs(WELL | {"temperature_celsius": math.nan}, consciousness=-1, oxygen=-1)
    assert inputs["news2_partial"] == 0


def test_a_forecast_is_graded_by_its_alarm_flag_and_unknown_where_the_model_abstained() -> None:
    assert grading.grade_forecast(alarm=True) == grading.FIRST_LEVEL
    assert grading.grade_forecast(alarm=False) == grading.WELL
    assert grading.grade_forecast(alarm=None) == grading.UNKNOWN


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=6))
def test_a_frame_is_graded_the_same_alone_and_in_any_batch(seeds: list[int]) -> None:
    frames = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        frame = rng.uniform(0, 250, len(grading.INPUTS))
        frame[rng.random(len(frame)) < 0.2] = math.nan
        frame[grading.INPUTS.index("news2_partial")] = rng.integers(0, 2)
        frame[grading.INPUTS.index("spo2_scale2")] = rng.integers(0, 2)
        frames.append(frame)
    batch = grading.grade(np.array(frames))
    for frame, together in zip(frames, batch, strict=True):
        np.testing.assert_array_equal(grading.grade(frame[None, :])[0], together)


EVERY_RULE = (*rules.FRAME_RULES, rules.SPO2_LOW_SCALE2, rules.SEPSIS_RISK)


@pytest.mark.parametrize("rule", EVERY_RULE, ids=[f"{index}-{rule.condition}" for index, rule in enumerate(EVERY_RULE)])
def test_a_rule_is_complete_and_its_levels_grow_worse(rule: rules.Rule) -> None:
    severity = {"low": 0, "medium": 1, "high": 2}
    sign = 1 if rule.direction == "above" else -1
    limits = [sign * rule.clear, *(sign * level.limit for level in rule.levels)]
    assert limits == sorted(set(limits))
    ranks = [severity[level.priority] for level in rule.levels]
    assert ranks == sorted(set(ranks))
    assert rule.source
    assert rule.delay_s >= 0
    assert rule.clear_delay_s > 0
    sentence = rule.sentence(rule.levels[0].limit, rule.levels[0].limit)
    assert sentence
    assert "{" not in sentence


def test_the_sentence_of_an_alert_names_value_and_limit() -> None:
    assert rules.SPO2_LOW.sentence(84.4, 85) == "SpO2 84 % (limit 85 %)"
    assert rules.FRAME_RULES[NAMES.index("news2")].sentence(3, 3) == "NEWS2 clinical risk is high"


def test_only_technical_rules_are_called_technical() -> None:
    technical = {rule.condition for rule in EVERY_RULE if rule.type == "technical"}
    sensors = ("heart_rate", "spo2", "respiratory_rate", "arterial_pressure", "etco2")
    families = {f"{family}:{sensor}" for family in ("sensor-off", "devices-contradict") for sensor in sensors}
    assert technical == families | {"signal-implausible", "frames-lost"}


def test_raw_vitals_wait_15_to_20_seconds_before_they_alarm() -> None:
    fast = {"heart_rate_bpm", "respiratory_rate_per_min", "spo2_percent", "systolic_mmhg", "mean_arterial_mmhg"}
    assert all(15 <= rule.delay_s <= 20 for rule in EVERY_RULE if rule.input in fast)
    assert all(rule.clear_delay_s >= 60 for rule in EVERY_RULE if rule.input in fast)
