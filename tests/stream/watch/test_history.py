"""Of a backlog every step is published, and nobody is called by history: what is still open at its end sounds once."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from schemas.arrival import HELD_MS
from tests.builders.ports import NOW_S, ARecord, a_record
from tests.stream.watch.test_handler import Bench, a_frame, at, event

VITALS = TopicPartition("vitals", 0)
EVERY_S: Final = 20
HISTORY_S: Final = 300
"""The setting's default."""
WELL: Final = {"spo2_percent": 98.0, "heart_rate_bpm": 80.0, "respiratory_rate_per_min": 15.0, "systolic_mmhg": 120.0}
LOW: Final = WELL | {"spo2_percent": 88.0}
LOWER: Final = WELL | {"spo2_percent": 80.0}
STOPPED: Final = {"heart_rate_bpm": 0.0, "respiratory_rate_per_min": 0.0, "spo2_percent": 0.0, "systolic_mmhg": 15.0}
ENDED: Final = [WELL, LOW, LOW, LOW, WELL, WELL, WELL, WELL]
OPEN: Final = [WELL, LOW, LOW, LOW, LOWER, LOWER, LOWER]


def read_s() -> float:
    """When the first record of a backlog is read: an hour after it came."""
    return at(0).timestamp() + 3600


def backlog(*measured: dict[str, float], start: int = 0, came_s: float = 0, patient: str = "p-1") -> list[ARecord]:
    """Frames that came when they were measured; `came_s` later, if that is given."""
    return [
        a_record(
            "vitals",
            a_frame(number * EVERY_S, values, patient),
            offset=number,
            timestamp=round(1000 * (at(number * EVERY_S).timestamp() + came_s)),
        )
        for number, values in enumerate(measured, start)
    ]


def of_now(*measured: dict[str, float], start: int) -> list[ARecord]:
    """Frames that are measured and come when they are read."""
    return [
        a_record("vitals", a_frame(3600 + number, values), offset=number, timestamp=round(1000 * read_s()))
        for number, values in enumerate(measured, start)
    ]


async def take(bench: Bench, records: Sequence[ARecord], cuts: Sequence[int] = ()) -> Bench:
    """Read records in runs; at each cut the worker crashes, and another one goes on from what is stored."""
    edges = sorted({0, len(records), *(cut % len(records) for cut in cuts)})
    for start, end in pairwise(edges):
        bench.now_s = read_s()
        await bench.take(records[start:end])
        await bench.settler.settle()
        after = Bench(store=bench.store)
        after.producer.sent = bench.producer.sent
        after.now_s = bench.now_s
        bench = after
    return bench


def sounding(bench: Bench) -> list[dict[str, Any]]:
    return [one for one in bench.said("alerts") if one["signal"] in {"on", "latched"}]


def ids(bench: Bench) -> list[str]:
    return [one["id"] for one in bench.said("alerts")]


async def test_of_a_backlog_every_step_is_published_under_its_id_and_none_sounds() -> None:
    live = Bench()
    for record in backlog(*ENDED, *OPEN):
        live.now_s = record.timestamp / 1000
        await live.take([record])
    late = await take(Bench(), backlog(*ENDED, *OPEN))
    assert ids(late) == ids(live)
    assert {one["phase"] for one in late.said("alerts")} >= {"start", "escalate", "end"}
    assert sounding(live)
    assert sounding(late) == []
    assert all(one["history"] and one["late"] and one["age_s"] > HISTORY_S for one in late.said("alerts"))
    told = {"signal", "history", "late", "age_s"}
    assert [{name: one[name] for name in one if name not in told} for one in late.said("alerts")] == [
        {name: one[name] for name in one if name not in told} for one in live.said("alerts")
    ]
    assert not any(one["history"] for one in live.said("alerts"))


def from_a_spool(*measured: dict[str, float], start: int = 0) -> list[ARecord]:
    """Frames that a gateway took when they were measured, kept, and sends when they are read."""
    now_ms = round(1000 * read_s())
    kept = backlog(*measured, start=start)
    return [one._replace(timestamp=now_ms, headers=[(HELD_MS, f"{now_ms - one.timestamp}".encode())]) for one in kept]


async def test_what_a_gateway_held_back_is_history_though_the_broker_stamps_it_now() -> None:
    then = of_now(LOWER, LOWER, start=len(ENDED) + len(OPEN))
    kept, late = await take(Bench(), from_a_spool(*ENDED, *OPEN)), await take(Bench(), backlog(*ENDED, *OPEN))
    assert ids(kept) == ids(late)
    assert sounding(kept) == []
    assert all(one["history"] and one["late"] and one["age_s"] > HISTORY_S for one in kept.said("alerts"))
    assert sounding(await take(kept, then)) == sounding(await take(late, then)) != []


async def test_what_is_still_open_at_the_end_sounds_once_with_its_age_before_all_else() -> None:
    bench = await take(Bench(), backlog(*ENDED, *OPEN))
    opened = {one["alert"]: one for one in bench.said("alerts") if one["presence"]}
    over = {one["alert"] for one in bench.said("alerts") if one["phase"] == "end"}
    expected = {alert: one for alert, one in opened.items() if alert not in over and "suppressed_by" not in one}
    assert expected
    before = len(bench.said("alerts"))
    bench = await take(bench, of_now(LOWER, LOWER, LOWER, start=len(ENDED) + len(OPEN)))
    said = bench.said("alerts")[before:]
    assert [one["alert"] for one in said[: len(expected)]] == list(expected)
    for one in said[: len(expected)]:
        last = expected[one["alert"]]
        assert (one["phase"], one["signal"], one["history"], one["late"]) == ("update", "on", False, True)
        assert (one["time"], one["priority"], one["episode_start"]) == (
            last["time"],
            last["priority"],
            last["episode_start"],
        )
        assert one["age_s"] == pytest.approx(read_s() - datetime.fromisoformat(one["time"]).timestamp())
        assert one["id"] != last["id"]
    more = [one for one in said[len(expected) :] if one["alert"] in expected]
    assert {one["recipients"] for one in more} <= {2}  # it has sounded for long, so the next group is called as well


