"""The ward board in a real browser, fed through real servers, as somebody at a desk sees it."""

import signal
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from playwright.async_api import expect

from schemas.alerts import Alert
from schemas.patients import PatientRecord
from schemas.vitals import VitalsFrame
from schemas.wire import Provenance
from stream.broker.topics import create_topics
from stream.settings import Settings
from tests.builders.browser import board, page_of_a_browser, send, until
from tests.stack.conftest import SERVERS_S, Stack

HOSTILE: Final = "<img src=x onerror=alert(1)>"

pytestmark = [pytest.mark.stack, pytest.mark.timeout(SERVERS_S)]


def an_alert(patient: str, phase: str, time: datetime) -> Alert:
    values: dict[str, Any] = {"id": uuid4(), "alert": "00000000-0000-0000-0000-000000000001", "patient": patient}
    values |= {"time": time, "condition": "spo2-low", "type": "physiological", "priority": "high", "phase": phase}
    values |= {"presence": phase == "start", "signal": "on" if phase == "start" else "off", "episode_start": time}
    provenance = Provenance(software="wardwatch/0", data="test")
    return Alert(**values, text=f"SpO2 84 % {HOSTILE}", provenance=provenance)


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
            await expect(alarm).to_have_class("alarm high old", timeout=20_000)
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
