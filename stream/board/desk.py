"""Who sits at the board: log-in, and the deeds of nurses and physicians as records on their topics."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stream.board.deeds import Deed, DeedError, Deeds
from stream.board.roles import ROLES, May
from stream.board.sessions import Session, Sessions, place
from stream.feeds.events import FeedEvent

COOKIE: Final = "__Host-wardwatch"
LONGEST_BODY: Final = 4096
_SEND_S: Final = 5.0

Send = Callable[[FeedEvent], Awaitable[None]]
_Asked = TypeVar("_Asked", bound=BaseModel)


class _LogIn(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: str = Field(max_length=128)
    password: str = Field(max_length=1024, repr=False)


class Desk:
    """The routes for people. `send` publishes a record and returns when the broker has it."""

    def __init__(self, sessions: Sessions, deeds: Deeds, send: Send) -> None:
        self._sessions = sessions
        self._deeds = deeds
        self._send = send
        self._one_at_a_time = asyncio.Semaphore(1)  # a hash takes 64 MiB

    def routes(self) -> list[web.RouteDef]:
        """Return the routes that a board without users does not have."""
        return [web.post("/login", self._log_in), web.post("/logout", self._log_out), web.post("/deeds", self._deed)]

    def session(self, request: web.Request) -> Session | None:
        """Return the session of a request while it lasts."""
        return self._sessions.of(request.cookies.get(COOKIE, ""), datetime.now(UTC))

    def told(self, request: web.Request) -> dict[str, Any]:
        """Return what a page may know of its user."""
        session = self.session(request)
        if session is None:
            return {"log_in": True, "name": None, "may": [], "csrf": ""}
        may = sorted(ROLES[session.user.role])
        return {"log_in": True, "name": session.user.name, "may": may, "csrf": session.csrf}

    def may(self, request: web.Request, what: May) -> bool:
        """Return whether the user of a request may see a view, or act."""
        session = self.session(request)
        return session is not None and session.user.may(what)

    async def _log_in(self, request: web.Request) -> web.Response:
        asked = await _body(request, _LogIn)
        if asked is None:
            return web.json_response({"error": "a name and a password are needed"}, status=400)
        async with self._one_at_a_time:
            at = place(request.remote)
            secret = await asyncio.to_thread(self._sessions.log_in, asked.name, asked.password, at, datetime.now(UTC))
        if secret is None:
            sentence = "that did not work: wrong name or password, or too many tries; then wait five minutes"
            return web.json_response({"error": sentence}, status=403)
        response = web.json_response({})
        response.set_cookie(COOKIE, secret, secure=True, httponly=True, samesite="Strict", path="/")
        return response

    async def _log_out(self, request: web.Request) -> web.Response:
        session = self.session(request)
        if session is None or not session.allows(request.headers.get("X-CSRF-Token", "")):
            return web.json_response({"error": "nobody is logged in"}, status=403)
        self._sessions.log_out(request.cookies[COOKIE])
        response = web.json_response({})
        response.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
        return response

    async def _deed(self, request: web.Request) -> web.Response:
        session = self.session(request)
        if session is None:
            return web.json_response({"error": "nobody is logged in"}, status=401)
        if not session.allows(request.headers.get("X-CSRF-Token", "")) or not session.user.may("act"):
            return web.json_response({"error": "that is not allowed"}, status=403)
        deed = await _body(request, Deed)
        if deed is None:
            return web.json_response({"error": "that is no deed"}, status=400)
        now = datetime.now(UTC)
        try:
            topic, record = self._deeds.ask(deed, session.user, now)
        except DeedError as error:
            return web.json_response({"error": str(error)}, status=409)
        try:
            async with asyncio.timeout(_SEND_S):
                await self._send(FeedEvent(topic, deed.patient, now, record))
        except TimeoutError:
            # It may reach the broker yet: it goes on standing as requested, and as unanswered after a while.
            return web.json_response({"error": "the broker does not answer: it may not have been heard"}, status=503)
        return web.json_response({}, status=202)


async def _body(request: web.Request, model: type[_Asked]) -> _Asked | None:
    """Return what a page of ours has sent as JSON; a form of another site can't send that type."""
    if request.content_type != "application/json":
        return None
    try:
        return model.model_validate_json(await request.read())
    except ValidationError:
        return None
