"""The web server of the FHIR door: who is let in, how large a request may be, and which answer goes out."""

import asyncio
import hmac
import logging
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson
from aiohttp import web
from pydantic import SecretStr

from stream.access.patience import Patience
from stream.board.server import OWN_NAMES
from stream.fhir_door import outcome as answers
from stream.fhir_door.intake import Answer, Intake
from stream.fhir_door.lines import answer_to_lines
from stream.fhir_door.tally import Tally
from stream.gateway.limits import Room
from stream.gateway.trouble import Trouble
from stream.gateway.web_body import parsed, whole
from stream.gateway.web_faults import answered

JSON: Final = frozenset({"application/fhir+json", "application/json", "application/json+fhir"})
NDJSON: Final = frozenset({"application/fhir+ndjson", "application/ndjson", "application/x-ndjson"})
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_RETRY_AFTER_S: Final = "5"
_VERSION: Final = re.compile(r"(?!.*fhirversion\s*=\s*(?!\"?4\.[03]))", re.IGNORECASE)
"""A media type that names no release, or R4 or R4B (FHIR R4, 2.1.0.10): in another elements may mean other things."""
_WORDS: Final = {
    400: ("invalid", "the request is not one that FHIR R4 has"),
    401: ("login", "a bearer token is needed"),
    404: ("not-found", "there is nothing to be read here: see /metadata for what may be sent"),
    405: ("not-supported", "only POST and PUT are taken, and GET of /metadata"),
    408: ("timeout", "the request did not end in time; send it again"),
    413: ("too-long", "the request is larger than is taken"),
    415: ("not-supported", "FHIR as JSON (application/fhir+json) or NDJSON is taken"),
    421: ("security", "this door is not served under that name"),
    500: ("exception", "the gateway failed on this request"),
    503: ("transient", "too many requests have begun and not ended; send it again"),
}

_log: Final = logging.getLogger(__name__)
_log.addFilter(lambda _: False)  # what aiohttp says of a broken request quotes it


@dataclass(frozen=True)
class Limits:
    """The limits of the door; the numbers are our choice.

    request_bytes  of one request; of NDJSON, of one line
    bulk_bytes     of one request of NDJSON
    held_bytes     of all requests together that have begun and are not yet answered
    request_s      from the first byte of a request's body to its last
    """

    request_bytes: int = 32 * 2**20
    bulk_bytes: int = 2**30
    held_bytes: int = 256 * 2**20
    request_s: float = 60


