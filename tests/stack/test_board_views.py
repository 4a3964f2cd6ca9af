"""The views of the board in a real browser: one bed with all that is known of it, and what the address names."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Locator, Page, expect

from stream.board.users import add_user
from stream.broker.topics import create_topics
from stream.settings import Settings
from stream.stack.embedded import EmbeddedBroker
from tests.builders.bed_records import everything
from tests.builders.browser import a_browser, board, browsers, keep_picture, send, violates_nothing
from tests.builders.demo_records import a_beat

SOON_MS: Final = 60_000
COUNT_TONES: Final = """
window.tones = 0;
const made = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { window.tones += 1; return made.call(this); };
"""

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


@pytest.fixture
def broker() -> Iterator[str]:
    with EmbeddedBroker() as one:
        yield one.address


async def test_a_bed_is_opened_with_its_courses_alarms_results_and_proposals_and_its_address_names_it(
    broker: str,
) -> None:
    await create_topics(Settings(broker=broker))
    async with board(broker) as (address, process), a_browser() as context:
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
            *(
                "lactate",
                "raises the risk (0.61 log odds)",
                "SpO2 of 91 % or less over an hour",
                "22.0 %",
                "it is there now",
                "since Temperature is missing",
            ),
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
        await bed.get_by_role("link", name="show suppressed ones and information (1)").click()
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
        await page.goto(f"{address}#/bed/sim-01")
        await expect(past).to_contain_text("Genome", timeout=SOON_MS)
        process.kill()
        await expect(past).to_contain_text("The board does not answer: below is what was known", timeout=SOON_MS)
        await expect(page.locator("body")).to_have_class("cut", timeout=SOON_MS)
        await violates_nothing(page)
        await keep_picture(page, "bed-cut-320")


@asynccontextmanager
async def a_watched_ward(address: str) -> AsyncIterator[None]:
    """A worker's signs of life, so that the board believes alarms to be of now."""

    async def beats() -> None:
        while True:
            await send(address, ("ward-status", a_beat(range(8))))
            await asyncio.sleep(2)

    beating = asyncio.create_task(beats())
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


