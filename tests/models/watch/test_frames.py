import numpy as np
import pytest

from models import vitals
from models.scores import news2
from models.watch.frames import Frames, follow
from models.watch.hours import LONGEST_GAP_HOURS
from models.watch.state import COLUMNS, PatientState
from models.watch.stored import from_fields, to_fields
from schemas.alerts import Alert
from schemas.forecasts import EarlyWarningScore
from tests.builders.watch_frames import LATENESS_MS, START_MS, WELL, Frame, Sent, advanced, frames, reacted

HEART_RATE = COLUMNS.index("heart_rate_bpm")
SYSTOLIC = COLUMNS.index("systolic_mmhg")


def test_a_whole_frame_of_a_well_patient_scores_zero_and_is_complete() -> None:
    reaction = reacted([PatientState()], [(0, 0, WELL)])
    at = reaction.scored[0]
    assert reaction.rows.totals.total[at] == 0
    assert reaction.rows.totals.complete[at]


def test_a_value_is_carried_until_it_is_too_old_for_the_score_and_not_longer() -> None:
    age_s = news2.MAX_AGE_S["systolic_mmhg"]
    only_heart_rate = {"heart_rate_bpm": 72.0}
    rows: list[Frame] = [(0, 0, WELL), (0, age_s, only_heart_rate), (0, age_s + 0.001, only_heart_rate)]
    points = reacted([PatientState()], rows).rows.points[:, news2.PARAMETERS.index("systolic_mmhg")]
    assert points.tolist() == [news2.MISSING, 0, 0, news2.MISSING]


def test_oxygen_is_as_old_for_the_score_as_the_newer_of_what_was_charted_and_what_was_measured() -> None:
    age_s, hour_s = news2.MAX_AGE_S["on_oxygen"], 3600.0
    charted, measured, neither = {"on_oxygen": 1.0}, {"fio2_fraction": 0.4}, {"heart_rate_bpm": 72.0}
    for first, second in ((charted, measured), (measured, charted)):
        rows: list[Frame] = [
            (0, 0, first),
            (0, hour_s, second),
            (0, age_s + 0.001, neither),
            (0, hour_s + age_s, neither),
            (0, hour_s + age_s + 0.001, neither),
        ]
        points = reacted([PatientState()], rows).rows.points[:, news2.PARAMETERS.index("on_oxygen")]
        assert points.tolist() == [news2.MISSING, 2, 2, 2, 2, news2.MISSING]


def test_a_frame_older_than_the_newest_brings_what_no_newer_frame_has_brought() -> None:
    rows: list[Frame] = [(0, 10, {"heart_rate_bpm": 80.0}), (0, 9, {"systolic_mmhg": 118.0, "heart_rate_bpm": 60.0})]
    state = reacted([PatientState()], rows).states[0]
    assert state.value[HEART_RATE] == 80.0
    assert state.value[SYSTOLIC] == 118.0
    assert state.newest_ms == START_MS + 10_000


@pytest.mark.parametrize(("behind_s", "late"), [(30, False), (30.001, True)])
def test_a_frame_is_late_when_it_lies_behind_the_newest_by_more_than_the_bound(*, behind_s: float, late: bool) -> None:
    rows: list[Frame] = [(0, 100, WELL), (0, 100 - behind_s, {"etco2_mmhg": 35.0})]
    assert reacted([PatientState()], rows).rows.late[-1] == late


def test_a_doubled_frame_is_flagged_and_changes_nothing() -> None:
    once = reacted([PatientState()], [(0, 0, WELL), (0, 60, WELL)])
    twice = reacted([PatientState()], [(0, 0, WELL), (0, 60, WELL), (0, 60, WELL), (0, 0, WELL)])
    assert twice.states[0].flagged == {"doubled": 2, "late": 1}
    assert np.array_equal(once.states[0].value, twice.states[0].value, equal_nan=True)
    assert np.array_equal(once.states[0].open_bin.total, twice.states[0].open_bin.total)
    assert np.array_equal(once.states[0].open_bin.count, twice.states[0].open_bin.count)
    assert len(once.scored) == len(twice.scored)


def test_scores_that_say_the_same_of_a_moment_have_ids_of_their_own_wherever_batches_are_cut() -> None:
    fro, to = WELL | {"heart_rate_bpm": 95.0}, WELL | {"heart_rate_bpm": 115.0}
    rows: list[Frame] = [(0, 60, fro), (0, 60, to), (0, 60, fro), (0, 60, to), (0, 120, fro)]

    def scores_of(batches: list[list[Frame]]) -> list[EarlyWarningScore]:
        states, said = [PatientState()], []
        for batch in batches:
            done = advanced(states, batch)
            states = [from_fields(0, to_fields(state)).state for state in done.states]
            said += [one.record for one in done.said if isinstance(one.record, EarlyWarningScore)]
        return said

    whole = scores_of([rows])
    assert [one.total for one in whole] == [1, 2, 1, 2, 1]
    assert len({one.id for one in whole}) == len(whole)
    assert scores_of([[row] for row in rows]) == whole


def test_a_late_frame_raises_the_alarm_that_its_own_column_asks_for() -> None:
    desaturated = {"spo2_percent": 80.0}
    in_time: list[Frame] = [(0, 0, {}), (0, 100, desaturated), (0, 120, desaturated)]
    behind: list[Frame] = [(0, 1000, {"heart_rate_bpm": 70.0}), (0, 100, desaturated), (0, 120, desaturated)]
    for rows in (in_time, behind):
        found = reacted([PatientState()], rows).alarms
        assert {alarm.rule.condition for alarm in found if alarm.step.signal == "on"} == {"spo2-low"}
    late = reacted([PatientState()], behind).alarms
    assert [alarm.step.late for alarm in late if alarm.rule.condition == "spo2-low"] == [True]


