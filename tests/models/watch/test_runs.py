"""Rows that say what the one before said are passed over; what they bring about is told as if each were looked at."""

from collections.abc import Callable
from random import Random

import pytest

from models.watch.outputs import moment
from schemas.alarm_settings import AlarmSetting
from schemas.alerts import Acknowledgement
from schemas.patients import PatientRecord
from tests.builders.bedside import Bed, after_s, bed, stream
from tests.builders.watch_frames import START_MS, WELL, Sent

ILL = WELL | {
    "spo2_percent": 88.0,
    "respiratory_rate_per_min": 26.0,
    "heart_rate_bpm": 95.0,
    "temperature_celsius": 38.5,
}
"""8 points: 3 for SpO2, 3 for the respiratory rate, 1 for the heart rate, 1 for the temperature."""


def both_ways(begun: Callable[[], Bed], frames: list[Sent], until_s: float) -> Bed:
    """The bed after these frames; what was said must be the same for a batch of them as for each alone."""
    together, apart = begun().frames(frames).wait(until_s), begun()
    for one in frames:
        apart.frames([one])
    apart.wait(until_s)
    said = [sorted(one.model_dump_json() for one in of.records) for of in (together, apart)]
    assert said[0] == said[1]
    return together


def acknowledged(of: Bed, condition: str, after: float) -> Bed:
    alert = of.alerts(condition)[-1].alert
    time = moment(START_MS + round(1000 * after))
    return of.event(Acknowledgement(patient="p-1", time=time, alert=alert, by="nurse-1"), after)


def limit_of(condition: str, limit: float, after: float, lasts_s: float) -> AlarmSetting:
    times = {
        "time": moment(START_MS + round(1000 * after)),
        "until": moment(START_MS + round(1000 * (after + lasts_s))),
    }
    who = {"patient": "p-1", "role": "physician", "by": "physician-1", "reason": "seen"}
    said = {"action": "limit", "condition": condition, "limit": limit}
    return AlarmSetting.model_validate(who | times | said)


def test_a_score_that_goes_on_rising_in_its_band_sounds_again_though_the_same_vital_signs_have_points() -> None:
    """8, 9 and 10 points in one batch: two more than were seen when the alarm was acknowledged."""
    worse = [
        *stream(ILL | {"heart_rate_bpm": 115.0}, 60, 90),
        *stream(ILL | {"heart_rate_bpm": 130.5}, 90, 120),  # 131 in whole numbers: 3 points
    ]
    ill = both_ways(lambda: acknowledged(bed(stream(ILL, 0, 60)), "news2", 60), worse, 130)
    told = [(one.signal, after_s(one)) for one in ill.alerts("news2") if one.phase == "update" and one.signal != "off"]
    assert told == [("ack", 60), ("on", 90)]


def test_whose_points_raised_a_score_is_remembered_though_others_had_as_many() -> None:
    """Three points for SpO2, then three for the respiratory rate: once that is too old, nobody knows he is well."""
    changed = [
        *stream(WELL | {"respiratory_rate_per_min": 26.0}, 60, 120),
        *stream({name: value for name, value in WELL.items() if name != "respiratory_rate_per_min"}, 120, 1200, 15.0),
    ]
    ill = both_ways(lambda: bed(stream(WELL | {"spo2_percent": 88.0}, 0, 60)), changed, 1200)
    assert [one.phase for one in ill.alerts("news2") if one.phase != "update"] == ["start"]


def test_a_score_ends_once_what_raised_it_is_well_though_another_vital_sign_is_not_measured() -> None:
    rest = {name: value for name, value in WELL.items() if name != "heart_rate_bpm"}
    well = stream(rest, 60, 500, 10.0)
    ill = both_ways(lambda: bed(stream(rest | {"spo2_percent": 88.0}, 0, 60)), well, 500)
    assert [(one.phase, after_s(one)) for one in ill.alerts("news2")] == [("start", 0), ("end", 360)]


def test_what_a_late_frame_brings_counts_in_the_score_from_the_next_frame_on_that_is_not() -> None:
    rest = {name: value for name, value in WELL.items() if name != "spo2_percent"} | {"respiratory_rate_per_min": 26.0}
    late = Sent(0, 69, {"spo2_percent": 84.0}, "", -1, 105)
    frames = [*stream(rest, 60, 110, 10.0), late, *stream(rest, 110, 180, 10.0)]
    ill = both_ways(lambda: bed(stream(rest, 0, 60, 10.0)), frames, 180)
    assert [(one.phase, after_s(one)) for one in ill.alerts("news2")] == [("start", 0), ("escalate", 130)]


