"""The routes of what a page asks for beside the stream: each to the roles that may see it (stream/board/roles.py)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import orjson
from aiohttp import web

from stream.board.roles import May
from stream.board.views import Views

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Refusal = Callable[[web.Request, May], web.Response | None]


class Asked:
    """One bed, all alarms, the technical state. `refusal` says why a request may not see a view."""

    def __init__(self, views: Views, refusal: Refusal) -> None:
        self._views = views
        self._refusal = refusal

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get(r"/bed/{patient}/{hours:\d{1,3}}", self._for("bed", self._bed)),
            web.get("/alarms", self._for("alarms", lambda _: _json(self._views.alarms(datetime.now(UTC))))),
            web.get("/technical", self._for("technical", lambda _: _json(self._views.technical(datetime.now(UTC))))),
        ]

    def _for(self, what: May, answer: Callable[[web.Request], web.Response]) -> Handler:
        async def asked(request: web.Request) -> web.StreamResponse:
            refused = self._refusal(request, what)
            return answer(request) if refused is None else refused

        return asked

    def _bed(self, request: web.Request) -> web.Response:
        asked = request.match_info
        bed = self._views.bed(asked["patient"], int(asked["hours"]), datetime.now(UTC))
        return web.json_response({"error": "there is no such bed"}, status=404) if bed is None else _json(bed)


def _json(content: object) -> web.Response:
    return web.Response(body=orjson.dumps(content), content_type="application/json")
