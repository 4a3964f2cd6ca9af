"""Each quiet study is told once it is confirmed; what ends in between is told again with the same id."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from schemas.alerts import WardStatus
from schemas.imaging import ImagingReady
from stream.dicom_door.announcer import Announcer
from stream.dicom_door.intake import Intake
from stream.dicom_door.names import Study
from stream.dicom_door.room import Bounds
from stream.dicom_door.store import Mark
from stream.dicom_door.studies import Instance
from stream.dicom_door.tally import Tally
from stream.feeds.events import FeedEvent
from tests.builders.dicom_store import an_intake, put
from tests.builders.dicom_studies import an_instance


class Broker:
    """A publisher that confirms, or does not while it is away."""

    def __init__(self) -> None:
        self.confirmed: list[FeedEvent] = []
        self.is_there = asyncio.Event()
        self.is_there.set()
        self.before_return: Callable[[], None] | None = None

    async def play(self, feed: Iterable[FeedEvent], speed: float) -> None:
        assert speed == 0
        events = list(feed)
        await self.is_there.wait()
        self.confirmed += events
        if self.before_return is not None:
            self.before_return()

    def ids(self) -> list[bytes]:
        return [dict(one.headers)["ce_id"] for one in self.confirmed if isinstance(one.record, ImagingReady)]

    async def until(self, events: int) -> None:
        async with asyncio.timeout(20):
            while len(self.confirmed) < events:  # noqa: ASYNC110 - what a test looks at
                await asyncio.sleep(0.02)


@asynccontextmanager
async def announcing(intake: Intake, broker: Broker, quiet_s: float = 0) -> AsyncIterator[Announcer]:
    publisher: Any = broker
    announcer = Announcer(publisher, intake.store, quiet_s, Tally())
    announcer.expect(intake.store.recover())
    task = asyncio.create_task(announcer.run())
    try:
        yield announcer
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Interrupted):
            await task


class Interrupted(Exception):  # noqa: N818 - the process ends here
    """The process ends at this moment."""


def interrupt() -> None:
    raise Interrupted


async def test_a_study_is_told_once_and_after_a_restart_not_again(tmp_path: Path) -> None:
    intake, broker = an_intake(tmp_path), Broker()
    put(intake, an_instance())
    for _ in range(2):
        async with announcing(intake, broker):
            await broker.until(1)
            await asyncio.sleep(0.5)
    assert len(broker.ids()) == 1


async def test_what_ends_between_confirmation_and_mark_is_told_again_and_is_the_same(tmp_path: Path) -> None:
    intake, broker = an_intake(tmp_path), Broker()
    put(intake, an_instance())
    broker.before_return = interrupt
    async with announcing(intake, broker):
        await broker.until(1)
    broker.before_return = None
    async with announcing(intake, broker):
        await broker.until(2)
    assert broker.confirmed[0] == broker.confirmed[1]
    assert len(set(broker.ids())) == 1


async def test_a_study_that_is_not_quiet_is_not_told(tmp_path: Path) -> None:
    heard: list[Study] = []
    intake, broker = an_intake(tmp_path, heard=heard.append), Broker()
    put(intake, an_instance())
    async with announcing(intake, broker, quiet_s=3600) as announcer:
        announcer.heard_by_any_thread(heard[0])
        await asyncio.sleep(0.5)
    assert broker.confirmed == []


async def test_while_the_broker_is_away_nothing_is_marked_and_what_comes_meanwhile_is_told_with_it(
    tmp_path: Path,
) -> None:
    heard: list[Study] = []
    intake, broker = an_intake(tmp_path, heard=heard.append), Broker()
    broker.is_there.clear()
    put(intake, an_instance(1))
    async with announcing(intake, broker) as announcer:
        await asyncio.sleep(0.5)
        assert intake.store.marked(heard[0]).ids == frozenset()
        put(intake, an_instance(2))
        announcer.heard_by_any_thread(heard[0])
        broker.is_there.set()
        await broker.until(2)
    sizes = [len(one.record.images) for one in broker.confirmed if isinstance(one.record, ImagingReady)]
    assert sizes == [1, 2]
    assert len(set(broker.ids())) == 2


async def test_a_study_that_the_disk_does_not_show_now_is_told_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake, broker = an_intake(tmp_path), Broker()
    put(intake, an_instance())
    read = intake.store.read
    tries: list[Study] = []

    def sometimes(study: Study) -> tuple[Mark, list[Instance]]:
        tries.append(study)
        if len(tries) < 3:
            raise OSError
        return read(study)

    monkeypatch.setattr(intake.store, "read", sometimes)
    async with announcing(intake, broker):
        await broker.until(1)
    assert len(tries) == 3


async def test_a_study_without_pictures_is_marked_and_not_told(tmp_path: Path) -> None:
    intake, broker = an_intake(tmp_path), Broker()
    put(intake, an_instance(Modality="SR"))
    async with announcing(intake, broker):
        await asyncio.sleep(0.5)
    assert broker.confirmed == []
    assert intake.store.recover() == []


async def test_a_report_that_comes_back_makes_no_new_version(tmp_path: Path) -> None:
    """Else each report would lead to the next one."""
    heard: list[Study] = []
    intake, broker = an_intake(tmp_path, heard=heard.append), Broker()
    put(intake, an_instance(1))
    async with announcing(intake, broker) as announcer:
        await broker.until(1)
        put(intake, an_instance(2, Modality="SR"))
        announcer.heard_by_any_thread(heard[-1])
        await asyncio.sleep(0.5)
    assert len(broker.confirmed) == 1
    assert intake.store.recover() == []


async def test_a_lack_of_space_is_told_and_that_there_is_room_again(tmp_path: Path) -> None:
    intake, broker = an_intake(tmp_path, Bounds(all_bytes=1000, free_bytes=0)), Broker()
    async with announcing(intake, broker):
        intake.store.room.hold(1000)
        await broker.until(1)
        intake.store.room.give_back(1)
        await broker.until(2)
    said = [one.record for one in broker.confirmed]
    assert all(isinstance(one, WardStatus) for one in said)
    assert [one.state for one in said if isinstance(one, WardStatus)] == ["degraded", "restored"]
