"""A sick patient alarms whatever the clocks of the devices show: skewed, set back or forward, or ahead."""

import pytest

from models.alarms.information import INFORMATION
from models.watch.clocks import MOST_DEVICES
from models.watch.state import PatientState
from models.watch.stored import from_fields, to_fields
from tests.builders.bedside import Bed, bed, stream
from tests.builders.watch_frames import WELL, Sent

ECG = {"heart_rate_bpm": 80.0, "respiratory_rate_per_min": 16.0}
SICK = WELL | {"heart_rate_bpm": 150.0, "spo2_percent": 84.0, "systolic_mmhg": 70.0, "respiratory_rate_per_min": 32.0}
ILL_FROM_S = 300.0


def desaturating(at_s: float) -> dict[str, float]:
    """88 % from then on: medium, after a delay of 15 s."""
    return {"spo2_percent": 88.0 if at_s >= ILL_FROM_S else 97.0}


def worsening(at_s: float) -> dict[str, float]:
    return SICK if at_s >= ILL_FROM_S else WELL


@pytest.mark.parametrize("skew_s", [-0.001, -0.1, -1.0, -29.0, -31.0, -45.0, -300.0, -7200.0, 5.0, 45.0, 110.0])
def test_a_device_with_another_clock_is_graded_at_once(skew_s: float) -> None:
    oximeter = stream(desaturating, 0, 600, device="oximeter", skew_s=skew_s, delay_s=0.3)
    found = bed(stream(ECG, 0, 600, device="ecg"), oximeter)
    sounded_s = found.sounded_s("spo2-low", "medium")
    assert sounded_s is not None
    assert ILL_FROM_S + 15 <= sounded_s <= ILL_FROM_S + 16 + max(0.0, min(skew_s, 30.0))


@pytest.mark.parametrize(("skew_s", "told"), [(-29.0, 0), (-31.0, 1), (29.0, 0), (31.0, 1)])
def test_a_steady_skew_beyond_the_limit_is_told_until_it_is_gone(skew_s: float, told: int) -> None:
    def skew(at_s: float) -> float:
        return skew_s if at_s < 1200 or not told else 0.0

    oximeter = stream(desaturating, 0, 1300, device="oximeter", skew_s=skew, delay_s=0.3)
    statuses = bed(stream(ECG, 0, 1300, device="ecg"), oximeter).statuses("clock")
    assert [one.state for one in statuses] == ["degraded", "restored"][: 2 * told]
    assert {(one.patient, one.part) for one in statuses} <= {("p-1", "oximeter")}
    assert all(("behind" if skew_s < 0 else "ahead") in one.text for one in statuses[:told])


@pytest.mark.parametrize("skew_s", [-0.001, -1.0, -20.0, -45.0])
def test_two_sources_without_names_are_graded_all_the_same(skew_s: float) -> None:
    found = bed(stream(ECG, 0, 600), stream(desaturating, 0, 600, skew_s=skew_s, delay_s=0.3))
    sounded_s = found.sounded_s("spo2-low")
    assert sounded_s is not None
    assert sounded_s <= ILL_FROM_S + 17


@pytest.mark.parametrize("jump_s", [-7200.0, -60.0, -10.0, -1.0, 10.0, 300.0, 7200.0, 200_000.0])
def test_a_clock_that_is_set_silences_nothing_and_ends_no_stay(jump_s: float) -> None:
    def skew(at_s: float) -> float:
        return jump_s if at_s >= 200 else 0.0

    found = bed(stream(lambda at_s: WELL | desaturating(at_s), 0, 600, skew_s=skew, delay_s=0.2))
    sounded_s = found.sounded_s("spo2-low")
    assert sounded_s is not None
    assert sounded_s <= ILL_FROM_S + 17 + max(0.0, min(jump_s, 30.0))
    assert len(found.alerts("spo2-low", phase="start")) == 1
    assert bool(found.statuses("clock")) is (jump_s < -5 or jump_s > 30)


def test_a_clock_that_jumped_is_no_news_once_it_has_run_steadily() -> None:
    found = bed(stream(WELL, 0, 1000, skew_s=lambda at_s: -600.0 if at_s >= 200 else 0.0, delay_s=0.2))
    assert [one.state for one in found.statuses("clock")] == ["degraded", "restored"]


