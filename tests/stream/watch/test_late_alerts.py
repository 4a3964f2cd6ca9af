"""An alert that is published long after its time says so, and how long; nothing else about it changes."""

from datetime import datetime

import pytest

from tests.stream.watch.test_handler import ILL, WELL, Bench, event, frames


@pytest.mark.parametrize(("waited_s", "late"), [(0.0, False), (60.0, False), (60.001, True), (3600.0, True)])
async def test_an_alert_is_late_a_minute_after_its_time(waited_s: float, *, late: bool) -> None:
    bench = Bench()
    records = frames(WELL, ILL, ILL)
    await bench.take(records)
    (first, *_) = bench.said("alerts")
    again = Bench()
    again.now_s = at_s(first["time"]) + waited_s
    await again.take([record._replace(timestamp=round(again.now_s * 1000)) for record in records])
    told, *_ = again.said("alerts")
    assert told["late"] == late
    assert told["age_s"] == pytest.approx(waited_s, abs=0.01)
    same = {name: value for name, value in first.items() if name not in {"late", "age_s"}}
    assert {name: value for name, value in told.items() if name not in {"late", "age_s"}} == same
    assert again.count("alerts_late") == sum(one["late"] for one in again.said("alerts"))


async def test_what_an_event_ends_late_is_late_too() -> None:
    bench = Bench()
    await bench.take(frames(WELL, ILL, ILL))
    await bench.take([event("patients", status="discharged", after_s=60)])
    ended = [one for one in bench.said("alerts") if one["phase"] == "end"]
    assert ended
    assert all(one["late"] and one["age_s"] > 0 for one in ended)


def at_s(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
