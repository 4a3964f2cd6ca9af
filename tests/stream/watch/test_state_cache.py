"""A worker's memory holds those lately heard, those with an alarm on and those not yet stored, and nobody else."""

import pytest

from models.alarms.episodes import Episode
from models.alarms.settings import Setting
from models.watch.state import PatientState
from stream.watch.state_cache import StateCache
from tests.builders.ports import NOW_S, ARecord
from tests.builders.watch_frames import CountingModel
from tests.stream.watch.test_handler import ILL, WELL, Bench, event, frames

KEEP_S = 3600.0
TTL_S = 10 * KEEP_S
DELAY = Episode((NOW_S, None), 80.0)
ALARM = Episode((NOW_S, None), 80.0, start_s=NOW_S, signal="on")
LATCHED = ALARM._replace(signal="latched")


def after(idle_s: float, *episodes: Episode, unsettled: frozenset[str] = frozenset()) -> int:
    """How many are left of one patient who was heard so long ago."""
    held = StateCache(KEEP_S, TTL_S)
    held.keep({"p-1": PatientState(episodes={f"c-{at}": one for at, one in enumerate(episodes)})}, NOW_S)
    held.let_go(NOW_S + idle_s, unsettled)
    return len(held)


@pytest.mark.parametrize(("idle_s", "left"), [(KEEP_S, 1), (KEEP_S + 1, 0)])
def test_who_was_not_heard_for_so_long_leaves_and_not_before(idle_s: float, left: int) -> None:
    assert after(idle_s) == left
    assert after(idle_s, DELAY) == left


@pytest.mark.parametrize("alarm", [ALARM, LATCHED], ids=["on", "latched"])
@pytest.mark.parametrize(("idle_s", "left"), [(TTL_S, 1), (TTL_S + 1, 0)])
def test_who_has_an_alarm_stays_for_as_long_as_redis_would_keep_the_state(
    alarm: Episode, idle_s: float, left: int
) -> None:
    assert after(idle_s, DELAY, alarm) == left


@pytest.mark.parametrize(("over", "left"), [(False, 1), (True, 0)])
def test_who_has_a_setting_in_force_stays_since_its_end_is_told(over: bool, left: int) -> None:  # noqa: FBT001 - a case
    away = Setting("away", "", 1, 1, 2, None, "examined", "nurse", "nurse-1", over=over)
    held = StateCache(KEEP_S, TTL_S)
    held.keep({"p-1": PatientState(settings={"away": away})}, NOW_S)
    held.let_go(NOW_S + KEEP_S + 1, ())
    assert len(held) == left


def test_a_state_that_is_not_yet_stored_never_leaves() -> None:
    assert after(100 * TTL_S, unsettled=frozenset({"p-1"})) == 1
    assert after(100 * TTL_S, unsettled=frozenset({"p-2"})) == 0


def test_every_record_begins_the_time_anew() -> None:
    held = StateCache(KEEP_S, TTL_S)
    held.keep({"p-1": PatientState(), "p-2": PatientState()}, NOW_S)
    held.keep({"p-2": PatientState()}, NOW_S + KEEP_S)
    held.let_go(NOW_S + 1.5 * KEEP_S, ())
    assert set(held.known(["p-1", "p-2"])) == {"p-2"}


def test_a_clock_that_was_set_back_does_not_stop_the_letting_go() -> None:
    held = StateCache(KEEP_S, TTL_S)
    held.let_go(NOW_S + 1000 * KEEP_S, ())
    held.keep({"p-1": PatientState()}, NOW_S)
    held.let_go(NOW_S + 2 * KEEP_S, ())
    assert len(held) == 0


async def memory_and_words(memory_s: float, story: list[tuple[float, list[ARecord]]]) -> tuple[list[float], Bench]:
    """How many patients a worker holds after each part of a story, told so long after the beginning."""
    bench = Bench(CountingModel(), memory_s=memory_s)
    held = []
    for after_s, records in story:
        bench.now_s = NOW_S + after_s
        await bench.take(records)
        await bench.settler.settle()
        held.append(bench.metrics.registry.get_sample_value("wardwatch_patients_in_memory") or 0.0)
    return held, bench


async def test_memory_falls_when_patients_fall_silent_and_who_returns_is_told_of_as_if_never_gone() -> None:
    first = [record for name in ("p-1", "p-2", "p-3") for record in frames(WELL, ILL, WELL, patient=name, every_s=10)]
    story = [
        (0.0, [record._replace(offset=number) for number, record in enumerate(first)]),
        (30.0, [event("labs", offset=0, lactate_mmol_per_l=1.5)]),
        (2 * KEEP_S, frames(WELL, patient="p-4", start=100)),
        (2 * KEEP_S, frames(ILL, ILL, ILL, WELL, start=720, every_s=20)),
        (2 * KEEP_S, frames(ILL, ILL, patient="p-2", start=900, every_s=20)),
    ]
    held, bounded = await memory_and_words(KEEP_S, story)
    all_held, unbounded = await memory_and_words(100 * KEEP_S, story)
    assert held == [3, 3, 1, 2, 3]
    assert all_held == [3, 3, 4, 4, 4]
    assert bounded.producer.sent == unbounded.producer.sent
    assert bounded.store.held == unbounded.store.held
    assert {one["patient"] for one in bounded.said("alerts")} == {"p-1", "p-2"}
    assert any(one["kind"] == "closed" for one in bounded.said("forecasts"))
