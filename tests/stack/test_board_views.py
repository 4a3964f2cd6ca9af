"""The views of the board in a real browser: one bed with all that is known of it, and what the address names."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import pytest
from playwright.async_api import expect

from stream.broker.topics import create_topics
from stream.settings import Settings
from stream.stack.embedded import EmbeddedBroker
from tests.builders.bed_records import everything
from tests.builders.browser import a_browser, board, keep_picture, send, violates_nothing

SOON_MS: Final = 60_000

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


@pytest.fixture
def broker() -> Iterator[str]:
    with EmbeddedBroker() as one:
        yield one.address


async def test_a_bed_is_opened_with_its_courses_alarms_results_and_proposals_and_its_address_names_it(
    broker: str,
) -> None:
    await create_topics(Settings(broker=broker))
    async with board(broker) as (address, _), a_browser() as context:
        page = await context.new_page()
        await page.goto(address)
        await expect(page.locator("body")).not_to_have_class("cut", timeout=SOON_MS)
        await send(broker, *everything(datetime.now(UTC)))
        await page.get_by_role("link", name="open bed 12").click(timeout=SOON_MS)
        bed = page.locator("#bed")
        await expect(bed.get_by_role("heading", name="Bed 12")).to_be_focused()
        await expect(bed).to_contain_text("acknowledged by nurse-icu-2", timeout=SOON_MS)
        for text in (
            *("No values: ", "Heart rate, /min: 78 to ", "SpO₂, %: 87 to 97"),
            *("lactate", "raises the risk (0.61 log odds)", "since Temperature is missing"),
            *("CYP2C19 *2/*2 poor metabolizer", "clopidogrel active, 75 mg", "1.2 ("),
            *("doi:10.1002/cpt.2526. Strength: Strong", "CYP2C19 *2/*2 (5 min before)", "creatinine"),
            *("DPWG 2021 (C): choose another drug", "SpO2 LOW (monitor-4"),
        ):
            await expect(bed).to_contain_text(text, timeout=SOON_MS)
        await expect(bed.locator(".episode.high")).to_have_count(1)
        await expect(bed.locator(".gap").first).to_be_attached()
        await bed.get_by_text("Heart rate as a table").click()
        assert await bed.locator("figure", has_text="Heart rate").locator("tbody tr").count() > 10
        past = page.locator("#bed-past")
        await expect(past).not_to_contain_text("NEWS2 5, medium risk")
        await bed.get_by_role("link", name="show suppressed ones (1)").click()
        await expect(past).to_contain_text("NEWS2 5, medium risk")
        await bed.get_by_role("link", name="2 h", exact=True).click()
        await expect(bed.get_by_text("By the minute")).to_be_visible(timeout=SOON_MS)
        await violates_nothing(page)
        await keep_picture(page, "bed")
        await page.reload()
        await expect(past).to_contain_text("NEWS2 5, medium risk", timeout=SOON_MS)
        assert page.url.endswith("#/bed/sim-01?hours=2&suppressed=yes")
        await page.set_viewport_size({"width": 320, "height": 900})
        await keep_picture(page, "bed-320")
        assert await page.evaluate("document.documentElement.scrollWidth") == 320
        await violates_nothing(page)
        for _ in range(3):
            await page.go_back()
        await expect(page.locator("#ward")).to_be_visible()
        await keep_picture(page, "ward-320")
        await page.goto(f"{address}#/bed/nobody")
        await expect(page.get_by_text("There is no such bed here.")).to_be_visible()