@pytest.mark.parametrize(("first", "last", "doubtful"), [(50.0, 62.0, True), (62.0, 50.0, False)])
def test_whether_the_last_number_is_doubtful_is_told_with_what_it_brings_about(
    first: float, last: float, *, doubtful: bool
) -> None:
    """Beyond 60 breaths a minute the plausibility table lets no rate pass unmarked; both are of one level."""
    rates = [
        *stream(WELL | {"respiratory_rate_per_min": first}, 10, 18),
        *stream(WELL | {"respiratory_rate_per_min": last}, 18, 30),
    ]
    (start,) = both_ways(lambda: bed(stream(WELL, 0, 10)), rates, 30).alerts("respiratory-rate-high")
    assert (start.phase, after_s(start), start.evidence[0].doubtful) == ("start", 25, doubtful)


def test_what_a_limit_let_pass_alarms_once_the_limit_has_ended_though_no_number_has_changed() -> None:
    def loosened() -> Bed:
        return bed(stream(WELL, 0, 10)).event(limit_of("heart-rate-high", 140, 10, 600), 10)

    fast = both_ways(loosened, stream(WELL | {"heart_rate_bpm": 135.0}, 10, 700, 10.0), 700)
    assert [(one.phase, after_s(one)) for one in fast.alerts("heart-rate-high")] == [("start", 610 + 15)]


def test_what_a_limit_let_pass_does_not_alarm_if_the_next_number_after_its_end_is_well() -> None:
    def loosened() -> Bed:
        return bed(stream(WELL, 0, 10)).event(limit_of("heart-rate-high", 140, 10, 600), 10)

    fast = [*stream(WELL | {"heart_rate_bpm": 135.0}, 10, 610, 20.0), *stream(WELL, 620, 700, 10.0)]
    assert both_ways(loosened, fast, 800).alerts("heart-rate-high") == []


def test_a_limit_that_was_tightened_holds_for_all_rows_until_its_end_and_for_none_after_it() -> None:
    def tightened() -> Bed:
        return bed(stream(WELL, 0, 10)).event(limit_of("heart-rate-high", 100, 10, 600), 10)

    fast = both_ways(tightened, stream(WELL | {"heart_rate_bpm": 105.0}, 10, 800, 10.0), 800)
    told = [(one.phase, after_s(one)) for one in fast.alerts("heart-rate-high")]
    assert told == [("start", 10 + 15), ("end", 610 + 60)]


def test_numbers_that_come_out_of_their_order_count_by_their_own_time() -> None:
    """A second device sends what it measured some seconds ago, between what the first one says of now."""
    low = WELL | {"spo2_percent": 88.0}
    rows: list[Sent] = []
    for one in stream(low, 10, 60, 2.0, device="monitor"):
        rows += [one, Sent(0, one.after_s - 5, low, "oximeter", -1, one.after_s)]
    before = [*stream(WELL, 0, 10, 2.0, device="oximeter", delay_s=0.5), *stream(WELL, 0, 10, device="monitor")]
    ill = both_ways(lambda: bed(before), rows, 60)
    assert ill.sounded_s("spo2-low") == 25


def test_an_alarm_eases_and_ends_within_a_batch_when_it_would_have_alone() -> None:
    better = [
        *stream(WELL | {"spo2_percent": 88.0}, 60, 130),
        *stream(WELL | {"spo2_percent": 84.0}, 130, 132),
        *stream(WELL | {"spo2_percent": 95.0}, 132, 200),
    ]
    ill = both_ways(lambda: bed(stream(WELL | {"spo2_percent": 84.0}, 0, 60)), better, 200)
    phases = [(one.phase, after_s(one)) for one in ill.alerts("spo2-low")]
    assert phases == [("start", 0), ("deescalate", 120), ("end", 192)]


def test_a_patient_with_a_lower_target_alarms_by_his_own_limit_and_is_told_it() -> None:
    """Scale 2 of NEWS2, for a target of 88 to 92 %: 90 % is well, 83 % is the first that alarms."""
    scale2 = PatientRecord(patient="p-1", time=moment(START_MS), status="admitted", spo2_scale=2)
    sinking = [
        *stream(WELL | {"spo2_percent": 89.0}, 10, 60),
        *stream(WELL | {"spo2_percent": 84.0}, 60, 100),
        *stream(WELL | {"spo2_percent": 83.0}, 100, 120),
    ]
    (start,) = both_ways(lambda: bed(stream(WELL, 0, 10)).event(scale2, 10), sinking, 120).alerts("spo2-low")
    assert (start.phase, after_s(start), start.evidence[0].limit) == ("start", 115, 83)
    assert "limit 83 %" in start.text


