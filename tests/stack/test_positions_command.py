"""`wardwatch positions`: what it shows is what is there, and what it sets is where the next worker begins."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from stream.commands.positions import app
from tests.stack.conftest import Stack
from tests.stack.ward import TestWard, frames_of, ward

PATIENTS, STEPS = 4, 10

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def tested(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TestWard]:
    async with ward(stack.broker, stack.redis, stack.prefix + "g", tmp_path) as one:
        for name in ("broker", "redis_url", "group"):
            monkeypatch.setenv(f"WARDWATCH_{name.upper()}", str(getattr(one.settings, name)))
        yield one


async def positions(*words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
    result = await asyncio.to_thread(CliRunner().invoke, app, [*words, "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)["positions"] if code == 0 else result.output


async def test_what_was_read_is_shown_and_set_back_and_forward_and_what_is_skipped_is_told(
    stack: Stack, tested: TestWard
) -> None:
    if stack.kind == "embedded":
        pytest.skip("the embedded broker holds on to a member that has left")
    frames = frames_of(f"{stack.prefix}p", PATIENTS, STEPS)
    worker = tested.worker()
    await worker.start()
    await tested.feed(frames[: len(frames) // 2], 1000)
    await tested.settled()
    said = await positions("reset", "--to", "earliest", code=1)
    assert f"a worker of the group {tested.settings.group}-watch runs; stop it first" in said
    assert await worker.stop() == 0

    shown = [one for one in await positions("show") if one["topic"] == "vitals"]
    assert all(one["committed"] == one["end"] and one["unread"] == 0 for one in shown)
    assert {one["same_log"] for one in shown if one["applied"] is not None} == {True}
    assert sum(one["applied"] is not None for one in shown) > 0

    back = await positions("reset", "--to", "applied", "--topic", "vitals", "--dry-run")
    assert [one["from"] for one in back] == [one["to"] for one in back] != []
    await tested.feed(frames[len(frames) // 2 :], 1000)
    forward = await positions("reset", "--to", "latest", "--topic", "vitals")
    skipped = sum(one["to"] - one["from"] for one in forward)
    assert skipped == len(frames) - len(frames) // 2
    await worker.start()
    async with asyncio.timeout(60):
        while not (told := [one["text"] for one in tested.seen.status if "committed further" in one["text"]]):  # noqa: ASYNC110 - nothing that one could wait on
            await asyncio.sleep(0.2)
    await asyncio.sleep(2)
    assert all("skipped" in text for text in told)
    assert (await tested.applied())["vitals"] == len(frames) // 2


@pytest.mark.parametrize(
    "words",
    [["reset", "--to", "lunch"], ["reset", "--to", "7"], ["reset", "--to", "7", "--topic", "vitals"]],
)
def test_a_place_that_is_none_is_refused(words: list[str]) -> None:
    assert CliRunner().invoke(app, words).exit_code == 2
