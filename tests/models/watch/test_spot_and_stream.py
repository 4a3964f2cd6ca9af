"""What stands alone counts at once, per vital sign and device; corrections replace; timers need no frame."""

import pytest

from models.watch.outputs import moment
from schemas.alerts import Acknowledgement
from tests.builders.bedside import Bed, bed, stream
from tests.builders.watch_frames import START_MS, WELL, Sent

SICK = WELL | {
    "heart_rate_bpm": 135.0,
    "respiratory_rate_per_min": 30.0,
    "spo2_percent": 80.0,
    "systolic_mmhg": 75.0,
    "mean_arterial_mmhg": 50.0,
    "diastolic_mmhg": 40.0,
    "temperature_celsius": 34.5,
    "on_oxygen": 1.0,
    "consciousness": 2.0,
}
HOUR_S = 3600.0
SET_S = 4 * HOUR_S
MONITOR = {"heart_rate_bpm": 80.0, "respiratory_rate_per_min": 15.0, "spo2_percent": 97.0}


def charted(*sets: dict[str, float], every_s: float = SET_S) -> list[Sent]:
    return [Sent(0, number * every_s, measured) for number, measured in enumerate(sets)]


def conditions(found: Bed, at_s: float | None = None) -> set[str]:
    """What started, at that moment."""
    started = found.alerts(phase="start")
    return {one.condition for one in started if at_s is None or moment(START_MS + round(1000 * at_s)) == one.time}


def test_the_first_set_of_a_stay_alarms_at_once() -> None:
    found = bed(charted(SICK, WELL))
    assert {"news2", "spo2-low"} <= conditions(found, 0)
    assert found.alerts("news2")[0].priority == "high"


def test_so_does_the_first_after_a_silence_of_two_days() -> None:
    assert {"news2", "spo2-low"} <= conditions(bed(charted(WELL, SICK, every_s=47 * HOUR_S)), 47 * HOUR_S)


@pytest.mark.parametrize("every_s", [16.0, 30.0, 59.0, 60.0, 61.0, 120.0, 299.0, 300.0, 301.0, 600.0])
@pytest.mark.parametrize(
    ("measured", "condition"),
    [
        ({"spo2_percent": 84.0}, "spo2-low"),
        ({"respiratory_rate_per_min": 8.0}, "respiratory-rate-low"),
        ({"heart_rate_bpm": 38.0}, "heart-rate-low"),
        ({"systolic_mmhg": 88.0}, "systolic-low"),
    ],
)
def test_no_cadence_of_rows_is_a_hole(every_s: float, measured: dict[str, float], condition: str) -> None:
    found = bed(charted(*[WELL] * 5, WELL | measured, *[WELL] * 9, every_s=every_s))
    assert found.sounded_s(condition) == 5 * every_s
    assert not found.sounds(condition)


def test_rows_closer_than_the_delay_still_have_to_last() -> None:
    assert bed(charted(*[WELL] * 5, WELL | {"spo2_percent": 84.0}, *[WELL] * 9, every_s=14.0)).alerts() == []


@pytest.mark.parametrize("apart_s", [0.0, 1.0, 5.0, 60.0])
def test_a_set_in_several_messages_is_one_set(apart_s: float) -> None:
    parts = [Sent(0, SET_S + at * apart_s, {name: value}) for at, (name, value) in enumerate(SICK.items())]
    found = bed([*charted(WELL), *parts])
    assert {"news2", "spo2-low", "heart-rate-high", "systolic-low"} <= conditions(found)
    assert found.alerts("news2")[-1].priority == "high"


def test_the_parts_of_a_set_may_carry_the_same_time() -> None:
    parts = [Sent(0, SET_S, {name: value}, "", -1, SET_S + at) for at, (name, value) in enumerate(SICK.items())]
    assert {"news2", "spo2-low", "heart-rate-high", "systolic-low"} <= conditions(bed([*charted(WELL), *parts]), SET_S)


@pytest.mark.parametrize(
    ("number", "condition"),
    [
        ({"systolic_mmhg": 88.0}, "systolic-low"),
        ({"temperature_celsius": 40.6}, "temperature-high"),
        ({"consciousness": 2.0}, "news2"),
    ],
)
def test_what_a_nurse_notes_among_a_monitor_s_frames_stands_alone(number: dict[str, float], condition: str) -> None:
    found = bed(stream(MONITOR, 0, 600), [Sent(0, 400.3, number)])
    assert found.sounded_s(condition) == pytest.approx(400.3)


def test_frames_that_say_nothing_make_no_stream_of_a_spot_check() -> None:
    found = bed(charted(WELL, SICK, every_s=900.0), stream({}, 1, 1200, 1.0))
    assert {"news2", "spo2-low"} <= conditions(found, 900)


def test_telemetry_beside_a_spot_check_makes_no_stream_of_it() -> None:
    telemetry = stream({"heart_rate_bpm": 80.0}, 0, 1000, device="telemetry")
    found = bed(
        telemetry, [Sent(0, 400.3, {"spo2_percent": 84.0}, "chart"), Sent(0, 900.3, {"spo2_percent": 98.0}, "chart")]
    )
    assert found.sounded_s("spo2-low") == pytest.approx(400.3)
    assert not found.sounds("spo2-low")


@pytest.mark.parametrize("every_s", [900.0, HOUR_S, SET_S])
def test_one_set_that_is_clearly_well_ends_what_one_set_began(every_s: float) -> None:
    found = bed(charted(WELL, SICK, WELL, every_s=every_s))
    assert {"spo2-low", "news2"} <= conditions(found)
    assert {one.condition for one in found.alerts(phase="end")} == conditions(found)
    assert not any(found.sounds(condition) for condition in conditions(found))