class Door:
    """Answers requests.

    tokens   those that let a sender in; without any a client certificate or loopback does
    ask_now  what a notification without any content asks for: to read from the server what has changed
    """

    def __init__(
        self,
        intake: Intake,
        tally: Tally,
        limits: Limits,
        tokens: Sequence[SecretStr] = (),
        ask_now: Callable[[], None] | None = None,
    ) -> None:
        self._intake = intake
        self._tally = tally
        self._limits = limits
        self._ask_now = ask_now
        self._tokens = [one.get_secret_value().encode() for one in tokens]
        self._room = Room(limits.held_bytes)
        self._since = datetime.now(UTC)

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(middlewares=[self._guarded])
        app.add_routes(
            [
                web.get("/metadata", self._metadata),
                web.post("/", self._post),
                web.post("/{type:[A-Za-z]+}", self._post),
                web.put("/{type:[A-Za-z]+}/{id}", self._post),
            ]
        )
        return app

    @web.middleware
    async def _guarded(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        response = await answered(self._let_in(request, handler), _refusal)
        self._tally.answered(response.status)
        return response

    async def _let_in(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        status = self._refused_by(request)
        return _refusal(status) if status else await handler(request)

    def _refused_by(self, request: web.Request) -> int:
        """The status by which a sender is not let in; 0 where it is.

        Who needs neither token nor certificate is on this machine, and calls it by its own name: else a page in a
        browser could send here under a name that it points at us.
        """
        is_guarded = self._tokens or request.transport is None or request.transport.get_extra_info("peercert")
        if not is_guarded and _name_of(request.host) not in OWN_NAMES:
            return 421
        if not self._tokens or request.path == "/metadata":
            return 0
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        stated = token.strip().encode("utf-8", "surrogateescape")
        is_known = kind.lower() == "bearer" and any(hmac.compare_digest(stated, one) for one in self._tokens)
        return 0 if is_known else 401

    async def _metadata(self, _: web.Request) -> web.Response:
        return _written(Answer(200, answers.capability(self._since, has_token=bool(self._tokens))))

    async def _post(self, request: web.Request) -> web.Response:
        sender = request.remote or ""
        if not _VERSION.match(request.headers.get("Content-Type", "")):
            return _refusal(415)
        if request.content_type in NDJSON:
            lines = self._lines(request)
            return _written(await answer_to_lines(lines, self._intake, sender))
        if request.content_type not in JSON and request.can_read_body:
            return _refusal(415)
        limits = self._limits
        async with whole(request, self._room, limits.request_bytes, limits.request_s) as content:
            if not content and self._ask_now is not None:
                self._ask_now()
                return _written(Answer(200, answers.of_issues([])))
            body = await parsed(content)
            trouble = _misplaced(body, request)
            if trouble is not None or not isinstance(body, dict):
                troubles = [trouble or Trouble("", "100", "the body is no JSON object")]
                return _written(Answer(400, answers.outcome(troubles, is_refused=True)))
            return _written(await self._intake.answer(body, sender))

    async def _lines(self, request: web.Request) -> AsyncIterator[bytes]:
        """The lines of a request, each when it is whole."""
        left, total = b"", 0
        while True:
            async with asyncio.timeout(self._limits.request_s):
                chunk = await request.content.readany()
            if not chunk:
                break
            total += len(chunk)
            *whole, left = (left + chunk).split(b"\n")
            if total > self._limits.bulk_bytes or len(left) > self._limits.request_bytes:
                raise web.HTTPRequestEntityTooLarge(self._limits.bulk_bytes, total)
            for line in whole:
                yield line
        if left:
            yield left


def _name_of(host: str) -> str:
    """The name in a Host header, without the port; an IPv6 address keeps its brackets."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()


def _misplaced(body: object, request: web.Request) -> Trouble | None:
    """Why a body does not belong where it was sent; None where it does."""
    if not isinstance(body, dict):
        return None
    kind, logical = request.match_info.get("type"), request.match_info.get("id")
    if kind and body.get("resourceType") != kind:
        return Trouble("resourceType", "102", "the resource is not of the type of the address")
    if logical and body.get("id") != logical:
        return Trouble(f"{kind}.id", "102", "the resource has not the id of the address")
    return None


def _refusal(status: int) -> web.Response:
    code, sentence = _WORDS.get(status, _WORDS[400])
    issue = {"severity": "error", "code": code, "diagnostics": sentence}
    return _written(Answer(status, answers.of_issues([issue])))


def _written(answer: Answer) -> web.Response:
    headers = dict(_HEADERS)
    if answer.status in {408, 503}:
        headers["Retry-After"] = _RETRY_AFTER_S
    if answer.status == 401:  # noqa: PLR2004 - RFC 6750, 3
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        status=answer.status,
        body=orjson.dumps(answer.body),
        content_type="application/fhir+json",
        charset="utf-8",
        headers=headers,
    )


@asynccontextmanager
async def serving(door: Door, host: str, port: int, security: ssl.SSLContext | None) -> AsyncIterator[list[str]]:
    """Serve the door; yield its addresses. Raises OSError where the address can't be bound."""
    patience, app = Patience(), door.app()
    app.middlewares.insert(0, patience.noted)
    runner = web.AppRunner(app, access_log=None, logger=_log, shutdown_timeout=20, lingering_time=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=security).start()
        assert runner.server is not None  # noqa: S101 - it is set up
        async with patience.watching(runner.server):
            yield ["{}:{}".format(*one[:2]) for one in runner.addresses]
    finally:
        await runner.cleanup()
