"""A worker that has failed is gone soon, whatever its library thinks of that."""

import asyncio

import pytest

from stream.worker import life
from tests.builders.ports import SOON_S


class Stubborn:
    """An app that goes on stopping though it is told to give that up."""

    runs_in_work = 3

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.drain_s: float | None = None

    async def stop(self, drain_s: float) -> None:
        self.drain_s = drain_s
        while not self.over.is_set():
            try:
                await self.over.wait()
            except asyncio.CancelledError:
                continue


async def leave(app: Stubborn) -> None:
    async with asyncio.timeout(SOON_S):
        await life._Worker._leave(app, 0.0)  # type: ignore[arg-type]  # noqa: SLF001 - what is looked at of an app


async def test_nobody_waits_for_an_app_that_does_not_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "_LEAVE_S", 0.01)
    app = Stubborn()
    try:
        await leave(app)
        assert not app.over.is_set()
        assert app.drain_s == 0
    finally:
        app.over.set()


async def test_an_app_that_stops_is_waited_for() -> None:
    app = Stubborn()
    app.over.set()
    await leave(app)
    assert app.drain_s == 0
