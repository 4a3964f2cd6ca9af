"""Custody: an answer is positive when broker or disk has a message, order stays, and what fails is told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from schemas.alerts import WardStatus
from stream.feeds.events import FeedEvent
from stream.gateway.news import told_by
from stream.gateway.outlet import BrokerAwayError, Outlet, State
from stream.gateway.spool import Spool
from tests.builders.feed_events import an_event
from tests.stream.gateway.test_spool import VAULT, drained


class Broker:
    """Confirms while it is there, and keeps what it has confirmed."""

    def __init__(self, *, is_there: bool = True) -> None:
        self.there = asyncio.Event()
        if is_there:
            self.there.set()
        self.has: list[FeedEvent] = []

    async def play(self, feed: Iterable[FeedEvent], speed: float) -> None:
        assert speed == 0
        events = list(feed)
        await self.there.wait()
        self.has += events

    @property
    def numbers(self) -> list[int]:
        return [int(dict(event.headers)["ce_id"]) for event in self.has if event.topic == "vitals"]

    @property
    def states(self) -> list[str]:
        return [one.record.text for one in self.has if isinstance(one.record, WardStatus)]


def told(state: State) -> FeedEvent:
    return told_by("gateway-1", state)


@asynccontextmanager
async def outlet_of(broker: Broker, spool: Spool | None, patience_s: float = 0.05) -> AsyncIterator[Outlet]:
    publishing: Any = broker
    outlet = Outlet(publishing, patience_s, spool, told)
    running = asyncio.create_task(outlet.run())
    try:
        yield outlet
    finally:
        running.cancel()
        await asyncio.wait({running})
        if spool is not None:
            spool.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def until_it_has(broker: Broker, numbers: int) -> None:
    await until(lambda: len(set(broker.numbers)) >= numbers)


async def test_while_the_broker_is_there_nothing_touches_the_disk(tmp_path: Path) -> None:
    broker = Broker()
    async with outlet_of(broker, Spool(tmp_path, VAULT), patience_s=10) as outlet:
        assert [await outlet.deliver([an_event(number)]) for number in range(3)] == ["broker"] * 3
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]  # noqa: ASYNC240 - the outlet has ended
    assert broker.states == []


async def test_while_the_broker_is_away_messages_are_kept_and_follow_in_order(tmp_path: Path) -> None:
    broker = Broker(is_there=False)
    async with outlet_of(broker, Spool(tmp_path, VAULT)) as outlet:
        assert [await outlet.deliver([an_event(number)]) for number in range(5)] == ["spool"] * 5
        assert broker.has == []
        assert not outlet.is_refusing
        broker.there.set()
        await until_it_has(broker, 5)
        await outlet.deliver([an_event(5)])
        await until_it_has(broker, 6)
        assert list(dict.fromkeys(broker.numbers)) == list(range(6))
        await until(lambda: len(broker.states) == 2)
        assert outlet.spooled_bytes == 0
        assert ["are kept in the" in broker.states[0], "reach Kafka again" in broker.states[1]] == [True, True]


async def test_what_comes_while_the_spool_drains_goes_behind_it(tmp_path: Path) -> None:
    broker = Broker(is_there=False)
    async with outlet_of(broker, Spool(tmp_path, VAULT)) as outlet:
        await asyncio.gather(*(outlet.deliver([an_event(number)]) for number in range(1200)))
        broker.there.set()
        await asyncio.gather(*(outlet.deliver([an_event(number)]) for number in range(1200, 1300)))
        await until_it_has(broker, 1300)
    firsts = list(dict.fromkeys(broker.numbers))
    assert firsts == sorted(firsts)


async def test_what_was_kept_before_a_restart_is_sent_after_it(tmp_path: Path) -> None:
    async with outlet_of(Broker(is_there=False), Spool(tmp_path, VAULT)) as outlet:
        await asyncio.gather(*(outlet.deliver([an_event(number)]) for number in range(3)))
    broker = Broker()
    async with outlet_of(broker, Spool(tmp_path, VAULT)):
        await until_it_has(broker, 3)
    assert broker.numbers == [0, 1, 2]


async def test_a_full_spool_refuses_and_raises_a_technical_alarm(tmp_path: Path) -> None:
    broker = Broker(is_there=False)
    async with outlet_of(broker, Spool(tmp_path, VAULT, most_bytes=600)) as outlet:
        said: list[object] = []
        for number in range(9):
            said += await asyncio.gather(outlet.deliver([an_event(number)]), return_exceptions=True)
        kept = said.count("spool")
        assert 0 < kept < 9
        assert said[:kept] == ["spool"] * kept
        assert all(isinstance(one, BrokerAwayError) for one in said[kept:])
        assert outlet.is_refusing
        broker.there.set()
        await until_it_has(broker, kept)
        await until(lambda: len(broker.states) == 3)
        assert "can keep no more" in broker.states[1]
        assert [one.record.state for one in broker.has if isinstance(one.record, WardStatus)][-1] == "restored"
        assert await outlet.deliver([an_event(99)]) in {"broker", "spool"}


async def test_without_a_spool_an_absence_is_told_when_it_is_over() -> None:
    broker = Broker(is_there=False)
    async with outlet_of(broker, None) as outlet:
        with pytest.raises(BrokerAwayError):
            await outlet.deliver([an_event(0)])
        assert outlet.is_refusing
        broker.there.set()
        await until(lambda: len(broker.states) == 2)
        assert await outlet.deliver([an_event(1)]) == "broker"


async def test_a_disk_that_fails_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, VAULT)

    def failing(_: object) -> list[bool]:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(spool, "append", failing)
    async with outlet_of(Broker(is_there=False), spool) as outlet:
        with pytest.raises(BrokerAwayError):
            await outlet.deliver([an_event(0)])
    spool = Spool(tmp_path, VAULT)
    assert drained(spool) == []
    spool.close()
