"""The door asks a server for what has changed, from the last mark that the broker has confirmed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web

from stream.feeds.events import FeedEvent
from stream.fhir_door.fetch import Fetcher, http_client
from stream.fhir_door.intake import Intake
from stream.fhir_door.marks import MarkError, Marks
from stream.fhir_door.pull import Pull
from stream.fhir_door.tally import Tally
from stream.gateway.outlet import Outlet
from tests.builders.fhir_resources import Resource, a_reading, an_observation
from tests.stream.fhir_door.conftest import FakePublisher

SINCE = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class Archive:
    """A FHIR server that searches by its own clock, two resources on a page."""

    def __init__(self) -> None:
        self.observations: list[Resource] = []
        self.asked: list[str] = []
        self.base = ""
        self.is_away = False
        self.elsewhere = ""

    def add(self, name: str, changed: str) -> None:
        """A heart rate that was changed at a time of the day."""
        meta = {"versionId": "1", "lastUpdated": f"2026-11-21T{changed}Z"}
        self.observations.append(an_observation(id=name, meta=meta, effectiveDateTime="2026-11-21T07:00:00Z"))

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        if self.is_away:
            return web.Response(status=503)
        if not request.path.endswith("/Observation"):
            return web.json_response({"resourceType": "Bundle", "type": "searchset"})
        since = datetime.fromisoformat(request.query["_lastUpdated"].removeprefix("ge"))
        changed = [one for one in self.observations if datetime.fromisoformat(one["meta"]["lastUpdated"]) >= since]
        begin = int(request.query.get("page", 0))
        page: Resource = {"resourceType": "Bundle", "type": "searchset"}
        page["entry"] = [{"resource": one, "search": {"mode": "match"}} for one in changed[begin : begin + 2]]
        if begin + 2 < len(changed):
            query = urlencode(dict(request.query) | {"page": begin + 2})
            following = f"{self.elsewhere or self.base}/Observation?{query}"
            page["link"] = [{"relation": "next", "url": following}]
        return web.json_response(page)


@pytest.fixture
async def archive() -> AsyncIterator[Archive]:
    server = Archive()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.base = "http://{}:{}/r4".format(*runner.addresses[0][:2])
    yield server
    await runner.cleanup()


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


class Bench:
    """A gateway that reads from a server, with its marks in a file."""

    def __init__(self, archive: Archive, file: Path, client: Any, patience_s: float = 5) -> None:  # noqa: ANN401 - httpx
        self.publisher = FakePublisher()
        publishing: Any = self.publisher
        self.outlet = Outlet(publishing, patience_s)
        self.marks = Marks(file, SINCE)
        fetcher = Fetcher(archive.base, client)
        self.intake = Intake(a_reading(), self.outlet, Tally(), fetcher)
        self.pull = Pull(archive.base, fetcher, self.intake, self.marks, 1)
        self.running = asyncio.create_task(self.outlet.run())

    @property
    def came(self) -> list[FeedEvent]:
        return self.publisher.played


async def test_what_has_changed_is_read_page_by_page_and_once(archive: Archive, tmp_path: Path) -> None:
    for number in range(5):
        archive.add(f"h{number}", f"09:0{number}:00")
    archive.add("before", "07:00:00")
    async with http_client() as client:
        bench = Bench(archive, tmp_path / "marks", client)
        assert await bench.pull.passed("Observation")
        assert len(bench.came) == 5
        archive.add("h5", "09:04:30")  # late, behind the mark
        archive.add("h6", "09:05:00")
        assert await bench.pull.passed("Observation")
        assert len(bench.came) == 7
        assert bench.marks.of("Observation").isoformat() == "2026-11-21T09:05:00+00:00"


async def test_after_a_stop_it_goes_on_from_the_mark_in_the_file(archive: Archive, tmp_path: Path) -> None:
    archive.add("h0", "09:00:00")
    async with http_client() as client:
        first = Bench(archive, tmp_path / "marks", client)
        await first.pull.passed("Observation")
        archive.add("h1", "12:00:00")
        second = Bench(archive, tmp_path / "marks", client)
        await second.pull.passed("Observation")
    before, after = ([dict(one.headers)["ce_id"] for one in bench.came] for bench in (first, second))
    assert after[0] == before[0]  # what lies near the mark comes again, under its id
    assert len(set(after)) == 2
    assert "ge2026-11-21T08:59:00" in archive.asked[-1]


async def test_the_mark_waits_for_the_broker_and_for_the_server(archive: Archive, tmp_path: Path) -> None:
    archive.add("h0", "09:00:00")
    async with http_client() as client:
        bench = Bench(archive, tmp_path / "marks", client, patience_s=0.1)
        bench.publisher.allowed.clear()
        passing = asyncio.create_task(bench.pull.passed("Observation"))
        await asyncio.sleep(0.5)
        assert bench.marks.of("Observation") == SINCE
        bench.publisher.allowed.set()
        assert await passing
        mark = bench.marks.of("Observation")
        assert mark > SINCE
        archive.add("h1", "10:00:00")
        archive.is_away = True
        assert not await bench.pull.passed("Observation")
        assert bench.marks.of("Observation") == mark


async def test_pages_that_lead_elsewhere_are_not_followed(archive: Archive, tmp_path: Path) -> None:
    for number in range(3):
        archive.add(f"h{number}", f"09:0{number}:00")
    archive.elsewhere = "http://other.example/r4"
    async with http_client() as client:
        bench = Bench(archive, tmp_path / "marks", client)
        assert not await bench.pull.passed("Observation")
        assert bench.marks.of("Observation") == SINCE


async def test_a_notification_without_content_begins_a_pass_at_once(archive: Archive, tmp_path: Path) -> None:
    async with http_client() as client:
        bench = Bench(archive, tmp_path / "marks", client)
        running = asyncio.create_task(bench.pull.run())
        await eventually(lambda: len(archive.asked) == 7)
        archive.add("h0", "09:00:00")
        bench.pull.ask_now()
        await eventually(lambda: bool(bench.came))
        running.cancel()
        types = {one.partition("?")[0] for one in archive.asked}
        assert len(types) == 7


def test_a_file_that_holds_no_marks_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "marks"
    for content in ("no json", "[]", '{"Observation": 5}', '{"Observation": "yesterday"}'):
        file.write_text(content)
        with pytest.raises(MarkError, match="holds no marks"):
            Marks(file, SINCE)


def test_no_mark_goes_back(tmp_path: Path) -> None:
    marks = Marks(tmp_path / "marks", SINCE)
    marks.write({"Patient": datetime(2026, 11, 21, 9, tzinfo=UTC)})
    marks.write({"Patient": datetime(2026, 11, 21, 8, tzinfo=UTC)})
    assert marks.of("Patient").hour == 9
    assert json.loads((tmp_path / "marks").read_text()) == {"Patient": "2026-11-21T09:00:00+00:00"}