async def test_an_episode_that_ended_in_the_backlog_stays_silent() -> None:
    bench = await take(Bench(), backlog(*ENDED))
    bench = await take(bench, of_now(WELL, WELL, start=len(ENDED)))
    assert [one["phase"] for one in bench.said("alerts") if one["condition"] == "spo2-low"] == ["start", "end"]
    assert sounding(bench) == []


async def test_an_alarm_that_was_acknowledged_in_the_backlog_stays_silent() -> None:
    bench = await take(Bench(), backlog(WELL, STOPPED, STOPPED))
    alert = next(one["alert"] for one in bench.said("alerts") if one["condition"] == "asystole")
    answered = event("acknowledgements", after_s=60, alert=alert, by="nurse")
    bench = await take(bench, [answered._replace(timestamp=round(1000 * at(61).timestamp()))])
    assert (bench.said("alerts")[-1]["signal"], bench.said("alerts")[-1]["history"]) == ("ack", True)
    assert "asystole" not in bench.state().untold


@examples(max_examples=25, deadline=None)
@given(
    shape=st.lists(st.sampled_from([WELL, LOW, LOWER, STOPPED]), min_size=2, max_size=24),
    present=st.lists(st.sampled_from([WELL, LOW, LOWER, STOPPED]), min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 40), max_size=6),
)
async def test_what_sounds_does_not_depend_on_how_runs_are_cut_or_on_crashes(
    shape: list[dict[str, float]], present: list[dict[str, float]], cuts: list[int]
) -> None:
    records = [*backlog(*shape), *of_now(*present, start=len(shape))]
    whole, cut = await take(Bench(), records), await take(Bench(), records, cuts)
    assert cut.said("alerts") == whole.said("alerts")
    assert len(ids(whole)) == len(set(ids(whole)))


async def test_a_bed_that_sends_nothing_more_is_heard_when_all_is_read() -> None:
    bench = Bench()
    bench.now_s = read_s()
    await bench.take(backlog(*OPEN))
    await bench.watch.tick(bench.now_s, lambda: {VITALS: False})
    assert sounding(bench) == []
    await bench.watch.tick(bench.now_s + 1, lambda: {VITALS: True})
    said = sounding(bench)
    assert {one["condition"] for one in said} >= {"spo2-low"}
    assert not bench.state().untold
    await bench.watch.tick(bench.now_s + 2, lambda: {VITALS: True})
    assert sounding(bench) == said


async def test_it_is_the_same_step_whoever_notices_that_it_is_open() -> None:
    by_clock, by_frame = Bench(), Bench()
    by_clock.now_s = by_frame.now_s = read_s()
    for bench in (by_clock, by_frame):
        await bench.take(backlog(*OPEN))
    await by_clock.watch.tick(by_clock.now_s, lambda: {VITALS: True})
    await by_frame.take(of_now(LOWER, start=len(OPEN)))
    assert sounding(by_clock)[0] == sounding(by_frame)[0]


async def test_what_is_read_as_it_comes_sounds_however_old_its_stamp_is() -> None:
    """The clock of the broker is behind, or the topic has the producers' time."""
    bench = Bench()
    bench.now_s = read_s()
    records = backlog(*OPEN)
    await bench.take(records[:1])
    await bench.watch.tick(bench.now_s, lambda: {VITALS: True})
    await bench.watch.tick(bench.now_s, lambda: {VITALS: False})  # the next one has just come
    await bench.take(records[1:])
    assert sounding(bench)
    assert not any(one["history"] for one in bench.said("alerts"))


async def test_a_worker_that_stood_still_reads_history() -> None:
    bench = Bench()
    records = backlog(*OPEN)
    bench.now_s = records[0].timestamp / 1000
    await bench.take(records[:1])
    await bench.watch.tick(bench.now_s, lambda: {VITALS: True})
    bench.now_s = read_s()
    await bench.take(records[1:])
    assert bench.said("alerts")
    assert sounding(bench) == []


async def test_after_a_rebalance_nobody_is_taken_to_have_caught_up() -> None:
    bench = Bench()
    bench.now_s = read_s()
    records = backlog(*OPEN)
    await bench.watch.tick(bench.now_s, lambda: {VITALS: True})
    bench.watch.forget()
    await bench.take(records)
    assert sounding(bench) == []


async def test_a_device_whose_clock_is_behind_alarms_as_any_other() -> None:
    bench = await take(Bench(), backlog(*OPEN, came_s=3600))
    assert sounding(bench)
    assert not any(one["history"] for one in bench.said("alerts"))


async def test_a_worker_that_never_catches_up_calls_somebody_all_the_same() -> None:
    bench = Bench()
    bench.now_s = read_s()
    await bench.take(backlog(*OPEN))
    bench.now_s += HISTORY_S - 1
    await bench.watch.tick(bench.now_s, lambda: {VITALS: False})
    assert sounding(bench) == []
    bench.now_s += 2
    await bench.watch.tick(bench.now_s, lambda: {VITALS: False})
    assert {one["condition"] for one in sounding(bench)} >= {"spo2-low"}


async def test_what_came_within_minutes_is_no_history() -> None:
    bench = Bench()
    bench.now_s = NOW_S
    records = [record._replace(timestamp=round(1000 * (NOW_S - HISTORY_S))) for record in backlog(*OPEN)]
    await bench.take(records)
    assert sounding(bench)