@pytest.mark.parametrize("off", vitals.SENSOR_OFF)
def test_a_sensor_that_is_off_is_never_a_value(off: float) -> None:
    state = reacted([PatientState()], [(0, 0, WELL), (0, 60, {"heart_rate_bpm": off})]).states[0]
    assert state.value[HEART_RATE] == WELL["heart_rate_bpm"]
    assert state.flagged == {"off": 1}


def test_the_states_that_came_in_stay_as_they_are() -> None:
    before = reacted([PatientState()], [(0, 0, WELL)]).states[0]
    kept = (before.value.copy(), before.newest_ms, dict(before.episodes), before.open_bin.total.copy())
    reacted([before], [(0, 60, WELL | {"spo2_percent": 80.0}), (0, 90, WELL | {"spo2_percent": 80.0})])
    assert np.array_equal(before.value, kept[0], equal_nan=True)
    assert (before.newest_ms, before.episodes) == kept[1:3]
    assert np.array_equal(before.open_bin.total, kept[3])


@pytest.mark.parametrize(
    ("measured", "why"),
    [
        ({"heart_rate_bpm": 1000.0}, "implausible"),
        ({"systolic_mmhg": 120.0, "mean_arterial_mmhg": 118.0, "diastolic_mmhg": 70.0}, "suspect"),
        ({"systolic_mmhg": 100.0, "mean_arterial_mmhg": 80.0, "diastolic_mmhg": 90.0}, "inconsistent"),
    ],
)
def test_what_was_noticed_of_a_frame_is_counted_by_its_name(measured: dict[str, float], why: str) -> None:
    flagged = reacted([PatientState()], [(0, 0, measured), (0, 60, measured)]).states[0].flagged
    assert flagged[why] == 2


def test_what_ends_with_a_stay_is_said_with_the_frame_that_begins_the_next_one_of_each_patient() -> None:
    ill, later_s = WELL | {"spo2_percent": 80.0}, LONGEST_GAP_HOURS * 3600 + 100
    before = advanced([PatientState(), PatientState()], [(at % 2, 20 * (at // 2), ill) for at in range(6)]).states
    rows: list[Frame] = [(0, later_s, WELL), (0, later_s + 1, WELL), (1, later_s + 2, WELL), (1, later_s + 3, WELL)]
    said = advanced(before, rows).said
    ended = {(one.record.patient, one.source) for one in said if isinstance(one.record, Alert)}
    assert ended == {("p-1", 0), ("p-2", 2)}


def test_a_number_that_replaces_one_of_the_same_moment_is_counted_as_corrected() -> None:
    rows: list[Frame] = [(0, 0, WELL), (0, 0, WELL | {"heart_rate_bpm": 90.0}), (0, 60, WELL)]
    assert reacted([PatientState()], rows).states[0].flagged == {"corrected": 1}


@pytest.mark.parametrize(("every_s", "known"), [(60.0, 72.0), (60.001, 90.0)])
def test_a_second_number_of_a_moment_replaces_the_first_only_if_its_column_is_charted(
    every_s: float, known: float
) -> None:
    rows: list[Frame] = [
        (0, at_s, {"heart_rate_bpm": rate}) for at_s, rate in ((0, 72.0), (every_s, 72.0), (every_s, 90.0))
    ]
    assert reacted([PatientState()], rows).states[0].value[HEART_RATE] == known


@pytest.mark.parametrize(("number", "lost"), [(2, None), (3, 1), (6, 4)])
def test_frames_of_a_device_that_are_missing_are_counted(number: int, lost: int | None) -> None:
    rows = [Sent(0, 0, WELL, "m", 1), Sent(0, 5, WELL, "m", number), Sent(1, 6, WELL, "m", 1)]
    alone, other = reacted([PatientState(), PatientState()], rows).states
    assert alone.flagged.get("lost") == lost
    assert other.flagged == {}


def test_a_frame_that_is_sent_again_tells_nothing() -> None:
    sent = [Sent(0, at_s, {"heart_rate_bpm": 72.0 + at_s}, "m", at_s) for at_s in range(5)]
    rows = follow([PatientState()], frames([*sent, sent[2]._replace(arrived_s=9)]), LATENESS_MS)
    assert rows.told[:, HEART_RATE].tolist() == [False, True, True, True, True, True, False]
    assert rows.doubled.tolist() == [False] * 7
    assert rows.current[-1, HEART_RATE] == 76.0


def test_of_two_devices_the_score_counts_the_worse_number_of_each_vital_sign_that_the_other_one_shows() -> None:
    low = [Sent(0, at_s - 0.5, {"spo2_percent": 90.0}, "oximeter") for at_s in (1, 2)]
    sent: list[Sent] = sorted(
        [*low, *(Sent(0, at_s, WELL, "monitor") for at_s in (0, 1, 2))], key=lambda one: one.after_s
    )
    points = follow([PatientState()], frames(sent), LATENESS_MS).points[-1]
    assert dict(zip(news2.PARAMETERS, points.tolist(), strict=True)) == dict.fromkeys(news2.PARAMETERS, 0) | {
        "spo2_percent": 3
    }


def test_a_part_of_frames_is_what_stands_in_these_rows() -> None:
    sent = [Sent(at % 2, at, {"heart_rate_bpm": 70.0 + at}, f"m-{at}", at, at + 0.5) for at in range(4)]
    whole = frames(sent)
    part = whole.part(slice(1, 3))
    assert isinstance(part, Frames)
    expected = frames(sent[1:3])._replace(device=np.array([1, 2]), devices=whole.devices)
    for name in Frames._fields:
        assert np.array_equal(getattr(part, name), getattr(expected, name), equal_nan=name == "values"), name
