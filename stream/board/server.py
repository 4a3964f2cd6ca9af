"""The board's web server: the page, and what changes on the ward pushed to it as server-sent events. Read-only."""

import asyncio
import errno
import logging
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from stream.board.feed import Feed

PAGE: Final = Path(__file__).parent / "page"
_PARTS: Final = frozenset(path.name for path in PAGE.iterdir())
STUCK_S: Final = 20.0
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

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PortInUseError(Exception):
    """Somebody listens at that address already; the text is one sentence."""


def door(host: str, port: int) -> socket.socket:
    """Take an address for the board, before anything slow is done. Raises PortInUseError, OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        message = f"port {port} of {host} is in use: end what listens there, or name another port"
        raise PortInUseError(message) from None


@asynccontextmanager
async def serving(at: socket.socket, names: Collection[str], feed: Feed) -> AsyncIterator[str]:
    """Serve the board at a socket (see `door`), which is closed at the end; yield its address.

    It answers requests for these host names only (`names`, without port), as a protection against DNS rebinding: a
    foreign page could otherwise read the ward through a name of its own that it points at us.
    """
    ending = asyncio.Event()
    runner = runner_of(names, feed, ending)
    await runner.setup()
    try:
        await web.SockSite(runner, at).start()
        yield "http://{}:{}/".format(*runner.addresses[0][:2])
    finally:
        ending.set()
        await runner.cleanup()
        at.close()


def runner_of(names: Collection[str], feed: Feed, ending: asyncio.Event) -> web.AppRunner:
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

    async def part(request: web.Request) -> web.FileResponse:
        name = request.match_info["name"]
        if name not in _PARTS:  # asked of a table, not of the file system: odd names never reach it
            raise web.HTTPNotFound
        return web.FileResponse(PAGE / name)

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        seen = feed.seen(request.headers.get("Last-Event-ID", ""))
        try:
            while not ending.is_set():
                reached = feed.number
                async with asyncio.timeout(STUCK_S):  # a viewer that takes nothing begins anew when it is back
                    await response.write(feed.since(seen))
                seen = reached
                await _either(feed.news(), ending.wait())
        except (ConnectionError, TimeoutError):
            pass  # the browser closed the connection, or sleeps
        return response

    app = web.Application(middlewares=[guarded])
    app.add_routes([web.get("/", page), web.get("/events", events), web.get("/page/{name}", part)])
    return web.AppRunner(app, access_log=None, logger=_log)


def _name_of(host: str) -> str:
    """Return the name in a Host header, without the port; an IPv6 address keeps its brackets."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()


async def _either(*waits: Awaitable[Any]) -> None:
    """Wait for whatever comes first."""
    tasks = [asyncio.ensure_future(one) for one in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
