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
from stream.board.asked import Asked
from stream.board.desk import LONGEST_BODY, Desk
from stream.board.feed import Feed
from stream.board.roles import ANYBODY, May
from stream.board.views import Views

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
async def serving(
    at: socket.socket, names: Collection[str], feed: Feed, desk: Desk | None = None, views: Views | None = None
) -> AsyncIterator[str]:
    """Serve the board at a socket (see `door`), which is closed at the end; yield its address.

    It answers requests for these host names only (`names`, without port), as a protection against DNS rebinding: a
    foreign page could otherwise read the ward through a name of its own that it points at us.
    """
    ending = asyncio.Event()
    patience = Patience()
    runner = runner_of(names, feed, ending, desk, views, patience)
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
    views: Views | None = None,
    patience: Patience | None = None,
) -> web.AppRunner:
    """The board without a socket; see `serving`. Streams end when `ending` is set."""
    board = _Board({name.lower() for name in names}, _feeds(feed, views), ending, desk)
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
    if views is not None:
        app.add_routes(Asked(views, board.refusal).routes())
    return web.AppRunner(app, access_log=None, logger=_log)


def _feeds(feed: Feed, views: Views | None) -> Mapping[May, Feed]:
    """Return the feeds by what one must be allowed to see, the fullest first."""
    return {"ward": feed} if views is None else {"ward": feed, "wall": views.wall, "technical": views.machines}


class _Board:
    """The routes for whoever looks."""

    def __init__(
        self, allowed: Collection[str], feeds: Mapping[May, Feed], ending: asyncio.Event, desk: Desk | None
    ) -> None:
        self._allowed = allowed
        self._feeds = feeds
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
        if self._desk is None:
            return web.json_response({"log_in": False, "name": None, "may": sorted(ANYBODY), "csrf": ""})
        return web.json_response(self._desk.told(request))

    def refusal(self, request: web.Request, what: May) -> web.Response | None:
        """Return why a request may not see a view; None where it may."""
        if self._desk is None or self._desk.may(request, what):
            return None
        status, text = (401, "nobody is logged in") if self._desk.session(request) is None else (403, "not this role")
        return web.json_response({"error": text}, status=status)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Push what changes of what the user may see, as long as that is so."""
        what = next((one for one in self._feeds if self.refusal(request, one) is None), None)
        if what is None:
            return web.Response(status=401)
        feed = self._feeds[what]
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        seen = feed.seen(request.headers.get("Last-Event-ID", ""))
        try:
            while not self._ending.is_set() and self.refusal(request, what) is None:
                reached = feed.number
                async with asyncio.timeout(STUCK_S):  # a viewer that takes nothing begins anew when it is back
                    await response.write(feed.since(seen))
                seen = reached
                if feed.number == reached:
                    await _either(feed.news(), self._ending.wait())
        except (ConnectionError, TimeoutError):
            pass  # the browser closed the connection, or sleeps
        return response


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
