"""The routes of what a page asks for beside the stream: each to the roles that may see it (stream/board/roles.py)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson
from aiohttp import web

from stream.board.roles import May
from stream.board.views import Views

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_SHARED: Final = timedelta(seconds=1)
Refusal = Callable[[web.Request, May], web.Response | None]


class Asked:
    """One bed, all alarms, the technical state. `refusal` says why a request may not see a view."""

    def __init__(self, views: Views, refusal: Refusal) -> None:
        self._views = views
        self._refusal = refusal
        self._alarms_at = datetime.min.replace(tzinfo=UTC)
        self._alarms_said = b""

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get(r"/bed/{patient}/{hours:\d{1,3}}", self._for("bed", self._bed)),
            web.get("/alarms", self._for("alarms", lambda _: self._alarms())),
            web.get("/technical", self._for("technical", lambda _: _json(self._views.technical(datetime.now(UTC))))),
        ]

    def _for(self, what: May, answer: Callable[[web.Request], web.Response]) -> Handler:
        async def asked(request: web.Request) -> web.StreamResponse:
            refused = self._refusal(request, what)
            return answer(request) if refused is None else refused

        return asked

    def _alarms(self) -> web.Response:
        """Answer all who ask within a second with the same: of a large ward it takes some time to make."""
        now = datetime.now(UTC)
        if now - self._alarms_at >= _SHARED:
            self._alarms_at, self._alarms_said = now, orjson.dumps(self._views.alarms(now))
        return web.Response(body=self._alarms_said, content_type="application/json")

    def _bed(self, request: web.Request) -> web.Response:
        asked = request.match_info
        bed = self._views.bed(asked["patient"], int(asked["hours"]), datetime.now(UTC))
        return web.json_response({"error": "there is no such bed"}, status=404) if bed is None else _json(bed)


def _json(content: object) -> web.Response:
    return web.Response(body=orjson.dumps(content), content_type="application/json")
