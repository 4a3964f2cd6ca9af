"""The board's web server: the page, and the ward pushed to it as server-sent events. Read-only."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import orjson
from aiohttp import web

PAGE: Final = Path(__file__).parent / "page"
EVERY_S: Final = 1.0
HERE: Final = "127.0.0.1"
OWN_NAMES: Final = frozenset({"localhost", HERE, "[::1]"})
"""Host names of this machine itself."""
_DENY_ALL: Final = "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": f"default-src 'self'; img-src data:; {_DENY_ALL}",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_log: Final = logging.getLogger(__name__)


class _WithoutWords(logging.Filter):
    """Of a request that failed, tell class and place of the error: its words quote what was asked for."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; none is held back."""
        kind, _, trace = record.exc_info or (None, None, None)
        if kind is not None:
            place = traceback.extract_tb(trace)[-1:]
            where = "".join(f" at {one.name}:{one.lineno}" for one in place)
            record.msg, record.args = "a request failed: %s%s", (kind.__name__, where)
            record.exc_info = record.exc_text = None
        return True


_log.addFilter(_WithoutWords())

Snapshot = Callable[[], dict[str, Any]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(host: str, port: int, names: Collection[str], snapshot: Snapshot) -> AsyncIterator[str]:
    """Serve the board; yield its address.

    It answers requests for these host names only (`names`, without port), as a protection against DNS rebinding: a
    foreign page could otherwise read the ward through a name of its own that it points at us. Raises OSError where the
    address can't be bound.
    """
    ending = asyncio.Event()
    runner = runner_of(names, snapshot, ending)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield "http://{}:{}/".format(*runner.addresses[0][:2])
    finally:
        ending.set()
        await runner.cleanup()


def runner_of(names: Collection[str], snapshot: Snapshot, ending: asyncio.Event) -> web.AppRunner:
    """The board without a socket; see `serving`. Streams end when `ending` is set."""
    allowed = {name.lower() for name in names}

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _name_of(request.host) not in allowed:
            return web.Response(status=421, text="this board is not served under that name\n", headers=_HEADERS)
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    async def page(_: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            while not ending.is_set():
                await response.write(b"data: " + orjson.dumps(snapshot()) + b"\n\n")
                await _wait(ending, EVERY_S)
        except ConnectionError:
            pass  # the browser closed the connection
        return response

    app = web.Application(middlewares=[guarded])
    app.add_routes([web.get("/", page), web.get("/events", events), web.static("/page", PAGE)])
    return web.AppRunner(app, access_log=None, logger=_log)


def _name_of(host: str) -> str:
    """Return the name in a Host header, without the port; an IPv6 address keeps its brackets."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()


async def _wait(ending: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await ending.wait()
    except TimeoutError:
        return
