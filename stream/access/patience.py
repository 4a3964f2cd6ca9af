"""How long an HTTP server of ours waits for a request: who connects and does not ask is sent away.

The library (aiohttp) waits for ever for the first request's head, and for as long as it takes for a body. Between two
requests of one connection it has a time limit of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

HEAD_S: Final = 10.0  # from the connection to the end of the first request's head; our choice
BODY_S: Final = 10.0  # of a short request; our choice
MOST_SILENT: Final = 200  # connections that have not asked yet; the oldest go; our choice
_LOOK_S: Final = 0.5

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Patience:
    """Which connections of one server have asked, and since when the others have been there."""

    def __init__(self, head_s: float = HEAD_S, most_silent: int = MOST_SILENT) -> None:
        self._head_s = head_s
        self._most_silent = most_silent
        self._asked: set[RequestHandler] = set()
        self._since: dict[RequestHandler, float] = {}

    @web.middleware
    async def noted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Take note that a connection has asked."""
        self._asked.add(request.protocol)
        return await handler(request)

    @asynccontextmanager
    async def watching(self, server: web.Server) -> AsyncIterator[None]:
        """Send away who does not ask, while this lasts."""
        looking = asyncio.create_task(self._look(server))
        try:
            yield
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    async def _look(self, server: web.Server) -> None:
        now = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(_LOOK_S)
            for connection in self.overdue(server.connections, now()):
                connection.force_close()

    def overdue(self, connections: list[RequestHandler], now_s: float) -> list[RequestHandler]:
        """Of the connections there are, those that have been silent too long, or are too many; the oldest first."""
        self._asked &= set(connections)
        self._since = {one: self._since.get(one, now_s) for one in connections if one not in self._asked}
        silent = sorted(self._since, key=self._since.__getitem__)
        too_many = max(0, len(silent) - self._most_silent)
        return [one for at, one in enumerate(silent) if at < too_many or now_s - self._since[one] >= self._head_s]


@web.middleware
async def bodies_in_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Have a short request's body before anything else is done, or refuse it."""
    try:
        async with asyncio.timeout(BODY_S):
            await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return await handler(request)
