"""What the board shows when something behind it is killed, frozen or started anew: nothing old ever looks live."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Locator, Page, expect

from schemas.alerts import Alert, WardStatus
from schemas.patients import PatientRecord
from schemas.vitals import VitalsFrame
from stream.broker.topics import create_topics
from stream.settings import Settings
from stream.stack.embedded import EmbeddedBroker, EmbeddedRedis
from stream.stack.kafka import KafkaServer
from stream.stack.ports import free_ports
from tests.builders.browser import a_browser, board, page_of_a_browser, send, violates_nothing
from tests.builders.demo_records import a_beat, a_device_alarm, a_forecast, a_report, a_score, a_suggestion, an_alert
from tests.builders.worker_process import a_worker
from tests.stack.conftest import KAFKA_REQUIRED, MISSING

SOON_MS: Final = 60_000  # on a busy machine; how soon it is on an idle one is measured elsewhere
WELL: Final = {
    "heart_rate_bpm": 72.0,
    "respiratory_rate_per_min": 14.0,
    "spo2_percent": 97.0,
    "systolic_mmhg": 124.0,
    "temperature_celsius": 36.8,
    "on_oxygen": False,
    "consciousness": "alert",
}
ILL: Final = WELL | {"heart_rate_bpm": 135.0, "spo2_percent": 82.0}
DYING: Final = {"heart_rate_bpm": 150.0, "spo2_percent": 78.0, "systolic_mmhg": 70.0}

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


@pytest.fixture
def broker() -> Iterator[str]:
    """A broker of the test's own: its topics hold nothing of other tests. It can't find records by their time."""
    with EmbeddedBroker() as one:
        yield one.address


@pytest.fixture(scope="module")
def kafka() -> Iterator[KafkaServer]:
    if MISSING:
        (pytest.fail if KAFKA_REQUIRED else pytest.skip)(f"no real Kafka: {' and '.join(MISSING)} not installed")
    with KafkaServer() as one:
        yield one


@asynccontextmanager
async def beds(broker: str, **numbers: Mapping[str, Any]) -> AsyncIterator[dict[str, Mapping[str, Any]]]:
    """Beds whose monitors send twice a second; what they say, and which there are, may be changed."""
    await create_topics(Settings(broker=broker))
    shown = dict(numbers)
    now = datetime.now(UTC)
    for name in numbers:
        await send(broker, ("patients", PatientRecord(patient=name, time=now, bed=name.upper(), age_years=66.0)))

    async def monitors() -> None:
        while True:
            at = datetime.now(UTC)
            frames = [VitalsFrame(patient=name, time=at, **values) for name, values in shown.items()]
            with contextlib.suppress(TimeoutError):  # the broker may be frozen
                async with asyncio.timeout(5):
                    await send(broker, *(("vitals", frame) for frame in frames))
            await asyncio.sleep(0.5)

    sending = asyncio.create_task(monitors())
    try:
        yield shown
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def picture(page: Page) -> str:
    """What the page shows of alarms and beds, without ages, which go on."""
    html: str = await page.evaluate("document.getElementById('ward').outerHTML")
    return re.sub(r'<span class="age">[^<]*</span>|<li>The newest number[^<]*</li>', "", html)


async def same_picture(page: Page, other: Page) -> None:
    async with asyncio.timeout(SOON_MS / 1000):
        while await picture(page) != await picture(other):  # noqa: ASYNC110 - one of them may be a moment behind
            await asyncio.sleep(0.2)


def bed(page: Page, name: str) -> Locator:
    return page.locator(f'details[data-patient="{name}"]')


async def test_workers_that_are_frozen_or_killed_are_told_of_and_their_scores_and_alarms_lose_their_colour(
    broker: str, redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    redis_server.start()
    where = {"broker": broker, "redis_url": redis_server.url}
    async with beds(broker, well=WELL, ill=ILL) as monitors, board(broker) as (address, _), page_of_a_browser() as page:
        await page.goto(address)
        banner = page.locator("#old")
        # The embedded broker finds no records by their time: only what is said once the board listens is seen.
        await expect(banner).to_contain_text("no worker has given a sign of life", timeout=SOON_MS)
        with a_worker(tmp_path, **where, silent_bed_s=5) as worker:
            await worker.ready()
            alarm = page.locator(".alarm", has_text="SpO2 82 %")
            await expect(alarm).to_have_class("alarm high sounds-high", timeout=SOON_MS)
            await expect(banner).to_be_hidden(timeout=SOON_MS)
            await expect(bed(page, "well").locator(".band-low")).to_have_text("0")

            os.kill(worker.pid, signal.SIGSTOP)
            await expect(banner).to_contain_text("no worker watches the ward", timeout=SOON_MS)
            monitors["new"] = DYING
            await expect(bed(page, "new")).to_contain_text("not watched", timeout=SOON_MS)
            await expect(bed(page, "new")).to_contain_text("150")
            await expect(alarm).to_have_class("alarm high old")
            await expect(bed(page, "well").locator(".old .band")).to_have_text("0")
            await expect(bed(page, "ill").locator(".plus")).to_have_count(0)
            await expect(page.locator("#bed-count")).to_contain_text("3 not watched")

            os.kill(worker.pid, signal.SIGCONT)
            await expect(banner).to_be_hidden(timeout=SOON_MS)
            await expect(page.locator(".alarm", has_text="SpO2 78 %")).to_have_class(
                "alarm high sounds-high", timeout=SOON_MS
            )

            os.kill(redis_server.pid or 0, signal.SIGSTOP)
            try:
                await expect(page.locator("#status")).to_contain_text("Redis does not answer", timeout=SOON_MS)
            finally:
                os.kill(redis_server.pid or 0, signal.SIGCONT)
            await expect(page.locator("#status")).not_to_contain_text("Redis", timeout=SOON_MS)

            monitors.pop("well")
            await expect(bed(page, "well")).to_contain_text("silent since", timeout=SOON_MS)
            await expect(bed(page, "well").locator(".numbers .old")).to_have_count(5)
            await expect(bed(page, "ill").locator(".numbers .old")).to_have_count(0)

            os.kill(worker.pid, signal.SIGKILL)
            await expect(banner).to_contain_text("no worker watches the ward", timeout=SOON_MS)


async def test_a_frozen_broker_makes_everything_old_until_it_answers_again(kafka: KafkaServer) -> None:
    async with beds(kafka.address, well=WELL), board(kafka.address) as (address, _), page_of_a_browser() as page:
        await page.goto(address)
        await expect(bed(page, "well")).to_contain_text("124", timeout=SOON_MS)
        await expect(page.locator("body")).not_to_have_class("cut", timeout=SOON_MS)
        os.kill(kafka.pid or 0, signal.SIGSTOP)
        try:
            await expect(page.locator("#old")).to_contain_text("The broker does not answer", timeout=SOON_MS)
            await expect(page.locator("body")).to_have_class("cut")
        finally:
            os.kill(kafka.pid or 0, signal.SIGCONT)
        await expect(page.locator("#old")).not_to_contain_text("The broker", timeout=SOON_MS)


def records(now: datetime) -> tuple[tuple[str, Any], ...]:
    """A little of everything that a board shows."""
    before = now - timedelta(days=2)
    away = {"id": an_alert().id, "time": before, "worker": "w", "component": "lesion-model", "state": "degraded"}
    return (
        ("alerts", Alert.model_validate(an_alert().model_dump() | {"time": now, "episode_start": before})),
        ("scores", a_score({"heart_rate_bpm": 0})),
        ("forecasts", a_forecast(0.02)),
        ("suggestions", a_suggestion().model_copy(update={"expires": now + timedelta(hours=3)})),
        ("lesion-reports", a_report()),
        ("device-alarms", a_device_alarm(state="latched", phase="update")),
        ("ward-status", WardStatus.model_validate(away | {"text": "no model", "provenance": an_alert().provenance})),
    )


async def test_a_board_that_is_frozen_or_started_anew_shows_what_a_fresh_page_shows(
    kafka: KafkaServer,
) -> None:
    broker, (port,) = kafka.address, free_ports(1)
    async with beds(broker, **{"sim-01": WELL}), a_browser() as context:
        await send(broker, *records(datetime.now(UTC)))
        page = await context.new_page()
        banner = page.locator("#old")
        async with board(broker, port) as (address, process):
            await page.goto(address)
            await expect(bed(page, "sim-01")).to_contain_text("124", timeout=SOON_MS)
            await expect(page.locator(".alarm")).to_have_count(1, timeout=SOON_MS)
            assert re.search(r"\d+ \w+ \d\d:\d\d|\w+ \d+ \d\d:\d\d", await page.locator(".alarm time").inner_text())

            process.send_signal(signal.SIGSTOP)
            await expect(banner).to_contain_text("The board's server has been silent since", timeout=SOON_MS)
            await expect(page.locator("body")).to_have_class("cut")
            process.send_signal(signal.SIGCONT)
            await expect(banner).not_to_contain_text("server", timeout=SOON_MS)
            process.kill()
            await expect(banner).to_contain_text("The board's server has been silent since", timeout=SOON_MS)
        async with board(broker, port, "--hours", "0"):  # what began before that is found all the same
            await expect(banner).not_to_contain_text("server", timeout=SOON_MS)
            await expect(page.locator("body")).not_to_have_class("cut", timeout=SOON_MS)
            await expect(bed(page, "sim-01").locator(".band-unknown")).to_have_text("0 to 3", timeout=SOON_MS)
            await expect(bed(page, "sim-01")).to_contain_text("2.0 %")
            await expect(page.locator(".alarm")).to_have_count(1)
            await expect(page.locator("#status")).to_contain_text("lesion-model")
            await bed(page, "sim-01").locator("summary").click()
            fresh = await context.new_page()
            await fresh.goto(address)
            await bed(fresh, "sim-01").locator("summary").click()
            await expect(bed(fresh, "sim-01")).to_contain_text("Preliminary image reports", timeout=SOON_MS)
            for text in (
                "CPIC, 2022: Strong (doi:1)",
                "Another guideline: the DPWG advises a higher dose.",
                "DPWG, 2021: not graded",
                "looked at: CYP2C19 Poor Metabolizer, egfr 38.5",
                "not known: allergies",
            ):
                await expect(bed(page, "sim-01")).to_contain_text(text)
            await same_picture(page, fresh)
            await page.reload()
            await bed(page, "sim-01").locator("summary").click()
            await same_picture(page, fresh)


async def test_ten_tabs_share_one_connection_selected_text_stays_and_new_alarms_are_announced(broker: str) -> None:
    async with (
        beds(broker, **{"sim-01": WELL}) as monitors,
        board(broker) as (address, _),
        a_browser() as context,
    ):
        tabs = [await context.new_page() for _ in range(10)]
        for tab in tabs:
            await tab.goto(address)
        for tab in tabs:
            await expect(bed(tab, "sim-01")).to_contain_text("124", timeout=SOON_MS)
        page = tabs[0]
        await page.bring_to_front()
        await page.evaluate("getSelection().selectAllChildren(document.querySelector('.bed-name'))")
        monitors["sim-01"] = WELL | {"systolic_mmhg": 117.0}
        await expect(bed(page, "sim-01")).to_contain_text("117", timeout=SOON_MS)
        assert await page.evaluate("getSelection().toString()") == "SIM-01 66"

        await expect(page.locator("#old")).not_to_contain_text("The board", timeout=SOON_MS)
        await send(broker, ("alerts", an_alert(priority="high")))
        said = page.locator("#said[aria-live=assertive]")
        await expect(said).to_contain_text("high alarm, bed SIM-01: SpO2 88 % (limit 90 %)", timeout=SOON_MS)


@pytest.mark.parametrize("width", [1280, 320])
async def test_axe_finds_nothing_on_the_board_in_any_state(broker: str, width: int) -> None:
    async with beds(broker, ill=ILL, **{"sim-01": {"heart_rate_bpm": 95.0}}), page_of_a_browser() as page:
        await page.set_viewport_size({"width": width, "height": 900})
        async with board(broker) as (address, process):
            await page.goto(address)
            await expect(bed(page, "sim-01")).to_contain_text("95", timeout=SOON_MS)
            await expect(page.locator("body")).not_to_have_class("cut", timeout=SOON_MS)
            await send(broker, *records(datetime.now(UTC)))
            await expect(page.locator(".alarm")).to_have_count(1, timeout=SOON_MS)
            await bed(page, "sim-01").locator("summary").click()
            await expect(bed(page, "sim-01")).to_contain_text("Proposals, never orders", timeout=SOON_MS)
            await expect(page.locator("#old")).to_contain_text("no worker", timeout=SOON_MS)
            await violates_nothing(page)
            await send(broker, ("ward-status", a_beat(range(8))))
            await expect(page.locator("#old")).to_be_hidden(timeout=SOON_MS)
            await violates_nothing(page)
            process.kill()
            await expect(page.locator("body")).to_have_class("cut", timeout=SOON_MS)
            await violates_nothing(page)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
