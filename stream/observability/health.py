"""Liveness and readiness of a worker. Liveness means progress, not merely a running process."""

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from prometheus_client import CollectorRegistry


class Progress:
    """The time of the last progress: finished work, or the broker's answer that there is none.

    All times are of one monotonic clock, given by the caller.
    """

    def __init__(self, now_s: float, stuck_s: float) -> None:
        self._last_s = now_s
        self._stuck_s = stuck_s

    def made(self, now_s: float) -> None:
        """Record progress."""
        self._last_s = now_s

    def stuck_for_s(self, now_s: float) -> float:
        """Return the seconds without progress."""
        return now_s - self._last_s

    def is_stuck(self, now_s: float) -> bool:
        """Return whether there was no progress for longer than allowed."""
        return self.stuck_for_s(now_s) > self._stuck_s


Report = Callable[[], dict[str, object]]


@asynccontextmanager
async def served(
    host: str, port: int, registry: "CollectorRegistry", live: Report, ready: Report
) -> "AsyncIterator[str]":
    """Serve /livez, /readyz and /metrics; yield the address. A report whose `ok` is not true is answered with 503."""

    def answer(report: Report) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(_: web.Request) -> web.Response:
            said = report()
            return web.json_response(said, status=200 if said["ok"] else 503)

        return handler

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    site_app = web.Application()
    site_app.add_routes(
        [web.get("/livez", answer(live)), web.get("/readyz", answer(ready)), web.get("/metrics", metrics)]
    )
    runner = web.AppRunner(site_app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield "http://{}:{}".format(*runner.addresses[0][:2])
    finally:
        await runner.cleanup()
