"""Timers run by the clock through the same door as frames: a crash loses and doubles nothing, and only ours run."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiokafka import TopicPartition

from models.scores.news2 import LEVELS
from stream.state.client import StateUnavailableError
from stream.watch.lags import WINDOW_S, Lags
from tests.builders.ports import NOW_S, a_record
from tests.stream.watch.test_handler import Bench, a_frame, event

VITALS = TopicPartition("vitals", 0)
SEVERE = {
    "heart_rate_bpm": 135.0,
    "respiratory_rate_per_min": 30.0,
    "spo2_percent": 80.0,
    "systolic_mmhg": 75.0,
    "temperature_celsius": 34.5,
}
"""With oxygen and no response: 20 points of NEWS2."""
ANSWER_S = 300.0
"""How long an alarm at high priority waits for an answer (models/alarms/episodes.py)."""


async def one_set(bench: Bench) -> None:
    """One observation set of 20 points, and nothing else."""
    frame = a_frame(0, SEVERE).model_copy(update={"on_oxygen": True, "consciousness": LEVELS[-1]})
    await bench.take([a_record("vitals", frame, offset=0)])


async def tick(bench: Bench, after_s: float, *, caught_up: bool = True) -> datetime | None:
    bench.now_s = NOW_S + after_s
    return await bench.watch.tick(bench.now_s, lambda: {VITALS: caught_up})


def second_group(bench: Bench) -> list[tuple[str, str]]:
    """Which alerts call the second group: condition and id."""
    return [(one["condition"], one["id"]) for one in bench.said("alerts") if one["recipients"] == 2]


async def test_a_set_that_nobody_answers_calls_the_second_group_though_nothing_more_comes() -> None:
    bench = Bench()
    await one_set(bench)
    await tick(bench, ANSWER_S - 1)
    assert second_group(bench) == []
    assert await tick(bench, ANSWER_S + 5) == datetime.fromtimestamp(NOW_S + ANSWER_S + 5, UTC)
    assert "news2" in dict(second_group(bench))


async def test_a_tick_goes_on_from_a_stored_state_and_is_settled_like_a_run() -> None:
    bench = Bench()
    await one_set(bench)
    await bench.settler.settle()
    await tick(bench, ANSWER_S + 5)
    assert bench.watch.ticking
    assert bench.state().episodes["news2"].group == 2
    for one in bench.settler.handed_over:
        one.run.finish()
    await bench.settler.settle()
    assert not bench.watch.ticking


async def test_a_crash_before_a_tick_is_stored_repeats_it_with_the_same_ids_and_none_after() -> None:
    first = Bench()
    await one_set(first)
    await first.settler.settle()
    await tick(first, ANSWER_S + 5)
    second = Bench(store=first.store)  # what the tick changed was never stored
    await second.watch.expect(["p-1"])
    await tick(second, ANSWER_S + 60)
    assert dict(second_group(second)) == dict(second_group(first))
    await second.settler.settle()
    third = Bench(store=first.store)
    await third.watch.expect(["p-1"])
    await tick(third, ANSWER_S + 120)
    assert second_group(third) == []


async def test_nobody_who_was_not_heard_begins_blank_while_redis_is_away() -> None:
    bench = Bench()
    bench.store.away = True
    with pytest.raises(StateUnavailableError):
        await bench.watch.expect(["p-1"])
    bench.store.away = False
    await one_set(bench)
    assert bench.state().episodes["news2"].group == 1


async def test_while_records_lie_unread_the_clock_shows_no_more_than_what_was_worked_on() -> None:
    bench = Bench()
    await one_set(bench)
    await tick(bench, ANSWER_S + 5, caught_up=False)
    assert second_group(bench) == []
    alert = next(one["alert"] for one in bench.said("alerts") if one["condition"] == "news2")
    answered = event("acknowledgements", after_s=10, alert=alert, by="nurse")
    await bench.take([answered])
    await tick(bench, ANSWER_S + 5)
    assert "news2" not in dict(second_group(bench))


async def test_a_partition_that_has_not_said_anything_holds_the_clock() -> None:
    bench = Bench()
    await one_set(bench)
    later = TopicPartition("vitals", 1)
    assert await bench.watch.tick(NOW_S + ANSWER_S + 5, lambda: {VITALS: True, later: False}) is None


async def test_what_was_taken_away_is_left_to_its_new_owner() -> None:
    bench = Bench()
    await one_set(bench)
    bench.watch.forget()  # it stays in memory, since it is not stored yet
    await tick(bench, ANSWER_S + 5)
    assert second_group(bench) == []


async def test_what_is_taken_away_amid_a_tick_is_not_told() -> None:
    bench = Bench()
    await one_set(bench)
    ticking = asyncio.create_task(tick(bench, ANSWER_S + 5))
    await asyncio.sleep(0)  # it works off the loop now
    bench.watch.forget()
    await ticking
    assert second_group(bench) == []
    assert not bench.watch.ticking


async def test_a_tick_and_a_run_do_not_change_a_patient_at_the_same_time() -> None:
    bench = Bench()
    await one_set(bench)
    well = a_record("vitals", a_frame(ANSWER_S + 4, SEVERE | {"spo2_percent": 98.0}), offset=1)
    await asyncio.gather(tick(bench, ANSWER_S + 5), bench.take([well]))
    assert bench.state().positions["vitals/0"] == 2
    assert bench.state().episodes["news2"].group == 2


def test_the_clock_of_arrival_is_behind_ours_by_the_least_delay_of_the_last_minutes() -> None:
    lags = Lags()
    assert lags.least_s(0) == 0
    for now_s, lag_s in ((1.0, 0.5), (2.0, 0.02), (3.0, 7.0)):
        lags.note(now_s, lag_s)
    assert lags.least_s(3.0) == 0.02
    assert lags.least_s(2.0 + WINDOW_S) == 0.02
    assert lags.least_s(2.1 + WINDOW_S) == 7.0
    lags.note(700.0, -30.0)  # the broker's clock is ahead
    assert lags.least_s(700.0) == -30.0


def test_without_new_records_the_last_delay_known_goes_on_to_count() -> None:
    lags = Lags()
    lags.note(1.0, 300.0)
    assert lags.least_s(10_000.0) == 300.0
