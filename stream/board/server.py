"""The board's web server: the page, and what changes on the ward pushed to it as server-sent events.

It is read-only and asks nobody who they are, unless it has a desk (stream/board/desk.py).
"""

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

from stream.access.patience import Patience, bodies_in_time
from stream.board.desk import LONGEST_BODY, Desk
from stream.board.feed import Feed

PAGE: Final = Path(__file__).parent / "page"
_PARTS: Final = frozenset(path.name for path in PAGE.iterdir())
STUCK_S: Final = 20.0
_ANYBODY: Final = {"log_in": False, "name": None, "acts": False, "csrf": ""}
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
async def serving(
    at: socket.socket, names: Collection[str], feed: Feed, desk: Desk | None = None
) -> AsyncIterator[str]:
    """Serve the board at a socket (see `door`), which is closed at the end; yield its address.

    It answers requests for these host names only (`names`, without port), as a protection against DNS rebinding: a
    foreign page could otherwise read the ward through a name of its own that it points at us.
    """
    ending = asyncio.Event()
    patience = Patience()
    runner = runner_of(names, feed, ending, desk, patience)
    await runner.setup()
    try:
        await web.SockSite(runner, at).start()
        assert runner.server is not None  # noqa: S101 - it is set up
        async with patience.watching(runner.server):
            yield "http://{}:{}/".format(*runner.addresses[0][:2])
    finally:
        ending.set()
        await runner.cleanup()
        at.close()


def runner_of(
    names: Collection[str],
    feed: Feed,
    ending: asyncio.Event,
    desk: Desk | None = None,
    patience: Patience | None = None,
) -> web.AppRunner:
    """The board without a socket; see `serving`. Streams end when `ending` is set."""
    board = _Board({name.lower() for name in names}, feed, ending, desk)
    guards = [(patience or Patience()).noted, board.guarded, bodies_in_time]
    app = web.Application(middlewares=guards, client_max_size=LONGEST_BODY)
    app.add_routes(
        [
            web.get("/", board.page),
            web.get("/events", board.events),
            web.get("/me", board.me),
            web.get("/page/{name}", board.part),
        ]
    )
    if desk is not None:
        app.add_routes(desk.routes())
    return web.AppRunner(app, access_log=None, logger=_log)


class _Board:
    """The routes for whoever looks."""

    def __init__(self, allowed: Collection[str], feed: Feed, ending: asyncio.Event, desk: Desk | None) -> None:
        self._allowed = allowed
        self._feed = feed
        self._ending = ending
        self._desk = desk

    @web.middleware
    async def guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer under our own names only, and let nothing be kept."""
        if _name_of(request.host) not in self._allowed:
            return web.Response(status=421, text="this board is not served under that name\n", headers=_HEADERS)
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    async def page(self, _: web.Request) -> web.FileResponse:
        """Return the page, which holds nothing of patients."""
        return web.FileResponse(PAGE / "index.html")

    async def part(self, request: web.Request) -> web.StreamResponse:
        """Return a part of the page, from a table: odd names never reach the file system."""
        name = request.match_info["name"]
        return web.FileResponse(PAGE / name) if name in _PARTS else web.Response(status=404)

    async def me(self, request: web.Request) -> web.Response:
        """Return what the page may know of its user."""
        return web.json_response(_ANYBODY if self._desk is None else self._desk.told(request))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Push what changes, as long as the user may look."""
        if not self._may_look(request):
            return web.Response(status=401)
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        seen = self._feed.seen(request.headers.get("Last-Event-ID", ""))
        try:
            while not self._ending.is_set() and self._may_look(request):
                reached = self._feed.number
                async with asyncio.timeout(STUCK_S):  # a viewer that takes nothing begins anew when it is back
                    await response.write(self._feed.since(seen))
                seen = reached
                if self._feed.number == reached:
                    await _either(self._feed.news(), self._ending.wait())
        except (ConnectionError, TimeoutError):
            pass  # the browser closed the connection, or sleeps
        return response

    def _may_look(self, request: web.Request) -> bool:
        return self._desk is None or self._desk.session(request) is not None


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
