import numpy as np
import pytest

from models.risk.inputs import INPUTS
from models.watch import hours
from models.watch.react import react, until_new_stays
from models.watch.state import BIN_VITALS, Bin, PatientState, Stay
from schemas.forecasts import RiskForecast
from schemas.labs import ANALYTES
from tests.builders.watch_frames import (
    FORECAST_EVERY_MS,
    LATENESS_MS,
    START_MS,
    WELL,
    CountingModel,
    Frame,
    advanced,
    forecasts,
    frames,
    reacted,
)

HOUR_S = 3600


def heart_rate(bpm: float) -> dict[str, float]:
    return {"heart_rate_bpm": bpm}


def test_the_columns_are_those_of_the_risk_model() -> None:
    names = [one.name for one in INPUTS]
    assert names[: len(BIN_VITALS)] == list(BIN_VITALS)
    assert names[len(BIN_VITALS) : len(BIN_VITALS) + len(ANALYTES)] == list(ANALYTES)
    assert names[len(BIN_VITALS) + len(ANALYTES) :] == [
        "age_years",
        "sex_male",
        "unit_micu",
        "unit_sicu",
        "hours_from_hospital_to_icu",
        "hours_in_icu",
    ]


def test_an_hour_closes_with_the_first_frame_after_its_end_and_holds_the_mean_of_its_values() -> None:
    rows: list[Frame] = [(0, 0, heart_rate(60)), (0, HOUR_S - 1, heart_rate(90)), (0, HOUR_S, heart_rate(200))]
    due = [one for one in reacted([PatientState()], rows).due[0] if one.closed]
    assert [(one.hour, one.time_ms) for one in due] == [(1, START_MS + HOUR_S * 1000)]
    assert due[0].row[0] == 75.0
    assert np.isnan(due[0].row[1:8]).all()


def test_an_hour_without_a_frame_is_a_row_without_a_value() -> None:
    rows: list[Frame] = [(0, 0, heart_rate(60)), (0, 3 * HOUR_S + 5, heart_rate(90))]
    due = [one for one in reacted([PatientState()], rows).due[0] if one.closed]
    assert [one.hour for one in due] == [1, 2, 3]
    assert np.isnan(due[1].row[: 8 + 26]).all()
    assert [one.row[-1] for one in due] == [1, 2, 3]


def test_a_provisional_forecast_is_due_once_in_every_interval_and_holds_the_frame_that_made_it_due() -> None:
    rows: list[Frame] = [(0, after_s, heart_rate(60 + after_s / 10)) for after_s in (0, 200, 299.999, 300, 599, 601)]
    reaction = reacted([PatientState()], rows)
    due = reaction.due[0]
    assert [(one.closed, one.time_ms - START_MS) for one in due] == [(False, 300_000), (False, 601_000)]
    assert [int(reaction.rows.now_ms[one.at]) for one in due] == [one.time_ms for one in due]
    assert due[0].row[0] == pytest.approx(np.mean([60, 80, 89.9999, 90]))


def test_a_value_of_a_closed_hour_does_not_reach_the_open_one() -> None:
    rows: list[Frame] = [
        (0, 0, {"spo2_percent": 98.0}),
        (0, HOUR_S + 1, heart_rate(90)),
        (0, HOUR_S - 1, {"etco2_mmhg": 36.0}),
    ]
    assert reacted([PatientState()], rows).states[0].open_bin.count.tolist() == [1, 0, 0, 0, 0, 0, 0, 0]


def test_hour_one_begins_with_admission_where_that_is_known() -> None:
    state = PatientState(stay=Stay(admitted_ms=START_MS - 2 * HOUR_S * 1000))
    due = [one for one in reacted([state], [(0, 0, WELL), (0, HOUR_S, WELL)]).due[0] if one.closed]
    assert [one.hour for one in due] == [3]


@pytest.mark.parametrize(("gap_h", "stays"), [(hours.LONGEST_GAP_HOURS, 1), (hours.LONGEST_GAP_HOURS + 0.001, 2)])
def test_after_a_gap_that_no_stay_has_the_model_starts_afresh(gap_h: float, stays: int) -> None:
    rows: list[Frame] = [(0, 0, WELL), (0, gap_h * HOUR_S, WELL)]
    parts = until_new_stays([PatientState()], frames(rows))
    assert len(parts) == stays
    states, closed = [PatientState()], []
    for part in parts:
        reaction = react(states, frames(rows).part(part), LATENESS_MS, FORECAST_EVERY_MS)
        states = reaction.states
        closed += [one.hour for one in reaction.due[0] if one.closed]
    assert closed == ([] if stays == 2 else list(range(1, hours.LONGEST_GAP_HOURS + 1)))


def test_a_failing_model_leaves_its_hours_for_later_and_nothing_is_forgotten() -> None:
    rows: list[Frame] = [(0, hour * HOUR_S, heart_rate(100 + hour)) for hour in range(6)]
    whole = advanced([PatientState()], rows, CountingModel())
    first = advanced([PatientState()], rows[:3], CountingModel(broken=True))
    assert first.failed == 1
    assert [hour for hour, _, _ in first.states[0].waiting] == [1, 2]
    second = advanced(first.states, rows[3:], CountingModel())
    assert second.failed == 0
    forecast = [one.record for one in second.said if isinstance(one.record, RiskForecast)]
    assert [one.hour for one in forecast if one.kind == "closed"] == [1, 2, 3, 4, 5]
    assert second.states[0].risk is not None
    assert whole.states[0].risk is not None
    assert np.array_equal(second.states[0].risk, whole.states[0].risk)


