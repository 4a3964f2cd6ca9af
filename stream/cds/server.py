"""The web server of the CDS service: who is let in, how large a call may be, and which answer goes out."""

import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any, Final

import orjson
from aiohttp import web

from stream.board.server import OWN_NAMES
from stream.cds import cors, feedback
from stream.cds.answering import Answering
from stream.cds.call import CallError, call_of
from stream.cds.card import Card, Choice
from stream.cds.discovery import SERVICES, Service, discovery
from stream.cds.tally import Tally
from stream.cds.tokens import TokenError, Tokens
from stream.gateway.limits import Room
from stream.gateway.outlet import BrokerAwayError, Outlet
from stream.gateway.web_body import parsed, whole
from stream.gateway.web_faults import answered

_PATH: Final = "/cds-services"
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_RETRY_AFTER_S: Final = "5"
_SENTENCES: Final = {
    400: "the request is not one that CDS Hooks 2.0 has",
    403: "pages of this origin may not call",
    404: "there is no such service: see /cds-services",
    405: "GET of /cds-services and POST to a service and its feedback are taken",
    408: "the request did not end in time; send it again",
    413: "the request is larger than is taken",
    415: "JSON (application/json) is taken",
    421: "this service is not served under that name",
    500: "the service failed on this request",
    503: "too many requests have begun and not ended; send it again",
}
_BROKER_AWAY: Final = "the broker does not confirm; send it again"

_log: Final = logging.getLogger(__name__)
_log.addFilter(lambda _: False)  # what aiohttp says of a broken request quotes it


@dataclass(frozen=True)
class Limits:
    """The limits of the service; the numbers are our choice.

    request_bytes  of one request
    held_bytes     of all requests together that have begun and are not yet answered
    open_requests  that have begun and are not yet answered
    request_s      from the first byte of a request's body to its last
    """

    request_bytes: int = 8 * 2**20
    held_bytes: int = 64 * 2**20
    open_requests: int = 200
    request_s: float = 10


class CdsServer:
    """Answers requests.

    base     the address by which callers know this service, before /cds-services: what their tokens are for
    tokens   checks them; None where a client certificate or loopback lets a caller in
    origins  of pages in browsers that may call
    choice   the only selectionBehavior that the record system knows; None: each card has its own
    """

    def __init__(
        self,
        answering: Answering,
        outlet: Outlet,
        tally: Tally,
        limits: Limits,
        base: str,
        tokens: Tokens | None,
        origins: Collection[str],
        now: Callable[[], datetime],
        choice: Choice | None = None,
    ) -> None:
        self._answering = answering
        self._outlet = outlet
        self._tally = tally
        self._limits = limits
        self._base = base.rstrip("/")
        self._tokens = tokens
        self._origins = frozenset(origins)
        self._now = now
        self._choice = choice
        self._room = Room(limits.held_bytes)
        self._open = 0
        self._cards = feedback.Cards()

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(middlewares=[self._guarded])
        app.add_routes(
            [
                web.get(_PATH, self._discovery),
                web.post(f"{_PATH}/{{id}}", self._call),
                web.post(f"{_PATH}/{{id}}/feedback", self._feedback),
                web.options(f"{_PATH}{{rest:.*}}", self._preflight),
            ]
        )
        return app

    @web.middleware
    async def _guarded(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        self._open += 1
        try:
            response = await answered(self._said(request, handler), _refusal)
        finally:
            self._open -= 1
        response.headers.update(cors.headers(_origin(request), self._origins, is_preflight=request.method == "OPTIONS"))
        self._tally.answered(response.status)
        return response

    async def _said(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Answer a request, or say in words why it is refused."""
        try:
            return await self._let_in(request, handler)
        except TokenError as error:
            return _refusal(401, str(error))
        except CallError as error:
            return _refusal(error.status, str(error))
        except BrokerAwayError:
            return _refusal(503, _BROKER_AWAY)

    async def _let_in(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Refuse who may not call; a preflight carries no token.

        Who needs neither token nor certificate is on this machine, and calls it by its own name: else a page in a
        browser could call under a name that it points at us.
        """
        if cors.is_refused(_origin(request), self._origins):
            return _refusal(403)
        if self._open > self._limits.open_requests:
            return _refusal(503)
        is_guarded = self._tokens or request.transport is None or request.transport.get_extra_info("peercert")
        if not is_guarded and _name_of(request.host) not in OWN_NAMES:
            return _refusal(421)
        if self._tokens is not None and request.method != "OPTIONS":
            path = request.path.rstrip("/")
            served = {path, path.removesuffix("/feedback")}
            await self._tokens.check(request.headers.get("Authorization", ""), {self._base + one for one in served})
        return await handler(request)

    async def _preflight(self, _: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _discovery(self, _: web.Request) -> web.Response:
        return _written(200, discovery())

    async def _call(self, request: web.Request) -> web.Response:
        service = _service(request)
        async with self._body(request) as body:
            began_s = perf_counter()
            found = await self._answering.answer(call_of(body, service))
            self._cards.give(found.cards, found.patient)
            answer = _written(200, {"cards": [self._as_known(one).written for one in found.cards]})
            self._tally.called(service.id, found.live.how, found.cards, perf_counter() - began_s)
            return answer

    def _as_known(self, card: Card) -> Card:
        """The card with the one selectionBehavior that the record system knows, where it knows only one."""
        return card if self._choice is None else card._replace(choice=self._choice)

    async def _feedback(self, request: web.Request) -> web.Response:
        service = _service(request)
        async with self._body(request) as body:
            found = feedback.records(body, service.id, self._cards, self._now())
        await self._outlet.deliver(list(feedback.events(found)))
        for one in found:
            self._tally.told(one.rule, one.outcome)
        return _written(200, {})

    @asynccontextmanager
    async def _body(self, request: web.Request) -> AsyncIterator[Any]:
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        async with whole(request, self._room, self._limits.request_bytes, self._limits.request_s) as content:
            yield await parsed(content)


def _service(request: web.Request) -> Service:
    found = SERVICES.get(request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound
    return found


def _origin(request: web.Request) -> str | None:
    return request.headers.get("Origin")


def _name_of(host: str) -> str:
    """The name in a Host header, without the port; an IPv6 address keeps its brackets."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()


def _refusal(status: int, sentence: str = "") -> web.Response:
    return _written(status, {"error": sentence or _SENTENCES.get(status, _SENTENCES[400])})


def _written(status: int, body: dict[str, Any]) -> web.Response:
    headers = dict(_HEADERS)
    if status in {408, 503}:
        headers["Retry-After"] = _RETRY_AFTER_S
    if status == 401:  # noqa: PLR2004 - RFC 6750, 3
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", charset="utf-8", headers=headers
    )


@asynccontextmanager
async def serving(server: CdsServer, host: str, port: int, security: ssl.SSLContext | None) -> AsyncIterator[list[str]]:
    """Serve; yield the addresses. Raises OSError where the address can't be bound."""
    runner = web.AppRunner(server.app(), access_log=None, logger=_log, shutdown_timeout=5, lingering_time=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=security).start()
        yield ["{}:{}".format(*one[:2]) for one in runner.addresses]
    finally:
        await runner.cleanup()
