"""The ward board in a real browser, fed through real servers, as somebody at a desk sees it."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from playwright.async_api import Page, async_playwright, expect

from schemas.alerts import Alert
from schemas.patients import PatientRecord
from schemas.vitals import VitalsFrame
from schemas.wire import Provenance
from stream.broker.topics import create_topics
from stream.feeds.events import FeedEvent
from stream.feeds.publish import Publisher
from stream.settings import Settings
from stream.stack.python_module import python_module
from tests.stack.conftest import SERVERS_S, Stack

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE: Final = "<img src=x onerror=alert(1)>"

pytestmark = [pytest.mark.stack, pytest.mark.timeout(SERVERS_S)]


@asynccontextmanager
async def board(broker: str) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    process = await asyncio.create_subprocess_exec(
        *python_module("stream.cli", "board", "--port", "0"),
        env=os.environ | {"WARDWATCH_BROKER": broker},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        said = (await process.stderr.readline()).decode()
        yield next(word.rstrip(";") for word in said.split() if word.startswith("http")), process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def page_of_a_browser() -> AsyncIterator[Page]:
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("WARDWATCH_REQUIRE_BROWSER") == "1" else pytest.skip)("no Chromium is installed")
    async with async_playwright() as playwright:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium's own does not run as root
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        try:
            yield await browser.new_page()
        finally:
            await browser.close()


def an_alert(patient: str, phase: str, time: datetime) -> Alert:
    values: dict[str, Any] = {"id": uuid4(), "alert": "00000000-0000-0000-0000-000000000001", "patient": patient}
    values |= {"time": time, "condition": "spo2-low", "type": "physiological", "priority": "high", "phase": phase}
    values |= {"presence": phase == "start", "signal": "on" if phase == "start" else "off", "episode_start": time}
    provenance = Provenance(software="wardwatch/0", data="test")
    return Alert(**values, text=f"SpO2 84 % {HOSTILE}", provenance=provenance)


async def send(broker: str, *records: tuple[str, Any]) -> None:
    now = datetime.now(UTC)
    async with Publisher(Settings(broker=broker)) as publisher:
        await publisher.play((FeedEvent(topic, one.patient, now, one) for topic, one in records), speed=0)


async def test_a_bed_its_numbers_and_its_alarm_come_and_go_on_the_page(stack: Stack) -> None:
    async with page_of_a_browser() as page:
        await create_topics(Settings(broker=stack.broker))
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(dialog.message))
        patient, now = f"{stack.prefix}bed", datetime.now(UTC)
        admitted = PatientRecord(patient=patient, time=now, bed=f"{HOSTILE} 7", age_years=66, sex="female")
        await send(stack.broker, ("patients", admitted))
        async with board(stack.broker) as (address, process):
            await page.goto(address)
            frame = VitalsFrame(patient=patient, time=now, heart_rate_bpm=131, spo2_percent=84)
            bed = page.locator("details", has_text=f"{HOSTILE} 7")

            async def shown() -> None:
                # The board begins at the end of the vital signs: only what is sent while it listens is certain to come
                await send(stack.broker, ("vitals", frame))
                await expect(bed).to_contain_text("131", timeout=2000)

            await until(shown)
            await send(stack.broker, ("alerts", an_alert(patient, "start", now)))
            alarm = page.locator("#alarms li", has_text=f"SpO2 84 % {HOSTILE}")
            await expect(alarm).to_have_class("high", timeout=20_000)
            await expect(alarm).to_contain_text(HOSTILE)
            await expect(bed).to_contain_text("66f")
            await bed.locator("summary").click()
            await expect(bed.get_by_role("heading", name="Alarms")).to_be_visible()
            await send(stack.broker, ("alerts", an_alert(patient, "end", now + timedelta(seconds=30))))
            await expect(alarm).to_have_count(0, timeout=20_000)
            await expect(bed).to_have_attribute("open", "")
            await send(stack.broker, ("patients", admitted.model_copy(update={"status": "discharged"})))
            await expect(bed).to_have_count(0, timeout=20_000)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        await expect(page.locator("#old")).to_contain_text("what you see is old", timeout=30_000)
        assert errors == []


async def until(shown: Callable[[], Awaitable[None]]) -> None:
    """Try what may come too early for the board, for as long as a slow machine may need."""
    async with asyncio.timeout(60):
        while True:
            try:
                await shown()
            except AssertionError:
                continue
            return
