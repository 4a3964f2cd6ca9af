"""Nurses at the board: an alarm is acknowledged by a record, and shown as acknowledged by the event that comes back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, expect

from schemas.vitals import VitalsFrame
from stream.board.users import add_user
from stream.broker.topics import create_topics
from stream.settings import Settings
from stream.stack.embedded import EmbeddedBroker, EmbeddedRedis
from tests.builders.browser import board, browsers, send, until, violates_nothing
from tests.builders.worker_process import a_worker

SOON_MS: Final = 60_000

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


async def log_in(page: Page, address: str, name: str, password: str) -> None:
    await page.goto(address)
    await page.get_by_label("name").fill(name)
    await page.get_by_label("password").fill(password)
    await page.get_by_role("button", name="log in").click()


async def test_an_alarm_is_acknowledged_at_the_board_and_both_nurses_see_who_asked_and_what_came_back(
    redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    redis_server.start()
    users = tmp_path / "users"
    for name, role in (("nurse-1", "nurse"), ("nurse-2", "nurse"), ("viewer-1", "viewer")):
        add_user(users, name, role, f"secret of {name}")
    with EmbeddedBroker() as broker:
        await create_topics(Settings(broker=broker.address))
        async with board(broker.address, 0, "--users", str(users)) as (address, _), browsers(3) as contexts:
            first, second, viewer = [await context.new_page() for context in contexts]
            await log_in(first, address, "nurse-1", "wrong")
            await expect(first.locator("#login-error")).to_contain_text("wrong name or password")
            await expect(first.locator("#ward")).to_be_hidden()
            await violates_nothing(first)
            for page, name in ((first, "nurse-1"), (second, "nurse-2"), (viewer, "viewer-1")):
                await log_in(page, address, name, f"secret of {name}")
                await expect(page.locator("#user-name")).to_have_text(name, timeout=SOON_MS)
            with a_worker(tmp_path, broker=broker.address, redis_url=redis_server.url) as worker:
                await worker.ready()

                async def alarms() -> None:
                    frame = VitalsFrame(patient="p-1", time=datetime.now(UTC), spo2_percent=82.0, heart_rate_bpm=80.0)
                    await send(broker.address, ("vitals", frame))
                    await expect(first.locator(".alarm", has_text="SpO2 82 %")).to_have_count(1, timeout=1000)

                await until(alarms)
                worker.kill()
                for page in (first, second, viewer):
                    await page.locator("summary").click()
                ask = first.get_by_role("button", name="acknowledge").first
                await expect(second.get_by_role("button", name="acknowledge")).to_have_count(1, timeout=SOON_MS)
                await expect(viewer.locator("details h4").first).to_be_visible(timeout=SOON_MS)
                await expect(viewer.get_by_role("button", name="acknowledge")).to_have_count(0)
                await violates_nothing(first)
                await ask.click()
                for page in (first, second, viewer):  # no worker is there: it stands as requested
                    await expect(page.locator("details p .requested")).to_contain_text(
                        "acknowledge: requested, by nurse-1", timeout=SOON_MS
                    )
                    await expect(page.locator(".alarm", has_text="acknowledged")).to_have_count(0)
                await violates_nothing(viewer)
                await expect(second.get_by_role("button", name="acknowledge")).to_have_count(0)
            with a_worker(tmp_path, broker=broker.address, redis_url=redis_server.url):
                for page in (first, second, viewer):
                    await expect(page.locator(".alarm", has_text="acknowledged")).to_have_count(1, timeout=SOON_MS)
                    await expect(page.locator("details p .requested")).to_have_count(0, timeout=SOON_MS)
                await second.get_by_label("reason: pause the sound").select_option("suction")
                await second.get_by_role("button", name="pause the sound").click()
                await expect(first.locator("summary .off")).to_contain_text("paused", timeout=SOON_MS)
                await expect(first.locator(".requested")).to_have_count(0, timeout=SOON_MS)
                await first.get_by_role("button", name="end: pause the sound").click()
                await expect(second.get_by_role("button", name="pause the sound for")).to_be_visible(timeout=SOON_MS)
                await expect(first.locator("summary .off")).to_have_count(0, timeout=SOON_MS)
            other_tab = await contexts[0].new_page()
            await other_tab.goto(address)
            await expect(other_tab.locator("details")).to_have_count(1, timeout=SOON_MS)
            await first.get_by_role("button", name="log out").click()
            for page in (first, other_tab):
                await expect(page.locator("#login")).to_be_visible(timeout=SOON_MS)
                await expect(page.locator("details")).to_have_count(0)