@pytest.mark.parametrize(("spo2", "ends"), [(93.0, False), (94.0, True)])
def test_a_single_number_near_the_limit_ends_nothing(spo2: float, *, ends: bool) -> None:
    found = bed(charted(WELL, WELL | {"spo2_percent": 88.0}, WELL | {"spo2_percent": spo2}))
    assert found.sounds("spo2-low") is not ends


# Corrections ---------------------------------------------------------------------------------------------------------


def corrected(*spo2: float) -> Bed:
    """A set and its corrections: the same time, sent one minute after the other."""
    sets = [Sent(0, SET_S, WELL | {"spo2_percent": one}, "", -1, SET_S + 60.0 * at) for at, one in enumerate(spo2)]
    return bed([*charted(WELL), *sets])


def test_a_correction_to_the_worse_alarms() -> None:
    assert corrected(98.0, 77.0).sounds("spo2-low")


def test_a_correction_to_the_better_ends_the_alarm() -> None:
    found = corrected(77.0, 98.0)
    assert [one.phase for one in found.alerts("spo2-low")] == ["start", "end"]
    assert found.state.flagged["corrected"] == 1


def test_each_episode_of_a_number_that_is_corrected_twice_has_an_id_of_its_own() -> None:
    found = corrected(77.0, 98.0, 76.0)
    assert [one.phase for one in found.alerts("spo2-low")] == ["start", "end", "start"]
    assert len({one.alert for one in found.alerts("spo2-low")}) == 2
    assert len({one.id for one in found.alerts("spo2-low")}) == 3


def test_a_correction_may_hold_the_one_number_that_was_wrong() -> None:
    both = WELL | {"spo2_percent": 77.0, "heart_rate_bpm": 160.0}
    found = bed([*charted(WELL), Sent(0, SET_S, both), Sent(0, SET_S, {"spo2_percent": 97.0}, "", -1, SET_S + 60)])
    assert not found.sounds("spo2-low")
    assert found.sounds("heart-rate-high")


def test_a_doubled_set_corrects_nothing() -> None:
    found = corrected(98.0, 98.0)
    assert "corrected" not in found.state.flagged
    assert found.alerts() == []


# By the clock --------------------------------------------------------------------------------------------------------


def acknowledged(at_s: float, said_s: float | None = None) -> Bed:
    found = bed(charted(SICK))
    alert = found.alerts("news2")[-1].alert
    said = moment(START_MS + round(1000 * (at_s if said_s is None else said_s)))
    return found.event(Acknowledgement(patient="p-1", time=said, alert=alert, by="nurse"), at_s)


def steps(found: Bed) -> list[tuple[float, str, int]]:
    return [(one.time.timestamp() - START_MS / 1000, one.signal, one.recipients) for one in found.alerts("news2")]


def test_an_alarm_that_nobody_answers_goes_to_the_second_group_without_another_frame() -> None:
    assert steps(bed(charted(SICK), until_s=301.9)) == [(0, "on", 1)]
    assert steps(bed(charted(SICK), until_s=302)) == [(0, "on", 1), (300, "on", 2)]


def test_an_acknowledgement_that_runs_out_sounds_again_and_is_handed_on() -> None:
    assert steps(acknowledged(60).wait(1000)) == [(0, "on", 1), (60, "ack", 1), (360, "on", 1), (660, "on", 2)]


@pytest.mark.parametrize("said_s", [-2.0, -60.0])
def test_an_acknowledgement_by_a_clock_that_is_behind_counts(said_s: float) -> None:
    assert steps(acknowledged(1, said_s).wait(200)) == [(0, "on", 1), (0, "ack", 1)]


def test_a_delay_that_was_running_when_the_last_frame_came_ends_by_the_clock() -> None:
    well = stream(WELL, 0, 100)
    last = [Sent(0, 100.0, WELL | {"spo2_percent": 84.0})]
    assert bed(well, last, until_s=116.9).sounded_s("spo2-low") is None
    assert bed(well, last, until_s=117).sounded_s("spo2-low") == 115


def test_a_tick_and_the_next_frame_say_the_same() -> None:
    waited = bed(charted(SICK), until_s=2000).frames([Sent(0, SET_S, WELL)])
    told = bed(charted(SICK, WELL))
    assert [one.model_dump() for one in waited.alerts("news2")] == [one.model_dump() for one in told.alerts("news2")]


# The score -----------------------------------------------------------------------------------------------------------


def test_a_score_that_never_saw_a_cuff_ends_when_what_raised_it_is_well() -> None:
    raised = {"heart_rate_bpm": 135.0, "respiratory_rate_per_min": 25.0, "spo2_percent": 93.0}
    found = bed(stream(raised, 0, 300), stream(MONITOR, 300, 1500))
    assert not found.sounds("news2")
    assert found.alerts("news2")[-1].phase == "end"


@pytest.mark.parametrize(
    ("consciousness", "priority"), [(1.0, "low"), (2.0, "medium"), (3.0, "medium"), (4.0, "medium")]
)
def test_who_answers_to_voice_at_most_alarms_at_medium_priority(consciousness: float, priority: str) -> None:
    (first,) = bed(charted(WELL | {"consciousness": consciousness})).alerts("news2")
    assert (first.priority, first.signal) == (priority, "on")
    assert ("answers to voice" in first.text) is (priority == "medium")


@pytest.mark.parametrize(("fraction", "points"), [(0.21, 3), (0.22, 5), (0.6, 5)])
def test_enriched_air_counts_as_oxygen(fraction: float, points: int) -> None:
    on_air = {name: value for name, value in WELL.items() if name != "on_oxygen"}
    found = bed(charted(on_air | {"fio2_fraction": fraction, "respiratory_rate_per_min": 25.0}))
    totals = [one.total for one in found.records if hasattr(one, "total")]
    assert totals == [points]
