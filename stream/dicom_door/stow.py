"""STOW-RS: instances by HTTP POST, into the same store as those by C-STORE (PS3.18 10.5)."""

import asyncio
import hmac
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web
from pydantic import SecretStr
from structlog import get_logger

from models.lesion.dicom import UID
from stream.access.patience import Patience
from stream.dicom_door.intake import Intake
from stream.dicom_door.outcome import Outcome
from stream.dicom_door.parts import Edge, Parts, boundary_of
from stream.dicom_door.stow_response import http_status, response_module

log = get_logger()

JSON: Final = "application/dicom+json"
_SENDER: Final = "stow"
_CHUNK_BYTES: Final = 2**18
_MOST_PARTS: Final = 10_000
_PAUSE_S: Final = "5"
_BROKEN_OFF: Final = (
    ValueError,
    TypeError,
    LookupError,
    OSError,
    TimeoutError,
    web.HTTPException,
    web.RequestPayloadError,
)
_ACCEPTED: Final = (JSON, "application/json", "application/*", "*/*")


@dataclass(frozen=True)
class Limits:
    """What a request may cost; the numbers are our choice.

    requests  at once
    slow_s    so long it may take until more of it comes
    """

    requests: int = 16
    slow_s: float = 30


class Stow:
    """Answers requests. With a token it answers those that bear it, and no others."""

    def __init__(self, intake: Intake, limits: Limits, token: SecretStr | None) -> None:
        self._intake = intake
        self._limits = limits
        self._token = token
        self._requests = 0

    def application(self) -> web.Application:
        """The HTTP application."""
        made = web.Application()
        made.add_routes([web.post("/studies", self._post), web.post("/studies/{study}", self._post)])
        return made

    async def _post(self, request: web.Request) -> web.Response:
        study_uid = request.match_info.get("study", "")
        if not self._is_allowed(request):
            return web.Response(status=401, headers={hdrs.WWW_AUTHENTICATE: "Bearer"})
        if study_uid and not UID.fullmatch(study_uid):
            return web.Response(status=400, text="The path names no study.\n")
        if request.content_type != "multipart/related":
            return web.Response(status=415, text="Instances come as multipart/related; type=application/dicom.\n")
        if not _takes_json(request.headers.get(hdrs.ACCEPT, "")):
            return web.Response(status=406, text=f"Answers are {JSON}.\n")
        if self._requests >= self._limits.requests:
            return web.Response(status=503, headers={hdrs.RETRY_AFTER: _PAUSE_S})
        self._requests += 1
        try:
            return await self._answer(request, study_uid)
        finally:
            self._requests -= 1

    async def _answer(self, request: web.Request, study_uid: str) -> web.Response:
        outcomes: list[Outcome] = []
        try:
            parts = Parts(boundary_of(request.headers[hdrs.CONTENT_TYPE]))
            await self._take_all(request, parts, study_uid, outcomes)
            is_whole = parts.is_ended
        except _BROKEN_OFF:
            is_whole = False  # what has come whole is kept and named; its sender sends the rest again
        if not outcomes:
            return web.Response(status=400, text="The body holds no whole part of application/dicom.\n")
        status = http_status(outcomes) if is_whole else 400
        retry = {hdrs.RETRY_AFTER: _PAUSE_S} if status == 503 else {}  # noqa: PLR2004 - HTTP's number
        return web.json_response(response_module(outcomes), status=status, content_type=JSON, headers=retry)

    async def _take_all(self, request: web.Request, parts: Parts, study_uid: str, outcomes: list[Outcome]) -> None:
        """Take all parts in, each when it has come whole."""
        incoming = None
        try:
            while data := await self._more(request):
                for said in parts.feed(data):
                    if said is Edge.BEGIN and len(outcomes) < _MOST_PARTS:
                        incoming = self._intake.store.begin()
                    elif incoming is not None and isinstance(said, bytes):
                        await asyncio.to_thread(incoming.write, said)
                    elif incoming is not None:
                        done = asyncio.to_thread(self._intake.take, incoming, _SENDER, study_uid=study_uid)
                        outcomes.append(await done)
                        incoming = None
        finally:
            if incoming is not None:
                incoming.discard()

    async def _more(self, request: web.Request) -> bytes:
        async with asyncio.timeout(self._limits.slow_s):
            return await request.content.read(_CHUNK_BYTES)

    def _is_allowed(self, request: web.Request) -> bool:
        if self._token is None:
            return True
        scheme, _, shown = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        known = self._token.get_secret_value().encode()
        return scheme.casefold() == "bearer" and hmac.compare_digest(shown.strip().encode(), known)


def _takes_json(accept: str) -> bool:
    wanted = [one.partition(";")[0].strip().casefold() for one in accept.split(",")]
    return not accept.strip() or any(one in _ACCEPTED for one in wanted)


@asynccontextmanager
async def stow_served(
    stow: Stow, host: str, port: int, security: ssl.SSLContext | None, handshake_s: float
) -> AsyncIterator[str]:
    """Serve; yield the address. Raises OSError where that can't be had."""
    patience, app = Patience(), stow.application()
    app.middlewares.insert(0, patience.noted)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        loop = asyncio.get_running_loop()
        assert runner.server is not None  # noqa: S101 - it is set up
        listening = await loop.create_server(
            runner.server, host, port, ssl=security, ssl_handshake_timeout=handshake_s if security else None
        )
        async with listening, patience.watching(runner.server):
            scheme = "http" if security is None else "https"
            yield "{}://{}:{}".format(scheme, *listening.sockets[0].getsockname()[:2])
    finally:
        await runner.cleanup()