def test_a_violation_began_when_it_was_measured_by_a_device_that_lags_behind_another() -> None:
    """An oximeter whose numbers come five seconds late, beside a monitor; the score counts by the patient's newest."""
    rows: list[Sent] = []
    for one in stream({"heart_rate_bpm": 72.0}, 10, 60, device="monitor"):
        rows += [one, Sent(0, one.after_s - 5, {"spo2_percent": 88.0}, "oximeter", -1, one.after_s)]

    def well() -> Bed:
        rest = {name: value for name, value in WELL.items() if name not in {"heart_rate_bpm", "spo2_percent"}}
        before = stream(rest | {"heart_rate_bpm": 72.0}, 0, 10, device="monitor")
        before += stream({"spo2_percent": 97.0}, -5, 5, device="oximeter", delay_s=5.5)
        return bed(sorted(before, key=lambda one: one.arrived_s or 0.0))

    low = both_ways(well, rows, 60)
    (start,) = low.alerts("spo2-low")
    assert start.episode_start == moment(START_MS + 5000)
    assert low.alerts("news2")[0].episode_start == moment(START_MS + 10_000)


def test_what_sounds_again_is_handed_on_so_long_after_that_though_no_number_changes() -> None:
    """The score suppresses its part until it has eased; 15 minutes later nobody has answered the part's own alarm."""
    milder = stream(WELL | {"spo2_percent": 88.0, "temperature_celsius": 38.5}, 60, 1400, 10.0)
    told = both_ways(lambda: bed(stream(ILL, 0, 60)), milder, 1410).alerts("spo2-low")
    assert [(one.signal, one.recipients, after_s(one)) for one in told] == [
        ("off", 1, 0),
        ("on", 1, 60 + 300),
        ("on", 2, 60 + 300 + 900),
    ]


def test_a_delay_that_a_late_number_began_is_over_when_it_would_be_for_each_frame_alone() -> None:
    """By the column's time 15 s after 68; what comes in time after it lies less far behind, so that is at 83 too."""
    fast = WELL | {"heart_rate_bpm": 135.0}
    rows = [Sent(0, at_s, fast, "", -1, arrived_s) for at_s, arrived_s in ((68, 71), (72, 72), (73, 73), (84, 84))]
    (start,) = both_ways(lambda: bed(stream(WELL, 0, 71)), rows, 90).alerts("heart-rate-high")
    assert (start.phase, after_s(start), start.episode_start) == ("start", 83, moment(START_MS + 68_000))


NUMBERS: dict[str, tuple[float, ...]] = {
    "heart_rate_bpm": (72.0, 72.0, 95.0, 115.0, 135.0, 155.0, 0.0),
    "respiratory_rate_per_min": (15.0, 15.0, 22.0, 26.0, 50.0, 62.0),
    "spo2_percent": (98.0, 98.0, 93.0, 91.0, 88.0, 84.0, 79.0),
    "systolic_mmhg": (122.0, 122.0, 95.0, 88.0, 65.0),
    "temperature_celsius": (36.8, 38.5),
    "consciousness": (0.0, 0.0, 0.0, 2.0),
}


def runs(dice: Random, begin_s: float) -> list[Sent]:
    """Frames that mostly say what the one before said; now and then one is missing something, late, or doubled."""
    frames: list[Sent] = []
    measured, at_s = dict(WELL), begin_s
    for _ in range(dice.randint(2, 4)):
        measured |= {name: dice.choice(NUMBERS[name]) for name in dice.sample(sorted(NUMBERS), 2)}
        shown = {name: value for name, value in measured.items() if dice.random() < 0.9}
        every_s = dice.choice([1.0, 5.0, 10.0, 20.0, 120.0, 620.0])
        for _ in range(dice.randint(1, 5)):
            at_s += every_s
            behind_s = dice.choice([0.0] * 8 + [3.0, 40.0])
            frames.append(Sent(0, at_s - behind_s, dict(shown), "", -1, at_s))
    return frames


@pytest.mark.parametrize("seed", range(25))
def test_whatever_is_said_again_and_again_a_batch_of_it_brings_about_what_each_frame_alone_does(seed: int) -> None:
    dice = Random(seed)  # noqa: S311 - dice, no secret

    before = runs(dice, 0)
    now_s = before[-1].arrived_s or 0.0
    limit = dice.choice([None, ("heart-rate-high", 140.0), ("heart-rate-high", 95.0), ("spo2-low", 94.0)])
    lasts_s, answers = dice.choice([20.0, 100.0, 1000.0]), dice.random() < 0.4

    def begun() -> Bed:
        of = bed(before)
        if limit is not None:
            of.event(limit_of(*limit, now_s, lasts_s), now_s)
        sounding = sorted({one.condition for one in of.alerts() if of.sounds(one.condition)})
        for condition in sounding if answers else ():
            acknowledged(of, condition, now_s)
        return of

    frames = runs(dice, now_s)
    both_ways(begun, frames, (frames[-1].arrived_s or 0.0) + dice.choice([1.0, 400.0, 4000.0]))