def test_one_healthy_frame_from_the_future_a_minute_hides_no_dying_patient() -> None:
    from_the_future = [Sent(0, at_s + 115.0, WELL, "", -1, at_s + 0.5) for at_s in range(30, 900, 60)]
    found = bed(stream(worsening, 0, 900, delay_s=0.1), from_the_future)
    for condition in ("spo2-low", "heart-rate-high", "systolic-low", "news2"):
        sounded_s = found.sounded_s(condition, "high")
        assert sounded_s is not None, condition
        assert sounded_s <= ILL_FROM_S + 25, condition
        assert not found.alerts(condition, phase="end"), condition


def test_nor_does_one_of_another_device() -> None:
    from_the_future = [Sent(0, at_s + 115.0, WELL, "b", -1, at_s + 0.5) for at_s in range(330, 900, 60)]
    found = bed(stream(worsening, 0, 900, device="a", delay_s=0.1), from_the_future)
    assert not found.alerts("spo2-low", phase="end")
    assert found.sounds("news2")


def test_a_steady_clock_that_is_ahead_keeps_its_intervals_in_a_batch() -> None:
    batches = [Sent(0, at_s + 60.0, worsening(at_s), "", -1, 10.0 + at_s // 10 * 10) for at_s in range(600)]
    sounded_s = bed(batches).sounded_s("spo2-low")
    assert sounded_s is not None
    assert sounded_s <= ILL_FROM_S + 10 + 30 + 16


def test_of_two_devices_that_contradict_each_other_the_worse_counts_and_that_is_told() -> None:
    found = bed(stream(WELL, 0, 300, device="a"), stream({"spo2_percent": 84.0}, 0.5, 300, device="b"))
    assert found.sounded_s("spo2-low", "high") is not None
    assert found.sounds("spo2-low")
    assert found.sounds("devices-contradict:spo2")
    assert found.sounded_s("devices-contradict:heart_rate") is None


@pytest.mark.parametrize(("other", "told"), [(91.0, False), (90.5, True)])
def test_devices_may_differ_as_far_as_they_are_accurate(other: float, *, told: bool) -> None:
    found = bed(stream(WELL | {"spo2_percent": 97.0}, 0, 200, device="a"), stream({"spo2_percent": other}, 0.5, 200))
    assert found.sounds("devices-contradict:spo2") is told


def test_a_nurse_s_number_beside_a_monitor_s_counts_at_once_and_ends_nothing() -> None:
    monitor = stream(WELL, 0, 600, device="monitor")
    low = bed(monitor, [Sent(0, 300.3, {"spo2_percent": 84.0}, "chart")])
    assert low.sounded_s("spo2-low", "high") == pytest.approx(300.3)
    sick = stream(WELL | {"spo2_percent": 84.0}, 0, 600, device="monitor")
    well = bed(sick, [Sent(0, at_s, {"spo2_percent": 98.0}, "chart") for at_s in (100.3, 400.3)])
    assert well.sounds("spo2-low")


def test_the_first_frame_of_a_new_device_ends_no_alarm_of_a_stream() -> None:
    found = bed(stream(SICK, 0, 300, device="a"), [Sent(0, 100.5, WELL, "b")])
    inform = {rule.condition for rule in INFORMATION}
    assert not [one for one in found.alerts(phase="end") if one.condition not in inform]


def test_missing_frames_are_counted_and_told_and_running_numbers_that_begin_anew_are_not() -> None:
    whole = stream(WELL, 0, 200, numbered=True)
    found = bed([one for one in whole if one.sequence % 2 == 0])
    assert found.sounds("frames-lost")
    assert found.state.flagged["lost"] == 99
    again = [one._replace(sequence=one.sequence - 100 if one.sequence >= 100 else one.sequence) for one in whole]
    assert "lost" not in bed(again).state.flagged


def test_frames_that_are_sent_again_say_nothing_again() -> None:
    once = stream(WELL, 0, 100, numbered=True)
    sick = [one._replace(arrived_s=100.0 + one.after_s, measured=dict(one.measured)) for one in once[20:60]]
    assert bed(once, sick).records == bed(once).records


def test_a_device_s_name_that_changes_with_every_frame_makes_no_state_without_end() -> None:
    found = Bed()
    for at_s in range(200):
        found.frames([Sent(0, float(at_s), worsening(at_s * 3.0), f"device-{at_s}")])
    assert len(found.state.devices) <= MOST_DEVICES
    assert found.sounds("spo2-low")
    assert len(to_fields(found.state)["state"]) < 30_000


def test_devices_are_stored_and_read_again() -> None:
    state = bed(stream(ECG, 0, 60, device="ecg"), stream(desaturating, 0, 60, device="oximeter", skew_s=-45)).state
    assert from_fields(0, to_fields(state)).state.devices == state.devices
    assert PatientState().devices == {}