def test_one_patients_input_that_breaks_the_model_takes_no_other_patients_forecast() -> None:
    rows: list[Frame] = [(patient, hour * HOUR_S, heart_rate(100 + patient)) for hour in (0, 1) for patient in range(4)]
    reaction = reacted([PatientState() for _ in range(4)], rows)
    made = forecasts(CountingModel(poison_bpm=102), reaction)
    assert made.failed == 1
    assert sorted(one.patient for one in made.made) == [0, 1, 3]
    assert [len(state.waiting) for state in made.states] == [0, 0, 1, 0]


def test_a_model_of_another_version_does_not_read_the_state_of_the_one_before() -> None:
    reaction = reacted([PatientState()], [(0, 0, WELL), (0, HOUR_S, WELL)])
    reaction.states[0].risk = np.full(999, 7, np.float32)
    reaction.states[0].risk_version = "older"
    made = forecasts(CountingModel(), reaction)
    assert made.failed == 0
    assert made.states[0].risk_version == CountingModel.version
    assert made.states[0].risk is not None
    assert made.states[0].risk[0] == 1


HOUR_MS, GAP_MS = 3_600_000, 48 * 3_600_000


def test_an_hour_is_3600_s_and_the_first_begins_with_the_stay() -> None:
    state = PatientState(origin_ms=START_MS)
    assert [hours.hour_of(state, START_MS + after_ms) for after_ms in (0, 3_599_999, 3_600_000)] == [1, 1, 2]


@pytest.mark.parametrize(
    ("newest_ms", "time_ms", "begins"),
    [
        (0, START_MS, True),
        (0, 1, True),
        (1, 2, False),
        (START_MS, START_MS + GAP_MS, False),
        (START_MS, START_MS + GAP_MS + 1, True),
        (START_MS, START_MS - 1, False),
    ],
)
def test_a_stay_begins_with_the_first_frame_and_after_a_gap_that_no_stay_has(
    newest_ms: int, time_ms: int, *, begins: bool
) -> None:
    assert hours.begins_stay(newest_ms, time_ms) is begins


@pytest.mark.parametrize(
    ("admitted_before_ms", "began_before_ms"),
    [(None, 0), (0, 0), (1, 1), (GAP_MS, GAP_MS), (GAP_MS + 1, 0), (-1, 0)],
)
def test_a_stay_begins_with_an_admission_that_is_not_long_ago_nor_to_come(
    admitted_before_ms: int | None, began_before_ms: int
) -> None:
    admitted_ms = None if admitted_before_ms is None else START_MS - admitted_before_ms
    state = PatientState(stay=Stay(admitted_ms=admitted_ms))
    hours.start_stay(state, START_MS, START_MS)
    assert (state.origin_ms, state.newest_ms) == (START_MS - began_before_ms, START_MS)


def a_filled_bin() -> Bin:
    return Bin(np.arange(8.0) * 3, np.array([0, 3, 1, 2, 3, 3, 3, 3]), np.arange(26.0))


def test_of_an_earlier_stay_a_new_one_keeps_nothing_that_the_risk_model_would_read() -> None:
    state = PatientState(
        newest_ms=START_MS,
        open_bin=a_filled_bin(),
        waiting=[(3, START_MS, [1.0])],
        risk=np.ones(4, np.float32),
        risk_version="1",
    )
    hours.start_stay(state, START_MS + GAP_MS + 1, START_MS)
    assert state.risk is None
    assert state.waiting == []
    assert (state.open_bin.total.tolist(), state.open_bin.count.tolist()) == ([0.0] * 8, [0] * 8)
    assert np.isnan(state.open_bin.labs).all()


def test_the_model_s_state_of_one_stay_never_reaches_the_forecasts_of_the_next() -> None:
    first: list[Frame] = [(0, hour * HOUR_S, heart_rate(150)) for hour in range(6)]
    gap_s = 6 * HOUR_S + GAP_MS / 1000
    second: list[Frame] = [(0, gap_s + hour * HOUR_S, heart_rate(80)) for hour in range(3)]
    fresh = advanced([PatientState()], second, CountingModel())
    after = advanced(advanced([PatientState()], first, CountingModel()).states, second, CountingModel())
    assert after.states[0].risk is not None
    assert fresh.states[0].risk is not None
    assert after.states[0].risk.tolist() == fresh.states[0].risk.tolist() == [2.0, 160.0]


@pytest.mark.parametrize(
    ("stay", "statics"),
    [
        (Stay(), [np.nan, np.nan, np.nan, np.nan, np.nan, 5.0]),
        (Stay(None, -2.5, 61.0, "male", "micu"), [61.0, 1.0, 1.0, 0.0, -2.5, 5.0]),
        (Stay(None, 0.0, 40.0, "female", "sicu"), [40.0, 0.0, 0.0, 1.0, 0.0, 5.0]),
        (Stay(sex="other", unit="other"), [np.nan, 0.0, 0.0, 0.0, np.nan, 5.0]),
    ],
)
def test_a_row_of_the_model_is_the_hour_s_means_the_latest_results_and_what_admission_said(
    stay: Stay, statics: list[float]
) -> None:
    row = hours.inputs(PatientState(stay=stay), a_filled_bin(), 5)
    assert row.dtype == np.float32
    expected = [np.nan, 1.0, 6.0, 4.5, 4.0, 5.0, 6.0, 7.0, *np.arange(26.0), *statics]
    np.testing.assert_array_equal(row, np.array(expected, np.float32))
