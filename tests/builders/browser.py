"""The ward board as a process, and a real browser before it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Page, async_playwright

from stream.feeds.events import FeedEvent
from stream.feeds.publish import Publisher
from stream.settings import Settings
from stream.stack.python_module import python_module

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")


@asynccontextmanager
async def board(broker: str, port: int = 0, *options: str) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    process = await asyncio.create_subprocess_exec(
        *python_module("stream.cli", "board", "--port", str(port), *options),
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
async def browsers(how_many: int) -> AsyncIterator[list[BrowserContext]]:
    """Browsers of so many users, whose tabs each share what a user's tabs share."""
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("WARDWATCH_REQUIRE_BROWSER") == "1" else pytest.skip)("no Chromium is installed")
    async with async_playwright() as playwright:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium's own does not run as root
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        try:
            yield [await browser.new_context(viewport={"width": 1280, "height": 900}) for _ in range(how_many)]
        finally:
            await browser.close()


@asynccontextmanager
async def a_browser() -> AsyncIterator[BrowserContext]:
    """The browser of one user."""
    async with browsers(1) as (context,):
        yield context


@asynccontextmanager
async def page_of_a_browser() -> AsyncIterator[Page]:
    async with a_browser() as context:
        yield await context.new_page()


async def send(broker: str, *records: tuple[str, Any]) -> None:
    now = datetime.now(UTC)
    async with Publisher(Settings(broker=broker)) as publisher:
        await publisher.play((FeedEvent(topic, one.patient or "", now, one) for topic, one in records), speed=0)


async def until(shown: Callable[[], Awaitable[None]]) -> None:
    """Try what may come too early for the board, for as long as a slow machine may need."""
    async with asyncio.timeout(60):
        while True:
            try:
                await shown()
            except AssertionError:
                await asyncio.sleep(0.1)
                continue
            return


async def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page where WARDWATCH_TEST_PICTURES names a folder, to be looked at."""
    if folder := os.environ.get("WARDWATCH_TEST_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def violates_nothing(page: Page) -> None:
    """Hold the page as it is now to axe's rules."""
    results = await Axe().run(page)
    assert results.response["violations"] == [], results.generate_report()