async def tab_to(page: Page, what: Locator) -> None:
    """Go on by the keyboard until something has the focus."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await what.evaluate("element => element === document.activeElement"):
            return
    pytest.fail("the keyboard does not get there")


async def flashes_until_it_is_asked_to_be_steady(nurse: Page, alarm: Locator) -> None:
    assert await alarm.evaluate("one => getComputedStyle(one).animationDuration") == "1.667s"
    acknowledged = nurse.locator("#alarms .alarm", has_text="SpO2 84 %")
    assert await acknowledged.evaluate("one => getComputedStyle(one).animationName") == "none"
    await nurse.emulate_media(reduced_motion="reduce")
    assert await alarm.evaluate("one => getComputedStyle(one).animationName") == "none"


async def sounds_once_sound_is_turned_on(nurse: Page) -> None:
    await expect(nurse.locator("#sound.warn")).to_have_text("Sound is off turn sound on")
    assert await nurse.evaluate("window.tones") == 0
    await nurse.get_by_role("button", name="turn sound on").click()
    await expect(nurse.locator("#sound")).to_have_text("Sound is on turn sound off")
    await nurse.wait_for_function("window.tones >= 2 + 3")  # that it works, and a burst of medium priority


async def every_view_is_legible_to_all(nurse: Page, address: str) -> None:
    for scheme in ("dark", "light"):
        await nurse.emulate_media(color_scheme=scheme)
        await nurse.goto(f"{address}#/alarms")
        await expect(nurse.locator("#all-alarms")).to_contain_text("suppressed or inactivated (1)", timeout=SOON_MS)
        await nurse.locator("#all-alarms").get_by_text("4 steps").click()
        await violates_nothing(nurse)
        await keep_picture(nurse, f"alarms-{scheme}")
        for shown, there, absent in (
            ("sounding (1)", "HR 122", "SpO2 84"),
            ("acknowledged (1)", "by nurse-icu-2", "HR 122"),
            ("suppressed or inactivated (1)", "NEWS2 5", "HR 122"),
            ("technical (0)", "None.", "HR 122"),
            ("of devices (1)", "SpO2 LOW (monitor-4", "HR 122"),
        ):
            await nurse.get_by_role("link", name=shown).click()
            await expect(nurse.locator("#all-alarms")).to_contain_text(there)
            await expect(nurse.locator("#all-alarms")).not_to_contain_text(absent)
        for view in ("", "bed/sim-01", "technical", "wall"):
            await nurse.goto(f"{address}#/{view}")
            await expect(nurse.locator("main:not([hidden])")).to_contain_text("12" if view != "technical" else "broker")
            if view == "bed/sim-01":
                await expect(nurse.locator("#bed-past")).to_contain_text("Genome", timeout=SOON_MS)
            await violates_nothing(nurse)
            await keep_picture(nurse, f"{view.partition('/')[0] or 'ward'}-{scheme}")


async def acknowledges_by_keyboard(nurse: Page, address: str, alarm: Locator) -> None:
    await nurse.goto(f"{address}#/")
    await nurse.set_viewport_size({"width": 640, "height": 450})  # 1280 x 900 at 200 %
    await tab_to(nurse, alarm.get_by_role("link"))
    await nurse.keyboard.press("Enter")
    await expect(nurse.get_by_role("heading", name="Bed 12")).to_be_focused()
    await tab_to(nurse, nurse.locator("#bed-now").get_by_role("button", name="acknowledge"))
    await nurse.keyboard.press("Enter")
    asked = nurse.locator("#bed-now .requested", has_text="acknowledge: requested, by nurse-1")
    await expect(asked).to_be_visible(timeout=SOON_MS)
    assert await nurse.evaluate("document.documentElement.scrollWidth") == 640
    await keep_picture(nurse, "bed-200-percent")


async def the_others_see_less(address: str, technician: Page, wall: Page) -> None:
    await expect(technician.locator("#views a:visible")).to_have_text(["Technical"])
    await technician.goto(f"{address}#/bed/sim-01")
    await expect(technician.locator("#technical")).to_contain_text("Signs of life of the last day", timeout=SOON_MS)
    assert "HR 122" not in await technician.content()
    await wall.set_viewport_size({"width": 1920, "height": 1080})
    await expect(wall.locator("#views a:visible")).to_have_text(["Wall"])
    await expect(wall.locator("#wall .far")).to_have_class("far high sounds-medium", timeout=SOON_MS)
    assert await wall.locator("#wall").get_by_role("link").or_(wall.locator("#wall button")).count() == 0
    assert float((await wall.locator(".far b").first.evaluate("one => getComputedStyle(one).fontSize"))[:-2]) >= 52
    await violates_nothing(wall)
    await keep_picture(wall, "wall-1920")


async def test_each_role_sees_its_views_and_a_nurse_gets_from_an_alarm_to_its_acknowledgement_by_keyboard(
    broker: str, tmp_path: Path
) -> None:
    users = tmp_path / "users"
    for role in ("nurse", "technician", "wall"):
        add_user(users, f"{role}-1", role, "a long word")
    await create_topics(Settings(broker=broker))
    async with (
        a_watched_ward(broker),
        board(broker, 0, "--users", str(users)) as (address, process),
        browsers(3) as contexts,
    ):
        nurse, technician, wall = [await context.new_page() for context in contexts]
        await nurse.add_init_script(COUNT_TONES)
        for page, role in ((nurse, "nurse"), (technician, "technician"), (wall, "wall")):
            await page.goto(address)
            await page.get_by_label("name").fill(f"{role}-1")
            await page.get_by_label("password").fill("a long word")
            await page.keyboard.press("Enter")
            await expect(page.locator("#user-name")).to_have_text(f"{role}-1", timeout=SOON_MS)
        await expect(nurse.locator("body")).not_to_have_class("cut", timeout=SOON_MS)
        await send(broker, *everything(datetime.now(UTC)))
        alarm = nurse.locator("#alarms .alarm", has_text="HR 122 /min")
        await expect(alarm).to_have_class("alarm medium sounds-medium", timeout=SOON_MS)
        await flashes_until_it_is_asked_to_be_steady(nurse, alarm)
        await sounds_once_sound_is_turned_on(nurse)
        await every_view_is_legible_to_all(nurse, address)
        await acknowledges_by_keyboard(nurse, address, alarm)
        await the_others_see_less(address, technician, wall)
        await nurse.goto(f"{address}#/alarms")
        await expect(nurse.locator("#all-alarms")).to_contain_text("HR 122", timeout=SOON_MS)
        process.kill()
        for page, view in ((nurse, "all-alarms"), (technician, "technical"), (wall, "wall")):
            await expect(page.locator("body")).to_have_class("cut", timeout=SOON_MS)
            if page != wall:
                await expect(page.locator(f"#{view}")).to_contain_text("The board does not answer", timeout=SOON_MS)
            await violates_nothing(page)
            await keep_picture(page, f"{view}-cut")
